package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.archive.Evaluations;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.archive.StoredExport;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.operator.Example;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Search;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What is decided for what was seen. What the operator would apply is compared with {@code src/test/resources/decisions}; {@code
 * -Ddecisions.update=true} writes it: look at the difference.
 */
class DecisionTest {

    private static final Path GOLDEN = Path.of("src/test/resources/decisions");
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final String FOLDER = "s3://results/history/team/example/0123456789ab";
    private static final Facts FACTS = Facts.of(
            Map.of("base", model(), "japanese", model(), "maths", model()),
            Map.of(
                    "multiplication/search", new Facts.Data("a".repeat(64), 100, Optional.of(200)),
                    "multiplication/selection", new Facts.Data("b".repeat(64), 50, Optional.of(200)),
                    "multiplication/test", new Facts.Data("c".repeat(64), 50, Optional.of(200))),
            "bfloat16",
            Map.of());

    private static final Archive.Results DAMAGED =
            new Archive.Results(Map.of(), true, List.of(new Archive.Damage("c.json: bad", List.of("c.json"))));

    private final Decision decision = new Decision(new Jobs("evaluator:1"));
    private final MergeExperiment experiment = Example.experiment();
    private final Step first = new Search(SearchSpecs.of(experiment.getSpec(), FACTS)).next(List.of());
    private final Batch batch = ((Step.Evaluate) first).batch();

    @Test
    void theManifestComesFirst() {
        var plan = decide(known(Optional.empty(), Optional.empty()), List.of(), List.of());

        assertThat(plan.actions()).singleElement().isInstanceOf(Action.PutManifest.class);
        assertThat(plan.more()).isTrue();
        golden(
                "manifest",
                Serialization.asYaml(tree(((Action.PutManifest) plan.actions().getFirst()).manifest())));
    }

    @Test
    void thenTheJobAndWhatShowsIt() {
        var plan = decide(known(Optional.of(stored()), Optional.empty()), List.of(), List.of());

        golden(
                "evaluation-job",
                Serialization.asYaml(only(plan, Action.CreateJob.class).job()));
        golden(
                "running-generation",
                Serialization.asYaml(only(plan, Action.ShowGeneration.class).generation()));
        golden("searching-status", Serialization.asYaml(plan.status()));
    }

    @Test
    void whatPodsHaveSaidIsShownWhileOthersRun() {
        var pods = List.of(succeeded(0), running(1));

        var plan = decide(known(Optional.of(stored()), Optional.empty()), List.of(job()), pods);

        var shown = only(plan, Action.ShowGeneration.class).generation().getStatus();
        assertThat(shown.scored()).isEqualTo(stored().manifest().shard(0).size());
        assertThat(reason(plan)).isEqualTo("Searching");
    }

    @Test
    void aBatchIsRecordedBeforeTheJobControllerHasSeenItsEnd() {
        var plan = decide(
                known(Optional.of(stored()), Optional.of(results())),
                List.of(job()),
                List.of(succeeded(0), succeeded(1)));

        var recorded = only(plan, Action.RecordBatch.class);
        assertThat(recorded.results()).extracting(CandidateResult::candidate).containsExactlyElementsOf(ids());
        assertThat(plan.more()).isTrue();
    }

    @Test
    void candidatesWithoutResultAreRecordedAsFailedOnceTheirJobHasFailed() {
        var partial = new TreeMap<>(results().byCandidate());
        stored().manifest().shard(1).forEach(candidate -> partial.remove(candidate.id()));

        var plan = decide(
                known(Optional.of(stored()), Optional.of(new Archive.Results(partial, true, List.of()))),
                List.of(failed("FailedIndexes")),
                List.of(succeeded(0)));

        assertThat(only(plan, Action.RecordBatch.class).results())
                .filteredOn(result -> result.failure().isPresent())
                .extracting(result -> result.failure().get().reason())
                .isNotEmpty()
                .containsOnly("Crashed");
    }

    @Test
    void aDeadlineIsATimeout() {
        var plan = decide(
                known(Optional.of(stored()), Optional.of(new Archive.Results(Map.of(), true, List.of()))),
                List.of(failed("DeadlineExceeded")),
                List.of());

        assertThat(only(plan, Action.RecordBatch.class).results())
                .extracting(result -> result.failure().orElseThrow().reason())
                .containsOnly("Timeout");
    }

    @Test
    void damagedResultsAreDiscardedWithTheirJobAndMadeAgain() {
        var plan =
                decide(known(Optional.of(stored()), Optional.of(DAMAGED)), List.of(failed("FailedIndexes")), List.of());

        assertThat(plan.actions())
                .containsSubsequence(
                        new Action.DiscardDamaged(DAMAGED.damaged()), new Action.DeleteJob("example-g0000"));
        assertThat(plan.status().retries()).isEqualTo(1);
    }

    @Test
    void untilThenNothingIsRemovedSoThatDamageIsStillSeen() {
        var endedJustNow = new JobBuilder(failed("FailedIndexes"))
                .editStatus()
                .editFirstCondition()
                .withLastTransitionTime("2026-01-01T11:59:55Z")
                .endCondition()
                .endStatus()
                .build();

        var plan = decide(known(Optional.of(stored()), Optional.of(DAMAGED)), List.of(endedJustNow), List.of());

        assertThat(reason(plan)).isEqualTo("HistoryDamaged");
        assertThat(plan.actions())
                .noneMatch(Action.DiscardDamaged.class::isInstance)
                .noneMatch(Action.DeleteJob.class::isInstance);
        assertThat(plan.again()).contains(Duration.ofSeconds(5));
    }

    @Test
    void anotherManifestThanTheSearchWantsIsRefused() {
        var other = stored().manifest();
        var changed = new StoredManifest(
                new CandidateManifest(
                        other.apiVersion(),
                        other.experiment(),
                        other.batch(),
                        other.results(),
                        1,
                        other.models(),
                        other.tasks(),
                        other.objectives(),
                        other.candidates().subList(0, 1)),
                "s3://manifest",
                "d".repeat(64));

        var plan = decide(known(Optional.of(changed), Optional.empty()), List.of(), List.of());

        assertThat(reason(plan)).isEqualTo("HistoryDamaged");
        assertThat(plan.actions()).noneMatch(Action.CreateJob.class::isInstance);
    }

    @Test
    void parallelismFollowsTheSpec() {
        var narrow =
                new JobBuilder(job()).editSpec().withParallelism(1).endSpec().build();

        var plan = decide(known(Optional.of(stored()), Optional.empty()), List.of(narrow), List.of(running(0)));

        assertThat(only(plan, Action.SetParallelism.class).parallelism()).isEqualTo(2);
    }

    @Test
    void aJobThatSomebodyElseSuspendsIsLeftAlone() {
        var suspended =
                new JobBuilder(job()).editSpec().withSuspend(true).endSpec().build();

        var plan = decide(known(Optional.of(stored()), Optional.empty()), List.of(suspended), List.of());

        assertThat(reason(plan)).isEqualTo("Queued");
        assertThat(plan.actions()).noneMatch(Action.ResumeJob.class::isInstance);
    }

    @Test
    void aJobWithoutPodsIsATroubleAfterAWhile() {
        var old = new JobBuilder(job())
                .editMetadata()
                .withCreationTimestamp("2026-01-01T11:59:00Z")
                .endMetadata()
                .build();

        var plan = decide(known(Optional.of(stored()), Optional.empty()), List.of(old), List.of());

        assertThat(reason(plan)).isEqualTo("PodsNotCreated");
    }

    @Test
    void theWinnerIsExportedAndThenSaid() throws TroubleException {
        var records = new ArrayList<RecordedBatch>();
        var choice = Choice.of(experiment.getSpec(), finish(records));
        var manifest = Manifests.export(experiment, FACTS, choice, FOLDER);
        var stored = new StoredExport(manifest, FOLDER + "/export/manifest.json", "d".repeat(64));

        var exporting = decide(finishedBy(records, choice, stored, Optional.empty()), List.of(), List.of());
        var report = new ExportReport(
                CandidateManifest.API_VERSION,
                "team/example",
                choice.finished().winner().id(),
                "s3://results/model",
                "e".repeat(64),
                1000);
        var done = decide(
                finishedBy(records, choice, stored, Optional.of(new Knowledge.Exported(report, List.of()))),
                List.of(),
                List.of());

        golden(
                "export-job",
                Serialization.asYaml(only(exporting, Action.CreateJob.class).job()));
        golden("completed-status", Serialization.asYaml(done.status()));
        assertThat(Serialization.asJson(done.status()).length()).isLessThan(8192);
    }

    @Test
    void oldGenerationsAndJobsGo() throws TroubleException {
        var records = new ArrayList<RecordedBatch>();
        var choice = Choice.of(experiment.getSpec(), finish(records));
        var stored = new StoredExport(Manifests.export(experiment, FACTS, choice, FOLDER), "s3://m", "d".repeat(64));
        var generation =
                Generations.running(seen(new Knowledge.Unread(), List.of(), List.of()), batch, stored(), List.of());
        var known = finishedBy(records, choice, stored, Optional.empty());

        var plan =
                decision.decide(new Observed(experiment, NOON, List.of(job()), List.of(), List.of(generation), known));

        assertThat(records).hasSizeGreaterThanOrEqualTo(Generations.KEPT);
        assertThat(plan.actions())
                .contains(new Action.DeleteGeneration("example-g0000"), new Action.DeleteJob("example-g0000"));
    }

    @Test
    void nothingIsDoneForWhatHasEnded() {
        experiment.setStatus(ended(Reason.Completed));

        var plan = decide(new Knowledge.Unread(), List.of(), List.of());

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.status()).isEqualTo(experiment.getStatus());
    }

    @Test
    void anotherCandidateIsExportedWhenTheUserPicksIt() throws TroubleException {
        var records = new ArrayList<RecordedBatch>();
        var finished = finish(records);
        String other = finished.table().stream()
                .map(standing -> standing.candidate().id())
                .filter(id -> !id.equals(finished.winner().id()))
                .findFirst()
                .orElseThrow();
        experiment.setStatus(ended(Reason.Completed));
        assertThat(Observed.ended(experiment)).isTrue();

        pick(other);
        assertThat(Observed.ended(experiment)).isFalse();
        var choice = Choice.of(experiment.getSpec(), finished);
        var stored = new StoredExport(
                Manifests.export(experiment, FACTS, choice, FOLDER), FOLDER + "/export/m.json", "d".repeat(64));
        var plan = decide(finishedBy(records, choice, stored, Optional.empty()), List.of(), List.of());

        assertThat(only(plan, Action.CreateJob.class).job().getMetadata().getName())
                .isEqualTo("example-export-" + other);
        assertThat(stored.manifest().output()).isEqualTo("s3://results/model/picks/" + other);
        assertThat(stored.manifest().report()).isEqualTo(FOLDER + "/export/" + other + "/report.json");
        assertThat(plan.status().pick()).isEqualTo(other);
        assertThat(plan.status().winner().candidate()).isEqualTo(other);
        assertThat(plan.status().table()).isNotEmpty();
    }

    @Test
    void aPickThatIsNoCandidateOfTheTableSaysWhichAre() {
        var finished = finish(new ArrayList<>());
        pick("nobody");

        assertThatThrownBy(() -> Choice.of(experiment.getSpec(), finished))
                .isInstanceOf(TroubleException.class)
                .hasMessageContaining("spec.output.pick is 'nobody', expected a candidate of the final table: ")
                .hasMessageContaining(finished.winner().id());
    }

    private void pick(String candidate) {
        JsonNode tree = Serialization.jsonMapper().valueToTree(experiment.getSpec());
        ((ObjectNode) tree.get("output")).put("pick", candidate);
        experiment.setSpec(Serialization.jsonMapper().convertValue(tree, MergeExperimentSpec.class));
    }

    @Test
    void theSameTroubleIsAnnouncedOnce() {
        var blocked = new Knowledge.Blocked(new Trouble(Reason.SecretNotFound, "no Secret"));
        var before = decide(blocked, List.of(), List.of());
        experiment.setStatus(before.status());

        var after = decide(blocked, List.of(), List.of());

        assertThat(before.actions()).singleElement().isInstanceOf(Action.Announce.class);
        assertThat(after.actions()).isEmpty();
        assertThat(after.status()).isEqualTo(before.status());
    }

    // ---- what is seen ----

    private Plan decide(Knowledge knowledge, List<Job> jobs, List<Pod> pods) {
        return decision.decide(seen(knowledge, jobs, pods));
    }

    private Observed seen(Knowledge knowledge, List<Job> jobs, List<Pod> pods) {
        return new Observed(experiment, NOON, jobs, pods, List.of(), knowledge);
    }

    private Knowledge known(Optional<StoredManifest> manifest, Optional<Archive.Results> results) {
        return new Knowledge.Known(
                FOLDER,
                FACTS,
                List.of(),
                first,
                manifest,
                results,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Knowledge finishedBy(
            List<RecordedBatch> records, Choice choice, StoredExport stored, Optional<Knowledge.Exported> exported) {
        return new Knowledge.Known(
                FOLDER,
                FACTS,
                records,
                choice.finished(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(choice),
                Optional.of(stored),
                exported);
    }

    private StoredManifest stored() {
        var manifest = Manifests.of(experiment, FACTS, batch, FOLDER);
        return new StoredManifest(manifest, FOLDER + "/g0000/manifest.json", "d".repeat(64));
    }

    private List<String> ids() {
        return stored().manifest().candidates().stream()
                .map(candidate -> candidate.id())
                .toList();
    }

    private Archive.Results results() {
        var results = new TreeMap<String, CandidateResult>();
        stored().manifest()
                .candidates()
                .forEach(candidate -> results.put(candidate.id(), evaluated(stored().manifest(), candidate.id())));
        return new Archive.Results(results, true, List.of());
    }

    private static CandidateResult evaluated(CandidateManifest manifest, String candidate) {
        return EvaluatorStandIn.evaluate(
                manifest,
                manifest.candidates().stream()
                        .filter(wanted -> wanted.id().equals(candidate))
                        .findFirst()
                        .orElseThrow(),
                task -> FACTS.data().get(task.key()).questions());
    }

    /** Searches to the end, and collects the records. */
    private Step.Finished finish(List<RecordedBatch> records) {
        var search = new Search(SearchSpecs.of(experiment.getSpec(), FACTS));
        while (true) {
            var history = records.stream().map(record -> history(record)).toList();
            switch (search.next(history)) {
                case Step.Evaluate(Batch next) -> {
                    var manifest = Manifests.of(experiment, FACTS, next, FOLDER);
                    records.add(new RecordedBatch(
                            CandidateManifest.API_VERSION,
                            next.number(),
                            next.kind(),
                            next.stage(),
                            "d".repeat(64),
                            Optional.of(next.digest()),
                            next.questions(),
                            manifest.candidates().stream()
                                    .map(candidate -> evaluated(manifest, candidate.id()))
                                    .toList()));
                }
                case Step.Finished finished -> {
                    return finished;
                }
                case Step.Failed failed -> throw new AssertionError(failed);
            }
        }
    }

    private BatchRecord history(RecordedBatch record) {
        try {
            return new Evaluations(experiment.getSpec(), FACTS).of(record);
        } catch (ArchiveException e) {
            throw new AssertionError(e);
        }
    }

    private Job job() {
        return new JobBuilder(new Jobs("evaluator:1").evaluation(experiment, stored()))
                .editMetadata()
                .withUid("job-uid")
                .withCreationTimestamp("2026-01-01T11:59:58Z")
                .endMetadata()
                .build();
    }

    private Job failed(String reason) {
        return new JobBuilder(job())
                .withNewStatus()
                .addNewCondition()
                .withType("Failed")
                .withStatus("True")
                .withReason(reason)
                .withLastTransitionTime("2026-01-01T11:59:00Z")
                .endCondition()
                .endStatus()
                .build();
    }

    /** Its container has ended; the kubelet calls the pod Succeeded a second later. */
    private Pod succeeded(int shard) {
        var rows = stored().manifest().shard(shard).stream()
                .map(candidate -> new TerminationMessage.Row(
                        candidate.id(),
                        evaluated(stored().manifest(), candidate.id()).fitness(),
                        Optional.empty()))
                .toList();
        var message = new TerminationMessage(
                CandidateManifest.API_VERSION,
                Optional.of(new TerminationMessage.Shard("g0000", shard, "f".repeat(64), rows, 0)),
                Optional.empty(),
                Optional.empty());
        return pod(
                shard,
                "Running",
                new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(0)
                        .withMessage(ContractJson.text(message))
                        .endTerminated()
                        .build());
    }

    private static Pod running(int shard) {
        return pod(
                shard,
                "Running",
                new ContainerStateBuilder().withNewRunning().endRunning().build());
    }

    private static Pod pod(int shard, String phase, ContainerState state) {
        return Example.pod("pod-" + shard, phase, state)
                .editMetadata()
                .addToAnnotations("batch.kubernetes.io/job-completion-index", String.valueOf(shard))
                .addNewOwnerReference()
                .withUid("job-uid")
                .endOwnerReference()
                .endMetadata()
                .build();
    }

    private static MergeExperimentStatus ended(Reason reason) {
        return Example.status(
                MergeExperimentStatus.State.Succeeded,
                null,
                null,
                Conditions.of(List.of(), 1, NOON, new Trouble(reason, "done")));
    }

    private static Facts.Model model() {
        return new Facts.Model(4, 1000, Optional.of(new Facts.Size(2000, 64)));
    }

    private static String reason(Plan plan) {
        return Conditions.find(plan.status().conditions(), "Ready")
                .orElseThrow()
                .getReason();
    }

    private static <A extends Action> A only(Plan plan, Class<A> type) {
        var found =
                plan.actions().stream().filter(type::isInstance).map(type::cast).toList();
        assertThat(found).as("%s in %s", type.getSimpleName(), plan.actions()).hasSize(1);
        return found.getFirst();
    }

    private static Object tree(CandidateManifest manifest) {
        return Serialization.unmarshal(ContractJson.text(manifest), Map.class);
    }

    private static void golden(String name, String yaml) {
        Path file = GOLDEN.resolve(name + ".yaml");
        try {
            if (Boolean.getBoolean("decisions.update")) {
                Files.createDirectories(GOLDEN);
                Files.writeString(file, yaml);
            }
            assertThat(yaml).as("%s", file).isEqualTo(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
