package dev.evomerge.inference;

import ai.djl.Device;
import dev.evomerge.inference.cpu.CpuWeights;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.ProgramSource;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.model.WeightLayout;
import dev.evomerge.inference.torch.Program;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.inference.torch.Value;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A model's weights in native memory, in their checkpoint's layout. As a {@link TensorSink} it hands out the very memory that a merge writes; nothing is
 * reloaded. What runs is a copy: on a CPU one that oneDNN laid out for the processor's caches, or one on the GPU where there is one, or on several, layer
 * after layer, where one is too small. It is made anew before the next run.
 *
 * <p>Write and run in turn, not at the same time. The memory is freed by {@link #close()}, after every model that runs it.
 */
public final class ResidentModel implements TensorSink, AutoCloseable {

    private static final int ALIGNMENT = 64;

    /** Bytes of a layer's weights from which on more than one thread pays. */
    private static final long SMALL_LAYER = 1 << 20;

    private final String name;
    private final ModelConfig config;
    private final WeightLayout layout;
    private final DType dtype;
    private final Memory memory;
    private final boolean ownsMemory;
    private final List<Device> devices;
    private final OptionalInt threads;
    private CpuWeights cpuWeights;
    private Value plain;
    private Value copy;
    private long copyVersion;

    /** The memory that is written, and how often it was. */
    private static final class Memory {
        final Arena arena = Arena.ofShared();
        final List<MemorySegment> buffers;
        MemorySegment unused = MemorySegment.NULL;
        long version;

        Memory(WeightLayout layout, DType dtype) {
            buffers = layout.buffers().stream()
                    .map(buffer -> arena.allocate(buffer.elements() * dtype.bytes(), ALIGNMENT))
                    .toList();
        }
    }

    private ResidentModel(String name, ModelConfig config, DType dtype, List<Device> devices, OptionalInt threads) {
        this.name = name;
        this.config = config;
        this.dtype = dtype;
        this.layout = WeightLayout.of(config);
        this.memory = new Memory(layout, dtype);
        this.ownsMemory = true;
        this.devices = List.copyOf(devices);
        this.threads = threads;
    }

    private ResidentModel(ResidentModel written, List<Device> devices) {
        this.name = written.name;
        this.config = written.config;
        this.dtype = written.dtype;
        this.layout = written.layout;
        this.memory = written.memory;
        this.ownsMemory = false;
        this.devices = List.copyOf(devices);
        this.threads = written.threads;
    }

    /**
     * Memory for a model of a source's shape, all zero; no weights are read.
     *
     * @param dtype the element type that it runs in: F32, BF16 or F16
     * @throws UnsupportedModelException if the architecture, or something in its configuration, is not one of those that run here
     * @throws IOException               if the source's generation_config.json cannot be read
     */
    public static ResidentModel allocate(TensorSource source, DType dtype) throws IOException {
        ModelConfig config = config(source, dtype);
        return new ResidentModel(source.name(), config, dtype, devicesFor(config, dtype), OptionalInt.empty());
    }

    private static List<Device> devicesFor(ModelConfig config, DType dtype) {
        long elements = WeightLayout.of(config).buffers().stream()
                .mapToLong(WeightLayout.Buffer::elements)
                .sum();
        return Torch.groups(elements * dtype.bytes()).getFirst();
    }

    private static ModelConfig config(TensorSource source, DType dtype) throws IOException {
        if (!dtype.isMergeable()) {
            throw new UnsupportedModelException(source.name() + ": models run in F32, BF16 or F16, not in " + dtype);
        }
        return ModelConfig.read(source.name(), source.config(), source.file("generation_config.json"));
    }

    /**
     * A model with its weights.
     *
     * @param dtype the element type that it runs in; weights of another floating-point type are converted
     * @throws InvalidModelException     if tensors are missing, unknown or of another shape; it lists them all
     * @throws UnsupportedModelException as {@link #allocate} does
     */
    public static ResidentModel load(TensorSource source, DType dtype) throws IOException {
        return filled(allocate(source, dtype), source);
    }

    /**
     * A model with its weights, run on devices of the caller's choice.
     *
     * @param devices of {@link Torch#devices()}; equal runs of layers lie on each, what comes before and after them on the first
     */
    public static ResidentModel load(TensorSource source, DType dtype, List<Device> devices) throws IOException {
        return filled(
                new ResidentModel(source.name(), config(source, dtype), dtype, devices, OptionalInt.empty()), source);
    }

    /** A model that so many threads on the CPU run. */
    static ResidentModel load(TensorSource source, DType dtype, int threads) throws IOException {
        var cpu = List.of(Device.cpu());
        return filled(
                new ResidentModel(source.name(), config(source, dtype), dtype, cpu, OptionalInt.of(threads)), source);
    }

    /**
     * The same weights, run on other devices: the memory that is written stays this model's, the copy that runs there is its own. Models that share
     * memory may run at the same time, while nobody writes. To be closed before this one.
     *
     * @param devices as in {@link #load(TensorSource, DType, List)}
     */
    public ResidentModel on(List<Device> devices) {
        return new ResidentModel(this, devices);
    }

    private static ResidentModel filled(ResidentModel model, TensorSource source) throws IOException {
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
        memory.version++;
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
        return segment(slot);
    }

    /**
     * A tensor as it lies here, to be read.
     *
     * @return its elements in row-major order; empty if the model has no such tensor, or does not use it
     */
    public Optional<MemorySegment> data(String tensor) {
        return Optional.ofNullable(layout.slots().get(tensor)).map(this::segment);
    }

    private MemorySegment segment(WeightLayout.Slot slot) {
        return memory.buffers
                .get(slot.buffer())
                .asSlice(slot.offset() * dtype.bytes(), slot.elements() * dtype.bytes());
    }

    /** Where a tensor that is not used goes. */
    private MemorySegment unused(long bytes) {
        if (memory.unused.byteSize() < bytes) {
            memory.unused = memory.arena.allocate(bytes, ALIGNMENT);
        }
        return memory.unused.asSlice(0, bytes);
    }

    /** Where it runs: layer l of n on the device l·size/n of these. */
    public List<Device> devices() {
        return devices;
    }

    /** Whether it runs from a copy of its weights elsewhere than in the memory that is written. */
    private boolean isElsewhere() {
        return devices.size() > 1 || devices.getFirst().isGpu();
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
        return memory.buffers.stream().mapToLong(MemorySegment::byteSize).sum();
    }

    /** Counts what was written: a model that runs looks whether it has changed. */
    long version() {
        return memory.version;
    }

    /** Whether kernels for CPUs run it, from copies that {@link #cpuWeights} makes; otherwise a {@link #program} does. */
    boolean runsOnCpuKernels() {
        return !isElsewhere() && OneDnn.runs(dtype);
    }

    /** So many threads as there may be; one for a small model, whose layers are computed in the time that threads take to meet. */
    private int fittingThreads() {
        boolean small = bytes() / config.layers().size() < SMALL_LAYER;
        return small ? 1 : Math.min(Torch.threads(), Runtime.getRuntime().availableProcessors());
    }

    /** The weights as kernels for CPUs take them; copied anew if weights have been written since they were. */
    CpuWeights cpuWeights() {
        if (cpuWeights == null) {
            cpuWeights = new CpuWeights(config, layout, memory.buffers, dtype, threads.orElseGet(this::fittingThreads));
        } else if (copyVersion != memory.version) {
            cpuWeights.refresh();
        }
        copyVersion = memory.version;
        return cpuWeights;
    }

    /** The program that runs models of this kind. */
    Program program() {
        return Program.of(ProgramSource.of(config, Torch.scalarType(dtype)));
    }

    /** The tensors that a program takes; copied to the GPU anew if weights have been written since they were. */
    Value tensors() {
        if (plain == null) {
            plain = Value.tensorsOver(blobs());
        }
        if (!isElsewhere()) {
            return plain;
        }
        if (copy == null || copyVersion != memory.version) {
            closeCopy();
            copy = placed();
            copyVersion = memory.version;
        }
        return copy;
    }

    private Value placed() {
        String places = IntStream.range(0, memory.buffers.size())
                .mapToObj(buffer -> devices.get(deviceOf(buffer)))
                .map(device -> device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu")
                .collect(Collectors.joining(","));
        try (Value where = Value.of(places)) {
            return program().call("place", plain, where);
        }
    }

    private int deviceOf(int buffer) {
        int layers = config.layers().size();
        int layer = (buffer - layout.layer(0).getFirst()) / layout.layerBuffers();
        return buffer < layout.layer(0).getFirst() ? 0 : layer * devices.size() / layers;
    }

    /** Which of {@link #tensors()} come first in a program's list of weights. */
    List<Integer> globals() {
        return layout.globals();
    }

    /** Which of {@link #tensors()} are a layer's. */
    List<Integer> layer(int layer) {
        return layout.layer(layer);
    }

    private List<Blob> blobs() {
        var blobs = new ArrayList<Blob>();
        for (int i = 0; i < memory.buffers.size(); i++) {
            List<Long> shape = layout.buffers().get(i).shape();
            blobs.add(new Blob(
                    memory.buffers.get(i),
                    dtype,
                    shape.stream().mapToLong(Long::longValue).toArray()));
        }
        return blobs;
    }

    private void closeCopy() {
        if (copy != null) {
            copy.close();
            copy = null;
        }
    }

    /** Frees the memory, or, of a model on other devices, the copy there; no model may run it any more. */
    @Override
    public void close() {
        closeCopy();
        if (cpuWeights != null) {
            cpuWeights.close();
        }
        if (plain != null) {
            plain.close();
        }
        if (ownsMemory) {
            memory.arena.close();
        }
    }
}
