package dev.evomerge.report;

import dev.evomerge.report.ExperimentFacts.EvaluatedBatch;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a history says: who scored what, in which generation, and who failed. */
final class Results {

    /** Why a score that is infinite or not a number counts as a failure; the evaluator contract's word. */
    private static final String NOT_FINITE = "NotFinite";

    private final SearchSpec spec;
    private final List<EvaluatedBatch> history;
    private final List<Measure> measures;
    private final List<Generation> generations = new ArrayList<>();
    private final Map<String, Integer> bredIn = new HashMap<>();
    private final Map<String, Score> comparisons = new LinkedHashMap<>();
    private final List<Failure> failures = new ArrayList<>();

    /**
     * A candidate's scores on one question set.
     *
     * @param objectives as measured, in the order of the specification
     * @param items      of the first objective, per question; NaN where not asked
     */
    record Score(Candidate candidate, double[] objectives, double[] items) {

        /** How many questions it is known to be on; 0 where values per question are not recorded. */
        int asked() {
            return (int)
                    Arrays.stream(items).filter(item -> !Double.isNaN(item)).count();
        }

        /** With the answers to what was asked later; where there are no values per question, what was measured later alone. */
        Score and(Score later) {
            if (items.length == 0 || items.length != later.items.length) {
                return later;
            }
            double[] both = items.clone();
            Arrays.setAll(both, i -> Double.isNaN(later.items[i]) ? items[i] : later.items[i]);
            double[] means = later.objectives.clone();
            means[0] = Arrays.stream(both)
                    .filter(item -> !Double.isNaN(item))
                    .average()
                    .orElse(means[0]);
            return new Score(candidate, means, both);
        }
    }

    /**
     * A generation of a stage.
     *
     * @param number     counts the generations of all stages from 1
     * @param candidates how many were bred
     * @param scores     of those that have one, in order
     */
    record Generation(int number, String stage, int candidates, List<Score> scores) {

        /** The scores on one objective, ascending. */
        double[] sorted(int objective) {
            return scores.stream()
                    .mapToDouble(score -> score.objectives()[objective])
                    .sorted()
                    .toArray();
        }

        /** With one more score, or more answers behind one that is there. */
        private Generation with(Score score) {
            var all = new LinkedHashMap<String, Score>();
            Stream.concat(scores.stream(), Stream.of(score))
                    .forEach(one -> all.merge(one.candidate().id(), one, Score::and));
            return new Generation(number, stage, candidates, List.copyOf(all.values()));
        }
    }

    /** A candidate without a score. */
    record Failure(int batch, String candidate, String reason) {}

    Results(ExperimentFacts facts) {
        this.spec = facts.spec();
        this.history = facts.history();
        for (EvaluatedBatch evaluated : history) {
            switch (evaluated.batch().kind()) {
                case BASELINES ->
                    scores(evaluated, Split.SEARCH)
                            .forEach(score -> comparisons.put(score.candidate().id(), score));
                case GENERATION -> addGeneration(evaluated);
                case FINALISTS -> {}
            }
            addFailures(evaluated);
        }
        this.measures = IntStream.range(0, spec.objectives().size())
                .mapToObj(i -> Measure.of(
                        spec.objectives().get(i),
                        allScores().mapToDouble(score -> score.objectives()[i]).summaryStatistics()))
                .toList();
    }

    Measure measure() {
        return measures.getFirst();
    }

    List<Measure> measures() {
        return measures;
    }

    List<Generation> generations() {
        return generations;
    }

    /** Comparisons by id, with their scores on the search questions. */
    Map<String, Score> comparisons() {
        return comparisons;
    }

    List<Failure> failures() {
        return failures;
    }

    /** Everything that the stages bred and that has a score on the search questions, oldest first. */
    List<Score> bred() {
        return generations.stream()
                .flatMap(generation -> generation.scores().stream())
                .toList();
    }

    /**
     * The best on the search questions by the first objective, among those that were asked most of them; among equals the latest, as the search has
     * it.
     */
    Optional<Score> best() {
        return bred().reversed().stream()
                .min(Comparator.comparing(Score::asked).reversed().thenComparing(byObjective(0)));
    }

    /** The source, or the base, that does best on an objective. */
    Optional<Score> bestSource(int objective) {
        return comparisons.values().stream()
                .filter(score -> CandidateKind.of(score.candidate().id()) == CandidateKind.SOURCE)
                .min(byObjective(objective));
    }

    Comparator<Score> byObjective(int objective) {
        return Comparator.comparing(
                score -> score.objectives()[objective], measures.get(objective).order());
    }

    /** The generation that bred a candidate. */
    OptionalInt generationOf(String candidate) {
        return generations.stream()
                .filter(generation -> generation.scores().stream()
                        .anyMatch(score -> score.candidate().id().equals(candidate)))
                .mapToInt(Generation::number)
                .findFirst();
    }

    /** How many candidates the stages have evaluated. */
    int evaluated() {
        return generations.stream().mapToInt(Generation::candidates).sum();
    }

    /** How many candidates the stages may evaluate, as far as the specification and the history tell. */
    OptionalLong budget() {
        long sum = 0;
        for (SearchSpec.Stage stage : spec.stages()) {
            var population = population(stage);
            var budget = stage.budget();
            if (budget.evaluations().isEmpty()
                    && (population.isEmpty() || budget.generations().isEmpty())) {
                return OptionalLong.empty();
            }
            long byGenerations = population.isPresent() && budget.generations().isPresent()
                    ? (long) budget.generations().get() * population.getAsInt()
                    : Long.MAX_VALUE;
            sum += Math.min(budget.evaluations().map(Integer::longValue).orElse(Long.MAX_VALUE), byGenerations);
        }
        return OptionalLong.of(sum);
    }

    /** How many generations the stages may breed, as far as that is known. */
    OptionalLong generationBudget() {
        long sum = 0;
        for (SearchSpec.Stage stage : spec.stages()) {
            var population = population(stage);
            var budget = stage.budget();
            if (population.isEmpty()) {
                return OptionalLong.empty();
            }
            long byEvaluations = budget.evaluations()
                    .map(limit -> limit / population.getAsInt())
                    .orElse(Integer.MAX_VALUE);
            sum += Math.min(byEvaluations, budget.generations().orElse(Integer.MAX_VALUE));
        }
        return OptionalLong.of(sum);
    }

    /** The scores of a batch on one question set; of candidates that have none, nothing. */
    static List<Score> scores(EvaluatedBatch evaluated, Split split) {
        var found = new ArrayList<Score>();
        for (int i = 0; i < evaluated.batch().candidates().size(); i++) {
            Candidate candidate = evaluated.batch().candidates().get(i);
            if (evaluated.record().evaluations().get(i).outcome() instanceof Evaluation.Scored(var splits)
                    && splits.get(split) instanceof Evaluation.Scores(double[] objectives, double[] items)
                    && Arrays.stream(objectives).allMatch(Double::isFinite)) {
                found.add(new Score(candidate, objectives, items));
            }
        }
        return found;
    }

    /** The first population of a stage: as bred, or as specified. */
    private OptionalInt population(SearchSpec.Stage stage) {
        var bred = generations.stream()
                .filter(generation -> generation.stage().equals(stage.name()))
                .mapToInt(Generation::candidates)
                .findFirst();
        if (bred.isPresent()) {
            return bred;
        }
        Optional<Integer> specified =
                switch (stage.algorithm()) {
                    case Algorithm.CmaEs cma -> cma.populationSize();
                    case Algorithm.Nsga2(int size) -> Optional.of(size);
                    case Algorithm.RandomSearch(int size) -> Optional.of(size);
                };
        return specified.map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    private Stream<Score> allScores() {
        return history.stream().flatMap(evaluated -> Arrays.stream(Split.values())
                .flatMap(split -> scores(evaluated, split).stream()));
    }

    /** A batch in which there is anyone who was bred before asks them more: another round of a race, or the confirmation of the promising. */
    private void addGeneration(EvaluatedBatch evaluated) {
        Batch batch = evaluated.batch();
        List<String> ids = batch.candidates().stream().map(Candidate::id).toList();
        if (ids.stream().noneMatch(bredIn::containsKey)) {
            generations.add(new Generation(
                    generations.size() + 1, batch.stage(), batch.candidates().size(), List.of()));
        }
        ids.forEach(id -> bredIn.putIfAbsent(id, generations.size() - 1));
        for (Score score : scores(evaluated, Split.SEARCH)) {
            int generation = bredIn.get(score.candidate().id());
            generations.set(generation, generations.get(generation).with(score));
        }
    }

    private void addFailures(EvaluatedBatch evaluated) {
        for (Evaluation evaluation : evaluated.record().evaluations()) {
            switch (evaluation.outcome()) {
                case Evaluation.Failed(String reason) ->
                    failures.add(new Failure(evaluated.batch().number(), evaluation.candidate(), reason));
                case Evaluation.Scored(var splits) -> {
                    if (splits.values().stream().anyMatch(scores -> !Arrays.stream(scores.objectives())
                            .allMatch(Double::isFinite))) {
                        failures.add(new Failure(evaluated.batch().number(), evaluation.candidate(), NOT_FINITE));
                    }
                }
            }
        }
    }
}
