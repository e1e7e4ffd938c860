package dev.evomerge.examples.zoo;

import dev.evomerge.inference.torch.Torch;
import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.random.Draws;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Prints what is to be found between the models of {@code maths-ja}: sources, plain blends, CMA-ES and random search at the same number of
 * evaluations; and draws the scores over both weights, {@code landscape.svg}. What is chosen is chosen on the search set and reported on the
 * test set as well.
 *
 * <p>Usage: {@code MeasureLandscape FOLDER [EVALUATIONS [SEEDS]]}
 */
public final class MeasureLandscape {

    private static final double HIGHEST_WEIGHT = 1.5;
    private static final double SIGMA = 1.0 / 6;
    private static final int GRID = 12;
    private static final List<String> SPECIALISTS = List.of("maths", "japanese");

    private final Landscape landscape;
    private final int evaluations;

    private MeasureLandscape(Landscape landscape, int evaluations) {
        this.landscape = landscape;
        this.evaluations = evaluations;
    }

    /** See the class. */
    public static void main(String[] args) throws IOException {
        if (args.length < 1 || args.length > 3) {
            System.err.println("usage: MeasureLandscape FOLDER [EVALUATIONS [SEEDS]]");
            System.exit(2);
        }
        Path folder = Path.of(args[0]);
        int evaluations = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        int seeds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        Torch.setThreads(1);
        var uri = StorageUri.parse(folder.toAbsolutePath().toUri().toString());
        try (Storage storage = Storages.open(uri, StorageAccess.fromEnvironment());
                var landscape = new Landscape(folder, storage, SPECIALISTS)) {
            var measure = new MeasureLandscape(landscape, evaluations);
            measure.draw(folder.resolve("landscape.svg"));
            measure.run(seeds);
        }
    }

    private void run(int seeds) {
        System.out.println(
                "| model | search | test | maths | japanese | weights |\n| --- | --- | --- | --- | --- | --- |");
        row("base", 0, 0);
        row("maths", 1, 0);
        row("japanese", 0, 1);
        row("uniform soup = 0.5 blend", 0.5, 0.5);
        row("sum", 1, 1);
        row("best blend (1−t)·maths + t·japanese", best(line(t -> new double[] {1 - t, t})));
        row("best single weight λ of both", best(line(t -> new double[] {HIGHEST_WEIGHT * t, HIGHEST_WEIGHT * t})));
        int perLayer = SPECIALISTS.size() * landscape.layers();
        for (int seed = 1; seed <= seeds; seed++) {
            row("CMA-ES, 2 weights, seed " + seed, cmaEs(SPECIALISTS.size(), seed));
            row("random search, 2 weights, seed " + seed, random(SPECIALISTS.size(), seed));
            row("CMA-ES, weights per layer, seed " + seed, cmaEs(perLayer, seed));
            row("random search, weights per layer, seed " + seed, random(perLayer, seed));
        }
    }

    private void row(String name, double... weights) {
        double test = percent("test", weights);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f ± %.1f | %.1f | %.1f | %s |%n",
                name,
                percent("search", weights),
                test,
                interval(test, landscape.size("test")),
                percent("maths", weights),
                percent("japanese", weights),
                Arrays.stream(weights)
                        .mapToObj(w -> String.format(Locale.ROOT, "%.2f", w))
                        .collect(Collectors.joining(" ")));
    }

    private double percent(String set, double... weights) {
        return 100 * landscape.score(set, weights);
    }

    /** Half the width of the 95 % interval, in percent, by the normal approximation. */
    private static double interval(double percent, int questions) {
        return 1.96 * Math.sqrt(percent * (100 - percent) / questions);
    }

    private interface Line {
        double[] at(double t);
    }

    private static List<double[]> line(Line line) {
        return IntStream.rangeClosed(0, 30).mapToObj(i -> line.at(i / 30.0)).toList();
    }

    private double[] best(List<double[]> candidates) {
        return candidates.stream()
                .max(Comparator.comparingDouble(weights -> landscape.score("search", weights)))
                .orElseThrow();
    }

    /** The best of all candidates of a search in [0, 1.5]ⁿ. */
    private double[] cmaEs(int dimensions, long seed) {
        var centre = new double[dimensions];
        Arrays.fill(centre, 0.5);
        var search = new CmaEs(new CmaEs.Settings(centre, SIGMA, CmaEs.defaultPopulation(dimensions), seed));
        double bestLoss = Double.POSITIVE_INFINITY;
        double[] best = centre;
        for (int done = 0; done < evaluations; ) {
            List<double[]> genomes = search.ask();
            var losses = new double[genomes.size()][1];
            for (int i = 0; i < losses.length; i++) {
                losses[i][0] = 1 - landscape.score("search", weights(genomes.get(i)));
                if (losses[i][0] < bestLoss && done + i < evaluations) {
                    bestLoss = losses[i][0];
                    best = weights(genomes.get(i));
                }
            }
            search.tell(losses);
            done += losses.length;
        }
        return best;
    }

    private double[] random(int dimensions, long seed) {
        Draws draws = Draws.of(seed);
        var candidates = new ArrayList<double[]>();
        for (int i = 0; i < evaluations; i++) {
            candidates.add(weights(draws.uniforms(dimensions)));
        }
        return best(candidates);
    }

    private static double[] weights(double[] genome) {
        return Arrays.stream(genome).map(g -> HIGHEST_WEIGHT * g).toArray();
    }

    /** Draws the search set's scores over both weights. */
    private void draw(Path picture) throws IOException {
        double[] weights = IntStream.rangeClosed(0, GRID)
                .mapToDouble(i -> HIGHEST_WEIGHT * i / GRID)
                .toArray();
        var percent = new double[weights.length][weights.length];
        for (int row = 0; row < weights.length; row++) {
            for (int column = 0; column < weights.length; column++) {
                percent[row][column] = percent("search", weights[row], weights[column]);
            }
        }
        Files.writeString(picture, Heatmap.svg(SPECIALISTS.get(0), SPECIALISTS.get(1), weights, percent));
    }
}
