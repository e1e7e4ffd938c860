package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;

/** Where a merged model goes in memory; every tensor is written exactly once, straight to its place. */
@FunctionalInterface
public interface TensorSink {

    /**
     * The memory that a tensor is written to. Called once per tensor, before anything is written, by the thread that asked for the merge.
     *
     * @param tensor its name
     * @param dtype  the type of its elements
     * @param shape  sizes from the slowest dimension to the fastest
     * @return exactly as many bytes as the tensor has; elements are written in row-major order, little endian
     */
    MemorySegment target(String tensor, DType dtype, long[] shape);
}
