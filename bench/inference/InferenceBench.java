import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The engine's side of bench/inference: {@code MODEL DTYPE THREADS CASE...}; one line "case value unit" per result. */
final class InferenceBench {

    private static int vocabulary;

    public static void main(String[] arguments) throws Exception {
        DType dtype = DType.valueOf(arguments[1]);
        Torch.setThreads(Integer.parseInt(arguments[2]));
        String uri = Path.of(arguments[0]).toAbsolutePath().toUri().toString();
        try (var storage = Storages.open(StorageUri.parse(uri), new StorageAccess(Map.of()));
                var checkpoint = Checkpoint.open(storage, "");
                var weights = ResidentModel.load(checkpoint, dtype);
                var model = CausalModel.of(weights)) {
            vocabulary = model.config().vocabulary();
            for (int i = 3; i < arguments.length; i++) {
                String[] parts = arguments[i].split(":");
                switch (parts[0]) {
                    case "decode" -> decode(arguments[i], model, number(parts[1]), number(parts[2]), number(parts[3]));
                    case "task" -> task(arguments[i], model, number(parts[1]), number(parts[2]));
                    case "switch" -> exchange(weights, checkpoint, model);
                    case "path" -> path(weights, model, number(parts[1]), number(parts[2]), number(parts[3]));
                    case "first" -> first(model);
                    default -> throw new IllegalArgumentException(arguments[i]);
                }
            }
        }
    }

    /** Nanoseconds on the wall, or of this process's processor time where others load the machine: BENCH_CLOCK=cpu. */
    private static long clock() {
        return "cpu".equals(System.getenv("BENCH_CLOCK"))
                ? ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime()
                : System.nanoTime();
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    /** The same numbers as peer.py's: a linear congruential generator. */
    private static int[] prompt(int length, int seed) {
        var tokens = new int[length];
        long state = seed;
        for (int i = 0; i < length; i++) {
            state = (state * 1103515245L + 12345) & 0x7fffffffL;
            tokens[i] = (int) (3 + (state >> 8) % (vocabulary - 3));
        }
        return tokens;
    }

    private static double seconds(CausalModel model, List<int[]> prompts, int tokens) {
        var options = GenerationOptions.greedy(model, tokens)
                .withEndOfText(List.of())
                .withBatchSize(prompts.size());
        long start = clock();
        new Generator(model).generateTokens(prompts, options);
        return (clock() - start) / 1e9;
    }

    private static void decode(String name, CausalModel model, int batch, int length, int tokens) {
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < batch; i++) {
            prompts.add(prompt(length, i + 1));
        }
        seconds(model, prompts, tokens + 1); // the JVM compiles, torch allocates
        double prefill = seconds(model, prompts, 1);
        double all = seconds(model, prompts, tokens + 1);
        System.out.printf("%s prefill %.1f tokens/s%n", name, batch * length / prefill);
        System.out.printf("%s decode %.1f tokens/s%n", name, batch * tokens / (all - prefill));
    }

    /** Answers that end at one of many tokens, so that their lengths differ. */
    private static void task(String name, CausalModel model, int questions, int limit) {
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < questions; i++) {
            prompts.add(prompt(8 + (i * 37) % 57, i + 1));
        }
        var ends = new ArrayList<Integer>();
        for (int token = 3; token < vocabulary; token += 40) {
            ends.add(token);
        }
        var options = GenerationOptions.greedy(model, limit).withEndOfText(ends);
        new Generator(model).generateTokens(prompts.subList(0, 4), options);
        for (int batch : List.of(64)) {
            long start = clock();
            List<Completion> answers = new Generator(model).generateTokens(prompts, options.withBatchSize(batch));
            double seconds = (clock() - start) / 1e9;
            System.out.printf("%s all %.3f s%n", name, seconds);
            System.out.printf("%s tokens %d tokens%n", name, answers.stream().mapToInt(a -> a.tokens().size()).sum());
        }
    }

    private static void exchange(ResidentModel weights, Checkpoint checkpoint, CausalModel model) throws Exception {
        weights.copyFrom(checkpoint);
        seconds(model, List.of(prompt(4, 1)), 1);
        double step = seconds(model, List.of(prompt(4, 1)), 1);
        long start = clock();
        weights.copyFrom(checkpoint);
        double written = (clock() - start) / 1e9;
        double after = seconds(model, List.of(prompt(4, 1)), 1);
        System.out.printf("switch write %.3f s%n", written);
        System.out.printf("switch pack %.3f s%n", Math.max(0, after - step));
        System.out.printf("switch size %.3f GB%n", weights.bytes() / 1e9);
    }

    /** A path of one and a half times the layers, against the model as it is. */
    private static void path(ResidentModel weights, CausalModel plain, int batch, int length, int tokens) {
        int layers = plain.hops();
        var hops = new ArrayList<Hop>();
        for (int i = 0; i < layers * 3 / 2; i++) {
            hops.add(new Hop("m", i % layers, 0.9));
        }
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < batch; i++) {
            prompts.add(prompt(length, i + 1));
        }
        try (CausalModel path = CausalModel.of(new LayerPath("m", hops), Map.of("m", weights))) {
            seconds(plain, prompts, 2);
            seconds(path, prompts, 2);
            double one = 0;
            double other = 0;
            for (int i = 0; i < 3; i++) {
                one += seconds(plain, prompts, tokens);
                other += seconds(path, prompts, tokens);
            }
            System.out.printf("path ratio %.2f ×%n", other / one);
        }
    }

    private static void first(CausalModel model) {
        seconds(model, List.of(prompt(16, 1)), 1);
        var started = ProcessHandle.current().info().startInstant().orElseThrow();
        System.out.printf("first token %.2f s%n", (System.currentTimeMillis() - started.toEpochMilli()) / 1e3);
    }
}
