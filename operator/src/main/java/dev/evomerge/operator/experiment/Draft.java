package dev.evomerge.operator.experiment;

import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperimentSpec.DeletionPolicy;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeExperimentStatus.Evaluations;
import dev.evomerge.crds.MergeExperimentStatus.FrontMember;
import dev.evomerge.crds.MergeExperimentStatus.Standing;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.crds.MergeExperimentStatus.TestScore;
import dev.evomerge.crds.MergeExperimentStatus.Winner;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.Budget;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Scores;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A plan in the making: what to do, and a status that is built anew from what was observed. */
final class Draft {

    /** Keeps an experiment from vanishing before its results are removed. */
    static final String FINALIZER = "evomerge.dev/results";

    private static final int LONGEST_RECIPE = 1024;
    private static final int MOST_STANDINGS = 24;

    final Observed seen;

    private final MergeExperimentStatus old;
    private final List<Action> actions = new ArrayList<>();
    private boolean more;
    private Optional<Duration> again = Optional.empty();

    private String batch;
    private String stage;
    private Evaluations evaluations;
    private MergeExperimentStatus.Budget budget;
    private MergeExperimentStatus.Best best;
    private String history;
    private String stop;
    private Winner winner;
    private String pick;
    private List<FrontMember> front;
    private String report;
    private List<Standing> table;
    private Integer retries;
    private String startTime;
    private String completionTime;

    Draft(Observed seen) {
        this.seen = seen;
        this.old = seen.status();
        batch = old.batch();
        stage = old.stage();
        evaluations = old.evaluations();
        budget = old.budget();
        best = old.best();
        history = old.history();
        stop = old.stop();
        winner = old.winner();
        pick = old.pick();
        front = old.front();
        report = old.report();
        table = old.table();
        retries = old.retries();
        startTime = old.startTime();
        completionTime = old.completionTime();
    }

    // ---- actions ----

    Draft act(Action action) {
        actions.add(action);
        return this;
    }

    JobState state(Job job) {
        return new JobState(job, seen.pods(job));
    }

    /** Shows a MergeGeneration, if it is not shown so already. */
    Draft show(MergeGeneration wanted) {
        boolean shown = seen.generations().stream()
                .filter(generation -> generation
                        .getMetadata()
                        .getName()
                        .equals(wanted.getMetadata().getName()))
                .anyMatch(generation -> Objects.equals(generation.getStatus(), wanted.getStatus()));
        return shown ? this : act(new Action.ShowGeneration(wanted));
    }

    /** Brings the MergeGenerations of recorded batches up to date; those that somebody has deleted stay so. */
    Draft showRecorded(Knowledge.Known known) {
        List<RecordedBatch> batches = known.batches();
        batches.subList(Math.max(0, batches.size() - Generations.KEPT), batches.size())
                .forEach(recorded -> seen.generation(recorded.name())
                        .ifPresent(generation -> show(Generations.recorded(seen, generation, recorded))));
        return counted(known);
    }

    /** Removes MergeGenerations and Jobs of batches long past. */
    Draft prune(int current) {
        seen.generations().stream()
                .filter(generation -> generation.getSpec().batch() <= current - Generations.KEPT)
                .forEach(generation ->
                        act(new Action.DeleteGeneration(generation.getMetadata().getName())));
        seen.jobs().stream()
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .filter(job -> isPast(job.getMetadata().getLabels().get(Labels.BATCH), current - Generations.KEPT))
                .forEach(job -> act(new Action.DeleteJob(job.getMetadata().getName())));
        return this;
    }

    private static boolean isPast(String batch, int last) {
        return batch.equals(Labels.INSPECTION)
                || !batch.startsWith(Labels.EXPORT) && Integer.parseInt(batch.substring(1)) <= last;
    }

    /** Only an experiment whose results go with it needs to be held back. */
    void keepFinalizer() {
        boolean wanted = seen.spec().deletionPolicy() == DeletionPolicy.Delete;
        if (wanted != hasFinalizer(seen)) {
            act(new Action.SetFinalizer(wanted));
        }
    }

    static boolean hasFinalizer(Observed seen) {
        return seen.experiment().getMetadata().getFinalizers().contains(FINALIZER);
    }

    // ---- the status ----

    private Draft counted(Knowledge.Known known) {
        int failed = (int) known.batches().stream()
                .flatMap(recorded -> recorded.results().stream())
                .filter(result -> result.failure().isPresent())
                .count();
        int all = known.batches().stream()
                .mapToInt(recorded -> recorded.results().size())
                .sum();
        evaluations = new Evaluations(
                all - failed, failed, SearchSpecs.budget(seen.spec()).orElse(null));
        budget = budget(known);
        best = new Scores(seen.spec()).best(known.batches()).orElse(null);
        history = known.folder();
        report = known.folder() + "/" + Layout.PAGE;
        if (startTime == null) {
            startTime = now();
        }
        return this;
    }

    private MergeExperimentStatus.Budget budget(Knowledge.Known known) {
        var computed = Budget.of(seen.spec(), known.facts());
        int pods = Optional.ofNullable(seen.spec().evaluation().parallelism()).orElse(1);
        var hours = computed.hoursPerGeneration(known.batches(), pods);
        return new MergeExperimentStatus.Budget(
                computed.podMemory().isPresent() ? quantity(computed.podMemory().getAsLong()) : null,
                quantity(computed.podReads()),
                computed.candidates(),
                computed.questions(),
                computed.tokens(),
                computed.generation().questions(),
                computed.generation().tokens(),
                hours.isPresent() ? Scores.text(hours.getAsDouble()) : null);
    }

    /** Whole mebibytes, rounded up. */
    private static String quantity(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + "Mi";
    }

    Draft inBatch(Batch next) {
        String name = Layout.batch(next.number());
        if (!name.equals(batch)) {
            retries = null;
        }
        batch = name;
        stage = next.stage().isEmpty() ? null : next.stage();
        return this;
    }

    Draft conclude(Knowledge.Known known, Choice choice) {
        var finished = choice.finished();
        if (!Labels.EXPORT.equals(batch) || !Objects.equals(pick, choice.pick().orElse(null))) {
            retries = null;
        }
        pick = choice.pick().orElse(null);
        front = front(finished);
        batch = Labels.EXPORT;
        stage = null;
        stop = finished.stop();
        table = standings(finished);
        winner = winner(known, choice);
        return this;
    }

    Draft exported(ExportReport report) {
        winner = new Winner(
                winner.candidate(),
                winner.why(),
                report.output(),
                report.sha256(),
                winner.recipe(),
                winner.recipeUri(),
                winner.selection(),
                winner.test());
        completionTime = now();
        batch = null;
        retries = null;
        return act(new Action.Announce(
                false,
                "ModelExported",
                report.candidate() + " was written to " + report.output(),
                Map.of("export", report.sha256())));
    }

    int retries() {
        return retries == null ? 0 : retries;
    }

    Draft retry() {
        retries = retries() + 1;
        return this;
    }

    /** The best; the winner and the best baseline are among them, for the table is sorted. */
    private static List<Standing> standings(Step.Finished finished) {
        return finished.table().stream()
                .limit(MOST_STANDINGS)
                .map(standing -> new Standing(
                        standing.candidate().id(),
                        text(standing.search()),
                        text(standing.selection()),
                        text(standing.test()),
                        text(standing.interval().map(Step.Interval::low)),
                        text(standing.interval().map(Step.Interval::high))))
                .toList();
    }

    private static List<FrontMember> front(Step.Finished finished) {
        return finished.front().stream()
                .limit(MOST_STANDINGS)
                .map(member -> new FrontMember(
                        member.candidate().id(),
                        member.objectives().stream().map(Scores::text).toList()))
                .toList();
    }

    private static Winner winner(Knowledge.Known known, Choice choice) {
        var finished = choice.finished();
        var candidate = finished.winner();
        String recipe = RecipeFormat.toJson(candidate.recipe());
        var standing = finished.table().stream()
                .filter(line -> line.candidate().id().equals(candidate.id()))
                .findFirst();
        return new Winner(
                candidate.id(),
                choice.why(),
                null,
                null,
                recipe.length() <= LONGEST_RECIPE ? recipe : null,
                known.folder() + "/" + Layout.exportManifest(choice.folder()),
                text(standing.flatMap(Step.Standing::selection)),
                standing.filter(line -> line.test().isPresent())
                        .map(line -> new TestScore(
                                text(line.test()),
                                text(line.interval().map(Step.Interval::low)),
                                text(line.interval().map(Step.Interval::high))))
                        .orElse(null));
    }

    private static String text(Optional<Double> value) {
        return value.map(Scores::text).orElse(null);
    }

    private String now() {
        return seen.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    // ---- the end ----

    /** Decides again as soon as the actions are done. */
    Plan andMore() {
        more = true;
        return plan(old.state(), old.conditions());
    }

    /** Nothing new; the conditions speak of the spec as it is now. */
    Plan unchanged() {
        if (old.conditions().isEmpty()) {
            return plan(old.state(), List.of());
        }
        var ready = Conditions.find(old.conditions(), "Ready").orElseThrow();
        return plan(old.state(), conditions(new Trouble(Reason.valueOf(ready.getReason()), ready.getMessage())));
    }

    Plan at(Trouble state) {
        announce(state);
        return plan(state(state.reason()), conditions(state));
    }

    Plan at(Trouble state, Duration lookAgain) {
        again = Optional.of(lookAgain);
        return at(state);
    }

    Plan blocked(Trouble trouble, Duration lookAgain) {
        return at(trouble, lookAgain);
    }

    private List<Condition> conditions(Trouble state) {
        return Conditions.of(old.conditions(), seen.experiment().getMetadata().getGeneration(), seen.now(), state);
    }

    /** An Event where the state changes; the same one when the change is seen twice. */
    private void announce(Trouble state) {
        var ready = Conditions.find(old.conditions(), "Ready");
        if (ready.map(Condition::getReason)
                .filter(state.reason().name()::equals)
                .isEmpty()) {
            act(new Action.Announce(
                    state.reason().kind() == Reason.Kind.STALLED
                            || state.reason().kind() == Reason.Kind.FAILED,
                    state.reason().name(),
                    state.message(),
                    Map.of(
                            "from",
                            ready.map(Condition::getReason).orElse(""),
                            "since",
                            ready.map(Condition::getLastTransitionTime).orElse(""),
                            "batch",
                            batch == null ? "" : batch)));
        }
    }

    private static State state(Reason reason) {
        return switch (reason) {
            case Suspended -> State.Suspended;
            case Searching -> State.Searching;
            case Exporting -> State.Exporting;
            default ->
                switch (reason.kind()) {
                    case WORKING, WAITING -> State.Pending;
                    case STALLED -> State.Stalled;
                    case DONE -> State.Succeeded;
                    case FAILED -> State.Failed;
                };
        };
    }

    private Plan plan(State state, List<Condition> conditions) {
        return new Plan(
                actions,
                new MergeExperimentStatus(
                        conditions.isEmpty()
                                ? old.observedGeneration()
                                : seen.experiment().getMetadata().getGeneration(),
                        state,
                        batch,
                        stage,
                        evaluations,
                        budget,
                        best,
                        history,
                        stop,
                        winner,
                        pick,
                        front,
                        report,
                        table,
                        retries,
                        startTime,
                        completionTime,
                        conditions),
                more,
                again);
    }
}
