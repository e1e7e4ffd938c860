package dev.evomerge.examples.zoo;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A Llama that can be trained: root-mean-square norms, rotary positions, grouped-query attention, gated feed-forward layers, separate embeddings
 * and head.
 *
 * <p>Matrices are held with their inputs as rows, {@code [in, out]}, the transpose of a Llama checkpoint's: a product then begins with the
 * activations, and belongs to their manager, which is closed after each step.
 *
 * <p>What is multiplied by a number here is multiplied by an array that lives on: for a plain number DJL makes an array over a buffer and lets
 * go of it at once, while the backward pass still reads it. A garbage collection in between changes the gradient.
 */
final class TinyLlama implements AutoCloseable {

    /**
     * Sizes.
     *
     * @param keyHeads heads of keys and values, a divisor of {@code heads}
     */
    record Size(int layers, int width, int heads, int keyHeads, int headWidth, int feedForward, int vocabulary) {}

    static final double NORM_EPSILON = 1e-5;
    static final double ROPE_THETA = 10_000;
    static final int CONTEXT = 128;

    private static final double EMBEDDING_SCALE = 0.02;

    private final Size size;
    private final NDManager manager;
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();
    private final NDArray cosines;
    private final NDArray sines;
    private final NDArray scoreScale;

    /** A model with random weights: normal, matrices with a deviation of 1/√in, those that write to the residual stream less by √(2·layers). */
    TinyLlama(Size size, NDManager parent, RandomGenerator random) {
        this.size = size;
        this.manager = parent.newSubManager();
        int width = size.width();
        int queries = size.heads() * size.headWidth();
        int keys = size.keyHeads() * size.headWidth();
        double residual = 1 / Math.sqrt(2 * size.layers());
        matrix("model.embed_tokens", random, EMBEDDING_SCALE, size.vocabulary(), width);
        for (int i = 0; i < size.layers(); i++) {
            String layer = layer(i);
            norm(layer + "input_layernorm");
            matrix(layer + "self_attn.q_proj", random, scale(width), width, queries);
            matrix(layer + "self_attn.k_proj", random, scale(width), width, keys);
            matrix(layer + "self_attn.v_proj", random, scale(width), width, keys);
            matrix(layer + "self_attn.o_proj", random, scale(queries) * residual, queries, width);
            norm(layer + "post_attention_layernorm");
            matrix(layer + "mlp.gate_proj", random, scale(width), width, size.feedForward());
            matrix(layer + "mlp.up_proj", random, scale(width), width, size.feedForward());
            matrix(layer + "mlp.down_proj", random, scale(size.feedForward()) * residual, size.feedForward(), width);
        }
        norm("model.norm");
        matrix("lm_head", random, scale(width), width, size.vocabulary());
        float[][] tables = rotary(size.headWidth());
        Shape shape = new Shape(CONTEXT, size.headWidth());
        cosines = manager.create(tables[0], shape);
        sines = manager.create(tables[1], shape);
        scoreScale = manager.create((float) (1 / Math.sqrt(size.headWidth())));
    }

    private static double scale(int inputs) {
        return 1 / Math.sqrt(inputs);
    }

    private static String layer(int index) {
        return "model.layers." + index + ".";
    }

    private void matrix(String name, RandomGenerator random, double scale, int rows, int columns) {
        var values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        parameter(name, values, new Shape(rows, columns));
    }

    private void norm(String name) {
        var values = new float[size.width()];
        Arrays.fill(values, 1);
        parameter(name, values, new Shape(size.width()));
    }

    private void parameter(String name, float[] values, Shape shape) {
        NDArray parameter = manager.create(values, shape);
        parameter.setRequiresGradient(true);
        parameters.put(name + ".weight", parameter);
    }

    private static float[][] rotary(int headWidth) {
        var tables = new float[2][CONTEXT * headWidth];
        for (int position = 0; position < CONTEXT; position++) {
            for (int i = 0; i < headWidth; i++) {
                int pair = i % (headWidth / 2);
                double angle = position * Math.pow(ROPE_THETA, -2.0 * pair / headWidth);
                tables[0][position * headWidth + i] = (float) Math.cos(angle);
                tables[1][position * headWidth + i] = (float) Math.sin(angle);
            }
        }
        return tables;
    }

    Size size() {
        return size;
    }

    NDManager manager() {
        return manager;
    }

    /** The parameters by their names in a Llama checkpoint; matrices but the embeddings are transposed. */
    Map<String, NDArray> parameters() {
        return parameters;
    }

    long parameterCount() {
        return parameters.values().stream().mapToLong(p -> p.getShape().size()).sum();
    }

    /** Takes over another model's weights. */
    void copyFrom(Map<String, float[]> weights) {
        parameters.forEach((name, parameter) -> {
            parameter.setRequiresGradient(false);
            parameter.set(weights.get(name));
            parameter.setRequiresGradient(true);
        });
    }

    /** The weights, by name. */
    Map<String, float[]> weights() {
        var weights = new LinkedHashMap<String, float[]>();
        parameters.forEach((name, parameter) -> weights.put(name, parameter.toFloatArray()));
        return weights;
    }

    /**
     * The logits of the next token.
     *
     * @param ids  tokens, [batch, length], each text beginning at 0
     * @param mask what is added to the scores of attention, [length, length]
     * @return [batch · length, vocabulary]
     */
    NDArray logits(NDArray ids, NDArray mask) {
        int length = (int) ids.getShape().get(1);
        NDArray cos = cosines.get("0:" + length);
        NDArray sin = sines.get("0:" + length);
        cos.attach(ids.getManager());
        sin.attach(ids.getManager());
        NDArray x = ids.getNDArrayInternal()
                .embedding(ids, weight("model.embed_tokens"), SparseFormat.DENSE)
                .singletonOrThrow();
        for (int i = 0; i < size.layers(); i++) {
            String layer = layer(i);
            x = x.add(attention(layer, norm(layer + "input_layernorm", x), cos, sin, mask));
            x = x.add(feedForward(layer, norm(layer + "post_attention_layernorm", x)));
        }
        return norm("model.norm", x).reshape(-1, size.width()).matMul(weight("lm_head"));
    }

    private NDArray weight(String name) {
        return parameters.get(name + ".weight");
    }

    private NDArray norm(String name, NDArray x) {
        NDArray meanSquare = x.square().mean(new int[] {-1}, true);
        return x.div(meanSquare.add(NORM_EPSILON).sqrt()).mul(weight(name));
    }

    private NDArray attention(String layer, NDArray x, NDArray cos, NDArray sin, NDArray mask) {
        long batch = x.getShape().get(0);
        long length = x.getShape().get(1);
        int group = size.heads() / size.keyHeads();
        NDArray query = rotate(heads(x, layer + "self_attn.q_proj", size.heads()), cos, sin);
        NDArray key = rotate(heads(x, layer + "self_attn.k_proj", size.keyHeads()), cos, sin);
        NDArray value = heads(x, layer + "self_attn.v_proj", size.keyHeads());
        // The query heads that share a key head are rows of one product.
        NDArray rows = query.reshape(batch, size.keyHeads(), group * length, size.headWidth());
        NDArray scores = rows.matMul(key.transpose(0, 1, 3, 2)).mul(scoreScale);
        NDArray shares = scores.reshape(batch, size.keyHeads(), group, length, length)
                .add(mask)
                .softmax(-1);
        return shares.reshape(batch, size.keyHeads(), group * length, length)
                .matMul(value)
                .reshape(batch, size.heads(), length, size.headWidth())
                .transpose(0, 2, 1, 3)
                .reshape(batch, length, (long) size.heads() * size.headWidth())
                .matMul(weight(layer + "self_attn.o_proj"));
    }

    /** A projection, split into heads: [batch, heads, length, headWidth]. */
    private NDArray heads(NDArray x, String projection, int heads) {
        return x.matMul(weight(projection))
                .reshape(x.getShape().get(0), x.getShape().get(1), heads, size.headWidth())
                .transpose(0, 2, 1, 3);
    }

    private static NDArray rotate(NDArray x, NDArray cos, NDArray sin) {
        NDList halves = x.split(2, 3);
        NDArray turned = NDArrays.concat(new NDList(halves.get(1).neg(), halves.get(0)), 3);
        return x.mul(cos).add(turned.mul(sin));
    }

    private NDArray feedForward(String layer, NDArray x) {
        NDArray gate = x.matMul(weight(layer + "mlp.gate_proj"));
        NDArray up = x.matMul(weight(layer + "mlp.up_proj"));
        return gate.mul(Activation.sigmoid(gate)).mul(up).matMul(weight(layer + "mlp.down_proj"));
    }

    @Override
    public void close() {
        manager.close();
    }
}
