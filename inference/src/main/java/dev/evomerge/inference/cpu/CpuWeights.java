package dev.evomerge.inference.cpu;

import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.WeightLayout;
import dev.evomerge.inference.torch.Linear;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model's weights as a {@link Team} computes with them: of every linear layer each member has a share of the outputs, in oneDNN's layout; norms are
 * float32. They are copies (but for the embedding), made from the memory that is written.
 */
public final class CpuWeights implements AutoCloseable {

    private final ModelConfig config;
    private final WeightLayout layout;
    private final List<MemorySegment> buffers;
    private final DType type;
    private final Team team;
    private final Arena arena = Arena.ofShared();
    private final List<Linear> linears = new ArrayList<>();
    private final List<Runnable> norms = new ArrayList<>();
    private final Norm norm;
    private final Linear[] head;
    private final Layer[] layers;

    /** Multiplies what a root-mean-square norm leaves; no address where a family has no such norm. */
    record Norm(long weight) {
        boolean isThere() {
            return weight != 0;
        }
    }

    /** A layer; of each linear layer the members' shares in turn. */
    record Layer(
            Norm input,
            Linear[] queryKeyValue,
            Norm query,
            Norm key,
            Linear[] attentionOut,
            Norm afterAttention,
            Norm mlp,
            Linear[] gate,
            Linear[] up,
            Linear[] down,
            Norm afterMlp) {}

    /**
     * Makes the copies.
     *
     * @param buffers of the layout, row-major; the embedding is used in place
     * @param type    F32 or BF16
     * @param threads that compute together, ≥ 1
     */
    public CpuWeights(ModelConfig config, WeightLayout layout, List<MemorySegment> buffers, DType type, int threads) {
        this.team = Team.of(threads);
        this.config = config;
        this.layout = layout;
        this.buffers = buffers;
        this.type = type;
        List<Integer> globals = layout.globals();
        this.norm = norm(buffers.get(globals.get(1)));
        this.head = shares(buffers.get(globals.get(2)), Optional.empty(), config.hidden(), 0, config.vocabulary(), 1);
        this.layers =
                IntStream.range(0, config.layers().size()).mapToObj(this::layer).toArray(Layer[]::new);
        try {
            refresh();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Makes the copies anew, from the weights as they are now. Members take what comes next, so that large ones are dealt out evenly. */
    public void refresh() {
        norms.forEach(Runnable::run);
        var waiting = new ConcurrentLinkedQueue<>(linears);
        team.run(member -> {
            for (Linear next = waiting.poll(); next != null; next = waiting.poll()) {
                next.refresh();
            }
        });
    }

    private Layer layer(int index) {
        int hidden = config.hidden();
        int headDim = config.headDim();
        int inner = config.intermediate();
        Supplier<IllegalStateException> missing = () -> new IllegalStateException("layer " + index);
        return new Layer(
                norm(index, "input_norm"),
                shares(
                        buffer(index, "qkv").orElseThrow(missing),
                        buffer(index, "qkv_bias"),
                        hidden,
                        0,
                        (config.heads() + 2 * config.kvHeads()) * headDim,
                        headDim),
                norm(index, "q_norm"),
                norm(index, "k_norm"),
                shares(
                        buffer(index, "o").orElseThrow(missing),
                        buffer(index, "o_bias"),
                        config.heads() * headDim,
                        0,
                        hidden,
                        1),
                norm(index, "attention_post_norm"),
                norm(index, "mlp_norm"),
                shares(
                        buffer(index, "gate_up").orElseThrow(missing),
                        buffer(index, "gate_up_bias"),
                        hidden,
                        0,
                        inner,
                        1),
                shares(
                        buffer(index, "gate_up").orElseThrow(missing),
                        buffer(index, "gate_up_bias"),
                        hidden,
                        inner,
                        inner,
                        1),
                shares(buffer(index, "down").orElseThrow(missing), buffer(index, "down_bias"), inner, 0, hidden, 1),
                norm(index, "mlp_post_norm"));
    }

    /** A layer's buffer of a role, where the family has one. */
    private Optional<MemorySegment> buffer(int layer, String role) {
        return layout.layer(layer).stream()
                .filter(buffer -> layout.buffers().get(buffer).role().equals(role))
                .map(buffers::get)
                .findFirst();
    }

    private Norm norm(int layer, String role) {
        return buffer(layer, role).map(this::norm).orElse(new Norm(0));
    }

    private Norm norm(MemorySegment weight) {
        int n = (int) (weight.byteSize() / type.bytes());
        long copy = arena.allocate(4L * n, 64).address();
        float offset = config.traits().unitOffsetNorms() ? 1 : 0;
        norms.add(() -> {
            for (int i = 0; i < n; i++) {
                Memory.set(copy, i, Memory.get(type, weight.address(), i) + offset);
            }
        });
        return new Norm(copy);
    }

    /** The members' shares of {@code outputs} rows from row {@code first} on, each of whole units; no layer for a share of none. */
    private Linear[] shares(
            MemorySegment weight, Optional<MemorySegment> bias, int inputs, int first, int outputs, int unit) {
        var shares = new Linear[team.size()];
        for (int member = 0; member < shares.length; member++) {
            int from = first + share(member, outputs, unit);
            int rows = first + share(member + 1, outputs, unit) - from;
            if (rows > 0) {
                long width = (long) inputs * type.bytes();
                shares[member] = new Linear(
                        weight.asSlice(from * width, rows * width),
                        bias.map(b -> b.asSlice((long) from * type.bytes(), (long) rows * type.bytes())),
                        type,
                        rows,
                        inputs);
                linears.add(shares[member]);
            }
        }
        return shares;
    }

    /** Which output is the first of a member's share; shares are of whole units and, where there are many, of multiples of 16 vectors. */
    int share(int member, int outputs, int unit) {
        int grain = unit == 1 && outputs >= 64 * team.size() ? 32 : unit;
        return member == team.size() ? outputs : team.share(member, outputs / grain) * grain;
    }

    Team team() {
        return team;
    }

    ModelConfig config() {
        return config;
    }

    DType type() {
        return type;
    }

    /** The embedding's address: {@code [vocabulary, hidden]} in the weights' type. */
    long embedding() {
        return buffers.getFirst().address();
    }

    Norm norm() {
        return norm;
    }

    Linear[] head() {
        return head;
    }

    Layer layer(long index) {
        return layers[(int) index];
    }

    @Override
    public void close() {
        linears.forEach(Linear::close);
        arena.close();
    }
}
