package dev.evomerge.merge.safetensors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes small models with random weights. */
public final class TestModels {

    private TestModels() {}

    /** The tensors of a Llama-shaped model with tied or untied head. */
    public static SortedMap<String, TensorInfo> llama(
            DType dtype, int layers, int hidden, int vocabulary, boolean tied) {
        var tensors = new TreeMap<String, TensorInfo>();
        tensors.put("model.embed_tokens.weight", TensorInfo.of(dtype, vocabulary, hidden));
        tensors.put("model.norm.weight", TensorInfo.of(dtype, hidden));
        if (!tied) {
            tensors.put("lm_head.weight", TensorInfo.of(dtype, vocabulary, hidden));
        }
        for (int i = 0; i < layers; i++) {
            String layer = "model.layers." + i + ".";
            tensors.put(layer + "input_layernorm.weight", TensorInfo.of(dtype, hidden));
            tensors.put(layer + "self_attn.q_proj.weight", TensorInfo.of(dtype, hidden, hidden));
            tensors.put(layer + "self_attn.k_proj.weight", TensorInfo.of(dtype, hidden / 2, hidden));
            tensors.put(layer + "mlp.up_proj.weight", TensorInfo.of(dtype, 3 * hidden, hidden));
        }
        return tensors;
    }

    public static String config(int layers, int hidden, int vocabulary, boolean tied) {
        return """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %d, "num_hidden_layers": %d,
                 "vocab_size": %d, "tie_word_embeddings": %s, "torch_dtype": "bfloat16"}
                """.formatted(hidden, layers, vocabulary, tied);
    }

    /** Writes a model of one file with values drawn from a normal distribution, each a multiple of its type's precision. */
    public static Map<String, float[]> write(
            Path folder, SortedMap<String, TensorInfo> tensors, String config, long seed, Map<String, float[]> near)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        var random = new Random(seed);
        var values = new LinkedHashMap<String, float[]>();
        var data = new ByteArrayOutputStream();
        data.writeBytes(SafetensorsHeader.write(tensors));
        for (var tensor : tensors.entrySet()) {
            float[] x = new float[(int) tensor.getValue().elements()];
            float[] start = near.get(tensor.getKey());
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian() * (start == null ? 0.02f : 0.004f)
                        + (start == null ? 0 : start[i]);
            }
            data.writeBytes(encode(tensor.getValue().dtype(), x));
            values.put(tensor.getKey(), x);
        }
        Files.write(folder.resolve("model.safetensors"), data.toByteArray());
        return values;
    }

    /** Encodes values and rounds them in place to what was encoded. */
    public static byte[] encode(DType dtype, float[] x) {
        ByteBuffer out = ByteBuffer.allocate(x.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < x.length; i++) {
            switch (dtype) {
                case F32 -> out.putFloat(x[i]);
                case F16 -> {
                    short half = Float.floatToFloat16(x[i]);
                    out.putShort(half);
                    x[i] = Float.float16ToFloat(half);
                }
                case BF16 -> {
                    int bits = Float.floatToIntBits(x[i]) + 0x8000 & 0xFFFF_0000;
                    out.putShort((short) (bits >>> 16));
                    x[i] = Float.intBitsToFloat(bits);
                }
                default -> throw new IllegalArgumentException(dtype.toString());
            }
        }
        return out.array();
    }
}
