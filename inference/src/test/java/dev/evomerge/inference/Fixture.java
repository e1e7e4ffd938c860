package dev.evomerge.inference;

import dev.evomerge.merge.safetensors.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small model and what transformers computed with it; made by {@code src/test/oracle/fixtures.py}.
 *
 * @param logits of the first prompt, position after position
 * @param greedy    each prompt's answer
 * @param penalised each prompt's answer with a repetition penalty of 1.3
 */
record Fixture(
        LocalModel model,
        List<int[]> prompts,
        float[] logits,
        List<List<Integer>> greedy,
        List<List<Integer>> penalised) {

    static final Path ROOT = Path.of("src/test/resources/fixtures");

    static Fixture read(String name) throws IOException {
        Path folder = ROOT.resolve(name);
        var expected = new LocalModel(folder.resolve("expected.safetensors"));
        var prompts = rows(expected, "prompts").stream()
                .map(row -> Arrays.stream(row).filter(token -> token >= 0).toArray())
                .toList();
        float[] logits = expected.load("logits", Arena.ofAuto())
                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
        boolean borrowed = name.equals("path") || name.equals("hundred");
        Path model = borrowed ? ROOT.resolve("llama") : folder;
        return new Fixture(
                new LocalModel(model.resolve("model.safetensors")),
                prompts,
                logits,
                answers(expected, "greedy"),
                answers(expected, "penalised"));
    }

    /** Answers of a fixture by another name than those that all have. */
    static List<List<Integer>> answers(String name, String tensor) throws IOException {
        return answers(new LocalModel(ROOT.resolve(name).resolve("expected.safetensors")), tensor);
    }

    private static List<List<Integer>> answers(LocalModel file, String tensor) {
        return file.tensors().containsKey(tensor)
                ? rows(file, tensor).stream()
                        .map(row -> Arrays.stream(row)
                                .filter(token -> token >= 0)
                                .boxed()
                                .toList())
                        .toList()
                : List.of();
    }

    private static List<int[]> rows(LocalModel file, String tensor) {
        MemorySegment data = file.load(tensor, Arena.ofAuto());
        long[] numbers = data.toArray(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
        int columns = (int) file.tensors().get(tensor).rowLength();
        var rows = new ArrayList<int[]>();
        for (int start = 0; start < numbers.length; start += columns) {
            rows.add(Arrays.stream(numbers, start, start + columns)
                    .mapToInt(Math::toIntExact)
                    .toArray());
        }
        return rows;
    }

    ResidentModel load(DType dtype) throws IOException {
        return ResidentModel.load(model, dtype);
    }
}
