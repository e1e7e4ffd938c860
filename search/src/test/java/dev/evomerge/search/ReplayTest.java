package dev.evomerge.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.search.Algorithm.Covariance;
import dev.evomerge.search.Algorithm.Noise;
import dev.evomerge.search.Algorithm.Restarts;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space.Bounds;
import dev.evomerge.search.Space.DataFlowSpace;
import dev.evomerge.search.Space.PathEncoding;
import dev.evomerge.search.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The laws of the state machine, for every algorithm, on outcomes that are random and fail a third of the time. */
class ReplayTest {

    private static final DataFlowSpace COMPACT =
            new DataFlowSpace(List.of("stages.weights", "maths"), 2, PathEncoding.COMPACT, new Bounds(0.5, 1.5));

    @Provide
    Arbitrary<SearchSpec> specs() {
        var space = Specs.space(MergeMethod.DARE_TIES, Optional.of(2));
        Optional<Double> sigma = Optional.empty();
        Optional<Integer> six = Optional.of(6);
        var weights = new Stage("weights", space, Specs.cmaEs(), Specs.evaluations(24));
        return Arbitraries.of(
                spec(1, weights),
                spec(1, stage(space, new Algorithm.CmaEs(sigma, six, Covariance.DIAGONAL, Restarts.NONE, Noise.NONE))),
                spec(1, stage(space, new Algorithm.CmaEs(sigma, six, Covariance.FULL, Restarts.BIPOP, Noise.NONE))),
                spec(
                        1,
                        stage(
                                space,
                                new Algorithm.CmaEs(sigma, six, Covariance.AUTO, Restarts.NONE, Noise.LEARNING_RATE))),
                spec(1, stage(space, new Algorithm.RandomSearch(5))),
                spec(2, stage(space, new Algorithm.Nsga2(6))),
                spec(1, asked(space, new Fidelity.Estimation(20, 5))),
                spec(1, asked(space, new Fidelity.Racing(20, 3, 0.4, 0.1))),
                spec(1, weights, new Stage("layers", COMPACT, Specs.cmaEs(), Specs.evaluations(30))));
    }

    private static Stage stage(Space space, Algorithm algorithm) {
        return new Stage("weights", space, algorithm, Specs.evaluations(30));
    }

    private static Stage asked(Space space, Fidelity fidelity) {
        return new Stage("weights", space, Specs.cmaEs(), Specs.evaluations(30), fidelity, List.of(), List.of());
    }

    private static SearchSpec spec(int objectives, Stage... stages) {
        var all = List.of(new Objective("accuracy", Goal.MAXIMIZE), new Objective("tokens", Goal.MINIMIZE));
        return new SearchSpec(
                3,
                new TreeMap<>(Map.of("japanese", 4, "maths", 4)),
                Optional.of("base"),
                all.subList(0, objectives),
                List.of(SearchSpec.Baseline.values()),
                List.of(stages),
                3);
    }

    private static Simulation.Landscape random(long seed, int objectives) {
        return (batch, candidate) -> {
            var draws = Draws.of(seed, batch.number(), candidate.id().hashCode());
            if (draws.nextInt(3) == 0 && !batch.kind().equals(Batch.Kind.FINALISTS)) {
                return new Evaluation.Failed("Crashed");
            }
            var splits = new TreeMap<Split, Evaluation.Scores>();
            for (Split split : batch.splits()) {
                double[] items = new double[20];
                Arrays.fill(items, Double.NaN);
                batch.questions()
                        .orElse(IntStream.range(0, 20).boxed().toList())
                        .forEach(i -> items[i] = draws.nextInt(2));
                double mean = Arrays.stream(items)
                        .filter(v -> !Double.isNaN(v))
                        .average()
                        .orElseThrow();
                double[] values = {mean, draws.nextDouble()};
                splits.put(split, new Evaluation.Scores(Arrays.copyOf(values, objectives), items));
            }
            return new Evaluation.Scored(splits);
        };
    }

    @Property(tries = 40)
    void everySearchEndsAndItsHistoryGivesTheSameStepsAgain(@ForAll("specs") SearchSpec spec, @ForAll long seed) {
        var run = Simulation.run(spec, random(seed, spec.objectives().size()));

        assertThat(run.end).isInstanceOf(neverFailed(run).isEmpty() ? Step.Failed.class : Step.Finished.class);
        for (int i = 0; i < run.batches.size(); i++) {
            assertThat(new Search(spec).next(run.history.subList(0, i)))
                    .isEqualTo(new Step.Evaluate(run.batches.get(i)));
        }
        assertThat(new Search(spec).next(run.history)).isEqualTo(run.end);
    }

    /** The candidates that the search has bred and that failed in none of the batches that asked them. */
    private static Set<String> neverFailed(Simulation run) {
        var ids = new TreeSet<String>();
        var failed = new TreeSet<String>();
        for (int i = 0; i < run.batches.size(); i++) {
            if (run.batches.get(i).kind() == Batch.Kind.GENERATION) {
                for (Evaluation evaluation : run.history.get(i).evaluations()) {
                    (evaluation.outcome() instanceof Evaluation.Failed ? failed : ids).add(evaluation.candidate());
                }
            }
        }
        ids.removeAll(failed);
        return ids;
    }

    @Property(tries = 20)
    void idsAreUniqueAmongDifferentRecipes(@ForAll("specs") SearchSpec spec, @ForAll long seed) {
        var run = Simulation.run(spec, random(seed, spec.objectives().size()));

        var recipes = new TreeMap<String, Candidate>();
        for (Batch batch : run.batches) {
            for (Candidate candidate : batch.candidates()) {
                assertThat(recipes.computeIfAbsent(candidate.id(), id -> candidate))
                        .isEqualTo(candidate);
            }
        }
    }

    @Test
    void aHybridPutsTheWinnerOfItsFirstStageIntoTheSecond() {
        var weights = new Stage("weights", Specs.TASK_ARITHMETIC, Specs.cmaEs(), Specs.evaluations(60));
        var layers = new Stage("layers", COMPACT, Specs.cmaEs(), Specs.evaluations(60));
        var run = Simulation.run(
                spec(1, weights, layers),
                Simulation.of(recipe ->
                        recipe instanceof LayerPath path ? path.hops().size() / 10.0 : Specs.quadratic(recipe) / 10));

        assertThat(run.end).isInstanceOfSatisfying(Step.Finished.class, end -> {
            assertThat(end.winner().id()).contains("-s1-");
            assertThat(end.winner().recipe().models()).contains("stages.weights");
            assertThat(Specs.quadratic(end.models().get("stages.weights"))).isGreaterThan(0.99);
            assertThat(end.stop())
                    .startsWith("weights: budget spent: 60 evaluations")
                    .contains("; layers: ");
        });
        assertThat(run.batches.stream().filter(batch -> batch.stage().equals("layers")))
                .isNotEmpty()
                .allSatisfy(batch -> assertThat(batch.models()).containsOnlyKeys("stages.weights"));
    }

    @Test
    void severalObjectivesEndWithAFrontAndAPickFromIt() {
        var nsga = new Stage("weights", Specs.TASK_ARITHMETIC, new Algorithm.Nsga2(12), Specs.evaluations(240));
        var run = Simulation.run(spec(2, nsga), (batch, candidate) -> {
            var weights = Specs.weights(candidate.recipe()).getFirst();
            var scores = new Evaluation.Scores(
                    new double[] {weights[0], weights[0] * weights[0] + weights[1]}, new double[0]);
            var splits = new TreeMap<Split, Evaluation.Scores>();
            batch.splits().forEach(split -> splits.put(split, scores));
            return new Evaluation.Scored(splits);
        });

        assertThat(run.end).isInstanceOfSatisfying(Step.Finished.class, end -> {
            assertThat(end.front())
                    .hasSize(3)
                    .extracting(Step.FrontMember::candidate)
                    .contains(end.winner());
            assertThat(end.front())
                    .allSatisfy(member -> assertThat(member.objectives()).hasSize(2));
        });
    }

    @Test
    void theGreedySoupKeepsOnlyWhatDoesNotHurt() {
        var spec = new SearchSpec(
                3,
                new TreeMap<>(Map.of("a", 1, "b", 1, "c", 1)),
                Optional.empty(),
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(SearchSpec.Baseline.SOURCES, SearchSpec.Baseline.GREEDY_SOUP),
                List.of(new Stage(
                        "weights",
                        new Space.ParameterSpace(
                                MergeMethod.LINEAR,
                                List.of("a", "b", "c"),
                                Optional.empty(),
                                new Bounds(0, 1),
                                new Bounds(0.1, 1),
                                true),
                        new Algorithm.RandomSearch(2),
                        Specs.evaluations(2))),
                1,
                Set.of(Split.SEARCH, Split.TEST));
        Map<Set<String>, Double> scores = Map.of(
                Set.of("a"), 0.3, Set.of("b"), 0.5, Set.of("c"), 0.4, Set.of("b", "c"), 0.45, Set.of("a", "b"), 0.6);

        var run = Simulation.run(spec, Simulation.of(recipe -> scores.getOrDefault(Set.copyOf(recipe.models()), 0.1)));

        var soups = new ArrayList<String>();
        run.batches.forEach(batch -> batch.candidates().stream()
                .map(Candidate::id)
                .filter(id -> id.startsWith("greedy"))
                .forEach(soups::add));
        assertThat(soups).containsExactly("greedy-soup-2-c", "greedy-soup-2-a", "greedy-soup-2-a");
        assertThat(((Step.Finished) run.end)
                        .table().stream().map(row -> row.candidate().id()))
                .contains("greedy-soup-2-a")
                .doesNotContain("greedy-soup-2-c");
    }
}
