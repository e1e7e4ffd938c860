package dev.evomerge.cli;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A recipe and where its models lie, as {@code merge} and {@code check} take them. */
final class ModelOptions {

    @Parameters(index = "0", paramLabel = "RECIPE", description = "a file in mergekit's YAML, or the same as JSON")
    private Path recipe;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "NAME=URI",
            description = {
                "Where a model of the recipe lies: s3://…, gs://…, az://…, hf://…, file:///…, or a local folder.",
                "A name that is not given is itself taken for a URI or a folder."
            })
    private Map<String, String> models = new LinkedHashMap<>();

    /** Reads the recipe. */
    Recipe recipe() throws IOException {
        return RecipeFormat.parse(Files.readString(recipe, StandardCharsets.UTF_8));
    }

    /** The URI of each model of the recipe, by name. */
    Map<String, String> uris(Recipe recipe) throws StorageException {
        var uris = new TreeMap<String, String>();
        for (String name : recipe.models()) {
            uris.put(name, CopyCommand.uri(models.getOrDefault(name, name)).toString());
        }
        for (String name : models.keySet()) {
            if (!uris.containsKey(name)) {
                throw new IllegalArgumentException(
                        "--model " + name + " is not in the recipe, which has " + String.join(", ", uris.keySet()));
            }
        }
        return uris;
    }
}
