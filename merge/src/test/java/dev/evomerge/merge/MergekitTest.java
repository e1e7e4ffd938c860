package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.FolderStorage;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.Rescale;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same recipes carried out by mergekit (versions in {@code mergekit/VERSIONS.txt}; made by {@code src/test/oracle/make_fixtures.py}).
 *
 * <p>The distance is counted in units in the last place of the output type at the size of the tensor's largest operand: sums of
 * operands that cancel are as exact as the operands are.
 */
class MergekitTest {

    private static final Path FIXTURES = Path.of("src/test/resources/mergekit");

    @TempDir
    Path folder;

    static Stream<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(FIXTURES.resolve("cases"))) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yml"))
                    .map(name -> name.replace(".yml", ""))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void makesTheSameModel(String name) throws IOException {
        var recipe = (WeightMerge) RecipeFormat.parse(Files.readString(FIXTURES.resolve("cases/" + name + ".yml")));
        Files.copy(FIXTURES.resolve("cases/" + name + ".safetensors"), folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("config.json"), "{}");
        var models = new HashMap<String, Checkpoint>();
        for (String model : recipe.models()) {
            models.put(model, Checkpoint.open(new FolderStorage(FIXTURES.resolve("models"), true), model));
        }
        var merged = new HashMap<String, MemorySegment>();
        try (var expected = Checkpoint.open(new FolderStorage(folder, true), "");
                var merger = new CandidateMerger(models, 2)) {
            merger.merge(recipe, (tensor, dtype, shape) -> {
                merged.put(
                        tensor,
                        Arena.ofAuto().allocate(TensorInfo.of(dtype, shape).bytes(), 8));
                return merged.get(tensor);
            });
            assertThat(merger.tensors(recipe)).isEqualTo(expected.tensors());
            var sources = Vocabularies.align(recipe, models, new ArrayList<>());
            sources.output().ifPresent(ours -> inOrderOf(tokens(name), ours.ids(), merger.tensors(recipe), merged));
            double worst = 0;
            for (var tensor : expected.tensors().entrySet()) {
                worst = Math.max(worst, distance(tensor.getKey(), tensor.getValue(), merged, expected, models));
            }
            assertThat(worst).as("units in the last place").isLessThanOrEqualTo(tolerance(recipe, name));
        }
        models.values().forEach(Checkpoint::close);
    }

    private static Map<String, Integer> tokens(String name) {
        try {
            return new ObjectMapper()
                    .readValue(
                            FIXTURES.resolve("cases/" + name + ".tokens.json").toFile(), new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sorts rows of tokens; which numbers a union gives to new tokens depends on a hash order in mergekit. */
    private static void inOrderOf(
            Map<String, Integer> theirs,
            Map<String, Integer> ours,
            Map<String, TensorInfo> infos,
            Map<String, MemorySegment> merged) {
        assertThat(ours.keySet()).isEqualTo(theirs.keySet());
        merged.replaceAll((tensor, data) -> {
            if (!TensorName.of(tensor).hasVocabulary()) {
                return data;
            }
            long row = infos.get(tensor).bytes() / ours.size();
            MemorySegment sorted = Arena.ofAuto().allocate(data.byteSize(), 8);
            theirs.forEach((token, id) -> MemorySegment.copy(data, ours.get(token) * row, sorted, id * row, row));
            return sorted;
        });
    }

    /**
     * Sums and sign elections are done in the same order and rounded alike: every bit is the same. Lengths, angles, norms and
     * variances are sums over whole tensors, which mergekit takes in 32 bits and we in 64: some units of a 32-bit result, and at most one
     * of a 16-bit one.
     */
    private static double tolerance(WeightMerge recipe, String name) {
        boolean exact =
                switch (recipe.method()) {
                    case SLERP, NUSLERP, MULTISLERP, KARCHER, MODEL_STOCK, SCE, NEARSWAP -> false;
                    default -> recipe.rescale() != Rescale.L1_NORM || name.endsWith("everything");
                };
        if (exact) {
            return 0;
        }
        return recipe.dtype().orElse("float32").equals("float32") ? 8 : 1;
    }

    private static double distance(
            String tensor,
            TensorInfo info,
            Map<String, MemorySegment> merged,
            Checkpoint expected,
            Map<String, Checkpoint> models)
            throws IOException {
        int n = (int) info.elements();
        float[] ours = floats(info.dtype(), merged.get(tensor), n);
        float[] theirs = floats(info.dtype(), expected.load(tensor, Arena.global()), n);
        float[] size = theirs.clone();
        for (Checkpoint model : models.values()) {
            TensorInfo source = model.tensors().get(tensor);
            if (source != null && source.shape().equals(info.shape())) {
                float[] x = floats(source.dtype(), model.load(tensor, Arena.global()), n);
                for (int i = 0; i < n; i++) {
                    size[i] = Math.max(Math.abs(size[i]), Math.abs(x[i]));
                }
            }
        }
        double worst = 0;
        for (int i = 0; i < n; i++) {
            worst = Math.max(worst, Math.abs((double) ours[i] - theirs[i]) / unit(info.dtype(), size[i]));
        }
        return worst;
    }

    private static double unit(DType dtype, float value) {
        int bits =
                switch (dtype) {
                    case BF16 -> 16;
                    case F16 -> 13;
                    default -> 0;
                };
        return Math.ulp(value) * (double) (1 << bits);
    }

    private static float[] floats(DType dtype, MemorySegment data, int count) {
        float[] values = new float[count];
        new ScalarKernels().load(dtype, data, 0, values, count);
        return values;
    }
}
