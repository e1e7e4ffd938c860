package dev.evomerge.search;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.space.Encoding;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The baseline that needs no skill: uniformly random genomes of the first stage's space. */
final class RandomSearch {

    /** So that a batch and its manifest stay small whatever the budget; the rest follows after the stages. */
    static final int LARGEST_BATCH = 128;

    private static final long PURPOSE = 0x72616e646f6dL;

    private final SearchSpec spec;
    private final Encoding encoding;

    RandomSearch(SearchSpec spec) {
        this.spec = spec;
        this.encoding = Encoding.of(spec.stages().getFirst().space(), spec, spec.models());
    }

    /** How many are scored beside the fixed baselines: the first stage's budget, if it is not too large. */
    int firstBatch(int fixed) {
        int budget = Strategies.evaluations(spec.stages().getFirst(), encoding.dimension());
        return Math.max(0, Math.min(budget, LARGEST_BATCH - fixed));
    }

    List<Candidate> candidates(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> new Candidate(
                        String.format(Locale.ROOT, "random-%03d", i),
                        encoding.decode(Draws.of(spec.seed(), PURPOSE, i).uniforms(encoding.dimension()))))
                .toList();
    }
}
