package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;

/** w·b + (1 − w)·a with w = t / |a − b|, at most 1: where the models a and b are near, b is taken. */
final class NearSwapMerger implements TensorMerger {

    private static final float NEAREST = 1e-6f;

    private final Kernels kernels;
    private final DType dtype;
    private final Operand base;
    private final Operand other;
    private final float t;

    NearSwapMerger(OutputTensor tensor, Operand base, Operand other) {
        this.kernels = Kernels.of(tensor.info().elements());
        this.dtype = tensor.info().dtype();
        this.base = base;
        this.other = other;
        this.t = tensor.parameters().get("t").floatValue();
    }

    @Override
    public void merge(long from, int count, MemorySegment target) {
        float[] a = new float[Kernels.BLOCK];
        float[] b = new float[Kernels.BLOCK];
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            base.read(kernels, from + at, a, n);
            other.read(kernels, from + at, b, n);
            for (int i = 0; i < n; i++) {
                float weight = t / Math.max(Math.abs(a[i] - b[i]), NEAREST);
                weight = Math.min(Math.max(weight, 0), 1);
                a[i] = weight * b[i] + (1 - weight) * a[i];
            }
            kernels.store(dtype, a, target, at, n);
        }
    }
}
