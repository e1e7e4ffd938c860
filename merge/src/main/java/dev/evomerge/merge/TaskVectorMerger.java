package dev.evomerge.merge;

import dev.evomerge.merge.Thinning.Weighing;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Rescale;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that adds thinned task vectors to a base: base + λ · Σ wᵢ·τᵢ′, with or without the sign election of TIES, and with
 * or without division by the weights that took part.
 */
final class TaskVectorMerger implements TensorMerger {

    private static final float NO_WEIGHT = 1e-8f;
    private static final float[] NO_SUM = {};

    private final Kernels kernels;
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
        this.kernels = Kernels.of(tensor.info().elements());
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
        var active = new ArrayList<Integer>();
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
            rescaleByL1(active, workers);
        }
    }

    /** Factors: the L1 norm before thinning over the one after it, as mergekit does it; 1 where either is next to nothing. */
    private void rescaleByL1(List<Integer> active, Workers workers) {
        int piece = piece();
        double[][] parts = new double[TensorMerger.pieces(elements, piece)][];
        workers.each(parts.length, p -> {
            long from = (long) p * piece;
            parts[p] = l1Norms(active, from, (int) Math.min(piece, elements - from));
        });
        for (int k = 0; k < active.size(); k++) {
            double before = 0;
            double after = 0;
            for (double[] part : parts) {
                before += part[2 * k];
                after += part[2 * k + 1];
            }
            factors[active.get(k)] = before < 1e-7 || after < 1e-7 ? 1 : (float) (before / after);
        }
    }

    /** Per source that is thinned, two numbers: the L1 norm of a piece before and after. */
    private double[] l1Norms(List<Integer> active, long from, int count) {
        int size = active.size();
        float[] b = new float[Kernels.BLOCK];
        float[] x = new float[Kernels.BLOCK];
        double[][] sums = new double[2 * size][Kernels.LANES];
        Thinning.Piece[] pieces =
                active.stream().map(i -> thinnings[i].piece(from, count)).toArray(Thinning.Piece[]::new);
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            base.read(kernels, from + at, b, n);
            var block = new Weighing(kernels, from + at, n, b, NO_SUM);
            for (int k = 0; k < size; k++) {
                pieces[k].addNorms(sources.get(active.get(k)), block, x, sums[2 * k], sums[2 * k + 1]);
            }
        }
        return Arrays.stream(sums)
                .mapToDouble(lanes -> Arrays.stream(lanes).sum())
                .toArray();
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
            var block = new Weighing(kernels, from + at, n, b, sum);
            for (int i = 0; i < size; i++) {
                pieces[i].add(sources.get(i), block, factors[i], weights[i], x[elects ? i : 0]);
            }
            if (elects) {
                kernels.elect(x, normalizes ? weights : NO_SUM, sum, agreed, divisor, n);
            } else if (normalizes) {
                kernels.divide(sum, constantDivisor(), n);
            }
            kernels.storeOnto(dtype, b, lambda, agreed, target, at, n);
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
