package dev.evomerge.inference.cpu;

import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.torch.Linear;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;

/** What a team writes between the layers, for so many rows: row-major, float32 where a residual stream is, else in the weights' type. */
final class Buffers implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    /** The residual stream: {@code [rows, hidden]}, float32. */
    final long stream;
    /** Inputs of linear layers. */
    final Linear.Input normed;

    final Linear.Input attended;
    final Linear.Input activated;
    final Linear.Input last;

    /** @param rows the most rows */
    Buffers(ModelConfig config, DType type, int rows) {
        stream = arena.allocate(4L * rows * config.hidden(), 64).address();
        normed = input(type, rows, config.hidden());
        attended = input(type, rows, config.heads() * config.headDim());
        activated = input(type, rows, config.intermediate());
        last = input(type, rows, config.hidden());
    }

    private Linear.Input input(DType type, int rows, int width) {
        return new Linear.Input(arena.allocate((long) rows * width * type.bytes(), 64), type, width);
    }

    /**
     * Sets how many rows there are.
     *
     * @param wanted of how many of them logits are wanted
     */
    void resize(int rows, int wanted) {
        normed.resize(rows);
        attended.resize(rows);
        activated.resize(rows);
        if (wanted > 0) {
            last.resize(wanted);
        }
    }

    @Override
    public void close() {
        normed.close();
        attended.close();
        activated.close();
        last.close();
        arena.close();
    }
}
