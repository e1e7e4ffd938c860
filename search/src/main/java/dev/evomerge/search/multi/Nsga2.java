package dev.evomerge.search.multi;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * NSGA-II in the unit cube: binary tournaments on (front, crowding), simulated binary crossover (η = 15, probability 0.9), polynomial mutation
 * (η = 20, probability 1/n), survival of the best of parents and children.
 *
 * <p>Failed candidates are dominated by every scored one. The last front that fits only in part is
 * {@linkplain Pareto#thinned thinned}.
 */
public final class Nsga2 implements Strategy {

    private static final double CROSSOVER = 0.9;
    private static final double CROSSOVER_ETA = 15;
    private static final double MUTATION_ETA = 20;
    private static final int ATTEMPTS = 100;

    private final int dimension;
    private final int populationSize;
    private final long seed;
    private final List<double[]> injected;
    private List<Member> population = List.of();
    private int generation;

    /** A genome that survived. */
    private record Member(double[] genome, double[] losses, int front, double crowding) {}

    /**
     * @param dimension      of the genomes
     * @param populationSize even, ≥ 4
     * @param injected       genomes that the first generation holds
     * @param seed           every draw follows from it
     */
    public Nsga2(int dimension, int populationSize, List<double[]> injected, long seed) {
        this.dimension = dimension;
        this.populationSize = populationSize;
        this.injected = injected.subList(0, Math.min(populationSize, injected.size()));
        this.seed = seed;
    }

    @Override
    public List<double[]> ask() {
        return generation == 0 ? firstGeneration() : children();
    }

    @Override
    public void tell(double[][] losses) {
        var genomes = new ArrayList<double[]>();
        var told = new ArrayList<double[]>();
        population.forEach(member -> {
            genomes.add(member.genome());
            told.add(member.losses());
        });
        genomes.addAll(ask());
        told.addAll(Arrays.asList(losses));
        population = survivors(genomes, told.toArray(double[][]::new));
        generation++;
    }

    @Override
    public int populationSize() {
        return populationSize;
    }

    @Override
    public Optional<String> stopped() {
        return Optional.empty();
    }

    private List<double[]> firstGeneration() {
        var genomes = new ArrayList<>(injected);
        for (int k = injected.size(); k < populationSize; k++) {
            genomes.add(Draws.of(seed, 0, k).uniforms(dimension));
        }
        return genomes;
    }

    /** Children that are no copies of parents or of each other, as long as such can be bred. */
    private List<double[]> children() {
        var draws = Draws.of(seed, generation);
        var seen = new HashSet<List<Double>>();
        population.forEach(member -> seen.add(boxed(member.genome())));
        var children = new ArrayList<double[]>(populationSize);
        for (int attempt = 0; children.size() < populationSize; attempt++) {
            for (double[] child : crossover(tournament(draws), tournament(draws), draws)) {
                mutate(child, draws);
                if (children.size() < populationSize
                        && (seen.add(boxed(child)) || attempt > ATTEMPTS * populationSize)) {
                    children.add(child);
                }
            }
        }
        return children;
    }

    private double[] tournament(Draws draws) {
        Member a = population.get(draws.nextInt(population.size()));
        Member b = population.get(draws.nextInt(population.size()));
        int order = Comparator.comparingInt(Member::front)
                .thenComparing(Comparator.comparingDouble(Member::crowding).reversed())
                .compare(a, b);
        return order == 0 ? (draws.nextInt(2) == 0 ? a : b).genome() : (order < 0 ? a : b).genome();
    }

    /** Simulated binary crossover that respects the bounds; each variable takes part with probability ½. */
    private List<double[]> crossover(double[] mother, double[] father, Draws draws) {
        double[] a = mother.clone();
        double[] b = father.clone();
        if (draws.nextDouble() < CROSSOVER) {
            for (int i = 0; i < dimension; i++) {
                if (draws.nextInt(2) == 0 && Math.abs(mother[i] - father[i]) > 1e-14) {
                    cross(a, b, i, draws);
                }
            }
        }
        return List.of(a, b);
    }

    private static void cross(double[] a, double[] b, int i, Draws draws) {
        double low = Math.min(a[i], b[i]);
        double high = Math.max(a[i], b[i]);
        double u = draws.nextDouble();
        double spreadLow = spread(u, 1 + 2 * low / (high - low));
        double spreadHigh = spread(u, 1 + 2 * (1 - high) / (high - low));
        double first = clip(0.5 * (low + high - spreadLow * (high - low)));
        double second = clip(0.5 * (low + high + spreadHigh * (high - low)));
        boolean swap = draws.nextInt(2) == 0;
        a[i] = swap ? second : first;
        b[i] = swap ? first : second;
    }

    private static double spread(double u, double beta) {
        double alpha = 2 - StrictMath.pow(beta, -(CROSSOVER_ETA + 1));
        double base = u <= 1 / alpha ? u * alpha : 1 / (2 - u * alpha);
        return StrictMath.pow(base, 1 / (CROSSOVER_ETA + 1));
    }

    private void mutate(double[] genome, Draws draws) {
        double power = 1 / (MUTATION_ETA + 1);
        for (int i = 0; i < dimension; i++) {
            if (draws.nextDouble() < 1.0 / dimension) {
                double u = draws.nextDouble();
                double x = genome[i];
                double shift = u < 0.5
                        ? StrictMath.pow(2 * u + (1 - 2 * u) * StrictMath.pow(1 - x, MUTATION_ETA + 1), power) - 1
                        : 1 - StrictMath.pow(2 * (1 - u) + (2 * u - 1) * StrictMath.pow(x, MUTATION_ETA + 1), power);
                genome[i] = clip(x + shift);
            }
        }
    }

    private List<Member> survivors(List<double[]> genomes, double[][] losses) {
        var survivors = new ArrayList<Member>();
        var fronts = Pareto.fronts(losses);
        for (int f = 0; f < fronts.size() && survivors.size() < populationSize; f++) {
            var front = Pareto.thinned(losses, fronts.get(f), populationSize - survivors.size());
            double[] crowding = Pareto.crowding(losses, front);
            for (int i = 0; i < crowding.length; i++) {
                survivors.add(new Member(genomes.get(front.get(i)), losses[front.get(i)], f, crowding[i]));
            }
        }
        return survivors;
    }

    private static double clip(double x) {
        return Math.min(1, Math.max(0, x));
    }

    private static List<Double> boxed(double[] genome) {
        return Arrays.stream(genome).boxed().toList();
    }
}
