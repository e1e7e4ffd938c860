package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether sources give the same tokens the same numbers. A recipe that names a tokenizer asks for embeddings to be brought into its order;
 * where all vocabularies are the same there is nothing to do, and otherwise it is refused rather than done wrong.
 */
final class Vocabularies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "tokenizer.json";

    private Vocabularies() {}

    static List<Problem> check(WeightMerge recipe, Map<String, ? extends TensorSource> models) {
        var problems = new ArrayList<Problem>();
        if (recipe.tokenizer().isEmpty()) {
            return problems;
        }
        String first = recipe.reference();
        Optional<JsonNode> expected = vocabulary(first, models.get(first), problems);
        for (String name : recipe.models()) {
            Optional<JsonNode> found = vocabulary(name, models.get(name), problems);
            if (expected.isPresent() && found.isPresent() && !found.equals(expected)) {
                problems.add(new Problem(
                        name,
                        Optional.of(FILE),
                        "a vocabulary that differs from that of " + first,
                        "the same: tokenizer_source over different vocabularies is not supported yet"));
            }
        }
        return problems;
    }

    /** Tokens and their numbers, as the file has them: those of the model, and those that were added. */
    private static Optional<JsonNode> vocabulary(String name, TensorSource model, List<Problem> problems) {
        try {
            Optional<byte[]> file = model.file(FILE);
            if (file.isEmpty()) {
                problems.add(new Problem(
                        name, Optional.of(FILE), "no such file", "one, as the recipe has tokenizer_source"));
                return Optional.empty();
            }
            JsonNode tree = JSON.readTree(file.get());
            return Optional.of(
                    JSON.createArrayNode().add(tree.path("model").path("vocab")).add(tree.path("added_tokens")));
        } catch (IOException e) {
            problems.add(new Problem(name, Optional.of(FILE), "a file that cannot be read: " + e.getMessage(), "JSON"));
            return Optional.empty();
        }
    }
}
