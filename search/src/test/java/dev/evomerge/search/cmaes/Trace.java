package dev.evomerge.search.cmaes;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Ten generations of our CMA-ES on an ellipsoid; src/test/oracle/fixtures.py lets an independent implementation learn from the same samples. */
final class Trace {

    static final int GENERATIONS = 10;

    private Trace() {}

    static CmaEs start() {
        double[] mean = new double[5];
        Arrays.fill(mean, 0.5);
        return new CmaEs(new CmaEs.Settings(mean, 0.05, 8, 7));
    }

    static double[][] losses(List<double[]> genomes) {
        return genomes.stream().map(genome -> new double[] {loss(genome)}).toArray(double[][]::new);
    }

    private static double loss(double[] genome) {
        double sum = 0;
        for (int i = 0; i < genome.length; i++) {
            double distance = genome[i] - 0.5 - 0.01 * i;
            sum += (1 + 10 * i) * distance * distance;
        }
        return sum;
    }

    /** Prints per candidate its generation, genome and loss. */
    public static void main(String[] arguments) {
        var strategy = start();
        for (int generation = 0; generation < GENERATIONS; generation++) {
            var genomes = strategy.ask();
            double[][] losses = losses(genomes);
            for (int k = 0; k < losses.length; k++) {
                String genome =
                        Arrays.stream(genomes.get(k)).mapToObj(Double::toString).collect(Collectors.joining(","));
                System.out.printf(Locale.ROOT, "%d,%s,%s%n", generation, genome, losses[k][0]);
            }
            strategy.tell(losses);
        }
    }
}
