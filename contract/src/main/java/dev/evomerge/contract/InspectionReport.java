package dev.evomerge.contract;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod has found on volumes; replaced by each pod that looks again.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param models     the models that could be read, by name
 * @param problems   what would make a merge fail; empty if nothing would
 * @param output     why the output cannot be written to; empty if it can, or none was to be tried
 */
public record InspectionReport(
        String apiVersion, Map<String, Model> models, List<Problem> problems, Optional<String> output) {

    public InspectionReport {
        models = Map.copyOf(models);
        problems = List.copyOf(problems);
    }

    /** Whether nothing is wrong. */
    public boolean findsNothingWrong() {
        return problems.isEmpty() && output.isEmpty();
    }

    /**
     * A model at a glance.
     *
     * @param layers     how many layers it has
     * @param parameters how many numbers it holds
     * @param bytes      the size of its tensors
     * @param cacheWidth how many numbers a token leaves in one layer's caches; 0 if that is not known
     * @param dtype      the type that its config.json says, as PyTorch names it; empty if it says none
     * @param texts      the wanted files that are there, by name
     */
    public record Model(
            int layers, long parameters, long bytes, int cacheWidth, String dtype, Map<String, String> texts) {
        public Model {
            texts = Map.copyOf(texts);
        }
    }

    /**
     * One reason why a merge would fail.
     *
     * @param model    the model's name; empty if it concerns several
     * @param where    the tensor, or the key of config.json
     * @param found    what is there
     * @param expected what should be there
     */
    public record Problem(String model, Optional<String> where, String found, String expected) {}
}
