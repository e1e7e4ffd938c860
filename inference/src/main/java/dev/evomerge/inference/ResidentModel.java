package dev.evomerge.inference;

import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.model.WeightLayout;
import dev.evomerge.inference.torch.Value.Blob;
import dev.evomerge.merge.TensorSink;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A model's weights in native memory, laid out as the programs that run it want them. As a {@link TensorSink} it hands out the very memory that
 * runs: what a merge writes there is in effect at once, nothing is reloaded or copied.
 *
 * <p>Write and run in turn, not at the same time. The memory is freed by {@link #close()}, after every model that runs it.
 */
public final class ResidentModel implements TensorSink, AutoCloseable {

    private static final int ALIGNMENT = 64;

    private final String name;
    private final ModelConfig config;
    private final WeightLayout layout;
    private final DType dtype;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> buffers = new ArrayList<>();
    private MemorySegment unused = MemorySegment.NULL;

    private ResidentModel(String name, ModelConfig config, DType dtype) {
        this.name = name;
        this.config = config;
        this.dtype = dtype;
        this.layout = WeightLayout.of(config);
        for (WeightLayout.Buffer buffer : layout.buffers()) {
            buffers.add(arena.allocate(buffer.elements() * dtype.bytes(), ALIGNMENT));
        }
    }

    /**
     * Memory for a model of a source's shape, all zero; no weights are read.
     *
     * @param dtype the element type that it runs in: F32, BF16 or F16
     * @throws UnsupportedModelException if the architecture, or something in its configuration, is not one of those that run here
     * @throws IOException               if the source's generation_config.json cannot be read
     */
    public static ResidentModel allocate(TensorSource source, DType dtype) throws IOException {
        if (!dtype.isMergeable()) {
            throw new UnsupportedModelException(source.name() + ": models run in F32, BF16 or F16, not in " + dtype);
        }
        ModelConfig config = ModelConfig.read(source.name(), source.config(), source.file("generation_config.json"));
        return new ResidentModel(source.name(), config, dtype);
    }

    /**
     * A model with its weights.
     *
     * @param dtype the element type that it runs in; weights of another floating-point type are converted
     * @throws InvalidModelException     if tensors are missing, unknown or of another shape; it lists them all
     * @throws UnsupportedModelException as {@link #allocate} does
     */
    public static ResidentModel load(TensorSource source, DType dtype) throws IOException {
        ResidentModel model = allocate(source, dtype);
        try {
            model.copyFrom(source);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Replaces the weights by those of another model of the same shape.
     *
     * @throws InvalidModelException if tensors are missing, unknown or of another shape; it lists them all
     */
    public void copyFrom(TensorSource source) throws IOException {
        List<String> problems = problems(source);
        if (!problems.isEmpty()) {
            throw new InvalidModelException(problems);
        }
        for (String tensor : layout.slots().keySet()) {
            TensorInfo info = source.tensors().get(tensor);
            try (Arena scratch = Arena.ofShared()) {
                MemorySegment target = target(tensor, dtype, info.shapeArray());
                Conversion.copy(source.load(tensor, scratch), info.dtype(), target, dtype);
            }
        }
    }

    private List<String> problems(TensorSource source) {
        var problems = new ArrayList<String>();
        layout.slots().forEach((tensor, slot) -> {
            TensorInfo found = source.tensors().get(tensor);
            if (found == null) {
                problems.add(
                        source.name() + ": tensor '" + tensor + "' is missing, expected one of shape " + slot.shape());
            } else if (!found.shape().equals(slot.shape())) {
                problems.add(source.name() + ": tensor '" + tensor + "' has the shape " + found.shape() + ", expected "
                        + slot.shape());
            } else if (!found.dtype().isMergeable()) {
                problems.add(source.name() + ": tensor '" + tensor + "' is " + found.dtype()
                        + ", expected F32, BF16 or F16");
            }
        });
        for (String tensor : source.tensors().keySet()) {
            if (!layout.slots().containsKey(tensor) && !layout.ignores(tensor)) {
                problems.add(source.name() + ": tensor '" + tensor + "' is not one of a " + config.architecture());
            }
        }
        problems.sort(null);
        return problems;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the model has no such tensor, or it is of another shape or type
     */
    @Override
    public MemorySegment target(String tensor, DType type, long[] shape) {
        WeightLayout.Slot slot = layout.slots().get(tensor);
        if (slot == null) {
            if (layout.ignores(tensor)) {
                return unused(type.bytes() * Arrays.stream(shape).reduce(1, Math::multiplyExact));
            }
            throw new IllegalArgumentException(
                    name + ": a " + config.architecture() + " has no tensor '" + tensor + "'");
        }
        List<Long> found = Arrays.stream(shape).boxed().toList();
        if (!found.equals(slot.shape()) || type != dtype) {
            throw new IllegalArgumentException(
                    name + ": tensor '" + tensor + "' is " + type + found + ", expected " + dtype + slot.shape());
        }
        return buffers.get(slot.buffer()).asSlice(slot.offset() * dtype.bytes(), slot.elements() * dtype.bytes());
    }

    /** Where a tensor that is not used goes. */
    private MemorySegment unused(long bytes) {
        if (unused.byteSize() < bytes) {
            unused = arena.allocate(bytes, ALIGNMENT);
        }
        return unused.asSlice(0, bytes);
    }

    /** What it is called in messages. */
    public String name() {
        return name;
    }

    public ModelConfig config() {
        return config;
    }

    /** The element type that it runs in. */
    public DType dtype() {
        return dtype;
    }

    /** The size of the weights. */
    public long bytes() {
        return buffers.stream().mapToLong(MemorySegment::byteSize).sum();
    }

    List<Blob> globals() {
        return blobs(layout.globals());
    }

    List<Blob> layer(int layer) {
        return blobs(layout.layer(layer));
    }

    private List<Blob> blobs(List<Integer> indices) {
        return indices.stream()
                .map(i -> new Blob(
                        buffers.get(i),
                        dtype,
                        layout.buffers().get(i).shape().stream()
                                .mapToLong(Long::longValue)
                                .toArray()))
                .toList();
    }

    /** Frees the memory; no model may run it any more. */
    @Override
    public void close() {
        arena.close();
    }
}
