package dev.evomerge.inference.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * The PyTorch runtime of this process. The first use loads it: from the folder that {@code PYTORCH_LIBRARY_PATH} names, or unpacked once
 * from the class path into DJL's cache.
 */
@SuppressWarnings("restricted") // the foreign functions are what this class is for
public final class Torch {

    static final String VERSION = "2.7.1";
    private static final MethodHandle FROM_BLOB;

    static {
        setDefault("PYTORCH_VERSION", VERSION);
        setDefault("PYTORCH_FLAVOR", "cpu");
        setDefault("ai.djl.offline", "true");
        // Idle OpenMP threads that spin take the core from whoever has work; libgomp reads this when it is loaded.
        setEnvironmentDefault("OMP_WAIT_POLICY", "PASSIVE");
        Engine.getEngine(PtEngine.ENGINE_NAME);
        FROM_BLOB = fromBlob();
    }

    private Torch() {}

    private static void setDefault(String name, String value) {
        if (System.getenv(name) == null && System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    private static void setEnvironmentDefault(String name, String value) {
        Linker linker = Linker.nativeLinker();
        var setenv = linker.defaultLookup().find("setenv");
        if (setenv.isEmpty()) {
            return; // not a POSIX system: the policy stays as it is
        }
        MethodHandle handle = linker.downcallHandle(
                setenv.get(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) handle.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
        } catch (Throwable e) {
            throw new IllegalStateException("setenv " + name, e);
        }
    }

    private static MethodHandle fromBlob() {
        return NativeCall.torch(
                "aoti_torch_create_tensor_from_blob",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS, // data
                        ValueLayout.JAVA_LONG, // number of dimensions
                        ValueLayout.ADDRESS, // sizes
                        ValueLayout.ADDRESS, // strides, in elements
                        ValueLayout.JAVA_LONG, // storage offset
                        ValueLayout.JAVA_INT, // element type
                        ValueLayout.JAVA_INT, // device type: 0 is the CPU
                        ValueLayout.JAVA_INT, // device index
                        ValueLayout.ADDRESS)); // the new tensor's handle
    }

    /** Where models run: every GPU that this process sees, or the CPU if there is none. */
    public static List<Device> devices() {
        int gpus = Engine.getEngine(PtEngine.ENGINE_NAME).getGpuCount();
        return gpus == 0
                ? List.of(Device.cpu())
                : IntStream.range(0, gpus).mapToObj(Device::gpu).toList();
    }

    /**
     * The devices, dealt into groups that each have room for so many bytes of weights: the CPU if there is no GPU; single GPUs if the weights fit into
     * three quarters of what is free there (the rest is for keys, values and activations), or as many in a row as that takes.
     *
     * @return at least one group: of all GPUs if even all are too small
     */
    public static List<List<Device>> groups(long bytes) {
        List<Device> all = devices();
        return all.getFirst().isGpu() ? groups(all, bytes, Torch::room) : List.of(all);
    }

    private static long room(Device gpu) {
        MemoryUsage memory = CudaUtils.getGpuMemory(gpu);
        return (memory.getMax() - memory.getCommitted()) * 3 / 4;
    }

    static List<List<Device>> groups(List<Device> devices, long bytes, ToLongFunction<Device> room) {
        var groups = new ArrayList<List<Device>>();
        var group = new ArrayList<Device>();
        long found = 0;
        for (Device device : devices) {
            group.add(device);
            found += room.applyAsLong(device);
            if (found >= bytes) {
                groups.add(List.copyOf(group));
                group.clear();
                found = 0;
            }
        }
        return groups.isEmpty() ? List.of(List.copyOf(devices)) : List.copyOf(groups);
    }

    /** A manager for tensors; closing it frees those that were made with it. */
    static PtNDManager newManager() {
        return (PtNDManager) Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager();
    }

    /**
     * A tensor over memory that stays Java's: what is written there later is what programs see.
     *
     * @param memory native memory, kept alive by the caller for as long as the tensor lives
     * @param shape  sizes from the slowest dimension to the fastest
     * @return the address of an {@code at::Tensor}, which is also DJL's handle of it
     */
    static long tensorOver(MemorySegment memory, DType dtype, long... shape) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment strides = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, shape.length));
            long stride = 1;
            for (int i = shape.length - 1; i >= 0; i--) {
                strides.setAtIndex(ValueLayout.JAVA_LONG, i, stride);
                stride *= shape[i];
            }
            if (stride * dtype.bytes() != memory.byteSize()) {
                throw new IllegalArgumentException("a tensor of " + stride + " elements of " + dtype + " takes "
                        + stride * dtype.bytes() + " bytes, the memory has " + memory.byteSize());
            }
            MemorySegment handle = arena.allocate(ValueLayout.ADDRESS);
            int error = (int) FROM_BLOB.invokeExact(
                    memory,
                    (long) shape.length,
                    arena.allocateFrom(ValueLayout.JAVA_LONG, shape),
                    strides,
                    0L,
                    scalarType(dtype),
                    0,
                    0,
                    handle);
            if (error != 0) {
                throw new IllegalStateException("libtorch refused a tensor over " + memory.byteSize() + " bytes");
            }
            return handle.get(ValueLayout.JAVA_LONG, 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** PyTorch's number of an element type ({@code c10/core/ScalarType.h}). */
    public static int scalarType(DType dtype) {
        return switch (dtype) {
            case F32 -> 6;
            case F16 -> 5;
            case BF16 -> 15;
            case I64 -> 4;
            case BOOL -> 11;
            default -> throw new IllegalArgumentException("no models run in " + dtype);
        };
    }

    /** How many threads one operator may use, ≥ 1; the number of cores unless set. */
    public static void setThreads(int threads) {
        JniUtils.setNumThreads(threads);
    }

    /** Looked up when a CPU is first computed with: builds for GPUs may have another OpenMP. */
    private static final class OpenMp {
        static final MethodHandle SET_THREADS =
                NativeCall.openMp("omp_set_num_threads", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
    }

    /** From now on operators that this thread calls use no other thread; what others call is as before. */
    public static void useThisThreadOnly() {
        JniUtils.getNumThreads(); // sets a thread's number from the process's when it is first asked for
        try {
            OpenMp.SET_THREADS.invokeExact(1);
        } catch (Throwable e) {
            throw new IllegalStateException("omp_set_num_threads", e);
        }
    }

    /** How many threads one operator may use. */
    public static int threads() {
        return JniUtils.getNumThreads();
    }
}
