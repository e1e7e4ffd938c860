package dev.evomerge.report;

import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a report is made of.
 *
 * @param namespace the experiment's namespace
 * @param name      its name
 * @param spec      what is searched
 * @param sources   where the models come from: name → URI, the base's among them
 * @param questions how many questions each question set has, as far as that is known
 * @param history   what was evaluated, batch 0 first, without a gap
 * @param next      what {@link dev.evomerge.search.Search#next} says after that history
 * @param notice    what the experiment waits for or suffers from, for people; empty while all is well
 * @param output    the exported model, once it lies there
 * @param manifest  the experiment's YAML, as a user would apply it
 * @param commands  how to make the result again from its recipe, besides applying the manifest
 * @param timing    when it ran
 */
public record ExperimentFacts(
        String namespace,
        String name,
        SearchSpec spec,
        SortedMap<String, String> sources,
        Map<Split, Integer> questions,
        List<EvaluatedBatch> history,
        Step next,
        Optional<String> notice,
        Optional<Output> output,
        String manifest,
        List<Command> commands,
        Timing timing) {

    public ExperimentFacts {
        sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
        questions = Map.copyOf(questions);
        history = List.copyOf(history);
        commands = List.copyOf(commands);
        for (EvaluatedBatch evaluated : history) {
            int asked = evaluated.batch().candidates().size();
            int recorded = evaluated.record().evaluations().size();
            if (asked != recorded) {
                throw new IllegalArgumentException("batch " + evaluated.batch().number() + " of " + name + " has "
                        + asked + " candidates, but its record holds " + recorded);
            }
        }
    }

    /**
     * A batch, what came out of it, and what that took.
     *
     * @param record one evaluation per candidate of the batch, in its order
     */
    public record EvaluatedBatch(Batch batch, BatchRecord record, Cost cost) {}

    /**
     * What a batch took, failed candidates included.
     *
     * @param questions       questions answered
     * @param promptTokens    tokens read
     * @param generatedTokens tokens generated
     * @param podSeconds      seconds that evaluator pods ran, summed over them; empty if unknown
     * @param gpuSeconds      the same times their GPUs; empty if unknown
     */
    public record Cost(
            long questions,
            long promptTokens,
            long generatedTokens,
            OptionalDouble podSeconds,
            OptionalDouble gpuSeconds) {

        static final Cost NONE = new Cost(0, 0, 0, OptionalDouble.empty(), OptionalDouble.empty());

        /** The sum; times that only one of the two knows count alone. */
        Cost plus(Cost other) {
            return new Cost(
                    questions + other.questions,
                    promptTokens + other.promptTokens,
                    generatedTokens + other.generatedTokens,
                    sum(podSeconds, other.podSeconds),
                    sum(gpuSeconds, other.gpuSeconds));
        }

        private static OptionalDouble sum(OptionalDouble a, OptionalDouble b) {
            return a.isEmpty() ? b : b.isEmpty() ? a : OptionalDouble.of(a.getAsDouble() + b.getAsDouble());
        }
    }

    /**
     * The exported model.
     *
     * @param uri    its folder
     * @param sha256 digest of the model
     */
    public record Output(String uri, String sha256) {}

    /**
     * A line for a terminal.
     *
     * @param purpose what it does, as a sentence without its full stop
     */
    public record Command(String purpose, String line) {}

    /**
     * When an experiment ran.
     *
     * @param started  when its search began, if that is known: the history does not say
     * @param asOf     when these facts were gathered
     * @param finished when it ended, if it has
     */
    public record Timing(Optional<Instant> started, Instant asOf, Optional<Instant> finished) {

        Optional<Duration> elapsed() {
            return started.map(start -> Duration.between(start, finished.orElse(asOf)));
        }
    }
}
