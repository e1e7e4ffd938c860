package dev.evomerge.contract;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one candidate did; one object in storage at {@code <results>/<candidate>.json}, written once.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param batch      the batch's name
 * @param candidate  the candidate's id
 * @param tasks      per task key what came out; empty if it failed
 * @param fitness    per objective of the manifest, in order; empty if it failed
 * @param failure    why there is no fitness
 * @param cost       what it took
 */
public record CandidateResult(
        String apiVersion,
        String batch,
        String candidate,
        Map<String, TaskResult> tasks,
        List<Double> fitness,
        Optional<Failure> failure,
        Cost cost) {

    public CandidateResult {
        tasks = Map.copyOf(tasks);
        fitness = List.copyOf(fitness);
        if (fitness.isEmpty() == failure.isEmpty()) {
            throw new ContractException("result of " + candidate
                    + " must hold either a fitness or a failure, found fitness " + fitness + " and failure " + failure);
        }
        if (!fitness.stream().allMatch(Double::isFinite)) {
            throw new ContractException(
                    "result of " + candidate + " must hold finite numbers, found fitness " + fitness);
        }
    }

    /** The result of a candidate for which no evaluator has written one, for one of {@link Failure}'s reasons. */
    public static CandidateResult missing(String batch, String candidate, String reason) {
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                batch,
                candidate,
                Map.of(),
                List.of(),
                Optional.of(new Failure(reason, "no result after all attempts")),
                new Cost(0, 0, 0, 0));
    }

    /**
     * What came out of one task.
     *
     * @param outcomes one character per question asked, in order: {@code 1} right, {@code 0} wrong
     * @param metrics  the task's metrics by name
     * @param tooLong  numbers, in the data set, of the questions that were not answered, since their prompts leave no room in the model's context;
     *                 they count as wrong. Empty if all were answered
     */
    public record TaskResult(String outcomes, Map<String, Double> metrics, Optional<List<Integer>> tooLong) {
        public TaskResult {
            metrics = Map.copyOf(metrics);
            tooLong = tooLong.map(List::copyOf);
        }

        /** Of a task of which every question was answered. */
        public TaskResult(String outcomes, Map<String, Double> metrics) {
            this(outcomes, metrics, Optional.empty());
        }
    }

    /**
     * Why a candidate has no fitness.
     *
     * @param reason  one of the constants here
     * @param message what happened, for people
     */
    public record Failure(String reason, String message) {

        /** The merged model computes infinities or not-a-numbers, or a source holds some. */
        public static final String NOT_FINITE = "NotFinite";

        /** The model or its caches do not fit the pod's memory. */
        public static final String OUT_OF_MEMORY = "OutOfMemory";

        /** It took longer than the batch may. */
        public static final String TIMEOUT = "Timeout";

        /** The process died while it worked on this candidate, as often as it was tried. */
        public static final String CRASHED = "Crashed";

        /** The recipe does not fit the models. */
        public static final String INVALID_RECIPE = "InvalidRecipe";
    }

    /**
     * What a candidate cost.
     *
     * @param questions       questions answered
     * @param promptTokens    tokens read
     * @param generatedTokens tokens generated
     * @param seconds         wall time, merging included
     */
    public record Cost(long questions, long promptTokens, long generatedTokens, double seconds) {}
}
