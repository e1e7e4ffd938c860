package dev.evomerge.inference.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A TorchScript program, loaded. */
public final class Program {

    /** Kept for the life of the process: there is one per family, shape and element type, of a few hundred kilobytes. */
    private static final Map<String, Program> LOADED = new ConcurrentHashMap<>();

    private final PtNDManager manager = Torch.newManager();
    private final PtSymbolBlock block;

    /**
     * The program of a source text, compiled when it is first asked for.
     *
     * @param source TorchScript that defines {@code class Program(Module)}
     */
    public static Program of(String source) {
        return LOADED.computeIfAbsent(source, Program::new);
    }

    private Program(String source) {
        byte[] archive = TorchArchive.write(source);
        try {
            block = JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    /** The archive that {@code torch.jit.load} reads, for programs that are run elsewhere. */
    public static byte[] archive(String source) {
        return TorchArchive.write(source);
    }

    /**
     * Calls a method; the values are closed by their owners.
     *
     * @throws OutOfDeviceMemoryException if memory does not suffice; the process goes on
     */
    public Value call(String method, Value... arguments) {
        // Set per thread. Profiling and specialising pays off for no shape that is seen only a few times.
        JniUtils.setGraphExecutorOptimize(false);
        var values = new IValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments[i].ivalue();
        }
        try {
            return new Value(IValueUtils.runMethod(block, method, values));
        } catch (EngineException e) {
            throw OutOfDeviceMemoryException.isMeantBy(e) ? new OutOfDeviceMemoryException(e) : e;
        }
    }
}
