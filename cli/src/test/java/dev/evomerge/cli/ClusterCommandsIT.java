package dev.evomerge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.contract.Sha256;
import dev.evomerge.crds.ApiServer;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeGeneration;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the command does with an experiment of a cluster, on a real API server. The test writes what the operator would; the history that the report
 * needs is one that {@code evomerge run} has made of the same spec.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterCommandsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ApiServer server;
    private KubernetesClient client;
    private Path folder;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        this.folder = folder;
        server = ApiServer.start();
        client = server.client();
        Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), kubeconfig(server.config()));
        System.setProperty(Config.KUBERNETES_KUBECONFIG_FILE, kubeconfig.toString());
    }

    @AfterAll
    void stop() throws IOException {
        System.clearProperty(Config.KUBERNETES_KUBECONFIG_FILE);
        client.close();
        server.close();
    }

    private static String kubeconfig(Config config) {
        return Serialization.asYaml(Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Config",
                "current-context",
                "test",
                "contexts",
                List.of(Map.of("name", "test", "context", Map.of("cluster", "test", "user", "admin"))),
                "clusters",
                List.of(Map.of(
                        "name",
                        "test",
                        "cluster",
                        Map.of(
                                "server", config.getMasterUrl(),
                                "certificate-authority-data", config.getCaCertData()))),
                "users",
                List.of(Map.of(
                        "name",
                        "admin",
                        "user",
                        Map.of(
                                "client-certificate-data", config.getClientCertData(),
                                "client-key-data", config.getClientKeyData())))));
    }

    @Test
    void statusSaysHowFarItIs() throws IOException {
        apply("seen", folder);
        assertThat(CommandRun.of("status", "seen"))
                .isEqualTo(new CommandRun(0, "seen was not seen by an operator yet" + System.lineSeparator(), ""));

        status("seen", SEARCHING);

        CommandRun run = CommandRun.of("status", "seen", "--namespace", "default");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("seen: Searching (Searching): stage weights, batch g0001")
                .contains("candidates  6 scored, 1 failed")
                .contains(
                        "at most     14 candidates, 1,200 answers of 38,400 tokens; an evaluator reads 12Mi of models; 2.7 s per generation")
                .contains("best so far g0001-c02: 42.0 % of the search questions");
        assertThat(CommandRun.of("status", "nobody"))
                .isEqualTo(new CommandRun(
                        1,
                        "",
                        "evomerge status: there is no MergeExperiment 'nobody' in namespace 'default'"
                                + System.lineSeparator()));
    }

    @Test
    void watchShowsGenerationsUntilTheEnd() throws Exception {
        assertThat(CommandRun.of("watch", "nobody").err()).contains("there is no MergeExperiment 'nobody'");
        apply("watched", folder);
        status("watched", SEARCHING);
        generation("watched", 0, "Baselines", "0.3");
        var watching = beside("watch", "watched");
        generation("watched", 1, "Generation", "0.42");
        status("watched", COMPLETED);

        CommandRun run = watching.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("g0000  Baselines ", "best 30.0 %", "Completed: g0001-c02 lies at s3://results/model");

        apply("stuck", folder);
        status("stuck", """
                {"state": "Stalled", "conditions": [{"type": "Ready", "status": "False", "reason": "ModelsDoNotFit",
                  "message": "maths: found 4 layers", "lastTransitionTime": "2026-01-01T12:00:00Z"}]}""");
        CommandRun stuck = CommandRun.of("watch", "stuck");
        assertThat(stuck.code()).isEqualTo(1);
        assertThat(stuck.out()).contains("ModelsDoNotFit: maths: found 4 layers");
    }

    @Test
    void logsAreThoseOfItsPodsEachLineWithItsPod(@TempDir Path identity) throws Exception {
        try (var kubelet = new KubeletStandIn(client, identity)) {
            kubelet.runs("talking", "g0000", "talking-g0000-0", "models loaded\nc0 0.5\n");
            kubelet.runs("talking", "g0001", "talking-g0001-0", "models loaded\n");
            kubelet.runs("other", "g0000", "other-g0000-0", "secret\n");

            assertThat(CommandRun.of("logs", "talking").out().lines())
                    .containsExactlyInAnyOrder(
                            "talking-g0000-0: models loaded",
                            "talking-g0000-0: c0 0.5",
                            "talking-g0001-0: models loaded");
            assertThat(CommandRun.of("logs", "talking", "g0001").out().lines())
                    .containsExactly("talking-g0001-0: models loaded");

            var following = beside("logs", "talking", "g0001", "--follow");
            kubelet.more.countDown();
            assertThat(following
                            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .out()
                            .lines())
                    .containsExactly("talking-g0001-0: models loaded", "talking-g0001-0: done");
        }
        CommandRun none = CommandRun.of("logs", "talking", "g0009");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err())
                .contains("there are no evaluator pods of 'talking' for batch g0009 in namespace 'default'");
    }

    @Test
    void podsThatDoNotRunYetSayWhatTheyWaitFor(@TempDir Path identity) throws Exception {
        try (var kubelet = new KubeletStandIn(client, identity)) {
            kubelet.waits("waiting", "g0000", "waiting-g0000-0");
            assertThat(CommandRun.of("logs", "waiting"))
                    .isEqualTo(new CommandRun(
                            0, "", lines("waiting-g0000-0 waits: node stand-in has not begun with it yet")));

            podStatus("waiting-g0000-0", """
                    {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                      "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."}]}""");
            String unschedulable =
                    "waiting-g0000-0 waits: Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.";
            assertThat(CommandRun.of("logs", "waiting")).isEqualTo(new CommandRun(0, "", lines(unschedulable)));

            var following = beside("logs", "waiting", "--follow");
            String unpulled =
                    "waiting-g0000-0 waits: ImagePullBackOff: Back-off pulling image (container evaluator, image evaluator:test)";
            podStatus("waiting-g0000-0", """
                    {"containerStatuses": [{"name": "evaluator", "image": "evaluator:test", "imageID": "", "ready": false, "restartCount": 0,
                      "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}}]}""");
            assertThat(CommandRun.of("logs", "waiting")).isEqualTo(new CommandRun(0, "", lines(unpulled)));
            kubelet.starts("waiting-g0000-0", "models loaded\n");
            kubelet.more.countDown();
            CommandRun followed = following.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(followed.out().lines())
                    .containsExactly("waiting-g0000-0: models loaded", "waiting-g0000-0: done");
        }
    }

    private static String lines(String... lines) {
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private void podStatus(String pod, String status) {
        client.pods()
                .inNamespace("default")
                .withName(pod)
                .subresource("status")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": " + status + "}");
    }

    @Test
    void reportIsMadeOfTheHistoryByTheExperimentsSecret() throws IOException {
        Path manifest = apply("small", folder);
        CommandRun early = CommandRun.of("report", "small");
        assertThat(early.err()).contains("there is no Secret 'store' in namespace 'default'");
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("store")
                        .withNamespace("default")
                        .endMetadata()
                        .addToStringData("AWS_REGION", "us-east-1")
                        .build())
                .serverSideApply();
        assertThat(CommandRun.of("report", "small").err())
                .contains("there is no history of this experiment below file://");
        CommandRun run = CommandRun.of("run", manifest, "--map", "s3://models=" + SmallExperiment.MODELS);
        assertThat(run.code()).as(run.err()).isZero();

        Path page = folder.resolve("small.html");
        assertThat(CommandRun.of("report", "small", "--output", page))
                .isEqualTo(new CommandRun(0, page + System.lineSeparator(), ""));

        String html = Files.readString(page);
        String model = Files.readString(folder.resolve("model/mergekit_config.yml"));
        assertThat(model).contains("task_arithmetic");
        assertThat(html).contains("small", "default", "g0001-c0");
    }

    @Test
    void exportIsAskedOfTheOperatorAndAwaited() throws Exception {
        apply("front", folder);
        assertThat(CommandRun.of("export", "front", "g0001-c01").err()).contains("front has no winner yet");
        status("front", COMPLETED);

        var exporting = beside("export", "front", "g0001-c01");
        Awaitility.await("the pick").atMost(PATIENCE).until(() -> "g0001-c01".equals(pick("front")));
        String digest = Sha256.of("model".getBytes(UTF_8));
        status(
                "front",
                COMPLETED
                        .replace("g0001-c02", "g0001-c01")
                        .replace("s3://results/model", "s3://results/model/picks/g0001-c01")
                        .replace("DIGEST", digest)
                        .replace("\"state\"", "\"observedGeneration\": 2, \"state\""));

        CommandRun run = exporting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(run)
                .isEqualTo(new CommandRun(
                        0, "s3://results/model/picks/g0001-c01, sha256 " + digest + System.lineSeparator(), ""));
    }

    @Test
    void exportOfSomebodyUnknownSaysWhatTheOperatorSays() throws Exception {
        apply("picky", folder);
        status("picky", COMPLETED);
        var exporting = beside("export", "picky", "nobody");
        Awaitility.await("the pick").atMost(PATIENCE).until(() -> "nobody".equals(pick("picky")));
        status("picky", """
                {"observedGeneration": 2, "state": "Stalled", "conditions": [{"type": "Ready", "status": "False",
                  "reason": "PickUnknown", "message": "spec.output.pick is nobody, expected one of g0001-c01",
                  "lastTransitionTime": "2026-01-01T12:00:00Z"}],
                  "winner": {"candidate": "g0001-c02"}}""");

        CommandRun run = exporting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("PickUnknown: spec.output.pick is nobody, expected one of g0001-c01");
    }

    /** A command in a thread of its own: the client needs those of the common pool, of which a small machine has one. */
    private static CompletableFuture<CommandRun> beside(Object... arguments) {
        return CompletableFuture.supplyAsync(
                () -> CommandRun.of(arguments), task -> Thread.ofVirtual().start(task));
    }

    // ---- what the operator writes ----------------------------------------------------------------------

    private static final String SEARCHING = """
            {"state": "Searching", "batch": "g0001", "stage": "weights",
              "evaluations": {"scored": 6, "failed": 1, "budget": 8},
              "budget": {"podReads": "12Mi", "candidates": 14, "questions": 1200, "tokens": 38400,
                "questionsPerGeneration": 40, "tokensPerGeneration": 1280, "hoursPerGeneration": "0.0007604"},
              "best": {"candidate": "g0001-c02", "score": "0.42"},
              "conditions": [{"type": "Ready", "status": "True", "reason": "Searching",
                "message": "stage weights, batch g0001: 4 candidates in 2 pods", "lastTransitionTime": "2026-01-01T12:00:00Z"}]}""";

    private static final String COMPLETED = """
            {"state": "Succeeded", "evaluations": {"scored": 13, "failed": 1, "budget": 8},
              "winner": {"candidate": "g0001-c02", "uri": "s3://results/model", "sha256": "DIGEST"},
              "conditions": [{"type": "Ready", "status": "True", "reason": "Completed",
                "message": "g0001-c02 lies at s3://results/model", "lastTransitionTime": "2026-01-01T13:00:00Z"}]}""";

    /** The small experiment by a name, as {@code evomerge run} takes it: its manifest. */
    private Path apply(String name, Path folder) throws IOException {
        Path manifest = SmallExperiment.write(folder, "model", "history");
        Files.writeString(
                manifest,
                Files.readString(manifest)
                        .replace("{name: small}", "{name: " + name + "}")
                        .replace("storage: {uri: \"history\"}", "storage: {uri: \"history\", secretName: store}"));
        MergeExperiment here = ExperimentManifest.read(manifest)
                .onThisMachine(Map.of("s3://models", SmallExperiment.MODELS.toString()))
                .experiment();
        here.getMetadata().setNamespace("default");
        client.resource(here).create();
        return manifest;
    }

    private void status(String name, String status) {
        client.resources(MergeExperiment.class)
                .inNamespace("default")
                .withName(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\": " + status.replace("DIGEST", "d".repeat(64)) + "}");
    }

    private void generation(String experiment, int batch, String kind, String best) {
        String name = "%s-g%04d".formatted(experiment, batch);
        client.resource(Serialization.unmarshal(
                        """
                        apiVersion: evomerge.dev/v1alpha1
                        kind: MergeGeneration
                        metadata: {name: %s, namespace: default}
                        spec:
                          experiment: %s
                          batch: %d
                          kind: %s
                          candidates: 4
                          shards: 2
                          manifest: {uri: "s3://results/manifest.json", sha256: %s}
                        """.formatted(name, experiment, batch, kind, "a".repeat(64)), GenericKubernetesResource.class))
                .create();
        client.resources(MergeGeneration.class)
                .inNamespace("default")
                .withName(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\": {\"state\": \"Recorded\", \"scored\": 4, \"failed\": 0, \"median\": \"0.2\", \"best\": {\"candidate\": \"x\", \"score\": \""
                                + best + "\"}}}");
    }

    private String pick(String name) {
        return client.resources(MergeExperiment.class)
                .inNamespace("default")
                .withName(name)
                .get()
                .getSpec()
                .output()
                .pick();
    }
}
