package dev.evomerge.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Cost;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus.Evaluations;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.operator.Example;
import dev.evomerge.search.Batch;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ExperimentMetricsTest {

    private static final Instant BEGUN = Instant.parse("2026-11-24T08:00:00Z");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private Instant now = BEGUN;
    private final Clock clock = new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }
    };
    private final ExperimentMetrics metrics = new ExperimentMetrics(registry, clock);
    private final MergeExperiment experiment = Example.experiment();

    @Test
    void showsTheLastGenerationAndTheBestOfAll() {
        saw(State.Searching, List.of(generation(1, 0.5, 0.1, 0.2), generation(2, 0.4, 0.3, 0.1)));

        assertThat(value("evomerge_best_fitness")).isEqualTo(0.5);
        assertThat(value("evomerge_fitness", "best")).isEqualTo(0.4);
        assertThat(value("evomerge_fitness", "median")).isEqualTo(0.3);
        assertThat(value("evomerge_fitness", "worst")).isEqualTo(0.1);
        assertThat(value("evomerge_batch")).isEqualTo(3);
        assertThat(value("evomerge_evaluations_total", "scored")).isEqualTo(6);
        assertThat(value("evomerge_evaluations_budget")).isEqualTo(20);
        assertThat(value("evomerge_questions_total")).isEqualTo(60);
        assertThat(value("evomerge_tokens_total")).isEqualTo(600);
    }

    @Test
    void countsFailuresByReasonAndReasonsThatItDoesNotKnowTogether() {
        var failed =
                recorded(1, List.of(failure("a", Failure.TIMEOUT), failure("b", "Melted"), failure("c", "Evaporated")));

        saw(State.Searching, List.of(failed));

        assertThat(value("evomerge_evaluation_failures_total", Failure.TIMEOUT)).isEqualTo(1);
        assertThat(value("evomerge_evaluation_failures_total", Failure.CRASHED)).isZero();
        assertThat(value("evomerge_evaluation_failures_total", "Other")).isEqualTo(2);
    }

    @Test
    void countsPodTimeAsItPassesAndTimeLostToDisruption() {
        now = BEGUN.plusSeconds(10);
        saw(
                State.Searching,
                List.of(),
                pod("a", "Running", BEGUN, null, false),
                pod("b", "Running", BEGUN, null, false));
        now = BEGUN.plusSeconds(40);
        saw(
                State.Searching,
                List.of(),
                pod("a", "Running", BEGUN, null, false),
                pod("b", "Failed", BEGUN, BEGUN.plusSeconds(30), true));
        now = BEGUN.plusSeconds(60);

        assertThat(value("evomerge_pod_seconds_total")).isCloseTo(60 + 30, within(1e-9));
        assertThat(value("evomerge_gpu_seconds_total")).isCloseTo(2 * (60 + 30), within(1e-9));
        assertThat(value("evomerge_disrupted_pods_total")).isEqualTo(1);
        assertThat(value("evomerge_disrupted_gpu_seconds_total")).isCloseTo(2 * 30, within(1e-9));
        assertThat(value("evomerge_pods", "running")).isEqualTo(1);
    }

    @Test
    void leavesOutWhatAnEarlierProcessHasCounted() {
        now = BEGUN.plusSeconds(5);
        saw(
                State.Searching,
                List.of(),
                pod("ended", "Succeeded", BEGUN.minusSeconds(90), BEGUN.minusSeconds(30), false),
                pod("running", "Running", BEGUN.minusSeconds(90), null, false));

        assertThat(value("evomerge_pod_seconds_total")).isCloseTo(5, within(1e-9));
    }

    @Test
    void aHandoverEndsWithTheFirstPodOfTheNextBatchUnlessAQueueIsBetween() {
        var last = pod("a", "Succeeded", BEGUN, BEGUN.plusSeconds(30), false);
        for (var job : List.of(job("job", Map.of()), job("queued", Map.of("kueue.x-k8s.io/queue-name", "research")))) {
            var next = new PodBuilder(pod("b", "Pending", BEGUN, null, false))
                    .editMetadata()
                    .addToLabels("evomerge.dev/batch", "g0002")
                    .addNewOwnerReference()
                    .withUid(job.getMetadata().getUid())
                    .endOwnerReference()
                    .endMetadata()
                    .build();
            now = BEGUN.plusSeconds(31);
            saw(State.Searching, List.of(), List.of(job), last);
            now = BEGUN.plusSeconds(33);
            saw(State.Searching, List.of(), List.of(job), last, next);
            now = BEGUN.plusSeconds(50);
            saw(State.Searching, List.of(), List.of(job), last, next);
        }

        var handover = registry.timer("evomerge.handover");
        assertThat(handover.count()).isEqualTo(1);
        assertThat(handover.totalTime(TimeUnit.SECONDS)).isCloseTo(3, within(1e-9));
    }

    @Test
    void seriesOfAnExperimentGoWithIt() {
        saw(State.Searching, List.of(generation(1, 0.5)));
        assertThat(value("evomerge_experiments", "searching")).isEqualTo(1);

        metrics.forget("uid");

        assertThat(registry.scrape()).doesNotContain("experiment=\"example\"").doesNotContain("namespace=\"team\"");
    }

    @Test
    void anExperimentMadeAnewStartsFromNothing() {
        saw(State.Searching, List.of(generation(1, 0.5)));

        experiment.getMetadata().setUid("another");
        saw(State.Pending, List.of());

        assertThat(value("evomerge_evaluations_total", "scored")).isZero();
        assertThat(value("evomerge_experiments", "searching")).isZero();
        assertThat(value("evomerge_experiments", "pending")).isEqualTo(1);
    }

    @Test
    void hasEverySeriesThatIsDocumentedForFleetAndExperiments() throws IOException {
        saw(State.Searching, List.of(generation(1, 0.5)));

        String page = Files.readString(Path.of("../docs/metrics.md"));
        String part = page.substring(page.indexOf("## The fleet"), page.indexOf("## The operator"));
        var scraped = new TreeSet<String>();
        registry.scrape()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> scraped.add(line.replaceAll("[{ ].*", "")));
        Pattern.compile("(?m)^\\| `(evomerge_[a-z_]+)` \\| ([a-z]+)")
                .matcher(part)
                .results()
                .forEach(documented -> {
                    String name = documented.group(1) + (documented.group(2).equals("timer") ? "_count" : "");
                    assertThat(scraped).as("series of a scrape").contains(name);
                });
    }

    private static Job job(String uid, Map<String, String> labels) {
        return new JobBuilder()
                .withNewMetadata()
                .withUid(uid)
                .withCreationTimestamp(BEGUN.plusSeconds(31).toString())
                .addToLabels(labels)
                .addToLabels("evomerge.dev/batch", "g0002")
                .endMetadata()
                .build();
    }

    private void saw(State state, List<RecordedBatch> batches, Pod... pods) {
        saw(state, batches, List.of(), pods);
    }

    private void saw(State state, List<RecordedBatch> batches, List<Job> jobs, Pod... pods) {
        int recorded =
                batches.stream().mapToInt(batch -> batch.results().size()).sum();
        var status = Example.status(state, "g0003", new Evaluations(recorded, 0, 20), null);
        metrics.saw(
                new ExperimentMetrics.Sight(experiment, status, Optional.of(batches), jobs, List.of(pods), List.of()));
    }

    private static RecordedBatch generation(int number, double... fitness) {
        var results = java.util.Arrays.stream(fitness)
                .mapToObj(value -> new CandidateResult(
                        CandidateManifest.API_VERSION,
                        "g" + number,
                        "c" + value,
                        Map.of(),
                        List.of(value),
                        Optional.empty(),
                        new Cost(10, 1000, 100, 1.5)))
                .toList();
        return recorded(number, results);
    }

    private static RecordedBatch recorded(int number, List<CandidateResult> results) {
        return new RecordedBatch(
                CandidateManifest.API_VERSION,
                number,
                Batch.Kind.GENERATION,
                "weights",
                "0",
                Optional.empty(),
                Optional.empty(),
                results);
    }

    private static CandidateResult failure(String candidate, String reason) {
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                "g1",
                candidate,
                Map.of(),
                List.of(),
                Optional.of(new Failure(reason, "it did")),
                new Cost(0, 0, 0, 1));
    }

    /** A pod with two GPUs. */
    private static Pod pod(String uid, String phase, Instant start, Instant end, boolean disrupted) {
        var state = new ContainerStateBuilder();
        if (end == null) {
            state.withNewRunning().withStartedAt(start.toString()).endRunning();
        } else {
            state.withNewTerminated()
                    .withStartedAt(start.toString())
                    .withFinishedAt(end.toString())
                    .endTerminated();
        }
        var pod = Example.pod(uid, phase, state.build())
                .editMetadata()
                .addToLabels("evomerge.dev/batch", "g0001")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withNewResources()
                .withLimits(Map.of("nvidia.com/gpu", new Quantity("2"), "memory", new Quantity("1Gi")))
                .endResources()
                .endContainer()
                .endSpec();
        if (disrupted) {
            pod.editStatus()
                    .addNewCondition()
                    .withType("DisruptionTarget")
                    .withStatus("True")
                    .endCondition()
                    .endStatus();
        }
        return pod.build();
    }

    private double value(String series, String... labels) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith(series + "{"))
                .filter(line -> List.of(labels).stream().allMatch(label -> line.contains("\"" + label + "\"")))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(
                        () -> new AssertionError(series + " " + List.of(labels) + " is not in\n" + registry.scrape()));
    }
}
