package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * SCE (arXiv 2408.07990): select the elements whose task vectors vary most between the sources, weigh each source by the mean square of
 * what was selected, erase what disagrees with the sign of the sum.
 */
final class SceMerger implements TensorMerger {

    private static final double NO_ENERGY = 1e-6;
    private static final float NO_WEIGHT = 1e-6f;

    private final Kernels kernels;
    private final DType dtype;
    private final long elements;
    private final Operand base;
    private final List<Operand> sources;
    private final double share;
    private final float[] weights;
    private TopSet selected = new TopSet(0, Long.MAX_VALUE);

    SceMerger(OutputTensor tensor, Operand base, List<Operand> sources) {
        this.kernels = Kernels.of(tensor.info().elements());
        this.dtype = tensor.info().dtype();
        this.elements = tensor.info().elements();
        this.base = base;
        this.sources = sources;
        this.share = tensor.parameters().get("select_topk");
        this.weights = new float[sources.size()];
    }

    @Override
    public void prepare(Workers workers) {
        if (share < 1) {
            Values variances = variances();
            selected = TopSet.find(variances, (long) (share * countVarying(variances, workers)), workers);
        }
        double[] energies = energies(workers);
        double total = Arrays.stream(energies).sum();
        for (int i = 0; i < weights.length; i++) {
            weights[i] = total < NO_ENERGY ? 1f / weights.length : (float) (energies[i] / total);
        }
    }

    /** The population variance of the task vectors, by element. */
    private Values variances() {
        return new Values() {
            @Override
            public long elements() {
                return elements;
            }

            @Override
            public Reader reader() {
                var block = new Block();
                return (element, target, count) -> {
                    block.read(element, count);
                    block.variances(target, count);
                };
            }
        };
    }

    private long countVarying(Values variances, Workers workers) {
        long[] counts = new long[TensorMerger.pieces(elements, TensorMerger.PIECE)];
        workers.each(counts.length, p -> {
            float[] x = new float[Kernels.BLOCK];
            Values.Reader reader = variances.reader();
            long to = Math.min(elements, (p + 1L) * TensorMerger.PIECE);
            for (long at = (long) p * TensorMerger.PIECE; at < to; at += Kernels.BLOCK) {
                int n = (int) Math.min(Kernels.BLOCK, to - at);
                reader.read(at, x, n);
                for (int i = 0; i < n; i++) {
                    counts[p] += x[i] != 0 ? 1 : 0;
                }
            }
        });
        return Arrays.stream(counts).sum();
    }

    /** Per source the mean square of its selected elements. */
    private double[] energies(Workers workers) {
        double[][] sums = new double[TensorMerger.pieces(elements, TensorMerger.PIECE)][sources.size()];
        workers.each(sums.length, p -> {
            var block = new Block();
            long to = Math.min(elements, (p + 1L) * TensorMerger.PIECE);
            for (long at = (long) p * TensorMerger.PIECE; at < to; at += Kernels.BLOCK) {
                int n = (int) Math.min(Kernels.BLOCK, to - at);
                block.read(at, n);
                block.select(at, n);
                for (int i = 0; i < sources.size(); i++) {
                    sums[p][i] += Sums.product(block.x[i], block.x[i], 0, n);
                }
            }
        });
        double[] means = new double[sources.size()];
        for (double[] sum : sums) {
            for (int i = 0; i < means.length; i++) {
                means[i] += sum[i] / elements;
            }
        }
        return means;
    }

    /** A block of every task vector. */
    private final class Block {
        private final float[] b = new float[Kernels.BLOCK];
        private final float[][] x = new float[sources.size()][Kernels.BLOCK];
        private final float[] variance = new float[Kernels.BLOCK];

        void read(long element, int count) {
            base.read(kernels, element, b, count);
            for (int i = 0; i < x.length; i++) {
                sources.get(i).read(kernels, element, x[i], count);
                kernels.subtract(x[i], b, count);
            }
        }

        void variances(float[] target, int count) {
            for (int j = 0; j < count; j++) {
                double sum = 0;
                for (float[] vector : x) {
                    sum += vector[j];
                }
                double mean = sum / x.length;
                double squares = 0;
                for (float[] vector : x) {
                    squares += (vector[j] - mean) * (vector[j] - mean);
                }
                target[j] = (float) (squares / x.length);
            }
        }

        /** Sets what is not selected to zero. */
        void select(long element, int count) {
            if (share >= 1) {
                return;
            }
            variances(variance, count);
            selected.keep(kernels, variance, element, count);
            for (float[] vector : x) {
                for (int j = 0; j < count; j++) {
                    vector[j] = variance[j] == 0 ? 0 : vector[j];
                }
            }
        }
    }

    @Override
    public void merge(long from, int count, MemorySegment target) {
        var block = new Block();
        float[] elected = new float[Kernels.BLOCK];
        float[] sum = new float[Kernels.BLOCK];
        float[] divisor = new float[Kernels.BLOCK];
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            block.read(from + at, n);
            block.select(from + at, n);
            Arrays.fill(elected, 0);
            Arrays.fill(sum, 0);
            Arrays.fill(divisor, 0);
            for (float[] vector : block.x) {
                kernels.add(elected, vector, n);
            }
            for (int i = 0; i < weights.length; i++) {
                kernels.scale(block.x[i], weights[i], n);
                kernels.addAgreeing(block.x[i], weights[i], elected, sum, divisor, n);
            }
            for (int j = 0; j < n; j++) {
                sum[j] = block.b[j] + sum[j] / Math.max(divisor[j], NO_WEIGHT);
            }
            kernels.store(dtype, sum, target, at, n);
        }
    }
}
