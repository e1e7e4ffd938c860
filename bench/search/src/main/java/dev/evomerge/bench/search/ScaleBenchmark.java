package dev.evomerge.bench.search;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The paper's data flow search, 4286 dimensions and 128 candidates: time and memory of a generation, and of replaying a hundred. */
final class ScaleBenchmark {

    private static final int POPULATION = 128;
    private static final int GENERATIONS = 100;

    private ScaleBenchmark() {}

    public static void main(String[] arguments) {
        System.out.println("| what | measured |");
        System.out.println("| --- | --- |");
        generations();
        replay();
        var runtime = Runtime.getRuntime();
        System.out.printf(
                Locale.ROOT,
                "| heap: used at the end / committed at most | %d / %d MB |%n",
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                runtime.totalMemory() >> 20);
    }

    private static void generations() {
        int n = 4286;
        double[] start = new double[n];
        Arrays.fill(start, 0.5);
        var strategy = new CmaEs(new CmaEs.Settings(
                start,
                1.0 / 6,
                POPULATION,
                true,
                false,
                Collections.nCopies(n, new Variable.Real()),
                List.of(),
                List.of(),
                1));
        double[] seconds = new double[GENERATIONS];
        for (int generation = 0; generation < GENERATIONS; generation++) {
            long before = System.nanoTime();
            var genomes = strategy.ask();
            long asked = System.nanoTime() - before;
            double[][] losses = genomes.stream()
                    .map(genome -> new double[] {
                        Arrays.stream(genome).map(x -> (x - 0.6) * (x - 0.6)).sum()
                    })
                    .toArray(double[][]::new);
            before = System.nanoTime();
            strategy.tell(losses);
            seconds[generation] = (asked + System.nanoTime() - before) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "| ask + tell, 4286 dimensions, population 128 | median %.3f s, slowest %.3f s |%n",
                seconds[GENERATIONS / 2],
                seconds[GENERATIONS - 1]);
    }

    private static void replay() {
        var space = new Space.DataFlowSpace(List.of("a", "b"), 3, Space.PathEncoding.PAPER, new Space.Bounds(0.5, 1.5));
        var spec = new SearchSpec(
                1,
                new TreeMap<>(Map.of("a", 32, "b", 32)),
                Optional.empty(),
                List.of(new SearchSpec.Objective("accuracy", SearchSpec.Goal.MAXIMIZE)),
                List.of(),
                List.of(new SearchSpec.Stage(
                        "layers",
                        space,
                        new Algorithm.CmaEs(Optional.empty(), Optional.of(POPULATION)),
                        new SearchSpec.Budget(Optional.empty(), Optional.of(GENERATIONS)))),
                3,
                Set.of(Split.SEARCH));
        var history = new ArrayList<BatchRecord>();
        for (int number = 0; number < GENERATIONS; number++) {
            history.add(record(number));
        }
        long before = System.nanoTime();
        var end = (Step.Finished) new Search(spec).next(history);
        System.out.printf(
                Locale.ROOT,
                "| replay of 100 generations by Search.next | %.1f s |%n",
                (System.nanoTime() - before) / 1e9);
        if (!(end.winner().recipe() instanceof LayerPath)) {
            throw new IllegalStateException("expected a path, found " + end.winner());
        }
    }

    /** Scores drawn at random: what they are does not matter to the time. */
    private static BatchRecord record(int number) {
        var evaluations = new ArrayList<Evaluation>();
        for (int k = 0; k < POPULATION; k++) {
            double score = Draws.of(number, k).nextDouble();
            evaluations.add(new Evaluation(
                    String.format(Locale.ROOT, "g%04d-c%02d", number, k),
                    new Evaluation.Scored(
                            Map.of(Split.SEARCH, new Evaluation.Scores(new double[] {score}, new double[0])))));
        }
        return new BatchRecord(number, evaluations);
    }
}
