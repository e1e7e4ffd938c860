package dev.evomerge.inference;

import ai.djl.engine.EngineException;
import dev.evomerge.inference.model.ProgramSource;
import dev.evomerge.inference.torch.Program;
import dev.evomerge.inference.torch.Value;
import dev.evomerge.inference.torch.Value.Blob;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Whether oneDNN's linear layers run here: 16-bit types need a processor that has instructions for them. */
final class OneDnn {

    private static final System.Logger LOG = System.getLogger(OneDnn.class.getName());
    private static final int SIZE = 64;
    private static final Map<DType, Boolean> RUNS = new ConcurrentHashMap<>();

    private OneDnn() {}

    static boolean runs(DType dtype) {
        return RUNS.computeIfAbsent(dtype, OneDnn::tryOut);
    }

    private static boolean tryOut(DType dtype) {
        try (Arena arena = Arena.ofConfined();
                Value square = Value.tensorsOver(List.of(
                        new Blob(arena.allocate((long) SIZE * SIZE * dtype.bytes(), SIZE), dtype, SIZE, SIZE)))) {
            Program.of(ProgramSource.ONE_DNN_PROBE).call("run", square).close();
            return true;
        } catch (EngineException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "oneDNN does not run linear layers in {0} here: {1}",
                    dtype,
                    e.getMessage());
            return false;
        }
    }
}
