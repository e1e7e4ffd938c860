package dev.evomerge.evaluator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;

/**
 * A model with what it takes to ask it.
 *
 * @param model     the network
 * @param tokenizer its tokenizer
 * @param endOfText the tokens that end its answers
 */
record LoadedModel(CausalModel model, Tokenizer tokenizer, List<Integer> endOfText) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static Tokenizer tokenizer(TensorSource source) throws IOException {
        byte[] json = source.file("tokenizer.json")
                .orElseThrow(() -> new InvalidModelException(
                        source.name() + ": no tokenizer.json, expected one in the fast tokenizers' format"));
        return Tokenizer.read(source.name() + "/tokenizer.json", json);
    }

    /** The end-of-text tokens of config.json and of generation_config.json, where chat models name the end of a turn. */
    static List<Integer> endOfText(CausalModel model, TensorSource source) throws IOException {
        SequencedSet<Integer> tokens = new LinkedHashSet<>(model.config().endOfText());
        Optional<byte[]> generation = source.file("generation_config.json");
        if (generation.isPresent()) {
            JsonNode ends = JSON.readTree(generation.get()).path("eos_token_id");
            if (ends.isInt()) {
                tokens.add(ends.asInt());
            }
            ends.elements().forEachRemaining(end -> tokens.add(end.asInt()));
        }
        return List.copyOf(tokens);
    }

    /** Answers a task's prompts, greedily. */
    List<Completion> ask(Task task, OptionalInt batchSize) {
        GenerationOptions options = GenerationOptions.greedy(
                        model, task.spec().generation().maxNewTokens())
                .withStop(task.spec().generation().stop())
                .withEndOfText(endOfText);
        return new Generator(model, tokenizer)
                .generate(
                        task.prompts(), batchSize.isPresent() ? options.withBatchSize(batchSize.getAsInt()) : options);
    }
}
