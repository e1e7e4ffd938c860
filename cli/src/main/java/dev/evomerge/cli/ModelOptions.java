package dev.evomerge.cli;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/** Where the models of a recipe lie. */
final class ModelOptions {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "NAME=URI",
            description = {
                "Where a model of the recipe lies: s3://…, gs://…, az://…, hf://…, file:///…, or a local folder.",
                "A name that is not given is itself taken for a URI or a folder; of a name like model+adapter, each part."
            })
    private Map<String, String> models = new LinkedHashMap<>();

    /** Reads a recipe. */
    static Recipe read(Path recipe) throws IOException {
        return RecipeFormat.parse(Files.readString(recipe, StandardCharsets.UTF_8));
    }

    /** The URIs of a model and of the adapters that are added to it, joined as they were. */
    private String parts(String name) throws StorageException {
        var uris = new StringJoiner("+");
        for (String part : name.split("\\+")) {
            uris.add(uri(models.getOrDefault(part, part)));
        }
        return uris.toString();
    }

    private static String uri(String text) throws StorageException {
        return CopyCommand.uri(text).toString();
    }

    /** The URI of each model of the recipe, by name. */
    Map<String, String> uris(Recipe recipe) throws StorageException {
        var uris = new TreeMap<String, String>();
        for (String name : recipe.models()) {
            uris.put(name, models.containsKey(name) ? uri(models.get(name)) : parts(name));
        }
        for (String name : models.keySet()) {
            if (uris.keySet().stream()
                    .noneMatch(known ->
                            known.equals(name) || List.of(known.split("\\+")).contains(name))) {
                throw new IllegalArgumentException(
                        "--model " + name + " is not in the recipe, which has " + String.join(", ", uris.keySet()));
            }
        }
        return uris;
    }
}
