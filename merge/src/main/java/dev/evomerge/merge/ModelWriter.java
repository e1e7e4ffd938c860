package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Carries out a recipe and writes what someone would publish: safetensors files with an index, config.json, generation_config.json, the
 * tokenizer's files, the recipe and a model card. Memory does not grow with the models, and the same recipe gives the same bytes on any
 * number of threads, from and to any storage.
 */
public final class ModelWriter {

    /** The recipe's file in the output, by mergekit's name for it. */
    public static final String RECIPE_FILE = "mergekit_config.yml";

    private ModelWriter() {}

    /**
     * How to write.
     *
     * @param threads       how many threads merge, ≥ 1
     * @param maxShardBytes the most bytes of tensors in a file, ≥ 1
     * @param replace       whether a model that lies at the target may be replaced
     * @param digest        whether files are digested; on one thread this takes longer than a linear merge
     * @param origins       where each model lies, by name, for the model card
     * @param digests       digests of the models' folders ({@link ModelDigest}), by name, where known, for the model card
     * @param notes         Markdown for the model card, such as scores; empty for none
     * @param dtype         what the tensors are written as, whatever the recipe says; empty: as recipe and models have it
     */
    public record Options(
            int threads,
            long maxShardBytes,
            boolean replace,
            boolean digest,
            Map<String, String> origins,
            Map<String, String> digests,
            String notes,
            Optional<DType> dtype) {

        public Options(
                int threads,
                long maxShardBytes,
                boolean replace,
                boolean digest,
                Map<String, String> origins,
                Map<String, String> digests) {
            this(threads, maxShardBytes, replace, digest, origins, digests, "", Optional.empty());
        }

        /** The same with notes for the model card. */
        public Options withNotes(String notes) {
            return new Options(threads, maxShardBytes, replace, digest, origins, digests, notes, dtype);
        }

        /** The same with tensors of a type: F32, F16 or BF16. */
        public Options withDtype(DType dtype) {
            return new Options(threads, maxShardBytes, replace, digest, origins, digests, notes, Optional.of(dtype));
        }

        public Options {
            origins = Map.copyOf(origins);
            digests = Map.copyOf(digests);
            if (threads < 1 || maxShardBytes < 1) {
                throw new IllegalArgumentException(
                        "threads and maxShardBytes must be at least 1, found " + threads + " and " + maxShardBytes);
            }
        }

        /** All processors, files of up to 5 GB, nothing replaced, digests. */
        public static Options defaults() {
            return new Options(
                    Runtime.getRuntime().availableProcessors(), 5_000_000_000L, false, true, Map.of(), Map.of());
        }
    }

    /**
     * What was written.
     *
     * @param uri    the folder
     * @param bytes  the size of all its files
     * @param sha256 the digest of the folder ({@link ModelDigest}), where it was asked for
     */
    public record Written(String uri, long bytes, Optional<String> sha256) {}

    /**
     * Writes a model.
     *
     * @param models the recipe's models by name, and those that they were made of, for the model card; they stay open, and the caller closes
     *               them
     * @param target where to
     * @param folder the folder's path in it, empty for the storage's own folder
     * @throws MergeException     if recipe and models do not fit; it lists everything that is wrong
     * @throws NotFiniteException if a source holds infinities or not-a-numbers
     * @throws IOException        if something cannot be read or written; then nothing is left at the target
     */
    public static Written write(
            Recipe recipe, Map<String, ? extends TensorSource> models, Storage target, String folder, Options options)
            throws IOException {
        return writeTyped(typed(recipe, options.dtype()), models, target, folder, options);
    }

    private static Recipe typed(Recipe recipe, Optional<DType> dtype) {
        return recipe instanceof WeightMerge merge && dtype.isPresent()
                ? merge.withDtype(dtype.get().torchName())
                : recipe;
    }

    private static Written writeTyped(
            Recipe recipe, Map<String, ? extends TensorSource> models, Storage target, String folder, Options options)
            throws IOException {
        if (recipe instanceof WeightMerge merge) {
            List<Problem> conflicts = Vocabularies.conflicts(merge, models);
            if (!conflicts.isEmpty()) {
                throw new MergeException(conflicts);
            }
        }
        OutputModel model = OutputModel.of(recipe, models, options.dtype());
        Shards shards = Shards.of(model.tensors(), options.maxShardBytes());
        Map<String, byte[]> files = sideFiles(recipe, models, model, options);
        shards.index().ifPresent(index -> files.put(Shards.INDEX, index));
        long bytes = shards.bytes()
                + files.values().stream().mapToLong(file -> file.length).sum();
        try (Workers workers = new Workers(options.threads());
                OutputFolder output = OutputFolder.open(target, folder, bytes, options.replace(), options.digest())) {
            new MergePipeline(workers, output).run(shards, model.tensors());
            for (var file : files.entrySet()) {
                output.put(file.getKey(), file.getValue());
            }
            Map<String, String> digests = output.publish();
            return new Written(
                    target.uri(folder).toString(),
                    bytes,
                    options.digest() ? Optional.of(ModelDigest.ofFiles(digests)) : Optional.empty());
        }
    }

    private static Map<String, byte[]> sideFiles(
            Recipe recipe, Map<String, ? extends TensorSource> models, OutputModel model, Options options)
            throws IOException {
        var files = new TreeMap<String, byte[]>();
        TensorSource tokenizer;
        switch (recipe) {
            case WeightMerge merge -> {
                tokenizer = models.get(TokenizerFiles.giver(merge));
                files.putAll(TokenizerFiles.of(merge, models, model.union()));
            }
            case LayerPath path -> {
                tokenizer = models.get(path.embeddings());
                files.putAll(TokenizerFiles.of(tokenizer));
            }
        }
        tokenizer.file("generation_config.json").ifPresent(bytes -> files.put("generation_config.json", bytes));
        files.putAll(model.files());
        files.put("config.json", Json.pretty(model.config()));
        files.put(RECIPE_FILE, RecipeFormat.toYaml(recipe).getBytes(StandardCharsets.UTF_8));
        var licences = new HashMap<String, Optional<String>>();
        List<String> names = List.copyOf(new TreeMap<>(models).keySet());
        for (String name : names) {
            licences.put(name, Licences.of(models.get(name)));
        }
        files.put(
                "README.md",
                new ModelCard(recipe, names, options, licences).text().getBytes(StandardCharsets.UTF_8));
        return files;
    }
}
