package dev.evomerge.operator.experiment;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.crds.MergeGenerationSpec;
import dev.evomerge.crds.MergeGenerationStatus;
import dev.evomerge.crds.MergeGenerationStatus.CandidateStatus;
import dev.evomerge.experiment.Scores;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.search.Batch;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.TreeMap;

/** The MergeGenerations of an experiment: the last few batches, to look at. */
final class Generations {

    /** How many are kept. */
    static final int KEPT = 5;

    private static final int MOST_CANDIDATES = 100;

    private Generations() {}

    /** The batch that is being evaluated, with what its pods have said so far. */
    static MergeGeneration running(
            Observed seen, Batch batch, StoredManifest stored, List<TerminationMessage.Shard> reports) {
        var experiment = seen.experiment();
        var rows = new TreeMap<String, CandidateStatus>();
        reports.forEach(report -> report.rows()
                .forEach(row -> rows.put(
                        row.id(),
                        candidate(row.id(), row.fitness(), row.failure().orElse(null)))));
        var candidates = stored.manifest().candidates().stream()
                .map(candidate -> rows.getOrDefault(candidate.id(), new CandidateStatus(candidate.id(), null, null)))
                .toList();
        var values = reports.stream()
                .flatMap(report -> report.rows().stream())
                .filter(row -> !row.fitness().isEmpty())
                .map(row -> new Scores.Scored(row.id(), row.fitness().getFirst()))
                .toList();
        var generation = resource(experiment, batch.number(), batch.kind(), batch.stage(), stored);
        var shown = seen.generation(stored.manifest().batch()).map(MergeGeneration::getStatus);
        generation.setStatus(status(
                experiment,
                MergeGenerationStatus.State.Running,
                candidates,
                values,
                Conditions.of(
                        shown.map(MergeGenerationStatus::conditions).orElse(List.of()),
                        1,
                        seen.now(),
                        "Ready",
                        "False",
                        "Evaluating",
                        "candidates are evaluated")));
        return generation;
    }

    /** A batch that was recorded, on top of what is shown of it now. */
    static MergeGeneration recorded(Observed seen, MergeGeneration shown, RecordedBatch batch) {
        var experiment = seen.experiment();
        var candidates = batch.results().stream()
                .map(result -> candidate(
                        result.candidate(),
                        result.fitness(),
                        result.failure().map(CandidateResult.Failure::reason).orElse(null)))
                .toList();
        var values = batch.results().stream()
                .filter(result -> !result.fitness().isEmpty())
                .map(result ->
                        new Scores.Scored(result.candidate(), result.fitness().getFirst()))
                .toList();
        var generation = new MergeGeneration();
        generation.setMetadata(new ObjectMetaBuilder()
                .withName(shown.getMetadata().getName())
                .withNamespace(shown.getMetadata().getNamespace())
                .withLabels(Labels.of(experiment.getMetadata().getName(), batch.name()))
                .withOwnerReferences(Jobs.owner(experiment))
                .build());
        generation.setSpec(shown.getSpec());
        generation.setStatus(status(
                experiment,
                MergeGenerationStatus.State.Recorded,
                candidates,
                values,
                Conditions.of(
                        shown.getStatus() == null
                                ? List.of()
                                : shown.getStatus().conditions(),
                        1,
                        seen.now(),
                        "Ready",
                        "True",
                        "Recorded",
                        "the batch is recorded in storage")));
        return generation;
    }

    private static MergeGeneration resource(
            MergeExperiment experiment, int number, Batch.Kind kind, String stage, StoredManifest stored) {
        String name = experiment.getMetadata().getName();
        var generation = new MergeGeneration();
        generation.setMetadata(new ObjectMetaBuilder()
                .withName(name + "-" + stored.manifest().batch())
                .withNamespace(experiment.getMetadata().getNamespace())
                .withLabels(Labels.of(name, stored.manifest().batch()))
                .withOwnerReferences(Jobs.owner(experiment))
                .build());
        generation.setSpec(new MergeGenerationSpec(
                name,
                number,
                switch (kind) {
                    case BASELINES -> MergeGenerationSpec.Kind.Baselines;
                    case GENERATION -> MergeGenerationSpec.Kind.Generation;
                    case FINALISTS -> MergeGenerationSpec.Kind.Finalists;
                },
                stage.isEmpty() ? null : stage,
                stored.manifest().candidates().size(),
                stored.manifest().shards(),
                new MergeGenerationSpec.Manifest(stored.uri(), stored.sha256())));
        return generation;
    }

    private static MergeGenerationStatus status(
            MergeExperiment experiment,
            MergeGenerationStatus.State state,
            List<CandidateStatus> candidates,
            List<Scores.Scored> values,
            Condition ready) {
        return new MergeGenerationStatus(
                1L,
                state,
                values.size(),
                (int) candidates.stream()
                        .filter(candidate -> candidate.failure() != null)
                        .count(),
                new Scores(experiment.getSpec()).best(values.stream()).orElse(null),
                Scores.median(values.stream().map(Scores.Scored::score).toList())
                        .orElse(null),
                candidates.subList(0, Math.min(candidates.size(), MOST_CANDIDATES)),
                List.of(ready));
    }

    private static CandidateStatus candidate(String id, List<Double> fitness, String failure) {
        return new CandidateStatus(id, fitness.stream().map(Scores::text).toList(), failure);
    }
}
