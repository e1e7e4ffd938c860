package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Ranking;
import dev.evomerge.search.strategy.Strategy;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * CMA-ES for real, ordered and categorical variables: {@link CmaEs} with margin moves the numbers, {@link Categories} the rest, by the same ranks
 * (CatCMA with margin: Hamano, Nomura, Saito, Uchida, Shirakawa, GECCO 2025).
 */
public final class MixedCmaEs implements Strategy {

    private static final long PURPOSE = 0x636174L;

    private final int n;
    private final long seed;
    private final CmaEs numbers;
    private final Categories categories;
    private final int[] numberAt;
    private final int[] categoryAt;
    private final int[] levels;
    private final double[] weights;
    private final List<int[]> injected;
    private int generation;

    /**
     * @param settings of a search with at least one category and one other variable; {@code start} holds the favoured categories
     */
    public MixedCmaEs(CmaEs.Settings settings) {
        this.n = settings.start().length;
        this.seed = settings.seed();
        var variables = settings.variables();
        this.categoryAt = IntStream.range(0, n)
                .filter(i -> variables.get(i) instanceof Variable.Category)
                .toArray();
        this.numberAt = IntStream.range(0, n)
                .filter(i -> !(variables.get(i) instanceof Variable.Category))
                .toArray();
        this.levels = Arrays.stream(categoryAt)
                .map(i -> ((Variable.Category) variables.get(i)).levels())
                .toArray();
        this.categories = new Categories(
                levels,
                categoriesOf(
                        settings.elite().isEmpty()
                                ? settings.start()
                                : settings.elite().getFirst()));
        this.numbers = new CmaEs(new CmaEs.Settings(
                numbersOf(settings.start()),
                settings.sigma(),
                settings.populationSize(),
                settings.diagonal(),
                settings.adaptLearningRates(),
                Arrays.stream(numberAt).mapToObj(variables::get).toList(),
                settings.injected().stream().map(this::numbersOf).toList(),
                settings.elite().stream().map(this::numbersOf).toList(),
                seed));
        this.injected = settings.injected().stream().map(this::categoriesOf).toList();
        this.weights = utilities(settings.populationSize());
    }

    @Override
    public List<double[]> ask() {
        int[][] drawn = drawn();
        var genomes = new ArrayList<double[]>(drawn.length);
        for (double[] real : numbers.ask()) {
            double[] genome = new double[n];
            for (int i = 0; i < numberAt.length; i++) {
                genome[numberAt[i]] = real[i];
            }
            int[] chosen = drawn[genomes.size()];
            for (int c = 0; c < categoryAt.length; c++) {
                genome[categoryAt[c]] = Variable.centre(chosen[c], levels[c]);
            }
            genomes.add(genome);
        }
        return genomes;
    }

    @Override
    public void tell(double[][] losses) {
        categories.update(drawn(), Ranking.shareWeights(Ranking.first(losses), weights));
        numbers.tell(losses);
        generation++;
    }

    @Override
    public int populationSize() {
        return weights.length;
    }

    /** The mean of the numbers and the likeliest categories. */
    @Override
    public Optional<double[]> favourite() {
        double[] genome = new double[n];
        double[] mean = numbers.mean();
        for (int i = 0; i < numberAt.length; i++) {
            genome[numberAt[i]] = mean[i];
        }
        for (int c = 0; c < categoryAt.length; c++) {
            genome[categoryAt[c]] = Variable.centre(categories.likeliest(c), levels[c]);
        }
        return Optional.of(genome);
    }

    @Override
    public Optional<String> stopped() {
        return numbers.stopped();
    }

    private int[][] drawn() {
        return IntStream.range(0, weights.length)
                .mapToObj(k -> generation == 0 && k < injected.size()
                        ? injected.get(k)
                        : categories.draw(Draws.of(seed, PURPOSE, generation, k)))
                .toArray(int[][]::new);
    }

    private double[] numbersOf(double[] genome) {
        return Arrays.stream(numberAt).mapToDouble(i -> genome[i]).toArray();
    }

    private int[] categoriesOf(double[] genome) {
        return IntStream.range(0, levels.length)
                .map(c -> Variable.level(genome[categoryAt[c]], levels[c]))
                .toArray();
    }

    /** The mean's weights, shifted to the sum 0 so that a generation of equals moves nothing. */
    private static double[] utilities(int lambda) {
        double[] utilities = Weights.of(1, lambda, 1).mean();
        for (int i = 0; i < lambda; i++) {
            utilities[i] -= 1.0 / lambda;
        }
        return utilities;
    }
}
