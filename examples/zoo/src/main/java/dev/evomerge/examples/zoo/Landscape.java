package dev.evomerge.examples.zoo;

import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.recipe.LayerRange;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter.Constant;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Scores merges of a zoo: weighted sums of the specialists' task vectors, evaluated by evomerge's own engine in F32. */
final class Landscape implements AutoCloseable {

    private static final String BASE = "base";
    private static final int BATCH = 256;

    private final List<String> specialists;
    private final Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
    private final Map<String, List<Question>> sets = new HashMap<>();
    private final CandidateMerger merger;
    private final ResidentModel resident;
    private final CausalModel model;
    private final Tokenizer tokenizer;
    private final Generator generator;
    private final int layers;

    private record Question(String text, String answer) {}

    /**
     * @param folder     holds {@code models} and {@code data}
     * @param specialists whose task vectors are summed, in the order of the weights
     */
    Landscape(Path folder, Storage storage, List<String> specialists) throws IOException {
        this.specialists = List.copyOf(specialists);
        checkpoints.put(BASE, Checkpoint.open(storage, "models/" + BASE));
        for (String specialist : specialists) {
            checkpoints.put(specialist, Checkpoint.open(storage, "models/" + specialist));
        }
        try (var files = Files.list(folder.resolve("data"))) {
            for (Path file : files.toList()) {
                sets.put(file.getFileName().toString().replace(".tsv", ""), questions(file));
            }
        }
        Checkpoint base = checkpoints.get(BASE);
        merger = new CandidateMerger(checkpoints, 1);
        resident = ResidentModel.load(base, DType.F32);
        model = CausalModel.of(resident);
        tokenizer = Tokenizer.read(BASE, base.file("tokenizer.json").orElseThrow());
        generator = new Generator(model, tokenizer);
        layers = model.hops();
    }

    private static List<Question> questions(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.split("\t"))
                .map(fields -> new Question(fields[0], fields[1]))
                .toList();
    }

    /** How many layers the models have. */
    int layers() {
        return layers;
    }

    /** How many questions a set has. */
    int size(String set) {
        return sets.get(set).size();
    }

    /**
     * The share of a set's questions that a merge answers correctly.
     *
     * @param weights the specialists' weights, group by group of equally many layers; embeddings go with the first, norm and head with the last
     */
    double score(String set, double... weights) {
        merger.merge(recipe(weights), resident);
        List<Question> questions = sets.get(set);
        List<Completion> completions = generator.generate(
                questions.stream().map(Question::text).toList(),
                GenerationOptions.greedy(model, MathsJapanese.MAX_NEW_TOKENS).withBatchSize(BATCH));
        int correct = 0;
        for (int i = 0; i < questions.size(); i++) {
            String response = completions.get(i).text();
            String answer = response.substring(response.lastIndexOf(':') + 1);
            correct += answer.equals(questions.get(i).answer()) ? 1 : 0;
        }
        return (double) correct / questions.size();
    }

    private WeightMerge recipe(double[] weights) {
        int groups = weights.length / specialists.size();
        int size = layers / groups;
        var slices = new ArrayList<Slice>();
        for (int group = 0; group < groups; group++) {
            var range = groups == 1
                    ? Optional.<LayerRange>empty()
                    : Optional.of(new LayerRange(group * size, (group + 1) * size));
            var sources = new ArrayList<Source>();
            for (int i = 0; i < specialists.size(); i++) {
                double weight = weights[group * specialists.size() + i];
                sources.add(new Source(specialists.get(i), range, Map.of("weight", new Constant(weight))));
            }
            slices.add(new Slice(sources, Map.of()));
        }
        return new WeightMerge(
                MergeMethod.TASK_ARITHMETIC, Optional.of(BASE), slices, Map.of(), Optional.of("float32"), 0);
    }

    @Override
    public void close() {
        tokenizer.close();
        model.close();
        resident.close();
        merger.close();
        checkpoints.values().forEach(Checkpoint::close);
    }
}
