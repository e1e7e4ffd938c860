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
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * Merging in a JVM that is warm, in GB/s of bytes read and written: medians of 9 runs after 5 others (to disk only: of 3 after 1).
 *
 * <p>{@code java -cp … Warm.java MODELS OUT THREADS WHAT…}, where WHAT is a recipe, or {@code disk=} and a recipe. A recipe is carried out in
 * memory, in alternation with a triad (a = b + s·c on float arrays) on the same threads, and to disk, in alternation with {@code cp} of one
 * model; the last column is the median of the ratios of neighbours.
 */
public class Warm {

    public static void main(String[] arguments) throws Exception {
        String models = arguments[0];
        Path out = Path.of(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        for (int i = 3; i < arguments.length; i++) {
            boolean diskOnly = arguments[i].startsWith("disk=");
            recipe(models, out, threads, Path.of(arguments[i].substring(diskOnly ? 5 : 0)), diskOnly);
        }
    }

    /** What is timed, and how many bytes it moves. */
    private record Work(String name, long bytes, Callable<?> run) {}

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
                alternate(5, 9, triad(threads), new Work(name + "in memory", moved, () -> {
                    merger.merge(recipe, (tensor, dtype, shape) ->
                            memory.computeIfAbsent(tensor, t -> arena.allocate(TensorInfo.of(dtype, shape).bytes(), 64)));
                    return 0;
                }));
            }
            var options = new ModelWriter.Options(threads, 5_000_000_000L, true, false, Map.of(), Map.of());
            var write = new Work(name + "to disk", moved, () -> ModelWriter.write(recipe, models, target, "", options));
            if (diskOnly) {
                double[] rates = new double[3];
                rate(write);
                for (int i = 0; i < rates.length; i++) {
                    rates[i] = rate(write);
                }
                print(write, rates, "");
            } else {
                Path copy = out.resolveSibling("copy.safetensors");
                alternate(5, 9, copy(Path.of(folder, recipe.models().first(), "model.safetensors"), copy), write);
                Files.delete(copy);
            }
        }
        models.values().forEach(Checkpoint::close);
    }

    private static Work copy(Path file, Path copy) throws Exception {
        return new Work("cp of one model", 2 * Files.size(file), () -> new ProcessBuilder("cp", file.toString(), copy.toString())
                .inheritIO()
                .start()
                .waitFor());
    }

    private static Work triad(int threads) {
        int n = 1 << 25;
        float[][] a = new float[threads][n];
        float[][] b = new float[threads][n];
        float[][] c = new float[threads][n];
        return new Work("triad, " + threads + " threads", 12L * n * threads, () -> {
            IntStream.range(0, threads).parallel().forEach(t -> add(a[t], b[t], c[t]));
            return 0;
        });
    }

    private static void add(float[] a, float[] b, float[] c) {
        for (int i = 0; i < a.length; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }

    private static void alternate(int before, int runs, Work reference, Work work) throws Exception {
        double[] theirs = new double[runs];
        double[] ours = new double[runs];
        double[] ratios = new double[runs];
        for (int i = -before; i < runs; i++) {
            double beside = rate(reference);
            double rate = rate(work);
            if (i >= 0) {
                theirs[i] = beside;
                ours[i] = rate;
                ratios[i] = rate / beside;
            }
        }
        print(reference, theirs, "");
        Arrays.sort(ratios);
        print(work, ours, String.format("%.2f (%.2f–%.2f)", ratios[runs / 2], ratios[0], ratios[runs - 1]));
    }

    /** GB/s of one run. */
    private static double rate(Work work) throws Exception {
        long start = System.nanoTime();
        work.run().call();
        return work.bytes() / (double) (System.nanoTime() - start);
    }

    private static void print(Work work, double[] rates, String ratio) {
        Arrays.sort(rates);
        double median = rates[rates.length / 2];
        System.out.printf("| %s | %.3f s | %.1f GB/s (%.1f–%.1f) | %s |%n", work.name(), work.bytes() / median / 1e9, median,
                rates[0], rates[rates.length - 1], ratio);
    }
}
