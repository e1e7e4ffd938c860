package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Rescale;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that adds thinned task vectors to a base: base + λ · Σ wᵢ·τᵢ′, with or without the sign election of TIES, and with
 * or without division by the weights that took part.
 */
final class TaskVectorMerger implements TensorMerger {

    private static final float NO_WEIGHT = 1e-8f;

    private final Kernels kernels = Kernels.best();
    private final DType dtype;
    private final long elements;
    private final Operand base;
    private final List<Operand> sources;
    private final float[] weights;
    private final Thinning[] thinnings;
    private final float[] factors;
    private final boolean rescaleL1;
    private final boolean elects;
    private final boolean normalizes;
    private final float lambda;
    private final long grain;

    TaskVectorMerger(OutputTensor tensor, Operand base, List<Operand> sources) {
        this.dtype = tensor.info().dtype();
        this.elements = tensor.info().elements();
        this.base = base;
        this.sources = sources;
        this.weights = new float[sources.size()];
        this.thinnings = new Thinning[sources.size()];
        this.factors = new float[sources.size()];
        for (int i = 0; i < weights.length; i++) {
            OutputTensor.Input input = sources.get(i).input();
            weights[i] = input.parameter("weight");
            thinnings[i] = Thinning.of(tensor, input);
            factors[i] = tensor.rescale() == Rescale.INVERSE_DENSITY && thinnings[i] != Thinning.NONE
                    ? (float) (1 / input.parameters().get("density"))
                    : 1;
        }
        this.rescaleL1 = tensor.rescale() == Rescale.L1_NORM;
        this.elects = switch (tensor.method()) {
            case TIES, DARE_TIES, DELLA, BREADCRUMBS_TIES -> true;
            default -> false;
        };
        this.normalizes = tensor.isOn("normalize");
        this.lambda = tensor.parameters().get("lambda").floatValue();
        boolean byRows = tensor.method() == MergeMethod.DELLA || tensor.method() == MergeMethod.DELLA_LINEAR;
        this.grain = byRows ? tensor.info().rowLength() : 1;
    }

    @Override
    public long grain() {
        return grain;
    }

    @Override
    public void prepare(Workers workers) {
        var active = new java.util.ArrayList<Integer>();
        for (int i = 0; i < thinnings.length; i++) {
            if (thinnings[i] != Thinning.NONE) {
                active.add(i);
            }
        }
        if (active.isEmpty()) {
            return;
        }
        TaskVectors vectors = new TaskVectors(kernels, base, sources, elements);
        for (int i : active) {
            thinnings[i].prepare(vectors, i, workers);
        }
        if (rescaleL1) {
            active.forEach(i -> factors[i] = l1Factor(i, workers));
        }
    }

    /** The L1 norm before thinning over the one after it, as mergekit does it: 1 where either is next to nothing. */
    private float l1Factor(int source, Workers workers) {
        int piece = piece();
        double[][] sums = new double[TensorMerger.pieces(elements, piece)][2];
        workers.each(sums.length, p -> {
            long from = (long) p * piece;
            int count = (int) Math.min(piece, elements - from);
            float[] b = new float[Kernels.BLOCK];
            float[] x = new float[Kernels.BLOCK];
            Thinning.Piece thinning = thinnings[source].piece(from, count);
            for (int at = 0; at < count; at += Kernels.BLOCK) {
                int n = Math.min(Kernels.BLOCK, count - at);
                base.read(kernels, from + at, b, n);
                sources.get(source).read(kernels, from + at, x, n);
                kernels.subtract(x, b, n);
                sums[p][0] += Sums.absolute(x, n);
                thinning.apply(kernels, x, from + at, n);
                sums[p][1] += Sums.absolute(x, n);
            }
        });
        double before = Arrays.stream(sums).mapToDouble(sum -> sum[0]).sum();
        double after = Arrays.stream(sums).mapToDouble(sum -> sum[1]).sum();
        return before < 1e-7 || after < 1e-7 ? 1 : (float) (before / after);
    }

    @Override
    public void merge(long from, int count, MemorySegment target) {
        int size = sources.size();
        float[] b = new float[Kernels.BLOCK];
        float[][] x = new float[elects ? size : 1][Kernels.BLOCK];
        float[] sum = new float[Kernels.BLOCK];
        float[] agreed = elects ? new float[Kernels.BLOCK] : sum;
        float[] divisor = new float[Kernels.BLOCK];
        Thinning.Piece[] pieces = new Thinning.Piece[size];
        for (int i = 0; i < size; i++) {
            pieces[i] = thinnings[i].piece(from, count);
        }
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            base.read(kernels, from + at, b, n);
            Arrays.fill(sum, 0);
            for (int i = 0; i < size; i++) {
                float[] block = x[elects ? i : 0];
                weighed(i, pieces[i], from + at, b, block, n);
                kernels.add(sum, block, n);
            }
            if (elects) {
                elect(x, sum, agreed, divisor, n);
            } else if (normalizes) {
                kernels.divide(sum, constantDivisor(), n);
            }
            if (lambda != 1) {
                kernels.scale(agreed, lambda, n);
            }
            kernels.add(agreed, b, n);
            kernels.store(dtype, agreed, target, at, n);
        }
    }

    /** w · τ′ of one block. */
    private void weighed(int i, Thinning.Piece thinning, long element, float[] b, float[] x, int n) {
        sources.get(i).read(kernels, element, x, n);
        kernels.subtract(x, b, n);
        thinning.apply(kernels, x, element, n);
        if (factors[i] != 1) {
            kernels.scale(x, factors[i], n);
        }
        kernels.scale(x, weights[i], n);
    }

    /** The sign of the sum wins; only what agrees with it is added up. */
    private void elect(float[][] x, float[] sum, float[] agreed, float[] divisor, int n) {
        Arrays.fill(agreed, 0);
        Arrays.fill(divisor, 0);
        for (int i = 0; i < x.length; i++) {
            kernels.addAgreeing(x[i], weights[i], sum, agreed, divisor, n);
        }
        if (normalizes) {
            kernels.divideBy(agreed, divisor, n);
        }
    }

    private float constantDivisor() {
        float total = 0;
        for (float weight : weights) {
            total += weight;
        }
        return Math.abs(total) < NO_WEIGHT ? 1 : total;
    }
}
