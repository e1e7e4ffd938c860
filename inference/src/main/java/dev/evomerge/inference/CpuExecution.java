package dev.evomerge.inference;

import dev.evomerge.inference.CausalModel.Visit;
import dev.evomerge.inference.cpu.CpuModel;
import dev.evomerge.inference.cpu.CpuModel.Chooser;
import dev.evomerge.inference.cpu.CpuModel.Hop;
import dev.evomerge.inference.cpu.CpuWeights;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.ProgramSource;
import dev.evomerge.inference.torch.Program;
import dev.evomerge.inference.torch.Value;
import dev.evomerge.inference.torch.Value.Blob;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** By the kernels of {@code cpu}; what is done with logits other than taking the highest is PyTorch's. */
final class CpuExecution implements Execution {

    private static final Program CHOOSING = Program.of(ProgramSource.CHOOSING);

    private final ModelConfig config;
    private final ResidentModel outer;
    private final List<Visit> visits;
    private CpuModel model;

    CpuExecution(ResidentModel outer, List<Visit> visits) {
        this.config = outer.config();
        this.outer = outer;
        this.visits = visits;
    }

    /** The model with the weights as they are now; they are copied when they are first needed, not before they are written. */
    private CpuModel current() {
        CpuWeights weights = outer.cpuWeights();
        if (model == null) {
            model = new CpuModel(
                    weights,
                    visits.stream()
                            .map(visit -> new Hop(visit.model().cpuWeights(), visit.layer(), visit.scale()))
                            .toList());
        } else {
            visits.forEach(visit -> visit.model().cpuWeights());
        }
        return model;
    }

    @Override
    public void reserve(int slots, int positions) {
        current().reserve(slots, positions);
    }

    @Override
    public long[] prefill(int slot, int past, List<int[]> prompts, Choice choice) {
        if (choice.isGreedy()) {
            return current().likeliestAfter(slot, past, prompts);
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment logits = current().logitsAfter(slot, past, prompts, false, arena);
            return choose(logits, prompts.size(), 0, new long[0], choice);
        }
    }

    @Override
    public long[] decode(long[] tokens, long[] lengths, int steps, long[] ends, int enough, Choice choice) {
        Chooser chooser = (logits, step, newest) -> choose(logits, tokens.length, step, newest, choice);
        return current()
                .decode(
                        tokens,
                        lengths,
                        steps,
                        ends,
                        enough,
                        choice.isGreedy() ? Optional.empty() : Optional.of(chooser));
    }

    private long[] choose(MemorySegment logits, int rows, int step, long[] newest, Choice choice) {
        try (Value numbers = tensor(logits, rows);
                Value tokens = Value.tensor(newest, newest.length);
                Value at = Value.of(step);
                Value chosen =
                        CHOOSING.call("pick", numbers, choice.drawing(), choice.seen(), choice.draws(), at, tokens)) {
            return chosen.toLongs();
        }
    }

    private Value tensor(MemorySegment logits, int rows) {
        return Value.tensorOver(new Blob(logits, DType.F32, rows, config.vocabulary()));
    }

    @Override
    public float[] rank(int past, List<int[]> sequences, int count) {
        try (Arena arena = Arena.ofShared();
                Value logits = tensor(current().logitsAfter(0, past, sequences, false, arena), sequences.size());
                Value most = Value.of(count);
                Value best = CHOOSING.call("top", logits, most)) {
            return best.toFloats();
        }
    }

    @Override
    public void move(long[] source, long[] target, int length) {
        current().move(source, target, length);
    }

    @Override
    public float[] logits(int... tokens) {
        try (Arena arena = Arena.ofShared()) {
            return allLogits(arena, tokens).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private MemorySegment allLogits(Arena arena, int... tokens) {
        current().reserve(1, tokens.length);
        return current().logitsAfter(0, 0, List.of(tokens), true, arena);
    }

    @Override
    public float[] logProbabilities(int... tokens) {
        try (Arena arena = Arena.ofShared();
                Value logits = tensor(allLogits(arena, tokens), tokens.length);
                Value sequence =
                        Value.tensor(Arrays.stream(tokens).asLongStream().toArray(), 1, tokens.length);
                Value scores = CHOOSING.call("scores", logits, sequence)) {
            return scores.toFloats();
        }
    }

    @Override
    public int firstNonFinite(int... tokens) {
        current().reserve(1, tokens.length);
        return current().firstNonFinite(tokens);
    }

    @Override
    public void close() {
        if (model != null) {
            model.close();
        }
    }
}
