package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Methods that work with lengths and angles. What they give always lies in the span of their inputs, so one pass takes the inner products
 * of all pairs (the Gram matrix, in 64 bits), a {@link Blend} turns these few numbers into one coefficient per input, and a second pass
 * adds up.
 */
final class AngleMerger implements TensorMerger {

    /** Which elements make one vector: all of the tensor's, each row's, or each column's. */
    private enum Vectors {
        WHOLE,
        ROWS,
        COLUMNS
    }

    private final Kernels kernels;
    private final DType dtype;
    private final long elements;
    private final Optional<Operand> origin;
    private final List<Operand> inputs;
    private final Blend blend;
    private final Vectors vectors;
    private final int width;
    private float[][] coefficients;

    private AngleMerger(
            OutputTensor tensor, Optional<Operand> origin, List<Operand> inputs, Blend blend, Vectors wanted) {
        this.kernels = Kernels.of(tensor.info().elements());
        this.dtype = tensor.info().dtype();
        this.elements = tensor.info().elements();
        this.origin = origin;
        this.inputs = inputs;
        this.blend = blend;
        boolean flat = tensor.info().shape().size() < 2;
        this.vectors = flat ? Vectors.WHOLE : wanted;
        this.width = switch (vectors) {
            case WHOLE -> 1;
            case ROWS -> Math.toIntExact(tensor.info().rowLength());
            case COLUMNS -> Math.toIntExact(elements / tensor.info().shape().getFirst());
        };
    }

    /** The merger for a method. */
    static TensorMerger of(OutputTensor tensor, Optional<Operand> base, List<Operand> inputs) {
        return switch (tensor.method()) {
            case SLERP ->
                new AngleMerger(
                        tensor,
                        Optional.empty(),
                        List.of(base.orElseThrow(), inputs.getFirst()),
                        Blend.slerp(tensor.parameters().get("t")),
                        Vectors.WHOLE);
            case NUSLERP -> {
                boolean rowWise = tensor.isOn("nuslerp_row_wise");
                Vectors vectors =
                        tensor.isOn("nuslerp_flatten") ? Vectors.WHOLE : rowWise ? Vectors.COLUMNS : Vectors.ROWS;
                yield new AngleMerger(tensor, base, inputs, Blend.nuslerp(weights(inputs)), vectors);
            }
            case MULTISLERP ->
                inputs.size() == 1
                        ? new LinearMerger(tensor, inputs, new float[] {1}, false)
                        : new AngleMerger(
                                tensor,
                                base,
                                inputs,
                                Blend.multislerp(
                                        tensor.name(),
                                        weights(inputs),
                                        tensor.isOn("normalize_weights"),
                                        tensor.parameters().get("eps")),
                                Vectors.WHOLE);
            case KARCHER ->
                inputs.size() == 1
                        ? new LinearMerger(tensor, inputs, new float[] {1}, false)
                        : new AngleMerger(
                                tensor,
                                Optional.empty(),
                                inputs,
                                Blend.karcher(
                                        tensor.parameters().get("max_iter").intValue(),
                                        tensor.parameters().get("tol")),
                                Vectors.WHOLE);
            case MODEL_STOCK ->
                new AngleMerger(
                        tensor,
                        base,
                        inputs,
                        Blend.modelStock(),
                        tensor.isOn("filter_wise") ? Vectors.ROWS : Vectors.WHOLE);
            default -> throw new IllegalArgumentException(tensor.method() + " knows no angles");
        };
    }

    private static double[] weights(List<Operand> inputs) {
        return inputs.stream()
                .mapToDouble(input -> input.input().parameters().get("weight"))
                .toArray();
    }

    @Override
    public long grain() {
        return vectors == Vectors.ROWS ? width : 1;
    }

    @Override
    public void prepare(Workers workers) {
        coefficients = switch (vectors) {
            case WHOLE -> new float[][] {floats(blend.coefficients(whole(workers)))};
            case ROWS -> rows(workers);
            case COLUMNS -> columns(workers);
        };
    }

    private double[][] whole(Workers workers) {
        int piece = piece();
        double[][][] parts = new double[TensorMerger.pieces(elements, piece)][][];
        workers.each(parts.length, p -> {
            long from = (long) p * piece;
            parts[p] = gram(new Block(), from, (int) Math.min(piece, elements - from));
        });
        double[][] sum = new double[inputs.size()][inputs.size()];
        for (double[][] part : parts) {
            for (int i = 0; i < sum.length; i++) {
                for (int j = 0; j < sum.length; j++) {
                    sum[i][j] += part[i][j];
                }
            }
        }
        return sum;
    }

    private float[][] rows(Workers workers) {
        float[][] result = new float[Math.toIntExact(elements / width)][];
        int piece = piece();
        workers.each(TensorMerger.pieces(elements, piece), p -> {
            var block = new Block();
            int last = (int) Math.min(result.length, (p + 1L) * (piece / width));
            for (int row = p * (piece / width); row < last; row++) {
                result[row] = floats(blend.coefficients(gram(block, (long) row * width, width)));
            }
        });
        return result;
    }

    private float[][] columns(Workers workers) {
        float[][] result = new float[width][];
        long height = elements / width;
        workers.each(TensorMerger.pieces(width, Kernels.BLOCK), p -> {
            var block = new Block();
            int first = p * Kernels.BLOCK;
            int count = Math.min(Kernels.BLOCK, width - first);
            double[][][] grams = new double[count][inputs.size()][inputs.size()];
            for (long row = 0; row < height; row++) {
                block.read(row * width + first, count);
                for (int column = 0; column < count; column++) {
                    block.addProducts(grams[column], column, column + 1);
                }
            }
            for (int column = 0; column < count; column++) {
                result[first + column] = floats(blend.coefficients(symmetric(grams[column])));
            }
        });
        return result;
    }

    private double[][] gram(Block block, long from, int count) {
        double[][] gram = new double[inputs.size()][inputs.size()];
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            block.read(from + at, n);
            block.addProducts(gram, 0, n);
        }
        return symmetric(gram);
    }

    private static double[][] symmetric(double[][] gram) {
        for (int i = 0; i < gram.length; i++) {
            for (int j = 0; j < i; j++) {
                gram[i][j] = gram[j][i];
            }
        }
        return gram;
    }

    private static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }

    /** A block of every input, taken from the origin where there is one. */
    private final class Block {
        private final float[] start = new float[Kernels.BLOCK];
        private final float[][] x = new float[inputs.size()][Kernels.BLOCK];

        void read(long element, int count) {
            origin.ifPresent(operand -> operand.read(kernels, element, start, count));
            for (int i = 0; i < x.length; i++) {
                inputs.get(i).read(kernels, element, x[i], count);
                if (origin.isPresent()) {
                    kernels.subtract(x[i], start, count);
                }
            }
        }

        void addProducts(double[][] gram, int from, int to) {
            for (int i = 0; i < x.length; i++) {
                for (int j = i; j < x.length; j++) {
                    gram[i][j] += Sums.product(x[i], x[j], from, to);
                }
            }
        }
    }

    @Override
    public void merge(long from, int count, MemorySegment target) {
        var block = new Block();
        float[] sum = new float[Kernels.BLOCK];
        for (int at = 0; at < count; at += Kernels.BLOCK) {
            int n = Math.min(Kernels.BLOCK, count - at);
            block.read(from + at, n);
            switch (vectors) {
                case WHOLE -> addWhole(block.x, sum, n);
                case ROWS -> addByElement(block.x, sum, from + at, n, width, Integer.MAX_VALUE);
                case COLUMNS -> addByElement(block.x, sum, from + at, n, 1, width);
            }
            if (origin.isPresent()) {
                kernels.add(sum, block.start, n);
            }
            kernels.store(dtype, sum, target, at, n);
        }
    }

    private void addWhole(float[][] x, float[] sum, int count) {
        float[] c = coefficients[0];
        System.arraycopy(x[0], 0, sum, 0, count);
        kernels.scale(sum, c[0], count);
        for (int i = 1; i < x.length; i++) {
            kernels.addScaled(sum, x[i], c[i], count);
        }
    }

    /** The coefficients of element e are those of vector (e / {@code length}) mod {@code number}. */
    private void addByElement(float[][] x, float[] sum, long element, int count, int length, int number) {
        for (int j = 0; j < count; j++) {
            float[] c = coefficients[(int) ((element + j) / length % number)];
            float value = c[0] * x[0][j];
            for (int i = 1; i < x.length; i++) {
                value += c[i] * x[i][j];
            }
            sum[j] = value;
        }
    }
}
