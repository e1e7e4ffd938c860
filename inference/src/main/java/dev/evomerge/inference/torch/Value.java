package dev.evomerge.inference.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** An argument or a result of a {@link Program}. Holds native memory until it is closed. */
public final class Value implements AutoCloseable {

    private final IValue ivalue;
    private final Arena memory;

    Value(IValue ivalue) {
        this(ivalue, Arena.global());
    }

    /** A value over memory that is its own. */
    private Value(IValue ivalue, Arena memory) {
        this.ivalue = ivalue;
        this.memory = memory;
    }

    IValue ivalue() {
        return ivalue;
    }

    public static Value of(long number) {
        return new Value(IValue.from(number));
    }

    public static Value of(double number) {
        return new Value(IValue.from(number));
    }

    public static Value of(boolean flag) {
        return new Value(IValue.from(flag));
    }

    public static Value of(String text) {
        return new Value(IValue.from(text));
    }

    /** A {@code List[int]}. */
    public static Value ofLongs(long... numbers) {
        return new Value(IValue.listFrom(numbers));
    }

    /** A {@code List[float]}. */
    public static Value ofDoubles(double... numbers) {
        return new Value(IValue.listFrom(numbers));
    }

    /** A tensor of 64-bit integers with a copy of the numbers; closed by the thread that made it. */
    public static Value tensor(long[] numbers, long... shape) {
        Arena arena = Arena.ofConfined();
        return tensor(arena, arena.allocateFrom(ValueLayout.JAVA_LONG, numbers), DType.I64, shape);
    }

    /** A float32 tensor with a copy of the numbers; closed by the thread that made it. */
    public static Value tensor(float[] numbers, long... shape) {
        Arena arena = Arena.ofConfined();
        return tensor(arena, arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers), DType.F32, shape);
    }

    /** A tensor of truth values with a copy of them; closed by the thread that made it. */
    public static Value tensor(boolean[] flags, long... shape) {
        Arena arena = Arena.ofConfined();
        MemorySegment memory = arena.allocate(flags.length);
        for (int i = 0; i < flags.length; i++) {
            memory.set(ValueLayout.JAVA_BOOLEAN, i, flags[i]);
        }
        return tensor(arena, memory, DType.BOOL, shape);
    }

    // DJL's own tensors of Java arrays lie in buffers that the garbage collector frees under a running program.
    private static Value tensor(Arena arena, MemorySegment memory, DType dtype, long... shape) {
        try (PtNDManager manager = Torch.newManager()) {
            var array = new PtNDArray(manager, Torch.tensorOver(memory, dtype, shape));
            return new Value(IValue.from(array), arena);
        }
    }

    /** A tensor's memory (which stays Java's), type and shape. */
    public record Blob(MemorySegment memory, DType dtype, long... shape) {}

    /** A tensor over memory that the caller keeps alive until the value is closed. */
    public static Value tensorOver(Blob blob) {
        try (PtNDManager manager = Torch.newManager()) {
            return new Value(
                    IValue.from(new PtNDArray(manager, Torch.tensorOver(blob.memory(), blob.dtype(), blob.shape()))));
        }
    }

    /** A {@code List[Tensor]} over memory that the caller keeps alive until the list is closed; writes to it are seen by programs. */
    public static Value tensorsOver(List<Blob> blobs) {
        try (PtNDManager manager = Torch.newManager()) {
            var arrays = blobs.stream()
                    .map(blob -> new PtNDArray(manager, Torch.tensorOver(blob.memory(), blob.dtype(), blob.shape())))
                    .toArray(PtNDArray[]::new);
            return new Value(IValue.listFrom(arrays));
        }
    }

    /** A {@code List[Tensor]} with the tensors of others. */
    public static Value tensors(List<Value> tensors) {
        try (PtNDManager manager = Torch.newManager()) {
            return new Value(IValue.listFrom(tensors.stream()
                    .map(value -> value.ivalue.toTensor(manager))
                    .toArray(PtNDArray[]::new)));
        }
    }

    /** Tensors of a list, in a given order. */
    public record Part(Value list, List<Integer> indices) {}

    /** A {@code List[Tensor]} with tensors of others, one part after the other. */
    public static Value tensorsOf(List<Part> parts) {
        try (PtNDManager manager = Torch.newManager()) {
            var opened = new IdentityHashMap<Value, PtNDArray[]>();
            var arrays = new ArrayList<PtNDArray>();
            for (Part part : parts) {
                PtNDArray[] all = opened.computeIfAbsent(part.list(), list -> list.ivalue.toTensorArray(manager));
                part.indices().forEach(index -> arrays.add(all[index]));
            }
            return new Value(IValue.listFrom(arrays.toArray(PtNDArray[]::new)));
        }
    }

    public long toLong() {
        return ivalue.toLong();
    }

    /** The elements of a tensor of 64-bit integers, the last dimension running fastest. */
    public long[] toLongs() {
        try (PtNDManager manager = Torch.newManager()) {
            return ivalue.toTensor(manager).toLongArray();
        }
    }

    /** The elements of a float32 tensor, the last dimension running fastest. */
    public float[] toFloats() {
        try (PtNDManager manager = Torch.newManager()) {
            return ivalue.toTensor(manager).toFloatArray();
        }
    }

    /** A tensor's shape. */
    public long[] shape() {
        try (PtNDManager manager = Torch.newManager()) {
            return ivalue.toTensor(manager).getShape().getShape();
        }
    }

    @Override
    public void close() {
        ivalue.close();
        if (memory != Arena.global()) {
            memory.close();
        }
    }
}
