package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;

/** What a record tells the search. */
public final class Evaluations {

    private static final double[] NO_ITEMS = {};

    private final MergeExperimentSpec spec;
    private final Facts facts;

    public Evaluations(MergeExperimentSpec spec, Facts facts) {
        this.spec = spec;
        this.facts = facts;
    }

    /**
     * The evaluations of a batch, in the order of its candidates.
     *
     * @throws ArchiveException if a result lacks a number that an objective needs
     */
    public BatchRecord of(RecordedBatch recorded) throws ArchiveException {
        var evaluations = new ArrayList<Evaluation>();
        for (CandidateResult result : recorded.results()) {
            evaluations.add(new Evaluation(result.candidate(), outcome(result, recorded)));
        }
        return new BatchRecord(recorded.number(), evaluations, recorded.candidates());
    }

    private Evaluation.Outcome outcome(CandidateResult result, RecordedBatch recorded) throws ArchiveException {
        if (result.failure().isPresent()) {
            return new Evaluation.Failed(result.failure().get().reason());
        }
        var splits = new EnumMap<Split, Evaluation.Scores>(Split.class);
        for (Split split : Split.values()) {
            var first = spec.objectives().getFirst();
            if (result.tasks().containsKey(Manifests.taskKey(first.task(), split))) {
                splits.put(split, scores(result, split, recorded));
            }
        }
        return new Evaluation.Scored(splits);
    }

    private Evaluation.Scores scores(CandidateResult result, Split split, RecordedBatch recorded)
            throws ArchiveException {
        var objectives = new double[spec.objectives().size()];
        for (int i = 0; i < objectives.length; i++) {
            var objective = spec.objectives().get(i);
            String task = Manifests.taskKey(objective.task(), split);
            Double value = Optional.ofNullable(result.tasks().get(task))
                    .map(outcome -> outcome.metrics().get(objective.metric()))
                    .orElseThrow(() -> new ArchiveException("result of " + result.candidate() + " in "
                            + recorded.name() + " has no " + objective.metric() + " of " + task
                            + ", which objective " + objective.name() + " needs"));
            objectives[i] = value;
        }
        return new Evaluation.Scores(objectives, items(result, split, recorded));
    }

    private double[] items(CandidateResult result, Split split, RecordedBatch recorded) throws ArchiveException {
        var first = spec.objectives().getFirst();
        if (!first.metric().equals("accuracy")) {
            return NO_ITEMS;
        }
        String task = Manifests.taskKey(first.task(), split);
        String outcomes = result.tasks().get(task).outcomes();
        int questions = facts.data().get(task).questions();
        Optional<List<Integer>> asked = split == Split.SEARCH ? recorded.questions() : Optional.empty();
        int expected = asked.map(List::size).orElse(questions);
        if (outcomes.length() != expected) {
            throw new ArchiveException("result of " + result.candidate() + " in " + recorded.name() + " has "
                    + outcomes.length() + " outcomes of " + task + ", expected " + expected);
        }
        var items = new double[questions];
        Arrays.fill(items, Double.NaN);
        for (int i = 0; i < expected; i++) {
            int index = i;
            items[asked.map(indices -> indices.get(index)).orElse(i)] = outcomes.charAt(i) - '0';
        }
        return items;
    }
}
