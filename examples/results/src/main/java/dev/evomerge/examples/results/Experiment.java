package dev.evomerge.examples.results;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Carries one search out, as the operator would, in one process. */
final class Experiment {

    /**
     * What came out.
     *
     * @param search what the generations and the choice of the winner took; comparisons and test questions are not in it
     * @param others what each other candidate took on the search questions, by its id
     */
    record Outcome(Step.Finished finished, Spent search, Map<String, Spent> others) {}

    private final Lab lab;
    private final Map<String, Spent> others = new HashMap<>();
    private final Set<Recipe> bred = new HashSet<>();
    private Spent search = Spent.NOTHING;

    private Experiment(Lab lab) {
        this.lab = lab;
    }

    /**
     * Runs a search to its end.
     *
     * @throws IllegalStateException if nothing could be scored
     */
    static Outcome run(SearchSpec spec, Lab lab) throws IOException, DataException {
        return new Experiment(lab).run(spec);
    }

    private Outcome run(SearchSpec spec) throws IOException, DataException {
        var decisions = new Search(spec);
        var history = new ArrayList<BatchRecord>();
        while (true) {
            switch (decisions.next(history)) {
                case Step.Evaluate(Batch batch) -> history.add(evaluate(batch));
                case Step.Finished finished -> {
                    return new Outcome(finished, search, others);
                }
                case Step.Failed(String message) -> throw new IllegalStateException(message);
            }
        }
    }

    private BatchRecord evaluate(Batch batch) throws IOException, DataException {
        List<Recipe> recipes =
                batch.candidates().stream().map(Candidate::recipe).toList();
        var bySplit = new EnumMap<Split, List<CandidateResult>>(Split.class);
        for (Split split : batch.splits()) {
            bySplit.put(split, lab.ask(split.key(), recipes, batch.models()));
        }
        var evaluations = new ArrayList<Evaluation>();
        for (int i = 0; i < recipes.size(); i++) {
            Candidate candidate = batch.candidates().get(i);
            var results = new EnumMap<Split, CandidateResult>(Split.class);
            for (var entry : bySplit.entrySet()) {
                results.put(entry.getKey(), entry.getValue().get(i));
            }
            account(batch.kind(), candidate, results);
            evaluations.add(new Evaluation(candidate.id(), outcome(results)));
        }
        report(batch, bySplit);
        return new BatchRecord(batch.number(), evaluations);
    }

    private static void report(Batch batch, Map<Split, List<CandidateResult>> bySplit) {
        bySplit.forEach((split, results) -> System.out.printf(
                Locale.ROOT,
                "  batch %d %s: best on the %s questions %.1f %%%n",
                batch.number(),
                batch.stage(),
                split.key(),
                100
                        * results.stream()
                                .filter(result -> result.failure().isEmpty())
                                .mapToDouble(result -> result.fitness().getFirst())
                                .max()
                                .orElse(0)));
    }

    private void account(Batch.Kind kind, Candidate candidate, Map<Split, CandidateResult> results) {
        if (kind == Batch.Kind.GENERATION) {
            bred.add(candidate.recipe());
        }
        for (Split split : List.of(Split.SEARCH, Split.SELECTION)) {
            if (results.containsKey(split)) {
                CandidateResult result = results.get(split);
                if (bred.contains(candidate.recipe())) {
                    search = search.plus(result);
                } else if (split == Split.SEARCH) {
                    others.merge(candidate.id(), Spent.NOTHING.plus(result), Spent::plus);
                }
            }
        }
    }

    private static Evaluation.Outcome outcome(Map<Split, CandidateResult> results) {
        Optional<Failure> failure = results.values().stream()
                .flatMap(result -> result.failure().stream())
                .findFirst();
        if (failure.isPresent()) {
            return new Evaluation.Failed(failure.get().reason());
        }
        var splits = new EnumMap<Split, Evaluation.Scores>(Split.class);
        results.forEach((split, result) -> splits.put(
                split, new Evaluation.Scores(new double[] {result.fitness().getFirst()}, Answers.items(result))));
        return new Evaluation.Scored(splits);
    }
}
