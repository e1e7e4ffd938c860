package dev.evomerge.merge.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Single elements of tensors that can be merged, as floats. */
public final class Elements {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Elements() {}

    /** Element {@code index} of a tensor whose type {@linkplain DType#isMergeable() can be merged}. */
    public static float get(DType dtype, MemorySegment data, long index) {
        return switch (dtype) {
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * 2) << 16);
            case F16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
            default -> data.get(FLOAT, index * 4);
        };
    }

    /** Writes an element, rounded to the nearest, ties to even; not-a-number becomes the type's quiet one. */
    public static void set(DType dtype, MemorySegment data, long index, float value) {
        switch (dtype) {
            case BF16 -> data.set(SHORT, index * 2, bfloat16(value));
            case F16 -> data.set(SHORT, index * 2, Float.floatToFloat16(value));
            default -> data.set(FLOAT, index * 4, value);
        }
    }

    private static short bfloat16(float value) {
        if (Float.isNaN(value)) {
            return 0x7FC0;
        }
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
