import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.ModelWriter;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * Merging in a JVM that is warm: medians of 7 runs after 5 others (to disk only: of 3 after 2), in GB/s of bytes read and written.
 *
 * <p>{@code java -cp … Warm.java MODELS OUT THREADS WHAT…}, where WHAT is a recipe (in memory and to disk), {@code disk=} and a recipe,
 * {@code cp} of one model, or a {@code triad} (a = b + s·c on float arrays) on the same threads.
 */
public class Warm {

    public static void main(String[] arguments) throws Exception {
        String models = arguments[0];
        Path out = Path.of(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        for (int i = 3; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "cp" -> copy(models + "/m0/model.safetensors", out.resolveSibling("copy.safetensors"));
                case "triad" -> triad(threads);
                default -> {
                    boolean diskOnly = arguments[i].startsWith("disk=");
                    recipe(models, out, threads, Path.of(arguments[i].substring(diskOnly ? 5 : 0)), diskOnly);
                }
            }
        }
    }

    private static void copy(String file, Path copy) throws Exception {
        report("cp of one model", 2 * Files.size(Path.of(file)), 5, 7, () -> new ProcessBuilder("cp", file, copy.toString())
                .inheritIO()
                .start()
                .waitFor());
        Files.delete(copy);
    }

    private static void recipe(String folder, Path out, int threads, Path file, boolean diskOnly) throws Exception {
        var recipe = (WeightMerge) RecipeFormat.parse(Files.readString(file));
        var models = new HashMap<String, Checkpoint>();
        var access = new StorageAccess(Map.of());
        for (String name : recipe.models()) {
            var storage = Storages.open(StorageUri.parse("file://" + folder + "/" + name), access);
            models.put(name, Checkpoint.open(storage, ""));
        }
        String name = file.getFileName().toString().replace(".yml", "") + ", " + threads + " threads, ";
        var target = Storages.open(StorageUri.parse("file://" + out.toAbsolutePath()), access);
        try (var merger = new CandidateMerger(models, threads);
                Arena arena = Arena.ofShared()) {
            long bytes = merger.tensors(recipe).values().stream().mapToLong(TensorInfo::bytes).sum();
            long moved = bytes * (recipe.models().size() + 1);
            if (!diskOnly) {
                var memory = new HashMap<String, MemorySegment>();
                report(name + "in memory", moved, 5, 7, () -> {
                    merger.merge(recipe, (tensor, dtype, shape) ->
                            memory.computeIfAbsent(tensor, t -> arena.allocate(TensorInfo.of(dtype, shape).bytes(), 64)));
                    return 0;
                });
            }
            var options = new ModelWriter.Options(threads, 5_000_000_000L, true, false, Map.of(), Map.of());
            report(name + "to disk", moved, diskOnly ? 2 : 5, diskOnly ? 3 : 7, () ->
                    ModelWriter.write(recipe, models, target, "", options));
        }
        models.values().forEach(Checkpoint::close);
    }

    private static void triad(int threads) throws Exception {
        int n = 1 << 25;
        float[][] a = new float[threads][n];
        float[][] b = new float[threads][n];
        float[][] c = new float[threads][n];
        report("triad, " + threads + " threads", 12L * n * threads, 5, 7, () -> {
            IntStream.range(0, threads).parallel().forEach(t -> add(a[t], b[t], c[t]));
            return 0;
        });
    }

    private static void add(float[] a, float[] b, float[] c) {
        for (int i = 0; i < a.length; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }

    private static void report(String what, long bytes, int before, int runs, Callable<?> run) throws Exception {
        var seconds = new ArrayList<Double>();
        for (int i = 0; i < before + runs; i++) {
            long start = System.nanoTime();
            run.call();
            if (i >= before) {
                seconds.add((System.nanoTime() - start) / 1e9);
            }
        }
        Collections.sort(seconds);
        double median = seconds.get(seconds.size() / 2);
        System.out.printf("| %s | %.3f s | %.1f GB/s | %.3f–%.3f |%n", what, median, bytes / median / 1e9,
                seconds.getFirst(), seconds.getLast());
    }
}
