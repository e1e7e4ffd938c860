package dev.evomerge.inference.cpu;

import dev.evomerge.inference.cpu.CpuWeights.Layer;
import dev.evomerge.inference.cpu.CpuWeights.Norm;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.ModelConfig.Traits;
import dev.evomerge.inference.model.Rope;
import dev.evomerge.inference.torch.OutOfDeviceMemoryException;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Carries tokens through a path of layers. A team of threads walks along it together: each member computes its share of a linear layer's outputs, of the
 * rows that are normed and joined, and of the heads that attend, and they meet between these steps.
 *
 * <p>Tokens of any slots and positions pass together, a row each, so that reading prompts and decoding are the same thing and nothing is padded.
 * Between linear layers everything is float32; their inputs and outputs are of the weights' type. One thread at a time.
 */
public final class CpuModel implements AutoCloseable {

    /** Rows that pass together when prompts are read: enough for oneDNN to compute at its best, few enough to stay in the caches. */
    private static final int ROWS = 512;

    /** No hop, in {@link #firstNonFinite}. */
    private static final int NOWHERE = Integer.MAX_VALUE;

    /** One step of the path: a layer of a model, and what the pending output of the step before is multiplied by as it enters. */
    public record Hop(CpuWeights weights, int layer, double scale) {}

    /** Chooses tokens by their logits, where they are not simply the likeliest. */
    @FunctionalInterface
    public interface Chooser {
        /**
         * @param logits {@code [rows, vocabulary]}, float32
         * @param newest each row's newest token, whose logits these are; empty where prompts were read
         * @return a token for each row; −1 where logits are not finite
         */
        long[] choose(MemorySegment logits, int step, long[] newest);
    }

    private final CpuWeights outer;
    private final ModelConfig config;
    private final Traits traits;
    private final DType type;
    private final int headDim;
    private final Team team;
    private final Layer[] layers;
    private final ModelConfig.Layer[] kinds;
    private final float[] scales;
    private final Outputs queryKeyValue;
    private final Outputs toHidden;
    private final Outputs gate;
    private final Outputs up;
    private final Outputs logits;
    private final Arena arena = Arena.ofShared();
    private final long[] scratch;
    private final float[][] greatest;
    private final int[][] likeliest;
    private final int[] broken;
    private Space space;

    /** What depends on how many sequences there are and how long they may be. */
    private record Space(
            int slots,
            int positions,
            boolean longRope,
            Map<Rope, Turns> turns,
            KeyValues keyValues,
            Rows rows,
            Buffers buffers,
            Arena arena,
            long[] attention)
            implements AutoCloseable {
        @Override
        public void close() {
            keyValues.close();
            buffers.close();
            arena.close();
        }
    }

    /** Cosines and sines of a rotation: {@code [positions, half]}, float32. */
    private record Turns(long cos, long sin, int half) {
        void turn(long head, int position) {
            long row = 4L * position * half;
            Kernels.rotate(head, cos + row, sin + row, half);
        }
    }

    /**
     * A path; it borrows the weights.
     *
     * @param outer gives embedding, final norm and head
     */
    public CpuModel(CpuWeights outer, List<Hop> hops) {
        this.outer = outer;
        this.config = outer.config();
        this.traits = config.traits();
        this.type = outer.type();
        this.headDim = config.headDim();
        this.team = outer.team();
        this.layers = hops.stream().map(hop -> hop.weights().layer(hop.layer())).toArray(Layer[]::new);
        this.kinds = hops.stream()
                .map(hop -> hop.weights().config().layers().get(hop.layer()))
                .toArray(ModelConfig.Layer[]::new);
        this.scales = new float[hops.size() + 1];
        for (int hop = 0; hop < hops.size(); hop++) {
            scales[hop] = (float) hops.get(hop).scale();
        }
        scales[hops.size()] = 1;
        queryKeyValue = new Outputs(outer, (config.heads() + 2 * config.kvHeads()) * headDim, headDim);
        toHidden = new Outputs(outer, config.hidden(), 1);
        gate = new Outputs(outer, config.intermediate(), 1);
        up = new Outputs(outer, config.intermediate(), 1);
        logits = new Outputs(outer, config.vocabulary(), 1);
        scratch = new long[team.size()];
        int widest = Math.max(config.hidden(), Math.max(config.group(), 2) * headDim);
        Arrays.setAll(scratch, member -> arena.allocate(4L * widest, 64).address());
        greatest = new float[team.size()][];
        likeliest = new int[team.size()][];
        broken = new int[team.size()];
    }

    /** Makes room for so many sequences of so many tokens each; what the slots held is lost if there is not room enough already. */
    public void reserve(int slots, int positions) {
        boolean longRope =
                Arrays.stream(kinds).anyMatch(kind -> positions > kind.rope().switchAt());
        if (space != null && space.slots() >= slots && space.positions() >= positions && space.longRope() == longRope) {
            return;
        }
        closeSpace();
        KeyValues keyValues = KeyValues.of(type, layers.length, slots, positions, config.kvHeads(), headDim);
        Arena tables = Arena.ofShared();
        try {
            int room = keyValues.positions();
            var turns = new HashMap<Rope, Turns>();
            for (ModelConfig.Layer kind : kinds) {
                turns.computeIfAbsent(kind.rope(), rope -> turns(rope, positions, room, tables));
            }
            int rows = Math.max(slots, ROWS);
            var attention = new long[team.size()];
            Arrays.setAll(attention, member -> tables.allocate(4L * keyValues.scratch(), 64)
                    .address());
            space = new Space(
                    slots,
                    room,
                    longRope,
                    turns,
                    keyValues,
                    new Rows(rows),
                    new Buffers(config, type, rows),
                    tables,
                    attention);
            for (int member = 0; member < team.size(); member++) {
                greatest[member] = new float[rows];
                likeliest[member] = new int[rows];
            }
        } catch (OutOfMemoryError e) {
            keyValues.close();
            tables.close();
            throw new OutOfDeviceMemoryException(
                    "room for " + slots + " sequences of " + positions + " tokens: " + e.getMessage());
        }
    }

    private static Turns turns(Rope rope, int longest, int positions, Arena arena) {
        Rope.Tables tables = rope.tables(longest, positions);
        int half = rope.width() / 2;
        long cos = arena.allocate(Math.max(1, 4L * positions * half), 64).address();
        long sin = arena.allocate(Math.max(1, 4L * positions * half), 64).address();
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < half; i++) {
                int at = position * 2 * half + half + i;
                Memory.set(cos, (long) position * half + i, tables.cos()[at]);
                Memory.set(sin, (long) position * half + i, tables.sin()[at]);
            }
        }
        return new Turns(cos, sin, half);
    }

    /** Forgets what the slots held and gives their memory back. */
    public void closeSpace() {
        if (space != null) {
            space.close();
            space = null;
        }
    }

    /**
     * Reads sequences into slots, one each, and finds the likeliest token after each.
     *
     * @param slot the first of the slots
     * @param past how many leading tokens the slots already hold
     * @return −1 where logits are not finite
     */
    public long[] likeliestAfter(int slot, int past, List<int[]> sequences) {
        var next = new long[sequences.size()];
        read(slot, past, sequences, false, (member, wanted, first) -> {
            likeliest(member, wanted.length);
            if (member == 0) {
                for (int i = 0; i < wanted.length; i++) {
                    next[first + i] = best(i);
                }
            }
        });
        return next;
    }

    /**
     * Reads sequences into slots, one each.
     *
     * @param all whether the logits of all tokens are wanted, sequence after sequence, or only those after each sequence's last
     * @param in  keeps the logits
     * @return {@code [wanted, vocabulary]}, float32
     */
    public MemorySegment logitsAfter(int slot, int past, List<int[]> sequences, boolean all, Arena in) {
        long wantedRows =
                all ? sequences.stream().mapToLong(s -> s.length - past).sum() : sequences.size();
        MemorySegment floats = in.allocate(4L * wantedRows * config.vocabulary(), 64);
        read(
                slot,
                past,
                sequences,
                all,
                (member, wanted, first) ->
                        collectLogits(member, wanted.length, floats.address() + 4L * first * config.vocabulary()));
        return floats;
    }

    /** What a member does with logits of rows; they are the {@code first} and following of all that are wanted. */
    @FunctionalInterface
    private interface Collector {
        void collect(int member, int[] wanted, int first);
    }

    private void read(int slot, int past, List<int[]> sequences, boolean all, Collector collector) {
        Rows rows = space.rows();
        var wanted = new int[rows.capacity()];
        int count = 0;
        int first = 0;
        rows.clear();
        for (int i = 0; i < sequences.size(); i++) {
            int[] sequence = sequences.get(i);
            for (int position = past; position < sequence.length; position++) {
                int row = rows.add(slot + i, position, sequence[position]);
                if (all || position == sequence.length - 1) {
                    wanted[count++] = row;
                }
                if (rows.isFull() || i == sequences.size() - 1 && position == sequence.length - 1) {
                    pass(Arrays.copyOf(wanted, count), first, collector);
                    first += count;
                    count = 0;
                    rows.clear();
                }
            }
        }
    }

    private void pass(int[] wanted, int first, Collector collector) {
        space.buffers().resize(space.rows().count(), wanted.length);
        team.run(member -> {
            throughLayers(member, false);
            if (wanted.length > 0) {
                head(member, wanted);
                collector.collect(member, wanted, first);
            }
        });
    }

    /**
     * Goes on in slots 0 to n − 1.
     *
     * @param tokens  each slot's newest token, not yet read
     * @param lengths how many tokens each slot holds
     * @param steps   the most steps
     * @param ends    tokens that end a sequence
     * @param enough  stop once so many sequences have ended; they go on until then
     * @param chooser how tokens are chosen; without, the likeliest
     * @return steps × n tokens, step by step; −1 where logits were not finite
     */
    public long[] decode(long[] tokens, long[] lengths, int steps, long[] ends, int enough, Optional<Chooser> chooser) {
        var decoding = new Decoding(tokens, lengths, steps, ends, enough);
        int n = tokens.length;
        int[] all = new int[n];
        Arrays.setAll(all, row -> row);
        space.buffers().resize(n, n);
        try (Arena memory = Arena.ofShared()) {
            MemorySegment floats = memory.allocate(chooser.isPresent() ? 4L * n * config.vocabulary() : 1, 64);
            team.run(member -> {
                while (true) {
                    if (member == 0) {
                        decoding.fill(space.rows());
                    }
                    team.meet();
                    if (space.rows().count() == 0) {
                        return;
                    }
                    throughLayers(member, false);
                    head(member, all);
                    if (chooser.isEmpty()) {
                        likeliest(member, n);
                    } else {
                        collectLogits(member, n, floats.address());
                    }
                    if (member == 0) {
                        long[] next = new long[n];
                        if (chooser.isEmpty()) {
                            Arrays.setAll(next, this::best);
                        } else {
                            next = chooser.get().choose(floats, decoding.step, decoding.newest);
                        }
                        decoding.take(next);
                    }
                }
            });
        }
        return decoding.result();
    }

    /** Sequences that grow by a token per step. */
    private static final class Decoding {
        private final long[] lengths;
        private final long[] ends;
        private final int enough;
        private final boolean[] ended;
        private final long[] out;
        private long[] newest;
        private int step;
        private int over;

        Decoding(long[] tokens, long[] lengths, int steps, long[] ends, int enough) {
            this.newest = tokens.clone();
            this.lengths = lengths.clone();
            this.ends = Arrays.stream(ends).sorted().toArray();
            this.enough = enough;
            this.ended = new boolean[tokens.length];
            this.out = new long[steps * tokens.length];
        }

        /** The rows of the next step; none after the last. */
        void fill(Rows rows) {
            rows.clear();
            if (step * newest.length == out.length || over >= enough) {
                return;
            }
            for (int slot = 0; slot < newest.length; slot++) {
                rows.add(slot, (int) lengths[slot] + step, (int) Math.max(0, newest[slot]));
            }
        }

        void take(long[] next) {
            newest = next;
            for (int slot = 0; slot < next.length; slot++) {
                out[step * next.length + slot] = next[slot];
                if (!ended[slot] && (next[slot] < 0 || Arrays.binarySearch(ends, next[slot]) >= 0)) {
                    ended[slot] = true;
                    over++;
                }
            }
            step++;
        }

        long[] result() {
            return Arrays.copyOf(out, step * newest.length);
        }
    }

    /** Copies the first {@code length} positions of slots to other slots, all at once. */
    public void move(long[] sources, long[] targets, int length) {
        team.run(member -> {
            int from = team.share(member, layers.length);
            int to = team.share(member + 1, layers.length);
            space.keyValues().copy(sources, targets, length, from, to);
        });
    }

    /** The first hop that leaves a number that is not finite in the residual stream of a sequence; −2 for the embedding, −1 for none. */
    public int firstNonFinite(int... tokens) {
        Rows rows = space.rows();
        int first = NOWHERE;
        rows.clear();
        for (int position = 0; position < tokens.length; position++) {
            rows.add(0, position, tokens[position]);
            if (rows.isFull() || position == tokens.length - 1) {
                space.buffers().resize(rows.count(), 0);
                Arrays.fill(broken, NOWHERE);
                team.run(member -> throughLayers(member, true));
                first = Math.min(first, Arrays.stream(broken).min().orElseThrow());
                rows.clear();
            }
        }
        return first == NOWHERE ? -1 : first;
    }

    /** All hops, for the rows that there are; the residual stream is what it leaves behind, each row's where its member wrote it. */
    private void throughLayers(int member, boolean probing) {
        int from = team.share(member, space.rows().count());
        int to = team.share(member + 1, space.rows().count());
        embed(from, to);
        probe(member, probing, -2, from, to);
        for (int hop = 0; hop < layers.length; hop++) {
            Layer layer = layers[hop];
            norm(layer.input(), space.buffers().normed.address(), from, to);
            team.meet();
            queryKeyValue.compute(member, layer.queryKeyValue(), space.buffers().normed);
            team.meet();
            keep(hop, member, from, to);
            team.meet();
            attend(hop, member);
            team.meet();
            toHidden.compute(member, layer.attentionOut(), space.buffers().attended);
            team.meet();
            join(member, layer.afterAttention(), 1, from, to);
            norm(layer.mlp(), space.buffers().normed.address(), from, to);
            team.meet();
            activate(member, layer);
            team.meet();
            toHidden.compute(member, layer.down(), space.buffers().activated);
            team.meet();
            join(member, layer.afterMlp(), scales[hop + 1], from, to);
            probe(member, probing, hop, from, to);
        }
    }

    private long stream(int row) {
        return space.buffers().stream + 4L * row * config.hidden();
    }

    private void embed(int from, int to) {
        float scale = scales[0] * Memory.as(type, (float) traits.embeddingScale());
        long width = (long) config.hidden() * type.bytes();
        for (int row = from; row < to; row++) {
            Kernels.widen(
                    type, outer.embedding() + space.rows().token(row) * width, scale, stream(row), config.hidden());
        }
    }

    private void norm(Norm norm, long out, int from, int to) {
        long width = (long) config.hidden() * type.bytes();
        for (int row = from; row < to; row++) {
            Kernels.norm(stream(row), norm.weight(), config.normEps(), type, out + row * width, config.hidden());
        }
    }

    /** Adds a block's output, normed where the family does so, to the residual stream. */
    private void join(int member, Norm norm, float scale, int from, int to) {
        for (int row = from; row < to; row++) {
            if (norm.isThere()) {
                gather(row, scratch[member]);
                Kernels.norm(
                        scratch[member], norm.weight(), config.normEps(), DType.F32, scratch[member], config.hidden());
                Kernels.add(DType.F32, scratch[member], scale, stream(row), config.hidden());
            } else {
                for (int other = 0; other < toHidden.members(); other++) {
                    long part = stream(row) + 4L * toHidden.first(other);
                    Kernels.add(type, toHidden.row(other, row), scale, part, toHidden.width(other));
                }
            }
        }
    }

    private void gather(int row, long out) {
        for (int other = 0; other < toHidden.members(); other++) {
            Kernels.widen(type, toHidden.row(other, row), 1, out + 4L * toHidden.first(other), toHidden.width(other));
        }
    }

    /** Normed keys, turned, and values go to where attention finds them. */
    private void keep(int hop, int member, int from, int to) {
        Turns turns = space.turns().get(kinds[hop].rope());
        long key = scratch[member];
        long value = key + 4L * headDim;
        for (int row = from; row < to; row++) {
            int position = space.rows().position(row);
            for (int head = 0; head < config.kvHeads(); head++) {
                load(row, config.heads() + head, layers[hop].key(), key);
                turns.turn(key, position);
                load(row, config.heads() + config.kvHeads() + head, new Norm(0), value);
                space.keyValues().put(hop, space.rows().slot(row), head, position, key, value);
            }
        }
    }

    /** A head of a row, float32, normed where the family does so. */
    private void load(int row, int head, Norm norm, long out) {
        Kernels.widen(type, queryKeyValue.at(row, head * headDim), 1, out, headDim);
        if (norm.isThere()) {
            Kernels.norm(out, norm.weight(), config.normEps(), DType.F32, out, headDim);
        }
    }

    /** Heads are dealt out one after the other with all rows, so that a member finds a head's keys in its cache. */
    private void attend(int hop, int member) {
        int rows = space.rows().count();
        int group = config.group();
        Turns turns = space.turns().get(kinds[hop].rope());
        int window = kinds[hop].window();
        int last = team.share(member + 1, rows * config.kvHeads());
        for (int unit = team.share(member, rows * config.kvHeads()); unit < last; unit++) {
            int head = unit / rows;
            int row = unit % rows;
            int position = space.rows().position(row);
            for (int query = 0; query < group; query++) {
                long at = scratch[member] + 4L * query * headDim;
                load(row, head * group + query, layers[hop].query(), at);
                turns.turn(at, position);
            }
            Kernels.widen(
                    DType.F32, scratch[member], (float) traits.attentionScale(), scratch[member], group * headDim);
            space.keyValues()
                    .attend(
                            hop,
                            space.rows().slot(row),
                            head,
                            window == 0 ? 0 : Math.max(0, position + 1 - window),
                            position + 1,
                            scratch[member],
                            group,
                            (float) traits.attentionCap(),
                            space.buffers().attended.address()
                                    + ((long) row * config.heads() + (long) head * group) * headDim * type.bytes(),
                            space.attention()[member]);
        }
    }

    /** Gate and up on the member's share of the inner features, and their product. */
    private void activate(int member, Layer layer) {
        gate.compute(member, layer.gate(), space.buffers().normed);
        up.compute(member, layer.up(), space.buffers().normed);
        int first = gate.first(member);
        int width = gate.width(member);
        for (int row = 0; row < space.rows().count() && width > 0; row++) {
            long out =
                    space.buffers().activated.address() + ((long) row * config.intermediate() + first) * type.bytes();
            switch (traits.activation()) {
                case SILU -> Kernels.silu(type, gate.row(member, row), up.row(member, row), out, width);
                case GELU_TANH -> Kernels.gelu(type, gate.row(member, row), up.row(member, row), out, width);
            }
        }
    }

    /** Logits of some rows, the member's share of the vocabulary. */
    private void head(int member, int[] wanted) {
        team.meet();
        long width = (long) config.hidden() * type.bytes();
        for (int i = team.share(member, wanted.length); i < team.share(member + 1, wanted.length); i++) {
            long out = space.buffers().last.address() + i * width;
            Kernels.norm(stream(wanted[i]), outer.norm().weight(), config.normEps(), type, out, config.hidden());
        }
        team.meet();
        logits.compute(member, outer.head(), space.buffers().last);
    }

    /** The likeliest of each row in the member's share; a cap changes no order. */
    private void likeliest(int member, int count) {
        int width = logits.width(member);
        for (int row = 0; row < count && width > 0; row++) {
            long at = logits.row(member, row);
            float most = Kernels.greatest(type, at, width);
            greatest[member][row] = most;
            likeliest[member][row] = logits.first(member) + Kernels.indexOf(type, most, at, width);
        }
        team.meet();
    }

    /** The likeliest of all, the first of equals; −1 if a logit is not finite. */
    private long best(int row) {
        float most = Float.NEGATIVE_INFINITY;
        int token = -1;
        for (int member = 0; member < team.size(); member++) {
            float other = greatest[member][row];
            if (logits.width(member) > 0 && !Float.isFinite(other)) {
                return -1;
            }
            if (logits.width(member) > 0 && other > most) {
                most = other;
                token = likeliest[member][row];
            }
        }
        return token;
    }

    private void collectLogits(int member, int count, long floats) {
        int width = logits.width(member);
        for (int row = 0; row < count; row++) {
            long out = floats + 4L * ((long) row * config.vocabulary() + logits.first(member));
            Kernels.widen(type, logits.row(member, row), 1, out, width);
            if (traits.logitCap() > 0) {
                Kernels.cap(out, (float) traits.logitCap(), width);
            }
        }
        team.meet();
    }

    private void probe(int member, boolean probing, int hop, int from, int to) {
        for (int row = from; probing && row < to && broken[member] == NOWHERE; row++) {
            if (!Kernels.isFinite(stream(row), config.hidden())) {
                broken[member] = hop;
            }
        }
    }

    @Override
    public void close() {
        closeSpace();
        for (Outputs outputs : List.of(queryKeyValue, toHidden, gate, up, logits)) {
            outputs.close();
        }
        arena.close();
    }
}
