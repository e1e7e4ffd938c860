package dev.evomerge.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.random.Draws;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FidelityTest {

    private static final int POOL = 200;

    private static SearchSpec spec(Fidelity fidelity) {
        var base = Specs.spec(Specs.TASK_ARITHMETIC, Specs.cmaEs(), Specs.evaluations(120));
        var algorithm = new Algorithm.CmaEs(Optional.empty(), Optional.of(8));
        var stage = new Stage(
                "weights",
                Specs.TASK_ARITHMETIC,
                algorithm,
                new Budget(Optional.of(120), Optional.empty()),
                fidelity,
                List.of(),
                List.of());
        return new SearchSpec(
                base.seed(),
                base.models(),
                base.base(),
                base.objectives(),
                List.of(),
                List.of(stage),
                base.finalists(),
                base.splits());
    }

    /** Question i is right if the quadratic score is above i/POOL. */
    private static Evaluation.Outcome score(Batch batch, Recipe recipe) {
        double quality = Specs.quadratic(recipe);
        var splits = new EnumMap<Split, Evaluation.Scores>(Split.class);
        for (Split split : batch.splits()) {
            double[] items = new double[POOL];
            Arrays.fill(items, Double.NaN);
            var asked = split == Split.SEARCH && batch.questions().isPresent()
                    ? batch.questions().get()
                    : IntStream.range(0, POOL).boxed().toList();
            asked.forEach(i -> items[i] = quality > i / (double) POOL ? 1 : 0);
            double mean =
                    Arrays.stream(items).filter(v -> !Double.isNaN(v)).average().orElseThrow();
            splits.put(split, new Evaluation.Scores(new double[] {mean}, items));
        }
        return new Evaluation.Scored(splits);
    }

    private static Simulation run(Fidelity fidelity) {
        return Simulation.run(spec(fidelity), (batch, candidate) -> score(batch, candidate.recipe()));
    }

    private static long asked(Simulation run) {
        return run.batches.stream()
                .filter(batch -> batch.splits().contains(Split.SEARCH))
                .mapToLong(batch -> (long) batch.candidates().size()
                        * batch.questions().map(List::size).orElse(POOL))
                .sum();
    }

    @Test
    void estimationAsksEachGenerationOneSubsetAndThePromisingInTheEndAllQuestions() {
        var run = run(new Fidelity.Estimation(POOL, 20));

        var generations = run.batches.subList(0, 15);
        assertThat(generations).allSatisfy(batch -> assertThat(batch.questions())
                .hasValueSatisfying(
                        questions -> assertThat(questions).hasSize(20).isSorted()));
        assertThat(generations.stream().map(Batch::questions).distinct()).hasSize(15);
        var rounds = run.batches.subList(15, 18);
        assertThat(rounds.getFirst().candidates().getFirst().id()).isEqualTo("g0015-mean");
        assertThat(rounds.stream().map(batch -> batch.candidates().size())).containsExactly(1 + 4 * 3, 7, 4);
        assertThat(rounds.stream().map(batch -> batch.questions().orElseThrow().size()))
                .containsExactly(POOL / 4, POOL / 4, POOL / 2);
        assertThat(rounds.stream()
                        .flatMap(batch -> batch.questions().orElseThrow().stream())
                        .distinct())
                .hasSize(POOL);
        assertThat(run.batches.getLast().candidates())
                .isSubsetOf(rounds.getLast().candidates());
        assertThat(asked(run)).isEqualTo(120 * 20 + (13 + 7) * POOL / 4 + 4 * POOL / 2);
        assertThat(Specs.quadratic(((Step.Finished) run.end).winner().recipe())).isGreaterThan(0.98);
    }

    @Test
    void whoeverAnswersAlikeRanksAlike() {
        // Nobody answers anything: the scores are flat, which widens the search instead of leading it anywhere.
        var run = Simulation.run(spec(new Fidelity.Estimation(POOL, 20)), (batch, candidate) -> {
            var splits = new EnumMap<Split, Evaluation.Scores>(Split.class);
            batch.splits().forEach(split -> splits.put(split, new Evaluation.Scores(new double[1], new double[POOL])));
            return new Evaluation.Scored(splits);
        });

        assertThat(((Step.Finished) run.end).stop()).isEqualTo("budget spent: 120 evaluations in 15 generations");
        double spread = run.batches.get(14).candidates().stream()
                .mapToDouble(candidate -> Specs.weights(candidate.recipe()).getFirst()[0])
                .map(weight -> Math.abs(weight - 0.75))
                .max()
                .orElseThrow();
        assertThat(spread).isGreaterThan(0.3);
    }

    @Test
    void racingAsksOnlyThePromisingAllQuestions() {
        var run = run(new Fidelity.Racing(POOL, 25, 0.4, 0));

        // The first generation is spread widely: its worst are dropped before the last round.
        var first = run.batches.stream()
                .takeWhile(batch -> batch.candidates().getFirst().id().startsWith("g0000") || batch.number() < 4)
                .toList();
        assertThat(first.stream().map(batch -> batch.questions().orElseThrow().size()))
                .containsExactly(25, 25, 50, 100);
        var questions = new HashSet<Integer>();
        first.forEach(batch -> questions.addAll(batch.questions().orElseThrow()));
        assertThat(questions).hasSize(POOL);
        assertThat(first.getLast().candidates()).hasSizeLessThan(8);
        assertThat(first.getFirst().candidates()).containsAll(first.getLast().candidates());
        assertThat(asked(run)).isLessThan(120 * POOL);
        assertThat(Specs.quadratic(((Step.Finished) run.end).winner().recipe())).isGreaterThan(0.98);
    }

    /** Chances of a right answer: equals, the worst case, and such that differ by about the tolerance. */
    @ParameterizedTest
    @CsvSource({"0, 0", "0.05, 0", "0, 0.02", "0.05, 0.02"})
    void racingDropsTheBestForAWorseOneNoMoreOftenThanItsErrorRate(double tolerance, double step) {
        int wrong = 0;
        int dropped = 0;
        int generations = 1000;
        double error = 0.2;
        for (int g = 0; g < generations; g++) {
            var answers = new Answers(POOL);
            double[][] values = values(g, step);
            var candidates = IntStream.range(0, values.length)
                    .mapToObj(k -> new Candidate("c" + k, null))
                    .toList();
            var rounds = Rounds.race(
                    new Fidelity.Racing(POOL, 25, error, tolerance),
                    candidates,
                    answers,
                    Goal.MAXIMIZE,
                    Draws.of(1, g));
            var last = candidates;
            for (var round = rounds.next(); round.isPresent(); round = rounds.next()) {
                last = round.get().candidates();
                answer(answers, round.get(), values);
                rounds.advance();
            }
            double kept = last.stream().mapToDouble(c -> mean(values, c)).max().orElseThrow();
            double best =
                    candidates.stream().mapToDouble(c -> mean(values, c)).max().orElseThrow();
            wrong += best > kept + tolerance ? 1 : 0;
            dropped += candidates.size() - last.size();
        }
        assertThat(wrong / (double) generations).isLessThanOrEqualTo(error);
        assertThat(dropped).as("a race that drops nobody is none").isPositive();
    }

    /** Per candidate, per question, whether it is right. */
    private static double[][] values(int generation, double step) {
        double[][] values = new double[6][];
        for (int k = 0; k < values.length; k++) {
            double chance = 0.5 + step * k;
            values[k] = Arrays.stream(Draws.of(2, generation, k).uniforms(POOL))
                    .map(u -> u < chance ? 1 : 0)
                    .toArray();
        }
        return values;
    }

    private static double mean(double[][] values, Candidate candidate) {
        return Arrays.stream(values[index(candidate)]).average().orElseThrow();
    }

    private static int index(Candidate candidate) {
        return Integer.parseInt(candidate.id().substring(1));
    }

    private static void answer(Answers answers, Rounds.Round round, double[][] values) {
        var batch = new Batch(
                0,
                Batch.Kind.GENERATION,
                "",
                round.candidates(),
                Set.of(Split.SEARCH),
                Optional.of(round.questions()),
                new TreeMap<>());
        var evaluations = round.candidates().stream()
                .map(candidate -> new Evaluation(
                        candidate.id(),
                        new Evaluation.Scored(Map.of(
                                Split.SEARCH, new Evaluation.Scores(new double[] {0}, values[index(candidate)])))))
                .toList();
        answers.add(batch, new BatchRecord(0, evaluations));
    }

    @Test
    void howManyAnswersAStageMayAskForIsKnownBefore() {
        for (var fidelity : List.of(new Fidelity.AllQuestions(), new Fidelity.Estimation(POOL, 20))) {
            assertThat(new Search(spec(fidelity)).questions(0, POOL))
                    .as("%s", fidelity)
                    .isEqualTo(asked(run(fidelity)));
        }
        var racing = new Fidelity.Racing(POOL, 25, 0.05, 0.05);
        assertThat(new Search(spec(racing)).questions(0, POOL)).isGreaterThan(asked(run(racing)));
    }

    @Test
    void valuesThatDoNotFitThePoolAreRefused() {
        assertThatThrownBy(
                        () -> Simulation.run(spec(new Fidelity.Estimation(POOL, 20)), Simulation.of(Specs::quadratic)))
                .isInstanceOf(SearchException.class)
                .hasMessage("record 0, candidate g0000-c00: found values of 0 questions, expected 200");
    }

    @Test
    void aTwentiethOfManyQuestionsIsRecommended() {
        assertThat(Fidelity.recommended(2000)).isEqualTo(new Fidelity.Estimation(2000, 100));
        assertThat(Fidelity.recommended(100)).isEqualTo(new Fidelity.Estimation(100, 25));
        assertThat(Fidelity.recommended(99)).isEqualTo(new Fidelity.AllQuestions());
    }

    @Test
    void subsetsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new Search(spec(new Fidelity.Estimation(POOL, 201))))
                .hasMessage("stage 'weights': asked must lie in 1 to 200, found 201");
        assertThatThrownBy(() -> new Search(spec(new Fidelity.Racing(POOL, 10, 0.7, 0))))
                .hasMessage("stage 'weights': error must lie in (0, 0.5), found 0.7");
        assertThatThrownBy(() -> new Search(spec(new Fidelity.Racing(POOL, 10, 0.1, 1))))
                .hasMessage("stage 'weights': tolerance must lie in [0, 1), found 1.0");
    }
}
