package dev.evomerge.merge.safetensors;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor's type and shape.
 *
 * @param dtype the type of its elements
 * @param shape sizes from the slowest dimension to the fastest; empty for a single number
 */
public record TensorInfo(DType dtype, List<Long> shape) {

    public TensorInfo {
        shape = List.copyOf(shape);
    }

    public static TensorInfo of(DType dtype, long... shape) {
        return new TensorInfo(dtype, Arrays.stream(shape).boxed().toList());
    }

    /** The number of elements. */
    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** The size of the data in bytes. */
    public long bytes() {
        return elements() * dtype.bytes();
    }

    /** The length of one row: the size of the fastest dimension, 1 for a single number. */
    public long rowLength() {
        return shape.isEmpty() ? 1 : shape.getLast();
    }

    /** Sizes from the slowest dimension to the fastest. */
    public long[] shapeArray() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
