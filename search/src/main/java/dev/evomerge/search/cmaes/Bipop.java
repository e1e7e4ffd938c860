package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Strategy;
import dev.evomerge.search.strategy.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Restarts in two regimes (Hansen, "Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed"): after a run has converged, either one
 * with twice the last large population, or a small one with a random population and step size, whichever regime has spent less.
 */
public final class Bipop implements Strategy {

    private static final long PURPOSE = 0x6269706fL;

    private final CmaEs.Settings settings;
    private final Function<CmaEs.Settings, Strategy> run;
    private Strategy current;
    private int restarts;
    private int doublings;
    private boolean large = true;
    private long spentLarge;
    private long spentSmall;

    /**
     * @param settings of the first run
     * @param run      makes a run from its settings
     */
    public Bipop(CmaEs.Settings settings, Function<CmaEs.Settings, Strategy> run) {
        this.settings = settings;
        this.run = run;
        this.current = run.apply(settings);
    }

    @Override
    public List<double[]> ask() {
        return current.ask();
    }

    @Override
    public void tell(double[][] losses) {
        current.tell(losses);
        // The first run's cost counts for neither regime.
        if (restarts > 0 && large) {
            spentLarge += losses.length;
        } else if (restarts > 0) {
            spentSmall += losses.length;
        }
        if (current.stopped().isPresent()) {
            restart();
        }
    }

    @Override
    public int populationSize() {
        return current.populationSize();
    }

    /** That of the run in progress. */
    @Override
    public Optional<double[]> favourite() {
        return current.favourite();
    }

    /** Never: there is always another restart. */
    @Override
    public Optional<String> stopped() {
        return Optional.empty();
    }

    private void restart() {
        restarts++;
        var draws = Draws.of(settings.seed(), PURPOSE, restarts);
        large = spentLarge <= spentSmall;
        int population = settings.populationSize();
        double sigma = settings.sigma();
        if (large) {
            doublings++;
            population <<= Math.min(doublings, 16);
        } else {
            double u = draws.nextDouble();
            double ratio = StrictMath.pow(2, doublings) / 2;
            population = Math.max(2, (int) (population * StrictMath.pow(ratio, u * u)));
            sigma *= StrictMath.pow(10, -2 * draws.nextDouble());
        }
        current = run.apply(settings.restarted(somewhere(draws), sigma, population, draws.nextLong()));
    }

    /** A uniformly random start; ordered and categorical variables keep theirs, which the margin lets go. */
    private double[] somewhere(Draws draws) {
        double[] start = settings.start().clone();
        Arrays.setAll(start, i -> settings.variables().get(i) instanceof Variable.Real ? draws.nextDouble() : start[i]);
        return start;
    }
}
