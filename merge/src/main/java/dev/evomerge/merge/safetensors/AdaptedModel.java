package dev.evomerge.merge.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model with a LoRA adapter (arXiv 2106.09685) in PEFT's layout added to its weights as they are loaded: W + s·B·A in 32 bits, in the type
 * of W, where s is α/r, or α/√r for rank-stabilised adapters. Adapters that do more than this are refused.
 */
public final class AdaptedModel implements TensorSource, AutoCloseable {

    private static final String PREFIX = "base_model.model.";
    private static final String DOWN = ".lora_A.weight";
    private static final String UP = ".lora_B.weight";

    private final TensorSource base;
    private final Checkpoint adapter;
    private final Map<String, String> stems;
    private final double alpha;
    private final boolean stabilised;

    private AdaptedModel(TensorSource base, Checkpoint adapter, Map<String, String> stems) {
        this.base = base;
        this.adapter = adapter;
        this.stems = stems;
        this.alpha = adapter.config().path("lora_alpha").asDouble();
        this.stabilised = adapter.config().path("use_rslora").asBoolean(false);
    }

    /**
     * Opens an adapter.
     *
     * @param base stays open while this is used, and the caller closes it; so does {@code storage}
     * @throws InvalidModelException if the adapter is not whole, does not fit the model or is of a kind that is not supported
     */
    public static AdaptedModel open(TensorSource base, Storage storage, String folder) throws IOException {
        Checkpoint adapter = Checkpoint.openAdapter(storage, folder);
        var problems = new ArrayList<String>();
        checkConfig(adapter, problems);
        var stems = new TreeMap<String, String>();
        for (String name : adapter.tensors().keySet()) {
            boolean down = name.endsWith(DOWN);
            if (!name.startsWith(PREFIX) || !(down || name.endsWith(UP))) {
                problems.add(adapter.name() + ": tensor '" + name + "' is not supported, expected " + PREFIX + "…"
                        + DOWN + " or …" + UP);
                continue;
            }
            String stem = name.substring(0, name.length() - (down ? DOWN : UP).length());
            stems.put(stem.substring(PREFIX.length()) + ".weight", stem);
        }
        stems.forEach((tensor, stem) -> checkShapes(base, adapter, tensor, stem, problems));
        if (!problems.isEmpty()) {
            adapter.close();
            throw new InvalidModelException(problems);
        }
        return new AdaptedModel(base, adapter, stems);
    }

    private static void checkConfig(Checkpoint adapter, List<String> problems) {
        JsonNode config = adapter.config();
        String where = adapter.name() + "adapter_config.json: ";
        if (!config.path("peft_type").asText().equals("LORA")) {
            problems.add(where + "peft_type must be LORA, found " + config.path("peft_type"));
        }
        if (!config.path("lora_alpha").isNumber()) {
            problems.add(where + "lora_alpha must be a number, found " + config.path("lora_alpha"));
        }
        for (String key : List.of("use_dora", "fan_in_fan_out", "modules_to_save", "rank_pattern", "alpha_pattern")) {
            JsonNode value = config.path(key);
            boolean off = value.isMissingNode()
                    || value.isNull()
                    || (value.isBoolean() && !value.asBoolean())
                    || (value.isContainerNode() && value.isEmpty());
            if (!off) {
                problems.add(where + key + " is not supported, found " + value);
            }
        }
        if (!config.path("bias").asText("none").equals("none")) {
            problems.add(where + "bias must be none, found " + config.path("bias"));
        }
    }

    private static void checkShapes(
            TensorSource base, Checkpoint adapter, String tensor, String stem, List<String> problems) {
        TensorInfo weight = base.tensors().get(tensor);
        TensorInfo down = adapter.tensors().get(stem + DOWN);
        TensorInfo up = adapter.tensors().get(stem + UP);
        if (weight == null) {
            problems.add(adapter.name() + ": adapts '" + tensor + "', which " + base.name() + " does not have");
        } else if (down == null || up == null) {
            problems.add(adapter.name() + ": '" + stem + "' has only one of its two matrices");
        } else if (weight.shape().size() != 2
                || !down.shape()
                        .equals(List.of(down.shape().getFirst(), weight.shape().get(1)))
                || !up.shape()
                        .equals(List.of(weight.shape().get(0), down.shape().getFirst()))
                || !(weight.dtype().isMergeable()
                        && down.dtype().isMergeable()
                        && up.dtype().isMergeable())) {
            problems.add(adapter.name() + ": '" + stem + "' has A " + down + " and B " + up + ", which do not fit "
                    + weight + " of '" + tensor + "'");
        }
    }

    @Override
    public String name() {
        return base.name() + "+" + adapter.name();
    }

    @Override
    public JsonNode config() {
        return base.config();
    }

    @Override
    public SortedMap<String, TensorInfo> tensors() {
        return base.tensors();
    }

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        return base.file(name);
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) throws IOException {
        String stem = stems.get(tensor);
        if (stem == null) {
            return base.load(tensor, arena);
        }
        TensorInfo info = base.tensors().get(tensor);
        int rows = Math.toIntExact(info.shape().get(0));
        int columns = Math.toIntExact(info.shape().get(1));
        try (Arena scratch = Arena.ofConfined()) {
            float[] down = matrix(stem + DOWN, scratch);
            float[] up = matrix(stem + UP, scratch);
            int rank = down.length / columns;
            float scale = (float) (alpha / (stabilised ? Math.sqrt(rank) : rank));
            MemorySegment weight = base.load(tensor, scratch);
            MemorySegment result = arena.allocate(info.bytes(), 64);
            float[] delta = new float[columns];
            for (int row = 0; row < rows; row++) {
                java.util.Arrays.fill(delta, 0);
                for (int k = 0; k < rank; k++) {
                    float factor = up[row * rank + k];
                    for (int j = 0; j < columns; j++) {
                        delta[j] += factor * down[k * columns + j];
                    }
                }
                long first = (long) row * columns;
                for (int j = 0; j < columns; j++) {
                    float sum = Elements.get(info.dtype(), weight, first + j) + delta[j] * scale;
                    Elements.set(info.dtype(), result, first + j, sum);
                }
            }
            return result;
        }
    }

    private float[] matrix(String tensor, Arena scratch) throws IOException {
        TensorInfo info = adapter.tensors().get(tensor);
        MemorySegment data = adapter.load(tensor, scratch);
        float[] values = new float[Math.toIntExact(info.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = Elements.get(info.dtype(), data, i);
        }
        return values;
    }

    /** Closes the adapter, not the model. */
    @Override
    public void close() {
        adapter.close();
    }
}
