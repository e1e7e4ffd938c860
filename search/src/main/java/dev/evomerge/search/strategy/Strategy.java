package dev.evomerge.search.strategy;

import java.util.List;
import java.util.Optional;

/**
 * An optimizer by ask and tell. It minimizes.
 *
 * <p>A strategy changes by {@link #tell} only, and its draws are keyed by place: asking twice gives the same generation, and a strategy that was
 * told the same losses is in the same state, bit for bit.
 */
public interface Strategy {

    /** The next generation: genomes of the search's domain; reals lie in [0, 1]. */
    List<double[]> ask();

    /**
     * Takes the losses of the generation that {@link #ask} gives now.
     *
     * @param losses per genome, in order, a row of one value per objective, smaller is better; a failed candidate has
     *               {@link Double#POSITIVE_INFINITY} everywhere and ranks last
     */
    void tell(double[][] losses);

    /** The number of genomes that {@link #ask} gives now. */
    int populationSize();

    /** What the optimizer itself holds for best, if it has an opinion beside the genomes that it was told of. */
    default Optional<double[]> favourite() {
        return Optional.empty();
    }

    /** Why there is no point in going on, for people; empty while there is. */
    Optional<String> stopped();
}
