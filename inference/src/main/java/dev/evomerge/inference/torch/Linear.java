package dev.evomerge.inference.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A linear layer y = x·Wᵀ + b of oneDNN, its weights laid out for the processor's caches. It is called without a program or DJL between, as what
 * surrounds it is Java's: a step of a model is some hundred of these calls.
 */
public final class Linear implements AutoCloseable {

    private static final MethodHandle LINEAR = NativeCall.torch(
            "aoti_torch_cpu__linear_pointwise",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG, // x
                    ValueLayout.JAVA_LONG, // weight
                    ValueLayout.ADDRESS, // where bias's handle lies, or null
                    ValueLayout.ADDRESS, // what follows: "none"
                    ValueLayout.ADDRESS, // scalars of what follows
                    ValueLayout.JAVA_LONG, // how many
                    ValueLayout.ADDRESS, // algorithm of what follows, or null
                    ValueLayout.ADDRESS)); // y's handle
    private static final MethodHandle DATA = NativeCall.torch(
            "aoti_torch_get_data_ptr",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
    private static final MethodHandle DELETE = NativeCall.torch(
            "aoti_torch_delete_tensor_object", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MemorySegment NONE = Arena.global().allocateFrom("none");

    /** Lays weights out: {@code [outputs, inputs]} in, an opaque tensor out. */
    private static final String LAY_OUT = """
            class Program(Module):
              __parameters__ = []
              __buffers__ = []
              def run(self: __torch__.Program, w: Tensor) -> Tensor:
                return ops.mkldnn._reorder_linear_weight(w)
            """;

    private final MemorySegment source;
    private final DType dtype;
    private final int outputs;
    private final int inputs;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bias;
    private long biasHandle;
    private PtNDManager owner = Torch.newManager();
    private long weight;

    /**
     * A layer of weights that {@link #refresh} reads.
     *
     * @param weight {@code [outputs, inputs]}, row-major
     * @param bias   {@code [outputs]}; used in place
     */
    public Linear(MemorySegment weight, Optional<MemorySegment> bias, DType dtype, int outputs, int inputs) {
        this.source = weight;
        this.dtype = dtype;
        this.outputs = outputs;
        this.inputs = inputs;
        this.bias = bias.map(memory -> {
                    biasHandle = Torch.tensorOver(memory, dtype, outputs);
                    return arena.allocateFrom(ValueLayout.JAVA_LONG, biasHandle);
                })
                .orElse(MemorySegment.NULL);
    }

    /** Copies the weights as they are now into oneDNN's layout. */
    public void refresh() {
        owner.close();
        owner = Torch.newManager();
        try (PtNDManager manager = Torch.newManager();
                var rows = new Value(
                        IValue.from(new PtNDArray(manager, Torch.tensorOver(source, dtype, outputs, inputs))));
                Value packed = Program.of(LAY_OUT).call("run", rows)) {
            weight = packed.ivalue().toTensor(owner).getHandle();
        }
    }

    /** The width of y. */
    public int outputs() {
        return outputs;
    }

    @Override
    public void close() {
        owner.close();
        delete(biasHandle);
        arena.close();
    }

    /** Rows of Java's memory as a linear layer reads them: {@code [rows, width]}. */
    public static final class Input implements AutoCloseable {
        private final MemorySegment memory;
        private final DType dtype;
        private final int width;
        private int rows;
        private long handle;

        /** @param memory room for the most rows */
        public Input(MemorySegment memory, DType dtype, int width) {
            this.memory = memory;
            this.dtype = dtype;
            this.width = width;
        }

        /** Sets how many rows there are. */
        public void resize(int rows) {
            if (rows != this.rows) {
                close();
                handle = Torch.tensorOver(memory.asSlice(0, (long) rows * width * dtype.bytes()), dtype, rows, width);
                this.rows = rows;
            }
        }

        /** Where row 0 begins. */
        public long address() {
            return memory.address();
        }

        @Override
        public void close() {
            delete(handle);
            handle = 0;
            rows = 0;
        }
    }

    /** What a linear layer computed: {@code [rows, outputs]} in row-major order, until it computes something else. For one thread. */
    public static final class Output implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
        private long handle;
        private long address;

        /** Computes y. */
        public void compute(Linear layer, Input x) {
            delete(handle);
            handle = 0;
            try {
                int error = (int) LINEAR.invokeExact(
                        x.handle, layer.weight, layer.bias, NONE, MemorySegment.NULL, 0L, MemorySegment.NULL, pointer);
                if (error != 0) {
                    throw new OutOfDeviceMemoryException("a linear layer of " + x.rows + " rows to " + layer.outputs
                            + " outputs, " + (long) x.rows * layer.outputs * x.dtype.bytes()
                            + " bytes, could not be computed: libtorch says why on its error output");
                }
                handle = pointer.get(ValueLayout.JAVA_LONG, 0);
                address = dataOf(handle, pointer);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        private static long dataOf(long handle, MemorySegment pointer) throws Throwable {
            int error = (int) DATA.invokeExact(handle, pointer);
            if (error != 0) {
                throw new IllegalStateException("libtorch does not say where a tensor's data lies");
            }
            return pointer.get(ValueLayout.JAVA_LONG, 0);
        }

        /** Where row 0 begins. */
        public long address() {
            return address;
        }

        @Override
        public void close() {
            delete(handle);
            handle = 0;
            arena.close();
        }
    }

    private static void delete(long handle) {
        if (handle == 0) {
            return;
        }
        try {
            int ignored = (int) DELETE.invokeExact(handle);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
