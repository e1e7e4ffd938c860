package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.FolderStorage;
import dev.evomerge.merge.safetensors.TestModels;
import dev.evomerge.recipe.LayerRange;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Rescale;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CandidateMergerTest {

    private static final int LAYERS = 3;
    private static final int HIDDEN = 96;
    private static final String UP = "model.layers.1.mlp.up_proj.weight";
    private static final String EMBED = "model.embed_tokens.weight";

    @TempDir
    static Path folder;

    private static final Map<String, Map<String, float[]>> VALUES = new HashMap<>();

    @BeforeAll
    static void writeModels() throws IOException {
        String config = TestModels.config(LAYERS, HIDDEN, 600, true);
        var infos = TestModels.llama(DType.F32, LAYERS, HIDDEN, 600, true);
        VALUES.put("base", TestModels.write(folder.resolve("base"), infos, config, 1, Map.of()));
        for (String name : List.of("a", "b", "c")) {
            VALUES.put(
                    name, TestModels.write(folder.resolve(name), infos, config, name.hashCode(), VALUES.get("base")));
        }
        var half = TestModels.llama(DType.BF16, LAYERS, HIDDEN, 600, true);
        VALUES.put("half", TestModels.write(folder.resolve("half"), half, config, 9, VALUES.get("base")));
    }

    private static WeightMerge recipe(MergeMethod method, Map<String, Map<String, Double>> sources, double normalize) {
        return WeightMerge.of(
                method,
                Optional.of("base"),
                new TreeMap<>(sources)
                        .entrySet().stream()
                                .map(source -> Source.of(source.getKey(), source.getValue()))
                                .toList(),
                Map.of("normalize", new Parameter.Constant(normalize)),
                11);
    }

    private static Map<String, MemorySegment> merge(WeightMerge recipe, int threads, boolean local) throws IOException {
        var checkpoints = new HashMap<String, Checkpoint>();
        var out = new TreeMap<String, MemorySegment>();
        try {
            for (String name : recipe.models()) {
                checkpoints.put(name, Checkpoint.open(new FolderStorage(folder, local), name));
            }
            try (var merger = new CandidateMerger(checkpoints, threads)) {
                merger.merge(recipe, (tensor, dtype, shape) -> {
                    long bytes = Arrays.stream(shape).reduce(dtype.bytes(), (x, y) -> x * y);
                    MemorySegment target = Arena.ofAuto().allocate(bytes, 64);
                    out.put(tensor, target);
                    return target;
                });
            }
        } finally {
            checkpoints.values().forEach(Checkpoint::close);
        }
        return out;
    }

    private static float[] floats(Map<String, MemorySegment> merged, String tensor) {
        return merged.get(tensor).toArray(ValueLayout.JAVA_FLOAT);
    }

    @Test
    void aModelAloneKeepsItsBytes() throws IOException {
        var recipe = WeightMerge.of(
                MergeMethod.LINEAR, Optional.empty(), List.of(Source.of("half", Map.of("weight", 1.0))), Map.of(), 0);
        var merged = merge(recipe, 2, true);
        try (var half = Checkpoint.open(new FolderStorage(folder, true), "half")) {
            assertThat(merged.keySet()).isEqualTo(half.tensors().keySet());
            for (String tensor : merged.keySet()) {
                assertThat(merged.get(tensor).mismatch(half.load(tensor, Arena.global())))
                        .as(tensor)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void linearIsTheWeightedMean() throws IOException {
        var recipe = WeightMerge.of(
                MergeMethod.LINEAR,
                Optional.empty(),
                List.of(Source.of("a", Map.of("weight", 0.25)), Source.of("half", Map.of("weight", 1.75))),
                Map.of(),
                0);
        float[] merged = floats(merge(recipe, 2, true), UP);
        float[] a = VALUES.get("a").get(UP);
        float[] half = VALUES.get("half").get(UP);
        for (int i = 0; i < merged.length; i++) {
            assertThat(merged[i]).isEqualTo((0.25f * a[i] + 1.75f * half[i]) / 2);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = MergeMethod.class,
            names = {"TASK_ARITHMETIC", "TIES", "DARE_LINEAR", "DARE_TIES", "DELLA", "BREADCRUMBS_TIES"})
    void weightZeroIsTheBase(MergeMethod method) throws IOException {
        var recipe = recipe(method, Map.of("a", Map.of("weight", 0.0), "b", Map.of("weight", 0.0)), 0);
        assertThat(floats(merge(recipe, 1, true), EMBED))
                .isEqualTo(VALUES.get("base").get(EMBED));
    }

    @Test
    void tiesEqualsTheDefinition() throws IOException {
        var weights = Map.of("a", 0.6, "b", 0.9, "half", -0.2);
        var sources = new HashMap<String, Map<String, Double>>();
        weights.forEach((name, weight) -> sources.put(name, Map.of("weight", weight, "density", 0.3)));
        float[] merged = floats(merge(recipe(MergeMethod.TIES, sources, 1), 2, true), EMBED);
        float[] base = VALUES.get("base").get(EMBED);
        var trimmed = new TreeMap<String, float[]>();
        weights.forEach((name, weight) -> {
            float[] delta = trim(VALUES.get(name).get(EMBED), base, 0.3);
            for (int i = 0; i < delta.length; i++) {
                delta[i] *= weight.floatValue();
            }
            trimmed.put(name, delta);
        });
        for (int i = 0; i < base.length; i++) {
            float sum = 0;
            for (float[] delta : trimmed.values()) {
                sum += delta[i];
            }
            float agreed = 0;
            float divisor = 0;
            for (var delta : trimmed.entrySet()) {
                if (Math.signum(delta.getValue()[i]) == (sum >= 0 ? 1 : -1)) {
                    agreed += delta.getValue()[i];
                    divisor += weights.get(delta.getKey()).floatValue();
                }
            }
            assertThat(merged[i]).isEqualTo(base[i] + agreed / (divisor == 0 ? 1 : divisor));
        }
    }

    /** Keeps the ⌊density·n⌋ largest differences, of equal ones the first. */
    private static float[] trim(float[] x, float[] base, double density) {
        float[] delta = new float[x.length];
        Integer[] order = new Integer[x.length];
        for (int i = 0; i < x.length; i++) {
            delta[i] = x[i] - base[i];
            order[i] = i;
        }
        Arrays.sort(order, (i, j) -> Float.compare(Math.abs(delta[j]), Math.abs(delta[i])));
        for (int i = (int) (density * x.length); i < x.length; i++) {
            delta[order[i]] = 0;
        }
        return delta;
    }

    @Test
    void tiesKeepsExactlyItsShareAmongManyEqualValues() throws IOException {
        // Differences of bfloat16 numbers lie on a coarse grid: most are equal to many others.
        var recipe = recipe(MergeMethod.TIES, Map.of("half", Map.of("weight", 1.0, "density", 0.25)), 0);
        float[] merged = floats(merge(recipe, 2, true), EMBED);
        float[] base = VALUES.get("base").get(EMBED);
        float[] expected = trim(VALUES.get("half").get(EMBED), base, 0.25);
        for (int i = 0; i < base.length; i++) {
            assertThat(merged[i]).isEqualTo(base[i] + expected[i]);
        }
    }

    @Test
    void dareDropsAtRandomAndRescalesByDensity() throws IOException {
        double density = 0.4;
        var recipe = recipe(MergeMethod.DARE_LINEAR, Map.of("a", Map.of("weight", 1.0, "density", density)), 0);
        float[] merged = floats(merge(recipe, 2, true), EMBED);
        float[] base = VALUES.get("base").get(EMBED);
        float[] a = VALUES.get("a").get(EMBED);
        int kept = 0;
        for (int i = 0; i < base.length; i++) {
            float delta = (a[i] - base[i]) * (float) (1 / density);
            if (merged[i] != base[i]) {
                assertThat(merged[i]).isEqualTo(base[i] + delta);
                kept++;
            }
        }
        double deviation = Math.sqrt(base.length * density * (1 - density));
        assertThat((double) kept).isCloseTo(density * base.length, within(4.5 * deviation));
    }

    @Test
    void dellaKeepsLargeElementsMoreOften() throws IOException {
        var parameters = Map.of("weight", 1.0, "density", 0.5, "epsilon", 0.4);
        var recipe =
                recipe(MergeMethod.DELLA_LINEAR, Map.of("a", parameters), 0).withRescale(Rescale.NONE);
        float[] merged = floats(merge(recipe, 3, true), EMBED);
        float[] base = VALUES.get("base").get(EMBED);
        float[] a = VALUES.get("a").get(EMBED);
        double[] kept = new double[4];
        for (int row = 0; row < base.length; row += HIDDEN) {
            int start = row;
            Integer[] order = new Integer[HIDDEN];
            Arrays.setAll(order, i -> start + i);
            Arrays.sort(order, java.util.Comparator.comparingDouble(i -> Math.abs(a[i] - base[i])));
            for (int rank = 0; rank < HIDDEN; rank++) {
                int i = order[rank];
                if (merged[i] != base[i]) {
                    assertThat(merged[i]).isEqualTo(base[i] + (a[i] - base[i]));
                    kept[rank * 4 / HIDDEN] += 4.0 / base.length;
                }
            }
        }
        // From 0.1 for the smallest of a row to 0.9 for the largest: 0.2, 0.4, 0.6, 0.8 by quarters.
        for (int quarter = 0; quarter < 4; quarter++) {
            assertThat(kept[quarter]).isCloseTo(0.2 + 0.2 * quarter, within(0.02));
        }
    }

    @Test
    void dareCanKeepTheL1Norm() throws IOException {
        var recipe = recipe(MergeMethod.DARE_LINEAR, Map.of("a", Map.of("weight", 1.0, "density", 0.3)), 0)
                .withRescale(Rescale.L1_NORM);
        float[] merged = floats(merge(recipe, 2, true), EMBED);
        float[] base = VALUES.get("base").get(EMBED);
        float[] a = VALUES.get("a").get(EMBED);
        double before = 0;
        double after = 0;
        for (int i = 0; i < base.length; i++) {
            before += Math.abs(a[i] - base[i]);
            after += Math.abs(merged[i] - base[i]);
        }
        assertThat(after / before).isCloseTo(1, within(1e-4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void threadsAndStorageDoNotShowInTheBytes(boolean local) throws IOException {
        var sources = Map.of(
                "a", Map.of("weight", 0.5, "density", 0.4),
                "b", Map.of("weight", 0.7, "density", 0.2),
                "half", Map.of("weight", 0.3, "density", 0.8));
        for (MergeMethod method : List.of(MergeMethod.TIES, MergeMethod.DARE_TIES, MergeMethod.DELLA)) {
            var one = merge(recipe(method, sources, 1), 1, true);
            var many = merge(recipe(method, sources, 1), 16, local);
            one.forEach((tensor, bytes) ->
                    assertThat(bytes.mismatch(many.get(tensor))).as(tensor).isEqualTo(-1));
        }
    }

    @Test
    void slicesNumberLayersAnew() throws IOException {
        var recipe = new WeightMerge(
                MergeMethod.PASSTHROUGH,
                Optional.empty(),
                List.of(slice("a", 0, 2), slice("b", 1, 3)),
                Map.of(),
                Optional.empty(),
                0);
        var merged = merge(recipe, 2, true);
        assertThat(floats(merged, "model.layers.3.mlp.up_proj.weight"))
                .isEqualTo(VALUES.get("b").get("model.layers.2.mlp.up_proj.weight"));
        assertThat(floats(merged, EMBED)).isEqualTo(VALUES.get("a").get(EMBED));
        assertThat(floats(merged, "model.norm.weight"))
                .isEqualTo(VALUES.get("b").get("model.norm.weight"));
    }

    private static Slice slice(String model, int from, int to) {
        return new Slice(List.of(new Source(model, Optional.of(new LayerRange(from, to)), Map.of())), Map.of());
    }

    @Test
    void saysEverythingThatDoesNotFit() throws IOException {
        TestModels.write(
                folder.resolve("wide"),
                TestModels.llama(DType.F32, LAYERS, 64, 600, true),
                TestModels.config(LAYERS, 64, 600, true),
                1,
                Map.of());
        var recipe = recipe(MergeMethod.TIES, Map.of("wide", Map.of("weight", 1.0), "a", Map.of()), 0);
        assertThatThrownBy(() -> merge(recipe, 1, true))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(
                        "wide: model.embed_tokens.weight: found F32[600, 64], expected the shape [600, 96] of base")
                .hasMessageContaining("wide: model.norm.weight: found F32[64]")
                .satisfies(e -> assertThat(((MergeException) e).problems()).hasSizeGreaterThan(10));
        var unweighted = recipe(MergeMethod.TIES, Map.of("a", Map.of()), 0);
        assertThatThrownBy(() -> merge(unweighted, 1, true))
                .hasMessageContaining("a: model.norm.weight: found no weight");
    }

    @Test
    void refusesNotANumber() throws IOException {
        var infos = TestModels.llama(DType.F32, LAYERS, HIDDEN, 600, true);
        var poisoned = new HashMap<String, float[]>();
        VALUES.get("base").forEach((name, values) -> poisoned.put(name, values.clone()));
        poisoned.get(UP)[77] = Float.NaN;
        poisoned.get(UP)[5000] = Float.NEGATIVE_INFINITY;
        TestModels.write(folder.resolve("poisoned"), infos, TestModels.config(LAYERS, HIDDEN, 600, true), 4, poisoned);
        var recipe = recipe(MergeMethod.TASK_ARITHMETIC, Map.of("poisoned", Map.of("weight", 1.0)), 0);
        assertThatThrownBy(() -> merge(recipe, 2, true))
                .isInstanceOf(NotFiniteException.class)
                .hasMessageContaining("poisoned: " + UP + ": found 2 of 27648 elements");
    }
}
