package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The example's models and questions in a storage, and batches over them: what the operator does, in small. */
final class Work implements AutoCloseable {

    private static final Path EXAMPLE = Path.of("../examples/maths-ja");
    static final List<String> MODELS = List.of("base", "japanese", "maths");

    /** More tokens than any machine has memory for. */
    static final int BOUNDLESS = 1 << 30;

    final Storage storage;
    final StorageAccess access;

    Work(StorageUri folder, StorageAccess access) throws IOException {
        this.storage = Storages.open(folder, access);
        this.access = access;
        for (String part : List.of("models", "data")) {
            try (Stream<Path> files = Files.walk(EXAMPLE.resolve(part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    storage.put(EXAMPLE.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
        }
    }

    /** A DARE-TIES merge of the two specialists. */
    static Recipe merge(double japanese, double maths) {
        return WeightMerge.of(
                MergeMethod.DARE_TIES,
                Optional.of("base"),
                List.of(
                        Source.of("japanese", Map.of("weight", japanese, "density", 0.8)),
                        Source.of("maths", Map.of("weight", maths, "density", 0.8))),
                Map.of(),
                7);
    }

    static Recipe alone(String model) {
        return WeightMerge.of(
                MergeMethod.LINEAR, Optional.empty(), List.of(Source.of(model, Map.of("weight", 1.0))), Map.of(), 0);
    }

    /** Hops as {@code model layer scale}; the first one's model gives the embeddings. */
    static LayerPath path(String hops) {
        List<Hop> all = Stream.of(hops.split(", "))
                .map(hop -> hop.split(" "))
                .map(hop -> new Hop(hop[0], Integer.parseInt(hop[1]), Double.parseDouble(hop[2])))
                .toList();
        return new LayerPath(all.getFirst().model(), all);
    }

    /** So many different merges, named c0, c1, … */
    static List<CandidateSpec> candidates(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new CandidateSpec("c" + i, merge(1 - 0.05 * i, 1)))
                .toList();
    }

    Map<String, ModelRef> models() {
        Map<String, ModelRef> models = new HashMap<>();
        MODELS.forEach(name -> models.put(name, ModelRef.at(uri("models/" + name))));
        return models;
    }

    String uri(String path) {
        return storage.uri(path).toString();
    }

    /** Stores a model that answers with as many tokens as it is asked for, up to {@link #BOUNDLESS}: its URI. */
    String boundlessModel() throws IOException {
        for (String file : List.of("model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            storage.put("models/boundless/" + file, storage.read("models/maths/" + file));
        }
        String config = new String(storage.read("models/maths/config.json"), UTF_8)
                .replaceFirst("\"max_position_embeddings\" : \\d+", "\"max_position_embeddings\" : " + BOUNDLESS);
        assertThat(config).contains(String.valueOf(BOUNDLESS));
        storage.put("models/boundless/config.json", config.getBytes(UTF_8));
        return uri("models/boundless");
    }

    /** Stores a model of half the width of the others, all zero: its URI. */
    String narrowModel() throws IOException {
        StringBuilder header = new StringBuilder();
        long end = 0;
        try (Checkpoint wide = Checkpoint.open(storage, "models/maths")) {
            for (var tensor : wide.tensors().entrySet()) {
                List<Long> shape = tensor.getValue().shape().stream()
                        .map(size -> size == 128 || size == 64 ? size / 2 : size)
                        .toList();
                long start = end;
                end += 2 * shape.stream().reduce(1L, (x, y) -> x * y);
                header.append(header.isEmpty() ? "{" : ",")
                        .append("\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                                .formatted(tensor.getKey(), shape, start, end));
            }
        }
        byte[] json = header.append('}').toString().getBytes(UTF_8);
        ByteBuffer file = ByteBuffer.allocate((int) (8 + json.length + end)).order(ByteOrder.LITTLE_ENDIAN);
        storage.put(
                "models/narrow/model.safetensors",
                file.putLong(json.length).put(json).array());
        String config = new String(storage.read("models/maths/config.json"), UTF_8)
                .replace("\"hidden_size\" : 128", "\"hidden_size\" : 64")
                .replace("\"head_dim\" : 32", "\"head_dim\" : 16");
        storage.put("models/narrow/config.json", config.getBytes(UTF_8));
        return uri("models/narrow");
    }

    TaskSpec task(String split, int questions) throws IOException {
        String path = "data/" + split + ".tsv";
        return new TaskSpec(
                "multiplication",
                split,
                new DataRef(uri(path), Sha256.of(storage.read(path)), "tsv"),
                "{question}",
                new GenerationSpec(32, List.of()),
                new ScorerSpec("exactMatch", Optional.of("([^:]*)$")),
                Optional.of(IntStream.range(0, questions).boxed().toList()));
    }

    CandidateManifest manifest(String batch, int shards, int questions, List<CandidateSpec> candidates)
            throws IOException {
        return manifest(batch, shards, models(), List.of(task("search", questions)), candidates);
    }

    CandidateManifest manifest(
            String batch,
            int shards,
            Map<String, ModelRef> models,
            List<TaskSpec> tasks,
            List<CandidateSpec> candidates) {
        return new CandidateManifest(
                CandidateManifest.API_VERSION,
                "test/maths-ja",
                batch,
                uri(Layout.results(batch)),
                shards,
                models,
                tasks,
                List.of(
                        new ObjectiveSpec("accuracy", "multiplication/search", ObjectiveSpec.ACCURACY),
                        new ObjectiveSpec("length", "multiplication/search", ObjectiveSpec.OUTPUT_TOKENS)),
                candidates);
    }

    /** Stores a manifest, and gives the environment of a pod for one of its shards. */
    Map<String, String> submit(CandidateManifest manifest, int shard) throws IOException {
        Map<String, String> environment = submit(Layout.manifest(manifest.batch()), manifest);
        environment.put("JOB_COMPLETION_INDEX", String.valueOf(shard));
        return environment;
    }

    Map<String, String> submit(String path, Object manifest) throws IOException {
        byte[] bytes = ContractJson.bytes(manifest);
        storage.putIfAbsent(path, bytes);
        Map<String, String> environment = new HashMap<>(access.settings());
        environment.put("EVOMERGE_MANIFEST", uri(path));
        environment.put("EVOMERGE_MANIFEST_SHA256", Sha256.of(bytes));
        return environment;
    }

    byte[] resultBytes(String batch, String candidate) throws IOException {
        return storage.read(Layout.results(batch) + "/" + Layout.result(candidate));
    }

    CandidateResult result(String batch, String candidate) throws IOException {
        return ContractJson.read(resultBytes(batch, candidate), CandidateResult.class, candidate);
    }

    ShardReport report(String batch, int shard) throws IOException {
        return ContractJson.read(
                storage.read(Layout.results(batch) + "/" + Layout.shardReport(shard)), ShardReport.class, "report");
    }

    /** The candidates that have a result so far. */
    List<String> finished(String batch) throws IOException {
        String folder = Layout.results(batch) + "/";
        List<String> names = new ArrayList<>();
        for (Storage.Entry entry : storage.list(folder)) {
            String name = entry.path().substring(folder.length());
            if (name.matches("c[0-9]+\\.json")) {
                names.add(name.replace(".json", ""));
            }
        }
        return names;
    }

    List<String> attempts(String batch) throws IOException {
        return storage.list(Layout.results(batch) + "/attempts/").stream()
                .map(entry -> entry.path().substring(entry.path().lastIndexOf('/') + 1))
                .toList();
    }

    @Override
    public void close() throws StorageException {
        storage.close();
    }
}
