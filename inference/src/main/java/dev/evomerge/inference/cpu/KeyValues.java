package dev.evomerge.inference.cpu;

import static dev.evomerge.inference.cpu.Memory.FLOATS;
import static dev.evomerge.inference.cpu.Memory.LANES;

import com.sun.management.OperatingSystemMXBean;
import dev.evomerge.inference.torch.OutOfDeviceMemoryException;
import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.function.IntToLongFunction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Keys and values of past tokens, and attention over them. Keys lie in blocks of {@link #BLOCK} positions, {@code [headDim, BLOCK]} each, so that a
 * block's scores are sums of whole vectors, with nothing to add up across lanes; values lie {@code [positions, headDim]}, padded to whole vectors. Each
 * head of a slot is one run of memory, which a step reads once for all query heads that share it, two of them at a time.
 *
 * <p>bfloat16 is read as pairs, the first and the second of each pair in a vector of its own; scores keep that order within their block.
 */
abstract sealed class KeyValues implements AutoCloseable {

    /** Positions to a block, and features of values to a chunk: four vectors. */
    static final int BLOCK = 4 * LANES;

    private static final int ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final int bytes;
    private final int headDim;
    private final int heads;
    private final int slots;
    private final int positions;
    private final int width;
    private final MemorySegment[] keys;
    private final MemorySegment[] values;

    private KeyValues(DType type, int hops, int slots, int positions, int heads, int headDim) {
        this.bytes = type.bytes();
        this.heads = heads;
        this.headDim = headDim;
        this.slots = slots;
        this.positions = Math.ceilDiv(positions, BLOCK) * BLOCK;
        this.width = paddedWidth(headDim);
        this.keys = new MemorySegment[hops];
        this.values = new MemorySegment[hops];
        long rows = (long) slots * heads * this.positions * bytes;
        String need = "keys and values of " + slots + " sequences of " + this.positions + " tokens take "
                + hops * rows * (headDim + width) + " bytes";
        if (hops * rows * (headDim + width) > machineBytes()) {
            // Where the kernel promises more than there is, writing to it would end the process.
            throw new OutOfDeviceMemoryException(need + ", there are " + machineBytes());
        }
        try {
            for (int hop = 0; hop < hops; hop++) {
                keys[hop] = arena.allocate(rows * headDim, ALIGNMENT);
                values[hop] = arena.allocate(rows * width, ALIGNMENT);
            }
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new OutOfDeviceMemoryException(need + ": " + e.getMessage());
        }
    }

    /** The memory of this machine, or of the container that the process is in. */
    private static long machineBytes() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    }

    /** A head's features as values lie: whole chunks. */
    static int paddedWidth(int headDim) {
        return Math.ceilDiv(headDim, BLOCK) * BLOCK;
    }

    static KeyValues of(DType type, int hops, int slots, int positions, int heads, int headDim) {
        return type == DType.BF16
                ? new Bfloat16(hops, slots, positions, heads, headDim)
                : new Float32(hops, slots, positions, heads, headDim);
    }

    int slots() {
        return slots;
    }

    int positions() {
        return positions;
    }

    /** Where a head's keys begin. */
    private long keys(int hop, int slot, int head) {
        return keys[hop].address() + ((long) slot * heads + head) * positions * headDim * bytes;
    }

    private long values(int hop, int slot, int head) {
        return values[hop].address() + ((long) slot * heads + head) * positions * width * bytes;
    }

    /** Keeps a token's key and value of one head, both float32. */
    void put(int hop, int slot, int head, int position, long key, long value) {
        long line = keys(hop, slot, head) + ((long) (position - position % BLOCK) * headDim + position % BLOCK) * bytes;
        for (int i = 0; i < headDim; i++) {
            set(line, (long) i * BLOCK, Memory.get(key, i));
        }
        long row = values(hop, slot, head) + (long) position * width * bytes;
        for (int i = 0; i < headDim; i++) {
            set(row, i, Memory.get(value, i));
        }
    }

    abstract void set(long numbers, long i, float value);

    /** Of hops {@code from} to {@code to} − 1 copies the first {@code length} positions of slots to others, all at once: a source may be a target. */
    void copy(long[] sources, long[] targets, int length, int from, int to) {
        long keyBytes = (long) Math.ceilDiv(length, BLOCK) * BLOCK * headDim * bytes;
        long valueBytes = (long) length * width * bytes;
        boolean chained =
                Arrays.stream(sources).anyMatch(source -> Arrays.stream(targets).anyMatch(t -> t == source));
        try (Arena copies = Arena.ofConfined()) {
            long room = chained
                    ? copies.allocate(sources.length * Math.max(keyBytes, valueBytes), ALIGNMENT)
                            .address()
                    : 0;
            for (int hop = from; hop < to; hop++) {
                for (int head = 0; head < heads; head++) {
                    int h = hop;
                    int at = head;
                    copy(sources, targets, slot -> keys(h, slot, at), keyBytes, room);
                    copy(sources, targets, slot -> values(h, slot, at), valueBytes, room);
                }
            }
        }
    }

    /** Through {@code room} where there is some. */
    private static void copy(long[] sources, long[] targets, IntToLongFunction place, long bytes, long room) {
        for (int i = 0; i < sources.length && room != 0; i++) {
            Memory.copy(place.applyAsLong((int) sources[i]), room + i * bytes, bytes);
        }
        for (int i = 0; i < sources.length; i++) {
            long source = room != 0 ? room + i * bytes : place.applyAsLong((int) sources[i]);
            Memory.copy(source, place.applyAsLong((int) targets[i]), bytes);
        }
    }

    /** Room for scores of one call of {@link #attend}, in floats. */
    int scratch() {
        return 2 * positions + 2 * width;
    }

    /**
     * Attention of the query heads that share a head of keys and values.
     *
     * @param from    the first position seen
     * @param to      the position after the last one seen
     * @param queries {@code [group, headDim]}, float32, scaled
     * @param cap     scores s become cap·tanh(s/cap); 0 for none
     * @param out     {@code [group, headDim]} in the caches' type
     * @param scratch room for so many floats as {@link #scratch()} says
     */
    void attend(
            int hop, int slot, int head, int from, int to, long queries, int group, float cap, long out, long scratch) {
        long keys = keys(hop, slot, head);
        long values = values(hop, slot, head);
        int first = from - from % BLOCK;
        int end = Math.ceilDiv(to, BLOCK) * BLOCK;
        long other = scratch + 4L * positions;
        long sums = other + 4L * positions;
        for (int query = 0; query < group; query += 2) {
            // An odd one out is computed twice: reading its keys is what takes the time.
            int second = Math.min(query + 1, group - 1);
            scores(
                    keys,
                    headDim,
                    first,
                    end,
                    queries + 4L * query * headDim,
                    queries + 4L * second * headDim,
                    scratch,
                    other);
            float total = softmax(scratch, first, from, to, end, cap);
            float otherTotal = softmax(other, first, from, to, end, cap);
            sumUp(
                    values,
                    from,
                    to,
                    scratch,
                    other,
                    1 / total,
                    1 / otherTotal,
                    out + (long) query * headDim * bytes,
                    out + (long) second * headDim * bytes,
                    sums);
        }
    }

    /** Two weighted sums of a head's values; padded ones, which would overwrite the next head's, are computed elsewhere. */
    private void sumUp(
            long values,
            int from,
            int to,
            long weights,
            long otherWeights,
            float factor,
            float otherFactor,
            long out,
            long otherOut,
            long scratch) {
        boolean padded = headDim < width;
        long sum = padded ? scratch : out;
        long otherSum = padded ? scratch + (long) width * bytes : otherOut;
        for (int chunk = 0; chunk < width; chunk += BLOCK) {
            long at = (long) chunk * bytes;
            sums(values + at, width, from, to, weights, otherWeights, factor, otherFactor, sum + at, otherSum + at);
        }
        if (padded) {
            Memory.copy(sum, out, (long) headDim * bytes);
            Memory.copy(otherSum, otherOut, (long) headDim * bytes);
        }
    }

    /** Scores become e^(s − greatest), those of positions outside of [from, to) 0. @return their sum */
    private float softmax(long scores, int first, int from, int to, int end, float cap) {
        if (cap > 0) {
            Kernels.cap(scores + 4L * first, cap, end - first);
        }
        for (int position = first; position < from; position++) {
            Memory.set(scores, place(position), Float.NEGATIVE_INFINITY);
        }
        for (int position = to; position < end; position++) {
            Memory.set(scores, place(position), Float.NEGATIVE_INFINITY);
        }
        FloatVector greatest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = first; i < end; i += LANES) {
            greatest = greatest.max(Memory.load(scores + 4L * i));
        }
        float most = greatest.reduceLanes(VectorOperators.MAX);
        FloatVector total = FloatVector.zero(FLOATS);
        for (int i = first; i < end; i += LANES) {
            FloatVector p = Memory.load(scores + 4L * i).sub(most).lanewise(VectorOperators.EXP);
            Memory.store(p, scores + 4L * i);
            total = total.add(p);
        }
        return total.reduceLanes(VectorOperators.ADD);
    }

    /** Where a position's score lies. */
    abstract int place(int position);

    /** The scores of whole blocks of keys for two queries. */
    abstract void scores(
            long keys, int headDim, int first, int end, long query, long otherQuery, long scores, long otherScores);

    /** One chunk of two weighted sums of values, each times a factor, in the caches' type. */
    abstract void sums(
            long values,
            int width,
            int from,
            int to,
            long weights,
            long otherWeights,
            float factor,
            float otherFactor,
            long out,
            long otherOut);

    @Override
    public void close() {
        arena.close();
    }

    private static final class Float32 extends KeyValues {

        Float32(int hops, int slots, int positions, int heads, int headDim) {
            super(DType.F32, hops, slots, positions, heads, headDim);
        }

        @Override
        void set(long numbers, long i, float value) {
            Memory.set(numbers, i, value);
        }

        @Override
        int place(int position) {
            return position;
        }

        @Override
        void scores(
                long keys,
                int headDim,
                int first,
                int end,
                long query,
                long otherQuery,
                long scores,
                long otherScores) {
            for (int block = first; block < end; block += BLOCK) {
                FloatVector a0 = FloatVector.zero(FLOATS);
                FloatVector a1 = a0;
                FloatVector a2 = a0;
                FloatVector a3 = a0;
                FloatVector b0 = a0;
                FloatVector b1 = a0;
                FloatVector b2 = a0;
                FloatVector b3 = a0;
                long line = keys + 4L * block * headDim;
                for (int i = 0; i < headDim; i++, line += 4L * BLOCK) {
                    FloatVector a = FloatVector.broadcast(FLOATS, Memory.get(query, i));
                    FloatVector b = FloatVector.broadcast(FLOATS, Memory.get(otherQuery, i));
                    FloatVector k0 = Memory.load(line);
                    FloatVector k1 = Memory.load(line + 4L * LANES);
                    FloatVector k2 = Memory.load(line + 8L * LANES);
                    FloatVector k3 = Memory.load(line + 12L * LANES);
                    a0 = k0.fma(a, a0);
                    a1 = k1.fma(a, a1);
                    a2 = k2.fma(a, a2);
                    a3 = k3.fma(a, a3);
                    b0 = k0.fma(b, b0);
                    b1 = k1.fma(b, b1);
                    b2 = k2.fma(b, b2);
                    b3 = k3.fma(b, b3);
                }
                store(a0, a1, a2, a3, scores + 4L * block);
                store(b0, b1, b2, b3, otherScores + 4L * block);
            }
        }

        @Override
        void sums(
                long values,
                int width,
                int from,
                int to,
                long weights,
                long otherWeights,
                float factor,
                float otherFactor,
                long out,
                long otherOut) {
            FloatVector a0 = FloatVector.zero(FLOATS);
            FloatVector a1 = a0;
            FloatVector a2 = a0;
            FloatVector a3 = a0;
            FloatVector b0 = a0;
            FloatVector b1 = a0;
            FloatVector b2 = a0;
            FloatVector b3 = a0;
            long row = values + 4L * from * width;
            for (int position = from; position < to; position++, row += 4L * width) {
                FloatVector a = FloatVector.broadcast(FLOATS, Memory.get(weights, position));
                FloatVector b = FloatVector.broadcast(FLOATS, Memory.get(otherWeights, position));
                FloatVector v0 = Memory.load(row);
                FloatVector v1 = Memory.load(row + 4L * LANES);
                FloatVector v2 = Memory.load(row + 8L * LANES);
                FloatVector v3 = Memory.load(row + 12L * LANES);
                a0 = v0.fma(a, a0);
                a1 = v1.fma(a, a1);
                a2 = v2.fma(a, a2);
                a3 = v3.fma(a, a3);
                b0 = v0.fma(b, b0);
                b1 = v1.fma(b, b1);
                b2 = v2.fma(b, b2);
                b3 = v3.fma(b, b3);
            }
            store(a0.mul(factor), a1.mul(factor), a2.mul(factor), a3.mul(factor), out);
            store(b0.mul(otherFactor), b1.mul(otherFactor), b2.mul(otherFactor), b3.mul(otherFactor), otherOut);
        }
    }

    private static void store(FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3, long address) {
        Memory.store(v0, address);
        Memory.store(v1, address + 4L * LANES);
        Memory.store(v2, address + 8L * LANES);
        Memory.store(v3, address + 12L * LANES);
    }

    private static final class Bfloat16 extends KeyValues {

        Bfloat16(int hops, int slots, int positions, int heads, int headDim) {
            super(DType.BF16, hops, slots, positions, heads, headDim);
        }

        @Override
        void set(long numbers, long i, float value) {
            Memory.set(DType.BF16, numbers, i, value);
        }

        /** Firsts of the first vector of pairs, its seconds, firsts of the second vector of pairs, its seconds. */
        @Override
        int place(int position) {
            int inBlock = position % BLOCK;
            int pair = inBlock / 2;
            return position - inBlock + (pair / LANES * 2 + inBlock % 2) * LANES + pair % LANES;
        }

        @Override
        void scores(
                long keys,
                int headDim,
                int first,
                int end,
                long query,
                long otherQuery,
                long scores,
                long otherScores) {
            for (int block = first; block < end; block += BLOCK) {
                FloatVector a0 = FloatVector.zero(FLOATS);
                FloatVector a1 = a0;
                FloatVector a2 = a0;
                FloatVector a3 = a0;
                FloatVector b0 = a0;
                FloatVector b1 = a0;
                FloatVector b2 = a0;
                FloatVector b3 = a0;
                long line = keys + 2L * block * headDim;
                for (int i = 0; i < headDim; i++, line += 2L * BLOCK) {
                    FloatVector a = FloatVector.broadcast(FLOATS, Memory.get(query, i));
                    FloatVector b = FloatVector.broadcast(FLOATS, Memory.get(otherQuery, i));
                    IntVector p = Memory.loadInts(line);
                    IntVector q = Memory.loadInts(line + 4L * LANES);
                    FloatVector k0 = Memory.firsts(p);
                    FloatVector k1 = Memory.seconds(p);
                    FloatVector k2 = Memory.firsts(q);
                    FloatVector k3 = Memory.seconds(q);
                    a0 = k0.fma(a, a0);
                    a1 = k1.fma(a, a1);
                    a2 = k2.fma(a, a2);
                    a3 = k3.fma(a, a3);
                    b0 = k0.fma(b, b0);
                    b1 = k1.fma(b, b1);
                    b2 = k2.fma(b, b2);
                    b3 = k3.fma(b, b3);
                }
                store(a0, a1, a2, a3, scores + 4L * block);
                store(b0, b1, b2, b3, otherScores + 4L * block);
            }
        }

        @Override
        void sums(
                long values,
                int width,
                int from,
                int to,
                long weights,
                long otherWeights,
                float factor,
                float otherFactor,
                long out,
                long otherOut) {
            FloatVector a0 = FloatVector.zero(FLOATS);
            FloatVector a1 = a0;
            FloatVector a2 = a0;
            FloatVector a3 = a0;
            FloatVector b0 = a0;
            FloatVector b1 = a0;
            FloatVector b2 = a0;
            FloatVector b3 = a0;
            long row = values + 2L * from * width;
            for (int position = from; position < to; position++, row += 2L * width) {
                int place = place(position);
                FloatVector a = FloatVector.broadcast(FLOATS, Memory.get(weights, place));
                FloatVector b = FloatVector.broadcast(FLOATS, Memory.get(otherWeights, place));
                IntVector p = Memory.loadInts(row);
                IntVector q = Memory.loadInts(row + 4L * LANES);
                FloatVector v0 = Memory.firsts(p);
                FloatVector v1 = Memory.seconds(p);
                FloatVector v2 = Memory.firsts(q);
                FloatVector v3 = Memory.seconds(q);
                a0 = v0.fma(a, a0);
                a1 = v1.fma(a, a1);
                a2 = v2.fma(a, a2);
                a3 = v3.fma(a, a3);
                b0 = v0.fma(b, b0);
                b1 = v1.fma(b, b1);
                b2 = v2.fma(b, b2);
                b3 = v3.fma(b, b3);
            }
            Memory.storeInts(Memory.pairs(a0.mul(factor), a1.mul(factor)), out);
            Memory.storeInts(Memory.pairs(a2.mul(factor), a3.mul(factor)), out + 4L * LANES);
            Memory.storeInts(Memory.pairs(b0.mul(otherFactor), b1.mul(otherFactor)), otherOut);
            Memory.storeInts(Memory.pairs(b2.mul(otherFactor), b3.mul(otherFactor)), otherOut + 4L * LANES);
        }
    }
}
