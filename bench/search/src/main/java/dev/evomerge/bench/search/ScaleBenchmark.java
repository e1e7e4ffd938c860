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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
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

    public static void main(String[] arguments) throws IOException {
        System.out.println("| what | measured |");
        System.out.println("| --- | --- |");
        generations();
        replay();
        memory();
    }

    /** What Linux says was resident at most, of the whole process. */
    private static void memory() throws IOException {
        String peak = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.replaceAll("\\D", ""))
                .findFirst()
                .orElseThrow();
        System.out.printf(
                Locale.ROOT,
                "| resident memory of the process at most; heap allowed | %d MB; %d MB |%n",
                Long.parseLong(peak) >> 10,
                Runtime.getRuntime().maxMemory() >> 20);
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
        double[] wall = new double[GENERATIONS];
        double[] processor = new double[GENERATIONS];
        for (int generation = 0; generation < GENERATIONS; generation++) {
            var asking = new Stopwatch();
            var genomes = strategy.ask();
            asking.stop();
            double[][] losses = genomes.stream()
                    .map(genome -> new double[] {
                        Arrays.stream(genome).map(x -> (x - 0.6) * (x - 0.6)).sum()
                    })
                    .toArray(double[][]::new);
            var telling = new Stopwatch();
            strategy.tell(losses);
            telling.stop();
            wall[generation] = asking.wall + telling.wall;
            processor[generation] = asking.processor + telling.processor;
        }
        row("ask + tell, 4286 dimensions, population 128, on the clock", wall);
        row("… processor time", processor);
    }

    private static void row(String what, double[] seconds) {
        double first = seconds[0];
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "| %s | median %.3f s, slowest %.3f s, the first %.3f s |%n",
                what,
                sorted[GENERATIONS / 2],
                sorted[GENERATIONS - 1],
                first);
    }

    /** Seconds on the clock, and of this thread on a processor: the first depend on what else the machine does. */
    private static final class Stopwatch {
        private final long clock = System.nanoTime();
        private final long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        private double wall;
        private double processor;

        void stop() {
            wall = (System.nanoTime() - clock) / 1e9;
            processor = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - used) / 1e9;
        }
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
        var replaying = new Stopwatch();
        var end = (Step.Finished) new Search(spec).next(history);
        replaying.stop();
        System.out.printf(
                Locale.ROOT,
                "| replay of 100 generations by Search.next | %.1f s, %.1f s of processor time |%n",
                replaying.wall,
                replaying.processor);
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
