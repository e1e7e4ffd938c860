package dev.evomerge.inference;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Copies elements from one floating-point type to another, rounding to nearest, ties to even. */
final class Conversion {

    // Checkpoints are little endian, and tensors need not be aligned in their file.
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Conversion() {}

    static void copy(MemorySegment source, DType from, MemorySegment target, DType to) {
        if (from == to) {
            target.copyFrom(source);
            return;
        }
        long elements = source.byteSize() / from.bytes();
        for (long i = 0; i < elements; i++) {
            set(target, to, i, get(source, from, i));
        }
    }

    private static float get(MemorySegment memory, DType type, long i) {
        return switch (type) {
            case F32 -> memory.get(FLOAT, 4 * i);
            case BF16 -> Float.intBitsToFloat(memory.get(SHORT, 2 * i) << 16);
            case F16 -> Float.float16ToFloat(memory.get(SHORT, 2 * i));
            default -> throw new IllegalArgumentException("no conversion from " + type);
        };
    }

    private static void set(MemorySegment memory, DType type, long i, float value) {
        switch (type) {
            case F32 -> memory.set(FLOAT, 4 * i, value);
            case BF16 -> memory.set(SHORT, 2 * i, toBfloat16(value));
            case F16 -> memory.set(SHORT, 2 * i, Float.floatToFloat16(value));
            default -> throw new IllegalArgumentException("no conversion to " + type);
        }
    }

    static short toBfloat16(float value) {
        int bits = Float.floatToIntBits(value);
        return Float.isNaN(value) ? (short) (bits >>> 16 | 0x40) : (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
