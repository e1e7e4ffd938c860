package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The buffers that hold a model's weights while it runs, and where in them each tensor of a checkpoint belongs. Projections that read the
 * same input are one buffer (query, key, value; gate, up), tensor after tensor, so that each is a run of whole rows.
 *
 * @param buffers      embedding, final norm, head (unless tied), then {@code layerBuffers} for each layer
 * @param slots        by the tensor's name in the checkpoint
 * @param layerBuffers buffers per layer
 * @param tied         whether the head is the embedding
 */
public record WeightLayout(List<Buffer> buffers, Map<String, Slot> slots, int layerBuffers, boolean tied) {

    /** A buffer's role and shape. */
    public record Buffer(String role, List<Long> shape) {
        public Buffer {
            shape = List.copyOf(shape);
        }

        /** The number of elements. */
        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    /** A tensor's place: the buffer's index, its first element in it, and its shape. */
    public record Slot(int buffer, long offset, List<Long> shape) {
        public Slot {
            shape = List.copyOf(shape);
        }

        /** The number of elements. */
        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    /** Buffers that come before those of layer 0 in a program's list of weights: embedding, final norm, head. */
    static final int GLOBALS = 3;

    public WeightLayout {
        buffers = List.copyOf(buffers);
        slots = Map.copyOf(slots);
    }

    /** The layout of a model. */
    public static WeightLayout of(ModelConfig config) {
        var builder = new Builder();
        long hidden = config.hidden();
        builder.buffer("embed").rows("model.embed_tokens.weight", config.vocabulary(), hidden);
        builder.buffer("norm").vector("model.norm.weight", hidden);
        if (!config.tied()) {
            builder.buffer("head").rows("lm_head.weight", config.vocabulary(), hidden);
        }
        for (int layer = 0; layer < config.layers().size(); layer++) {
            layer(builder, config, "model.layers." + layer + ".");
        }
        return builder.build(roles(config.traits()).size(), config.tied());
    }

    private static void layer(Builder builder, ModelConfig config, String prefix) {
        for (String role : roles(config.traits())) {
            builder.buffer(role);
            switch (role) {
                case "input_norm" -> builder.vector(prefix + "input_layernorm.weight", config.hidden());
                case "qkv" -> qkv(builder, config, prefix, false);
                case "qkv_bias" -> qkv(builder, config, prefix, true);
                case "q_norm" -> builder.vector(prefix + "self_attn.q_norm.weight", config.headDim());
                case "k_norm" -> builder.vector(prefix + "self_attn.k_norm.weight", config.headDim());
                case "o" ->
                    builder.rows(
                            prefix + "self_attn.o_proj.weight",
                            config.hidden(),
                            (long) config.heads() * config.headDim());
                case "o_bias" -> builder.vector(prefix + "self_attn.o_proj.bias", config.hidden());
                case "attention_post_norm" ->
                    builder.vector(prefix + "post_attention_layernorm.weight", config.hidden());
                case "mlp_norm" ->
                    builder.vector(
                            prefix
                                    + (config.traits().sandwichNorms()
                                            ? "pre_feedforward_layernorm.weight"
                                            : "post_attention_layernorm.weight"),
                            config.hidden());
                case "gate_up" -> gateUp(builder, config, prefix, false);
                case "gate_up_bias" -> gateUp(builder, config, prefix, true);
                case "down" -> builder.rows(prefix + "mlp.down_proj.weight", config.hidden(), config.intermediate());
                case "down_bias" -> builder.vector(prefix + "mlp.down_proj.bias", config.hidden());
                case "mlp_post_norm" -> builder.vector(prefix + "post_feedforward_layernorm.weight", config.hidden());
                default -> throw new IllegalStateException(role);
            }
        }
    }

    private static void qkv(Builder builder, ModelConfig config, String prefix, boolean bias) {
        long query = (long) config.heads() * config.headDim();
        long key = (long) config.kvHeads() * config.headDim();
        if (config.traits().fusedWeights()) {
            builder.projection(prefix + "self_attn.qkv_proj", query + 2 * key, config.hidden(), bias);
            return;
        }
        builder.projection(prefix + "self_attn.q_proj", query, config.hidden(), bias);
        builder.projection(prefix + "self_attn.k_proj", key, config.hidden(), bias);
        builder.projection(prefix + "self_attn.v_proj", key, config.hidden(), bias);
    }

    private static void gateUp(Builder builder, ModelConfig config, String prefix, boolean bias) {
        if (config.traits().fusedWeights()) {
            builder.projection(prefix + "mlp.gate_up_proj", 2L * config.intermediate(), config.hidden(), bias);
            return;
        }
        builder.projection(prefix + "mlp.gate_proj", config.intermediate(), config.hidden(), bias);
        builder.projection(prefix + "mlp.up_proj", config.intermediate(), config.hidden(), bias);
    }

    /** What a layer's buffers are for, in their order. */
    static List<String> roles(Traits traits) {
        var roles = new ArrayList<>(List.of("input_norm", "qkv"));
        if (traits.qkvBias()) {
            roles.add("qkv_bias");
        }
        if (traits.qkNorm()) {
            roles.addAll(List.of("q_norm", "k_norm"));
        }
        roles.add("o");
        if (traits.outputBias()) {
            roles.add("o_bias");
        }
        if (traits.sandwichNorms()) {
            roles.add("attention_post_norm");
        }
        roles.addAll(List.of("mlp_norm", "gate_up"));
        if (traits.mlpBias()) {
            roles.add("gate_up_bias");
        }
        roles.add("down");
        if (traits.mlpBias()) {
            roles.add("down_bias");
        }
        if (traits.sandwichNorms()) {
            roles.add("mlp_post_norm");
        }
        return roles;
    }

    /** The buffers that a program's list of weights starts with: embedding, final norm, head. */
    public List<Integer> globals() {
        return List.of(0, 1, tied ? 0 : 2);
    }

    /** The buffers of a layer. */
    public List<Integer> layer(int layer) {
        int first = (tied ? GLOBALS - 1 : GLOBALS) + layer * layerBuffers;
        return java.util.stream.IntStream.range(first, first + layerBuffers)
                .boxed()
                .toList();
    }

    /** Whether a checkpoint may hold a tensor that is not used: a copy of tied weights, or numbers that the configuration has, too. */
    public boolean ignores(String tensor) {
        return tied && tensor.equals("lm_head.weight")
                || tensor.endsWith(".rotary_emb.inv_freq")
                || tensor.equals("model.input_layers")
                || tensor.equals("model.input_scales");
    }

    private static final class Builder {
        private final List<String> roles = new ArrayList<>();
        private final List<List<Long>> shapes = new ArrayList<>();
        private final Map<String, Slot> slots = new HashMap<>();

        Builder buffer(String role) {
            roles.add(role);
            shapes.add(List.of(0L));
            return this;
        }

        void projection(String name, long rows, long columns, boolean bias) {
            if (bias) {
                vector(name + ".bias", rows);
            } else {
                rows(name + ".weight", rows, columns);
            }
        }

        void rows(String tensor, long rows, long columns) {
            long before = shapes.getLast().getFirst();
            slots.put(tensor, new Slot(shapes.size() - 1, before * columns, List.of(rows, columns)));
            shapes.set(shapes.size() - 1, List.of(before + rows, columns));
        }

        void vector(String tensor, long length) {
            long before = shapes.getLast().getFirst();
            slots.put(tensor, new Slot(shapes.size() - 1, before, List.of(length)));
            shapes.set(shapes.size() - 1, List.of(before + length));
        }

        WeightLayout build(int layerBuffers, boolean tied) {
            var buffers = new ArrayList<Buffer>();
            for (int i = 0; i < roles.size(); i++) {
                buffers.add(new Buffer(roles.get(i), shapes.get(i)));
            }
            return new WeightLayout(buffers, slots, layerBuffers, tied);
        }
    }
}
