package dev.evomerge.inference.cpu;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Floats in native memory by their address, as float32 or bfloat16, one or a vector at a time. Kernels work on tensors of several owners, libtorch
 * among them; one segment over everything keeps their loads and stores of one kind, which the compiler turns into single instructions.
 */
@SuppressWarnings("restricted")
final class Memory {

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    /** As many shorts as there are lanes. */
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Short.SIZE * FLOATS.length()));

    static final int LANES = FLOATS.length();

    /** The bits of a float32 that bfloat16 has too. */
    static final int UPPER = 0xffff0000;

    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

    private Memory() {}

    static float get(long floats, long i) {
        return ALL.get(FLOAT, floats + Float.BYTES * i);
    }

    static void set(long floats, long i, float value) {
        ALL.set(FLOAT, floats + Float.BYTES * i, value);
    }

    static float get(DType type, long numbers, long i) {
        return type == DType.BF16 ? Float.intBitsToFloat(ALL.get(SHORT, numbers + 2 * i) << 16) : get(numbers, i);
    }

    static void set(DType type, long numbers, long i, float value) {
        if (type == DType.BF16) {
            ALL.set(SHORT, numbers + 2 * i, (short) (rounded(Float.floatToRawIntBits(value)) >>> 16));
        } else {
            set(numbers, i, value);
        }
    }

    /** A number as the type holds it. */
    static float as(DType type, float value) {
        return type == DType.BF16 ? Float.intBitsToFloat(rounded(Float.floatToRawIntBits(value)) & UPPER) : value;
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    static IntVector loadInts(long address) {
        return IntVector.fromMemorySegment(INTS, ALL, address, ORDER);
    }

    static void storeInts(IntVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    /** As many bfloat16 as there are lanes. */
    static FloatVector loadBfloat16(long address) {
        var bits = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, address, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    static void storeBfloat16(FloatVector vector, long address) {
        IntVector bits = rounded(vector.reinterpretAsInts()).lanewise(VectorOperators.LSHR, 16);
        ((ShortVector) bits.convertShape(VectorOperators.I2S, SHORTS, 0)).intoMemorySegment(ALL, address, ORDER);
    }

    /** Of pairs of bfloat16, the first of each. */
    static FloatVector firsts(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Of pairs of bfloat16, the second of each. */
    static FloatVector seconds(IntVector pairs) {
        return pairs.lanewise(VectorOperators.AND, UPPER).reinterpretAsFloats();
    }

    /** Pairs of bfloat16. */
    static IntVector pairs(FloatVector firsts, FloatVector seconds) {
        return rounded(firsts.reinterpretAsInts())
                .lanewise(VectorOperators.LSHR, 16)
                .lanewise(
                        VectorOperators.OR, rounded(seconds.reinterpretAsInts()).lanewise(VectorOperators.AND, UPPER));
    }

    // To the nearest, ties to even, in the upper half. NaNs here come from bfloat16 or arithmetic: their lower half is
    // 0, so none becomes a number.
    private static int rounded(int bits) {
        return bits + 0x7fff + (bits >>> 16 & 1);
    }

    private static IntVector rounded(IntVector bits) {
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).lanewise(VectorOperators.AND, 1);
        return bits.add(odd).add(0x7fff);
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
