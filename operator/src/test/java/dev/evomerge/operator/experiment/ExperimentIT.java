package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Whole experiments on a real API server; pods and evaluators are stand-ins. */
class ExperimentIT extends OnApiServer {

    @Test
    void anExperimentEndsWithTheExportedWinner() throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply("whole", spec -> {});

            var status = bench.awaitReason("whole", "Completed");

            assertThat(status.state()).isEqualTo(MergeExperimentStatus.State.Succeeded);
            assertThat(Conditions.find(status.conditions(), "Succeeded").map(Condition::getStatus))
                    .contains("True");
            assertThat(status.winner().uri()).endsWith("/output");
            assertThat(Double.parseDouble(status.winner().test().score())).isBetween(0.5, 1.0);
            assertThat(Files.exists(EvaluatorStandIn.path(status.winner().uri() + "/mergekit_config.yml")))
                    .isTrue();
            assertThat(Files.readString(EvaluatorStandIn.path(status.report())))
                    .contains(status.winner().candidate());
            assertThat(Files.readString(EvaluatorStandIn.path(status.winner().uri() + "/report.html")))
                    .contains(status.winner().sha256());
            assertThat(bench.client
                            .resources(MergeGeneration.class)
                            .inNamespace(bench.namespace)
                            .list()
                            .getItems())
                    .hasSizeLessThanOrEqualTo(Generations.KEPT)
                    .allMatch(
                            generation -> generation.getStatus().state().name().equals("Recorded"));
        }
    }

    @Test
    void aSearchThatAsksFewQuestionsGoesOnAfterADeathAndAnotherBeginsWhereItEnded() throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply("few", spec -> Bench.list(spec, "stages").getFirst().remove("fidelity"));
            bench.await("few", status -> "g0002".equals(status.batch()));
            bench.stopOperator();
            bench.startOperator();

            var status = bench.awaitReason("few", "Completed");

            var history = EvaluatorStandIn.path(status.history());
            // Baselines; three generations; three rounds in which the promising answer the rest; the finalists.
            assertThat(record(history, 0).questions()).isEmpty();
            for (int generation = 1; generation <= 3; generation++) {
                assertThat(record(history, generation).questions().orElseThrow())
                        .hasSize(25);
            }
            assertThat(Stream.of(4, 5, 6)
                            .map(round -> record(history, round).results().size()))
                    .containsExactly(4 * 2 + 1, 5, 3);
            assertThat(status.winner().candidate())
                    .isIn(record(history, 6).results().stream()
                            .map(CandidateResult::candidate)
                            .toList());

            bench.apply("more", spec -> {
                Bench.list(spec, "stages").getFirst().put("warmStart", status.history());
                Bench.object(spec, "output").compute("uri", (key, uri) -> uri + "-more");
            });
            var more = bench.awaitReason("more", "Completed");
            assertThat(Double.parseDouble(more.winner().test().score()))
                    .isGreaterThanOrEqualTo(
                            Double.parseDouble(status.winner().test().score()) - 0.1);
        }
    }

    private static RecordedBatch record(Path history, int number) {
        try {
            Path file = history.resolve(Layout.record(Layout.batch(number)));
            return ContractJson.read(Files.readAllBytes(file), RecordedBatch.class, file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anotherMemberOfTheFrontIsExportedWithoutSearchingAgain() throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply("front", spec -> {
                Bench.list(spec, "objectives")
                        .add(Map.of(
                                "name", "length",
                                "task", "multiplication",
                                "metric", "outputTokens",
                                "goal", "Minimize"));
                Bench.list(spec, "stages").getFirst().put("algorithm", Map.of("nsga2", Map.of("populationSize", 6)));
            });
            var first = bench.awaitReason("front", "Completed");
            assertThat(first.front())
                    .extracting(MergeExperimentStatus.FrontMember::candidate)
                    .contains(first.winner().candidate());
            assertThat(first.front()).allMatch(member -> member.objectives().size() == 2);
            String other = first.table().stream()
                    .map(MergeExperimentStatus.Standing::candidate)
                    .filter(candidate -> !candidate.equals(first.winner().candidate()))
                    .findFirst()
                    .orElseThrow();

            bench.change("front", "{\"spec\":{\"output\":{\"pick\":\"nobody\"}}}");
            bench.awaitReason("front", "PickUnknown");
            bench.change("front", "{\"spec\":{\"output\":{\"pick\":\"" + other + "\"}}}");
            var second = bench.await(
                    "front",
                    status -> other.equals(status.pick()) && status.winner().uri() != null);

            assertThat(second.winner().candidate()).isEqualTo(other);
            assertThat(second.winner().uri()).isEqualTo(first.winner().uri() + "/picks/" + other);
            assertThat(second.evaluations()).isEqualTo(first.evaluations());
            assertThat(Files.exists(EvaluatorStandIn.path(first.winner().uri() + "/mergekit_config.yml")))
                    .isTrue();
        }
    }

    @Test
    void anOperatorThatDiesInTheMiddleChangesNothing() throws IOException {
        var undisturbed = run("undisturbed", () -> {});

        var disturbed = run("disturbed", () -> {
            bench.await("disturbed", status -> "g0002".equals(status.batch()));
            bench.stopOperator();
            bench.startOperator();
        });

        assertThat(disturbed.winner().recipe()).isEqualTo(undisturbed.winner().recipe());
        assertThat(disturbed.winner().sha256()).isEqualTo(undisturbed.winner().sha256());
        assertThat(disturbed.table()).isEqualTo(undisturbed.table());
    }

    @Test
    void deletingJobsAndGenerationsLosesNothing() throws IOException {
        var undisturbed = run("undisturbed", () -> {});

        var disturbed = run("disturbed", () -> {
            bench.await("disturbed", status -> "g0002".equals(status.batch()));
            bench.client.batch().v1().jobs().inNamespace(bench.namespace).delete();
            bench.client
                    .resources(MergeGeneration.class)
                    .inNamespace(bench.namespace)
                    .delete();
        });

        assertThat(disturbed.table()).isEqualTo(undisturbed.table());
    }

    @Test
    void aSuspendedExperimentGoesOnWhereItWas() throws IOException {
        var undisturbed = run("undisturbed", () -> {});

        var disturbed = run("disturbed", () -> {
            bench.await("disturbed", status -> "g0001".equals(status.batch()));
            bench.change("disturbed", "{\"spec\":{\"suspend\":true}}");
            var status = bench.awaitReason("disturbed", "Suspended");
            assertThat(status.state()).isEqualTo(MergeExperimentStatus.State.Suspended);
            bench.change("disturbed", "{\"spec\":{\"suspend\":false}}");
        });

        assertThat(disturbed.table()).isEqualTo(undisturbed.table());
    }

    @Test
    void aPodThatHangsIsSuspendedWithItsJob() throws IOException {
        bench.startOperator();
        try (var node = bench.node((batch, manifest, shard, attempt) -> new NodeStandIn.Fate.Runs())) {
            bench.apply("hangs", spec -> {});
            bench.await("hangs", status -> bench.job("hangs-g0000") != null);

            bench.change("hangs", "{\"spec\":{\"suspend\":true}}");
            bench.awaitReason("hangs", "Suspended");
            assertThat(bench.job("hangs-g0000").getSpec().getSuspend()).isTrue();

            bench.change("hangs", "{\"spec\":{\"suspend\":false}}");
            bench.awaitReason("hangs", "Searching");
            assertThat(bench.job("hangs-g0000").getSpec().getSuspend()).isFalse();
        }
    }

    @Test
    void aCandidateThatCrashesIsRecordedAsFailed() throws IOException {
        bench.startOperator();
        try (var node = bench.node((batch, manifest, shard, attempt) -> batch.equals("g0001") && shard == 1
                ? new NodeStandIn.Fate.Fails(137, "OOMKilled", "")
                : NodeStandIn.WELL.fate(batch, manifest, shard, attempt))) {
            bench.apply("crashes", spec -> {});

            var status = bench.awaitReason("crashes", "Completed");

            assertThat(status.evaluations().failed()).isEqualTo(3);
            assertThat(bench.generation("crashes-g0001").getStatus().candidates())
                    .filteredOn(candidate -> candidate.failure() != null)
                    .hasSize(3)
                    .allMatch(candidate -> candidate.failure().equals("OutOfMemory"));
        }
    }

    @Test
    void aShardReportThatChangesAfterItsPodHasEndedIsMadeAgain() throws IOException {
        bench.startOperator();
        var uids = ConcurrentHashMap.<String>newKeySet();
        try (var node = bench.node((batch, manifest, shard, attempt) -> {
            var fate = NodeStandIn.WELL.fate(batch, manifest, shard, attempt);
            if (batch.equals("g0001")) {
                uids.add(bench.job("garbled-g0001").getMetadata().getUid());
                if (shard == 1 && uids.size() == 1) {
                    var report = EvaluatorStandIn.path(manifest).resolveSibling("results/shard-0001.json");
                    Files.writeString(report, Files.readString(report).replace("g0001-c", "g0001-d"));
                }
            }
            return fate;
        })) {
            bench.apply("garbled", spec -> {});

            var damaged = bench.awaitReason("garbled", "HistoryDamaged");
            var status = bench.awaitReason("garbled", "Completed");

            assertThat(Conditions.find(damaged.conditions(), "Stalled")
                            .orElseThrow()
                            .getMessage())
                    .contains("g0001/results/shard-0001.json has SHA-256", "as its pod has said");
            assertThat(uids).hasSize(2);
            assertThat(status.evaluations().failed()).isZero();
        }
    }

    @Test
    void evaluatorsThatNeverBeginAreNoFailedCandidates() throws IOException {
        bench.startOperator();
        try (var node = bench.node(
                (batch, manifest, shard, attempt) -> new NodeStandIn.Fate.Fails(1, "Error", "no such library"))) {
            bench.apply("dies", spec -> {});

            var status = bench.awaitReason("dies", "EvaluatorFailed");

            assertThat(Conditions.find(status.conditions(), "Ready")
                            .orElseThrow()
                            .getMessage())
                    .contains("exit code 1: no such library");
            assertThat(status.evaluations().failed()).isZero();
        }
    }

    @Test
    void aRefusedManifestIsSaidInTheEvaluatorsWords() throws IOException {
        bench.startOperator();
        var words = ContractJson.text(TerminationMessage.of("InvalidModel", "maths: no tokenizer.json"));
        try (var node =
                bench.node((batch, manifest, shard, attempt) -> new NodeStandIn.Fate.Fails(42, "Error", words))) {
            bench.apply("refused", spec -> {});

            var status = bench.awaitReason("refused", "EvaluatorRefused");

            assertThat(Conditions.find(status.conditions(), "Stalled")
                            .orElseThrow()
                            .getMessage())
                    .isEqualTo("InvalidModel: maths: no tokenizer.json");
        }
    }

    @Test
    void anImageThatCannotBePulledIsSaidAndAnotherOneTried() throws IOException {
        bench.startOperator();
        try (var node = bench.node((batch, manifest, shard, attempt) -> bench.job("image-" + batch)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage()
                        .equals("evaluator:test")
                ? new NodeStandIn.Fate.CannotPull("not found")
                : NodeStandIn.WELL.fate(batch, manifest, shard, attempt))) {
            bench.apply("image", spec -> {});

            var status = bench.awaitReason("image", "ImageCannotBePulled");

            assertThat(Conditions.find(status.conditions(), "Stalled")
                            .orElseThrow()
                            .getMessage())
                    .contains("evaluator:test", "not found");
            bench.change("image", "{\"spec\":{\"evaluation\":{\"template\":{\"image\":\"evaluator:good\"}}}}");
            bench.awaitReason("image", "Completed");
        }
    }

    @Test
    void aClusterThatIsFullIsWaitedFor() throws IOException {
        bench.startOperator();
        try (var node = bench.node((batch, manifest, shard, attempt) ->
                new NodeStandIn.Fate.Unschedulable("0/3 nodes are available: 3 Insufficient nvidia.com/gpu."))) {
            bench.apply("full", spec -> {});

            var status = bench.awaitReason("full", "Unschedulable");

            assertThat(Conditions.find(status.conditions(), "Reconciling")
                            .orElseThrow()
                            .getMessage())
                    .contains("Insufficient nvidia.com/gpu");
        }
    }

    @Test
    void aQueueDecidesWhenPodsStart() throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply("queued", spec -> spec.put("queueName", "research"));
            bench.awaitReason("queued", "Queued");
            var job = bench.job("queued-g0000");
            assertThat(job.getSpec().getSuspend()).isTrue();
            assertThat(job.getMetadata().getLabels()).containsEntry("kueue.x-k8s.io/queue-name", "research");

            bench.admitAll("queued");

            bench.awaitReason("queued", "Completed");
        }
    }

    @Test
    void aQueueThatTakesItsPlaceBackCostsNoResult() throws IOException {
        var undisturbed = run("undisturbed", () -> {});
        bench.startOperator();
        try (var busy = bench.node((batch, manifest, shard, attempt) -> new NodeStandIn.Fate.Runs())) {
            bench.apply("preempted", spec -> spec.put("queueName", "research"));
            bench.awaitReason("preempted", "Queued");
            bench.suspendJob("preempted-g0000", false);
            bench.awaitReason("preempted", "Searching");

            bench.suspendJob("preempted-g0000", true);

            assertThat(bench.awaitReason("preempted", "Queued").conditions())
                    .extracting(Condition::getMessage)
                    .containsOnly("Job preempted-g0000 waits in queue research");
        }
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.admitAll("preempted");

            assertThat(bench.awaitReason("preempted", "Completed").table()).isEqualTo(undisturbed.table());
        }
    }

    @Test
    void resultsStayWhenAnExperimentIsDeletedAndAreFoundAgain() throws IOException {
        var first = run("again", () -> {});
        bench.delete("again");

        bench.startOperator();
        bench.apply("again", spec -> Bench.object(spec, "output").compute("uri", (key, uri) -> uri + "-again"));
        var second = bench.awaitReason("again", "Completed");

        assertThat(second.winner()).isEqualTo(first.winner());
        assertThat(second.table()).isEqualTo(first.table());
    }

    @Test
    void resultsGoWithTheExperimentIfItSaysSo() throws IOException {
        var status = run("gone", () -> bench.change("gone", "{\"spec\":{\"deletionPolicy\":\"Delete\"}}"));
        var history = EvaluatorStandIn.path(status.history());
        assertThat(history).isNotEmptyDirectory();
        bench.startOperator();
        Awaitility.await()
                .until(() ->
                        !bench.experiment("gone").getMetadata().getFinalizers().isEmpty());

        bench.client.batch().v1().jobs().inNamespace(bench.namespace).delete();
        bench.delete("gone");

        // As the store sees it: what a process that ended in the middle of a write has left is no object.
        try (var storage = Storages.open(StorageUri.parse(status.history()), new StorageAccess(Map.of()))) {
            assertThat(storage.list("")).isEmpty();
        }
    }

    @Test
    void whatGoesWithItsWholeNamespaceNeedsNoSecretToGo() throws IOException {
        bench.startOperator();
        bench.apply("gone", spec -> {
            spec.put("deletionPolicy", "Delete");
            Bench.object(spec, "storage").put("secretName", "deleted");
        });
        bench.awaitReason("gone", "SecretNotFound");

        bench.delete("gone");

        assertThat(bench.experiment("gone")).isNull();
    }

    /** Runs an experiment of its own folder to its end. */
    private MergeExperimentStatus run(String name, Disturbance disturbance) throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply(name, spec -> Bench.object(spec, "output").compute("uri", (key, uri) -> uri + "-" + name));
            disturbance.happens();
            return bench.awaitReason(name, "Completed");
        } finally {
            bench.stopOperator();
        }
    }

    private interface Disturbance {
        void happens() throws IOException;
    }
}
