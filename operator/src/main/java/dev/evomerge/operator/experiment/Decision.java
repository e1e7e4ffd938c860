package dev.evomerge.operator.experiment;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.Layout;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** What to do for an experiment: a pure function of what was observed. */
final class Decision {

    /** When to look again at what cannot go on, though nothing seems to happen. */
    static final Duration RETRY = Duration.ofSeconds(30);

    /** A Job without pods for so long is a trouble. */
    private static final Duration PODS_EXPECTED = Duration.ofSeconds(10);

    /** How often a batch is begun anew because of damaged results. */
    private static final int MOST_RETRIES = 3;

    private final Jobs jobs;

    Decision(Jobs jobs) {
        this.jobs = jobs;
    }

    Plan decide(Observed seen) {
        if (seen.deleted()) {
            return new Deletion(seen).plan();
        }
        var plan = new Draft(seen);
        plan.keepFinalizer();
        if (Observed.ended(seen.experiment())) {
            return plan.unchanged();
        }
        if (seen.suspended()) {
            return suspend(plan);
        }
        return switch (seen.knowledge()) {
            case Knowledge.Unread() -> plan.unchanged();
            case Knowledge.Blocked(Trouble trouble) -> plan.blocked(trouble, RETRY);
            case Knowledge.Uninspected uninspected -> inspect(plan, uninspected);
            case Knowledge.Known known ->
                switch (known.step()) {
                    case Step.Evaluate(Batch batch) -> evaluate(plan, known, batch);
                    case Step.Finished finished ->
                        export(plan, known, known.choice().orElseThrow());
                    case Step.Failed(String message) ->
                        plan.showRecorded(known).at(new Trouble(Reason.EveryCandidateFailed, message));
                };
        };
    }

    /** Pods end; what they have finished lies in storage. A queue decides about the suspension of its Jobs, so those are removed. */
    private static Plan suspend(Draft plan) {
        for (Job job : plan.seen.jobs()) {
            var state = plan.state(job);
            if (state.ended()) {
                continue;
            }
            String name = job.getMetadata().getName();
            if (job.getMetadata().getLabels().containsKey(Labels.QUEUE)) {
                plan.act(new Action.DeleteJob(name));
            } else if (!state.suspended()) {
                plan.act(new Action.SuspendJob(name));
            }
        }
        return plan.at(new Trouble(Reason.Suspended, "spec.suspend is true; finished results are kept"));
    }

    // ---- volumes ----

    /** A pod without a GPU looks at what the operator cannot mount; no other starts before it has found nothing wrong. */
    private Plan inspect(Draft plan, Knowledge.Uninspected uninspected) {
        Optional<Job> job = plan.seen.job(Labels.INSPECTION);
        var looking = new Trouble(Reason.Preparing, "a pod looks at the volumes that the experiment names");
        if (job.isEmpty()) {
            return plan.act(new Action.CreateJob(jobs.inspection(plan.seen.experiment(), uninspected.inspection())))
                    .at(looking, PODS_EXPECTED);
        }
        var state = plan.state(job.get());
        if (job.get().getMetadata().getDeletionTimestamp() != null) {
            return plan.at(looking);
        }
        if (!state.ended()) {
            return run(plan, state, looking, 1);
        }
        // A report that a pod before this one has left says nothing about now.
        if (state.succeeded() && uninspected.found().isPresent()) {
            return again(plan, state, uninspected.found().get());
        }
        var refusal = state.refusal();
        if (refusal.isPresent()) {
            return refresh(plan, state, new Trouble(Reason.EvaluatorRefused, refusal.get()));
        }
        return again(
                plan,
                state,
                new Trouble(
                        Reason.EvaluatorFailed,
                        "the pod that looks at the volumes ends without a report: "
                                + state.lastWords().orElse("no pod is left to say why")));
    }

    // ---- a batch ----

    private Plan evaluate(Draft plan, Knowledge.Known known, Batch batch) {
        plan.showRecorded(known).prune(batch.number()).inBatch(batch);
        var wanted = Manifests.of(plan.seen.experiment(), known.facts(), batch, known.folder());
        if (known.manifest().isEmpty()) {
            return plan.act(new Action.PutManifest(batch.number(), wanted)).andMore();
        }
        StoredManifest stored = known.manifest().get();
        if (!stored.asksTheSameAs(wanted)) {
            return plan.at(new Trouble(
                    Reason.HistoryDamaged,
                    stored.uri() + " holds other candidates than the search decides on from the same history;"
                            + " was it written by another version of evomerge?"));
        }
        Optional<Job> job = plan.seen.job(stored.manifest().batch());
        if (job.isEmpty()) {
            // The page comes after the Job: nobody waits for it.
            return plan.act(new Action.CreateJob(jobs.evaluation(plan.seen.experiment(), stored)))
                    .act(new Action.WritePage())
                    .show(Generations.running(plan.seen, batch, stored, List.of()))
                    .at(searching(batch, stored), PODS_EXPECTED);
        }
        var state = plan.state(job.get());
        if (job.get().getMetadata().getDeletionTimestamp() != null) {
            return plan.at(searching(batch, stored));
        }
        plan.show(Generations.running(plan.seen, batch, stored, state.reports()));
        if (known.results().isPresent()) {
            return collect(plan, known.results().get(), batch, stored, state);
        }
        return run(plan, state, searching(batch, stored), stored.manifest().shards());
    }

    private static Trouble searching(Batch batch, StoredManifest stored) {
        return new Trouble(
                Reason.Searching,
                switch (batch.kind()) {
                            case BASELINES -> "baselines";
                            case GENERATION -> "stage " + batch.stage();
                            case FINALISTS -> "finalists";
                        }
                        + ", batch " + stored.manifest().batch() + ": "
                        + stored.manifest().candidates().size() + " candidates in "
                        + stored.manifest().shards() + " pods");
    }

    /** A Job that is under way. */
    private static Plan run(Draft plan, JobState state, Trouble working, int shards) {
        String name = state.job().getMetadata().getName();
        boolean oursToResume = state.job().getMetadata().getAnnotations().containsKey(Labels.SUSPENDED);
        if (state.suspended() && oursToResume) {
            return plan.act(new Action.ResumeJob(name)).at(working);
        }
        int parallelism = Jobs.parallelism(plan.seen.experiment(), shards);
        if (!Objects.equals(state.job().getSpec().getParallelism(), parallelism)) {
            plan.act(new Action.SetParallelism(name, parallelism));
        }
        if (state.suspended()) {
            String queue = state.job().getMetadata().getLabels().get(Labels.QUEUE);
            return plan.at(new Trouble(
                    Reason.Queued,
                    queue == null
                            ? "Job " + name + " was suspended by somebody else"
                            : "Job " + name + " waits in queue " + queue));
        }
        var trouble = PodTroubles.of(state);
        if (trouble.isPresent()) {
            return refresh(plan, state, trouble.get());
        }
        if (state.pods().isEmpty()) {
            return plan.seen
                            .now()
                            .isAfter(Instant.parse(state.job().getMetadata().getCreationTimestamp())
                                    .plus(PODS_EXPECTED))
                    ? plan.at(
                            new Trouble(
                                    Reason.PodsNotCreated,
                                    "Kubernetes has made no pod for Job " + name + "; 'kubectl describe job " + name
                                            + "' says why, mostly a quota or an admission rule"),
                            RETRY)
                    : plan.at(working, PODS_EXPECTED);
        }
        return plan.at(working);
    }

    /** A Job that cannot start with the template that it has gets another chance when the spec was changed. */
    private static Plan refresh(Draft plan, JobState state, Trouble trouble) {
        if (!Jobs.isCurrent(state.job(), plan.seen.experiment())) {
            plan.act(new Action.DeleteJob(state.job().getMetadata().getName()));
        }
        return plan.at(trouble);
    }

    /** All shards have ended: records what came out, or begins anew. */
    private static Plan collect(
            Draft plan, Archive.Results results, Batch batch, StoredManifest stored, JobState state) {
        var missing = stored.manifest().candidates().stream()
                .map(CandidateSpec::id)
                .filter(id -> !results.byCandidate().containsKey(id))
                .toList();
        if (missing.isEmpty()) {
            return record(plan, results.byCandidate(), batch, stored, state);
        }
        if (!results.damaged().isEmpty()) {
            String problems =
                    results.damaged().stream().map(Archive.Damage::problem).collect(Collectors.joining("; "));
            return again(
                    plan,
                    state,
                    new Trouble(Reason.HistoryDamaged, problems),
                    new Action.DiscardDamaged(results.damaged()));
        }
        if (state.succeeded()) {
            return again(
                    plan,
                    state,
                    new Trouble(
                            Reason.HistoryDamaged,
                            "results are missing though their shards ended well: " + String.join(", ", missing)));
        }
        var refusal = state.refusal();
        if (refusal.isPresent()) {
            return refresh(plan, state, new Trouble(Reason.EvaluatorRefused, refusal.get()));
        }
        if (results.byCandidate().isEmpty() && !results.begun()) {
            return again(
                    plan,
                    state,
                    new Trouble(
                            Reason.EvaluatorFailed,
                            "evaluators end before they have begun on a candidate: "
                                    + state.lastWords()
                                            .orElse(state.finished()
                                                    .map(condition -> condition.getReason())
                                                    .orElse("no pod is left to say why"))));
        }
        return record(plan, results.byCandidate(), batch, stored, state);
    }

    private static Plan record(
            Draft plan, Map<String, CandidateResult> byCandidate, Batch batch, StoredManifest stored, JobState state) {
        var results = new ArrayList<CandidateResult>();
        for (int i = 0; i < stored.manifest().candidates().size(); i++) {
            String id = stored.manifest().candidates().get(i).id();
            results.add(byCandidate.getOrDefault(
                    id,
                    CandidateResult.missing(
                            stored.manifest().batch(),
                            id,
                            state.failureOf(i % stored.manifest().shards()))));
        }
        long failed =
                results.stream().filter(result -> result.failure().isPresent()).count();
        String name = stored.manifest().batch();
        return plan.act(new Action.RecordBatch(batch, stored, results))
                .act(new Action.Announce(
                        failed > 0,
                        "BatchRecorded",
                        "batch " + name + ": " + (results.size() - failed) + " candidates scored, " + failed
                                + " failed",
                        Map.of("batch", name)))
                .andMore();
    }

    /**
     * Begins a batch or the export anew, later and later, and not too often where that would not help.
     *
     * @param before what is done just before; until then what was seen stays as it is, to be seen again
     */
    private static Plan again(Draft plan, JobState state, Trouble trouble, Action... before) {
        int retries = plan.retries();
        boolean hopeless = trouble.reason() == Reason.HistoryDamaged && retries >= MOST_RETRIES;
        Duration pause = Duration.ofSeconds(Math.min(600, 10L << Math.min(retries, 10)));
        Instant due = state.finishedAt().orElse(plan.seen.now()).plus(pause);
        if (!Jobs.isCurrent(state.job(), plan.seen.experiment())
                || (!hopeless && !plan.seen.now().isBefore(due))) {
            List.of(before).forEach(plan::act);
            plan.act(new Action.DeleteJob(state.job().getMetadata().getName())).retry();
            return plan.at(trouble);
        }
        return hopeless ? plan.at(trouble) : plan.at(trouble, Duration.between(plan.seen.now(), due));
    }

    // ---- the export ----

    private Plan export(Draft plan, Knowledge.Known known, Choice choice) {
        plan.showRecorded(known).prune(known.batches().size()).conclude(known, choice);
        if (known.export().isEmpty()) {
            return plan.act(new Action.PutExport(
                            choice.folder(),
                            Manifests.export(plan.seen.experiment(), known.facts(), choice, known.folder())))
                    .andMore();
        }
        if (known.exported().filter(exported -> exported.problems().isEmpty()).isPresent()) {
            return plan.exported(known.exported().get().report())
                    .act(new Action.WritePage())
                    .at(new Trouble(
                            Reason.Completed,
                            known.exported().get().report().candidate() + " lies at "
                                    + known.exported().get().report().output()));
        }
        var working = new Trouble(
                Reason.Exporting,
                choice.finished().winner().id() + " is written to " + choice.output(plan.seen.spec()));
        Optional<Job> job = plan.seen.job(Labels.export(choice.pick()));
        if (job.isEmpty()) {
            return plan.act(new Action.CreateJob(jobs.export(
                            plan.seen.experiment(),
                            choice.pick(),
                            known.export().get())))
                    .act(new Action.WritePage())
                    .at(working, PODS_EXPECTED);
        }
        var state = plan.state(job.get());
        if (job.get().getMetadata().getDeletionTimestamp() != null) {
            return plan.at(working);
        }
        if (!state.ended()) {
            return run(plan, state, working, 1);
        }
        var refusal = state.refusal();
        if (refusal.isPresent()) {
            return refresh(plan, state, new Trouble(Reason.EvaluatorRefused, refusal.get()));
        }
        String problem = known.exported()
                .map(exported -> String.join("; ", exported.problems()))
                .orElse(
                        state.succeeded()
                                ? "the export Job has ended, but there is no " + Layout.exportReport(choice.folder())
                                : state.lastWords().orElse("the export Job has failed"));
        known.exported().ifPresent(exported -> plan.act(new Action.DiscardExport(choice.folder())));
        return again(plan, state, new Trouble(Reason.ExportFailed, problem));
    }
}
