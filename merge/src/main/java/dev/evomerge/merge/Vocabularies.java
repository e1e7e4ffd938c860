package dev.evomerge.merge;

import dev.evomerge.merge.AlignedModel.Donor;
import dev.evomerge.merge.AlignedModel.Embedding;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.TokenizerSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Brings the embeddings of sources whose tokenizers differ into one order, so that the same token has the same row everywhere.
 *
 * <p>A token that a source lacks gets the base's row, or that of the only source that has it, or the mean over those that have it (as
 * mergekit fills them); one that nobody has a row for is zero.
 *
 * @param models what to merge instead of the given models
 * @param output the output's vocabulary; empty where the sources' are left as they are
 */
record Vocabularies(Map<String, ? extends TensorSource> models, Optional<Vocabulary> output) {

    static final String FILE = "tokenizer.json";

    /**
     * Aligns models as the recipe's tokenizer source asks; without one, or where all vocabularies are the same, nothing changes.
     *
     * @param problems takes what cannot be done
     */
    static Vocabularies align(WeightMerge recipe, Map<String, ? extends TensorSource> models, List<Problem> problems) {
        var unchanged = new Vocabularies(models, Optional.empty());
        if (recipe.tokenizer().isEmpty()) {
            return unchanged;
        }
        var known = new LinkedHashMap<String, Vocabulary>();
        for (String name : inOrder(recipe)) {
            vocabulary(name, models.get(name), problems).ifPresent(found -> known.put(name, found));
        }
        boolean same = known.values().stream().map(Vocabulary::ids).distinct().count() == 1;
        if (!problems.isEmpty() || same) {
            return unchanged;
        }
        Vocabulary output =
                switch (recipe.tokenizer().get()) {
                    case TokenizerSource.Model(String name) -> known.get(name);
                    case TokenizerSource.Union() -> {
                        var others = new LinkedHashMap<>(known);
                        yield others.remove(recipe.reference()).union(others.values());
                    }
                };
        return new Vocabularies(new Aligner(recipe, models, known, output).align(problems), Optional.of(output));
    }

    /** The reference, then the other models in the recipe's order. */
    static Set<String> inOrder(WeightMerge recipe) {
        var names = new LinkedHashSet<String>();
        names.add(recipe.reference());
        recipe.slices().forEach(slice -> slice.sources().forEach(source -> names.add(source.model())));
        names.addAll(recipe.models());
        return names;
    }

    /**
     * What is wrong where a recipe says nothing of tokenizers, and yet the models that its embeddings and head are made of number the same
     * tokens differently.
     */
    static List<Problem> conflicts(WeightMerge recipe, Map<String, ? extends TensorSource> models) {
        var problems = new ArrayList<Problem>();
        if (recipe.tokenizer().isPresent()) {
            return problems;
        }
        String first = recipe.reference();
        try {
            Optional<byte[]> expected = models.get(first).file(FILE);
            for (String name : expected.isPresent() ? atTheEnds(recipe) : Set.<String>of()) {
                Optional<byte[]> found = models.get(name).file(FILE);
                if (found.isPresent() && !Arrays.equals(found.get(), expected.get())) {
                    compare(name, Vocabulary.parse(found.get()), first, Vocabulary.parse(expected.get()))
                            .ifPresent(problems::add);
                }
            }
        } catch (IOException e) {
            // A tokenizer that cannot be read decides nothing here: the output gets the reference's as it is.
            return List.of();
        }
        return problems;
    }

    private static Set<String> atTheEnds(WeightMerge recipe) {
        var names = new TreeSet<String>();
        recipe.base().ifPresent(names::add);
        for (Slice slice : List.of(recipe.slices().getFirst(), recipe.slices().getLast())) {
            slice.sources().forEach(source -> names.add(source.model()));
        }
        return names;
    }

    private static Optional<Problem> compare(String name, Vocabulary found, String first, Vocabulary expected) {
        long moved = found.ids().entrySet().stream()
                .filter(token -> expected.ids().containsKey(token.getKey()))
                .filter(token -> !expected.ids().get(token.getKey()).equals(token.getValue()))
                .count();
        return moved == 0
                ? Optional.empty()
                : Optional.of(
                        new Problem(
                                name,
                                Optional.of(FILE),
                                moved + " tokens with other numbers than in " + first,
                                "the same numbers, or a tokenizer_source (base, union or a model) to bring the embeddings in order"));
    }

    private static Optional<Vocabulary> vocabulary(String name, TensorSource model, List<Problem> problems) {
        try {
            Optional<byte[]> file = model.file(FILE);
            if (file.isPresent()) {
                return Optional.of(Vocabulary.parse(file.get()));
            }
            problems.add(
                    new Problem(name, Optional.of(FILE), "no such file", "one, as the recipe has tokenizer_source"));
        } catch (IOException e) {
            problems.add(new Problem(
                    name, Optional.of(FILE), "a file that cannot be used: " + e.getMessage(), "a tokenizer"));
        }
        return Optional.empty();
    }

    /** Makes the aligned models. */
    private record Aligner(
            WeightMerge recipe,
            Map<String, ? extends TensorSource> models,
            Map<String, Vocabulary> vocabularies,
            Vocabulary output) {

        Map<String, TensorSource> align(List<Problem> problems) {
            var merged = new LinkedHashSet<String>();
            recipe.base().ifPresent(merged::add);
            recipe.slices().forEach(slice -> slice.sources().forEach(source -> merged.add(source.model())));
            var embeddings = new HashMap<String, Map<String, Embedding>>();
            merged.stream()
                    .flatMap(name -> models.get(name).tensors().keySet().stream())
                    .filter(tensor -> TensorName.of(tensor).hasVocabulary())
                    .distinct()
                    .forEach(tensor -> {
                        var donors = donors(tensor, merged, problems);
                        donors.keySet().forEach(name -> embeddings
                                .computeIfAbsent(name, any -> new HashMap<>())
                                .put(tensor, Embedding.of(output.size(), donors, name, recipe.base())));
                    });
            var aligned = new HashMap<String, TensorSource>(models);
            embeddings.forEach((name, own) -> aligned.put(name, new AlignedModel(models.get(name), own)));
            return aligned;
        }

        /** The models that have rows of a tensor, a head that is tied to the embedding included, in the order of their names here. */
        private LinkedHashMap<String, Donor> donors(String tensor, Set<String> merged, List<Problem> problems) {
            var donors = new LinkedHashMap<String, Donor>();
            for (String name : merged) {
                TensorSource model = models.get(name);
                String source = MergePlan.tiedTo(model, tensor);
                TensorInfo info = model.tensors().get(source);
                if (info == null) {
                    continue;
                }
                if (info.dtype().isMergeable() && !info.shape().isEmpty()) {
                    donors.put(name, new Donor(model, source, rows(vocabularies.get(name), info)));
                } else {
                    problems.add(new Problem(
                            name, Optional.of(source), info.toString(), "rows of F32, F16 or BF16, one per token"));
                }
            }
            return donors;
        }

        /** Per row of the output the row of a source, -1 where it has none. */
        private int[] rows(Vocabulary vocabulary, TensorInfo info) {
            int[] rows = new int[output.size()];
            Arrays.fill(rows, -1);
            output.ids().forEach((token, id) -> {
                int row = vocabulary.ids().getOrDefault(token, -1);
                rows[id] = row < info.shape().getFirst() ? row : -1;
            });
            return rows;
        }
    }
}
