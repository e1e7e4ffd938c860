package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.storage.S3Server;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users get wrong and the API server cannot know: said by a condition, before any pod starts. */
class BadInputIT extends OnApiServer {

    private static final Path OTHER_WIDTH = Bench.EXAMPLE.resolveSibling("lists-ko");

    @BeforeEach
    void startOperator() {
        bench.startOperator();
    }

    @AfterEach
    void noJobWasMade() {
        assertThat(bench.client
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(bench.namespace)
                        .list()
                        .getItems())
                .isEmpty();
    }

    @Test
    void aModelThatIsNotThere() throws IOException {
        bench.apply("bad", spec -> model(spec, 0).put("uri", "file:///nowhere/maths"));

        assertThat(stalled("ModelCannotBeRead")).contains("maths", "/nowhere/maths");
    }

    @Test
    void aModelInABucketThatDoesNotAnswer() throws IOException {
        secret(Map.of(
                "AWS_ENDPOINT_URL", "http://127.0.0.1:1",
                "AWS_REGION", "us-east-1",
                "AWS_ACCESS_KEY_ID", "a",
                "AWS_SECRET_ACCESS_KEY", "b"));
        bench.apply("bad", spec -> {
            model(spec, 0).put("uri", "s3://models/maths");
            Bench.object(spec, "storage").put("secretName", "store");
        });

        assertThat(stalled("ModelCannotBeRead")).contains("s3://models/maths");
    }

    @Test
    void aTruncatedSafetensorsFile() throws IOException {
        Path model = copy(Bench.EXAMPLE.resolve("models/maths"), folder.resolve("maths"));
        Path tensors = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(tensors);
        Files.write(tensors, java.util.Arrays.copyOf(bytes, bytes.length - 1000));
        bench.apply("bad", spec -> model(spec, 0).put("uri", "file://" + model));

        assertThat(stalled("ModelInvalid")).contains("maths", "model.safetensors");
    }

    @Test
    void aMissingSafetensorsFile() throws IOException {
        Path model = copy(Bench.EXAMPLE.resolve("models/maths"), folder.resolve("maths"));
        Files.delete(model.resolve("model.safetensors"));
        bench.apply("bad", spec -> model(spec, 0).put("uri", "file://" + model));

        assertThat(stalled("ModelInvalid")).contains("maths", "safetensors");
    }

    @Test
    void modelsOfDifferentShape() throws IOException {
        Path model = copy(Bench.EXAMPLE.resolve("models/maths"), folder.resolve("maths"));
        Path config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceAll("\"num_attention_heads\" *: *\\d+", "\"num_attention_heads\": 1"));
        bench.apply("bad", spec -> model(spec, 0).put("uri", "file://" + model));

        assertThat(stalled("ModelsDoNotFit")).contains("maths: config.json: num_attention_heads: found 1, expected");
    }

    @Test
    void aDataSetThatIsNotThere() throws IOException {
        bench.apply("bad", spec -> data(spec, "test").put("uri", "file:///nowhere/test.tsv"));

        assertThat(stalled("DataCannotBeRead")).contains("file:///nowhere/test.tsv");
    }

    @Test
    void anEmptyDataSet() throws IOException {
        Path file = Files.writeString(folder.resolve("empty.tsv"), "");
        bench.apply("bad", spec -> data(spec, "test").put("uri", "file://" + file));

        assertThat(stalled("DataInvalid")).contains("empty.tsv holds no questions");
    }

    @Test
    void aBadLine() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.tsv"), "one\t1\ntwo\n");
        bench.apply("bad", spec -> data(spec, "test").put("uri", "file://" + file));

        assertThat(stalled("DataInvalid")).contains("bad.tsv line 2");
    }

    @Test
    void anotherDigest() throws IOException {
        bench.apply("bad", spec -> data(spec, "search").put("sha256", "0".repeat(64)));

        assertThat(stalled("DataInvalid")).contains("search.tsv has the SHA-256", "expected 0000");
    }

    @Test
    void questionsThatOverlap() throws IOException {
        Path file = copyFile(Bench.EXAMPLE.resolve("data/search.tsv"), folder.resolve("test.tsv"));
        bench.apply("bad", spec -> data(spec, "test").put("uri", "file://" + file));

        assertThat(stalled("DataOverlaps")).contains("search.tsv", "test.tsv", "both hold the question");
    }

    @Test
    void aChatTemplateThatFails() throws IOException {
        Path model = copy(Bench.EXAMPLE.resolve("models/base"), folder.resolve("base"));
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% if messages[0].role == 'system' %}{{ raise_exception('no system prompts') }}{% endif %}");
        bench.apply("bad", spec -> {
            Bench.object(spec, "base").put("uri", "file://" + model);
            task(spec).put("chat", Map.of("system", "Think."));
            spec.put("baselines", List.of());
        });

        assertThat(stalled("ChatTemplateInvalid"))
                .contains("task multiplication: file://" + model, "cannot be rendered", "no system prompts");
    }

    @Test
    void aSourceWithoutAChatTemplate() throws IOException {
        Path model = copy(Bench.EXAMPLE.resolve("models/base"), folder.resolve("base"));
        Files.writeString(model.resolve("chat_template.jinja"), "{{ messages[0].content }}");
        bench.apply("bad", spec -> {
            Bench.object(spec, "base").put("uri", "file://" + model);
            task(spec).put("chat", Map.of());
        });

        assertThat(stalled("ChatTemplateInvalid")).contains("models/japanese: no chat template", "expected one");
    }

    @Test
    void layerPathsOfModelsOfDifferentWidths() throws IOException {
        bench.apply("bad", spec -> {
            model(spec, 0).put("uri", "file://" + OTHER_WIDTH.resolve("models/lists"));
            paths(spec);
        });

        assertThat(stalled("ModelsDoNotFit")).contains("maths: config.json: hidden_size: found ", "expected ");
    }

    @Test
    void aPathThatLeavesItsModel() throws IOException {
        bench.apply(
                "bad",
                spec -> paths(spec, "hops: [{model: maths, layer: 0, scale: 1}, {model: maths, layer: 5, scale: 1}]"));

        assertThat(stalled("SpecInvalid"))
                .contains("stage 'paths': hop 1 goes to layer 5", "expected layers from 0 to 4");
    }

    @Test
    void anEmptyPath() throws IOException {
        bench.apply("bad", spec -> paths(spec, "hops: []"));

        assertThat(stalled("SpecInvalid")).contains("stage 'paths': inject[0]: ", "at least one entry, found []");
    }

    @Test
    void aStageThatNamesALaterOne() throws IOException {
        bench.apply("bad", spec -> {
            Map<String, Object> weights = first(spec, "stages");
            paths(spec);
            Map<String, Object> paths = first(spec, "stages");
            Bench.object(paths, "dataFlowSpace").put("models", List.of("stages.weights", "maths"));
            spec.put("stages", List.of(paths, weights));
        });

        assertThat(stalled("SpecInvalid")).contains("stage 'paths': unknown model 'stages.weights'", "expected");
    }

    @Test
    void aPatternThatIsNone() throws IOException {
        bench.apply("bad", spec -> Bench.object(Bench.object(task(spec), "scorer"), "exactMatch")
                .put("answerPattern", "(["));

        assertThat(stalled("SpecInvalid")).contains("answerPattern of task multiplication");
    }

    @Test
    void aBudgetThatIsNotEnoughForOneGeneration() throws IOException {
        bench.apply("bad", spec -> Bench.object(first(spec, "stages"), "budget").put("evaluations", 2));

        assertThat(stalled("SpecInvalid")).contains("evaluations must be enough for one generation of 6, found 2");
    }

    @Test
    void aSecretThatIsNotThere() throws IOException {
        bench.apply("bad", spec -> Bench.object(spec, "storage").put("secretName", "nobody"));

        assertThat(stalled("SecretNotFound")).contains("no Secret nobody");
    }

    @Test
    void storageThatRefusesWrites() throws IOException {
        // A file where the folder should be: root may write into any folder.
        Path file = Files.writeString(folder.resolve("file"), "");
        bench.apply("bad", spec -> Bench.object(spec, "storage").put("uri", "file://" + file + "/history"));

        assertThat(stalled("StorageUnreachable")).contains(file.toString());
    }

    @Test
    void anOutputThatRefusesWrites() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        bench.apply("bad", spec -> Bench.object(spec, "output").put("uri", "file://" + file + "/output"));

        assertThat(stalled("StorageUnreachable")).contains("spec.output.uri", file.toString());
    }

    @Test
    void credentialsThatTheStoreRefuses() throws Exception {
        try (var store = S3Server.start(folder)) {
            store.createBucket("results");
            secret(Map.of(
                    "AWS_ENDPOINT_URL",
                    store.endpoint(),
                    "AWS_REGION",
                    "us-east-1",
                    "AWS_ACCESS_KEY_ID",
                    S3Server.ACCESS_KEY,
                    "AWS_SECRET_ACCESS_KEY",
                    "not-" + S3Server.SECRET_KEY));
            bench.apply("bad", spec -> {
                Bench.object(spec, "storage").put("uri", "s3://results/history");
                Bench.object(spec, "storage").put("secretName", "store");
            });

            assertThat(stalled("StorageRefused")).contains("s3://results/history", "SignatureDoesNotMatch");
        }
    }

    private String stalled(String reason) {
        var status = bench.awaitReason("bad", reason);
        assertThat(Conditions.find(status.conditions(), "Ready").map(Condition::getStatus))
                .contains("False");
        return Conditions.find(status.conditions(), "Stalled").orElseThrow().getMessage();
    }

    private void secret(Map<String, String> values) {
        bench.client
                .resource(new io.fabric8.kubernetes.api.model.SecretBuilder()
                        .withNewMetadata()
                        .withName("store")
                        .withNamespace(bench.namespace)
                        .endMetadata()
                        .withStringData(values)
                        .build())
                .create();
    }

    /** Has paths through both specialists searched, and nothing else. */
    private static void paths(Map<String, Object> spec) {
        spec.put(
                "stages",
                List.of(new HashMap<String, Object>(Map.of(
                        "name",
                        "paths",
                        "dataFlowSpace",
                        new HashMap<>(Map.of("models", List.of("japanese", "maths"))),
                        "algorithm",
                        Map.of("cmaEs", Map.of("populationSize", 6)),
                        "budget",
                        Map.of("generations", 3)))));
    }

    private static void paths(Map<String, Object> spec, String hops) {
        paths(spec);
        first(spec, "stages").put("inject", List.of("layer_path: {embeddings: japanese, " + hops + "}"));
    }

    private static Map<String, Object> model(Map<String, Object> spec, int index) {
        return Bench.list(spec, "models").get(index);
    }

    private static Map<String, Object> task(Map<String, Object> spec) {
        return first(Bench.object(spec, "evaluation"), "tasks");
    }

    private static Map<String, Object> data(Map<String, Object> spec, String split) {
        return Bench.object(Bench.object(task(spec), "data"), split);
    }

    private static Map<String, Object> first(Map<String, Object> parent, String key) {
        return Bench.list(parent, key).getFirst();
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private static Path copyFile(Path from, Path to) throws IOException {
        return Files.copy(from, to);
    }
}
