package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.MergeExperimentStatus;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An experiment that is managed as a manifest in Git: whatever changes, changes by applying the whole of it again. */
class GitOpsIT extends OnApiServer {

    @BeforeEach
    void startOperator() {
        bench.startOperator();
    }

    @Test
    void aBudgetThatIsRaisedInTheMiddleIsAsGoodAsOneThatWasLargeFromTheStart() throws IOException {
        MergeExperimentStatus large;
        try (var node = bench.node(NodeStandIn.WELL)) {
            apply("large", 5, false);
            large = bench.awaitReason("large", "Completed");
        }
        var raised = new CountDownLatch(1);
        try (var node = bench.node((batch, manifest, shard, attempt) -> {
            if (batch.equals("g0002")) {
                await(raised);
            }
            return NodeStandIn.WELL.fate(batch, manifest, shard, attempt);
        })) {
            apply("raised", 2, false);
            bench.await("raised", status -> "g0002".equals(status.batch()));
            int before = bench.experiment("raised").getStatus().budget().candidates();

            apply("raised", 5, false);
            bench.await("raised", status -> status.budget().candidates() > before);
            raised.countDown();
            var status = bench.awaitReason("raised", "Completed");

            assertThat(status.table()).isEqualTo(large.table());
            assertThat(status.winner().recipe()).isEqualTo(large.winner().recipe());
            assertThat(batches(status))
                    .as("baselines, five generations, finalists")
                    .isEqualTo(7);
        }
        assertThat(managersOfSpec("raised")).as("who has written into spec").containsExactly("fabric8");
    }

    @Test
    void suspendingAndResumingIsApplyingToo() throws IOException {
        var resumed = new CountDownLatch(1);
        try (var node = bench.node((batch, manifest, shard, attempt) -> batch.equals("g0001") && resumed.getCount() > 0
                ? new NodeStandIn.Fate.Runs()
                : NodeStandIn.WELL.fate(batch, manifest, shard, attempt))) {
            apply("paused", 3, false);
            bench.await("paused", status -> "g0001".equals(status.batch()));

            apply("paused", 3, true);
            bench.awaitReason("paused", "Suspended");
            assertThat(bench.job("paused-g0001").getSpec().getSuspend()).isTrue();
            String version = bench.experiment("paused").getMetadata().getResourceVersion();
            apply("paused", 3, true);
            assertThat(bench.experiment("paused").getMetadata().getResourceVersion())
                    .as("applied again, nothing changes")
                    .isEqualTo(version);

            resumed.countDown();
            apply("paused", 3, false);
            assertThat(batches(bench.awaitReason("paused", "Completed"))).isEqualTo(5);
        }
        assertThat(managersOfSpec("paused")).containsExactly("fabric8");
    }

    private void apply(String name, int generations, boolean suspend) throws IOException {
        bench.apply(name, spec -> {
            Bench.list(spec, "stages").getFirst().put("budget", Map.of("generations", generations));
            Bench.object(spec, "output").compute("uri", (key, uri) -> uri + "-" + name);
            spec.put("suspend", suspend);
        });
    }

    /** How many batches were recorded. */
    private static long batches(MergeExperimentStatus status) throws IOException {
        try (var files = Files.walk(EvaluatorStandIn.path(status.history()))) {
            return files.filter(file -> file.endsWith("record.json")).count();
        }
    }

    private List<String> managersOfSpec(String name) {
        return bench.experiment(name).getMetadata().getManagedFields().stream()
                .filter(fields -> fields.getFieldsV1().getAdditionalProperties().containsKey("f:spec"))
                .map(ManagedFieldsEntry::getManager)
                .toList();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
