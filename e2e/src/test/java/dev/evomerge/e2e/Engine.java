package dev.evomerge.e2e;

import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Our own inference engine, in this process and in F32. */
final class Engine {

    private Engine() {}

    /** A folder of this machine. */
    static Storage folder(Path path) throws IOException {
        return Storages.open(
                StorageUri.parse("file://" + path.toAbsolutePath().normalize()), new StorageAccess(Map.of()));
    }

    /** Greedy answers of the model in a folder to the first column of a TSV file. */
    static List<String> answers(Path model, Path questions, int maxNewTokens) throws IOException {
        try (var storage = folder(model);
                var checkpoint = Checkpoint.open(storage, "");
                var tokenizer = Tokenizer.of(checkpoint);
                var weights = ResidentModel.load(checkpoint, DType.F32);
                var causal = CausalModel.of(weights)) {
            return answers(causal, tokenizer, questions, maxNewTokens);
        }
    }

    /** Greedy answers of a model to the first column of a TSV file. */
    static List<String> answers(CausalModel model, Tokenizer tokenizer, Path questions, int maxNewTokens)
            throws IOException {
        return new Generator(model, tokenizer)
                .generate(prompts(questions), GenerationOptions.greedy(model, maxNewTokens)).stream()
                        .map(Completion::text)
                        .toList();
    }

    /** The first column of a TSV file. */
    static List<String> prompts(Path questions) throws IOException {
        return Files.readAllLines(questions).stream()
                .map(line -> line.split("\t")[0])
                .toList();
    }
}
