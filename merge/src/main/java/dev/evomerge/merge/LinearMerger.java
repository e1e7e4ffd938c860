package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The weighted sum: Σ wᵢ·xᵢ, divided by Σ wᵢ where weights are normalised; in 32 bits, in the order of the sources. */
final class LinearMerger implements TensorMerger {

    private final Kernels kernels;
    private final DType dtype;
    private final List<Operand> operands;
    private final float[] weights;
    private final float divisor;
    private final Optional<MemorySegment[]> segments;

    /**
     * @param weights   one per operand
     * @param normalize whether to divide by their sum
     */
    LinearMerger(OutputTensor tensor, List<Operand> operands, float[] weights, boolean normalize) {
        this.kernels = Kernels.of(tensor.info().elements());
        this.dtype = tensor.info().dtype();
        this.operands = operands;
        this.weights = weights;
        float sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        if (normalize && sum == 0) {
            throw new MergeException(List.of(new Problem(
                    "", Optional.of(tensor.name()), "weights that add up to 0", "another sum, or normalize: false")));
        }
        this.divisor = normalize ? sum : 1;
        this.segments = Operand.bfloat16(dtype, operands);
    }

    @Override
    public void merge(long from, int count, MemorySegment target) {
        if (segments.isPresent() && kernels.weightedSum(segments.get(), weights, divisor, from, target, count)) {
            return;
        }
        mergeBlocks(from, count, target);
    }

    /** For all types, and to find what is not finite. */
    private void mergeBlocks(long from, int count, MemorySegment target) {
        float[] sum = new float[Kernels.BLOCK];
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            operands.getFirst().read(kernels, from + at, sum, n);
            if (weights[0] != 1) {
                kernels.scale(sum, weights[0], n);
            }
            for (int i = 1; i < weights.length; i++) {
                operands.get(i).addTo(kernels, from + at, weights[i], sum, n);
            }
            if (divisor != 1) {
                kernels.divide(sum, divisor, n);
            }
            kernels.store(dtype, sum, target, at, n);
        }
    }
}
