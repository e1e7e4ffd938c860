package dev.evomerge.cli;

import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.spec.SearchSpecs;
import java.util.Optional;

/** How much an experiment is, for progress bars. */
final class Workload {

    private Workload() {}

    /**
     * How many candidates will have been scored in the end, about: stages may stop early, and some candidates may fail. Empty where a stage is
     * bounded by generations only.
     */
    static Optional<Integer> candidates(MergeExperimentSpec spec) {
        return SearchSpecs.budget(spec).map(bred -> {
            int fixed = spec.baselines().stream()
                    .mapToInt(baseline -> switch (baseline) {
                        case Sources -> spec.models().size() + (spec.base() == null ? 0 : 1);
                        case RandomSearch -> 0;
                        default -> 1;
                    })
                    .sum();
            boolean random = spec.baselines().contains(MergeExperimentSpec.Baseline.RandomSearch);
            Integer first = spec.stages().getFirst().budget().evaluations();
            return fixed + (random ? first : 0) + bred + spec.finalists() + fixed + (random ? 1 : 0);
        });
    }
}
