package dev.evomerge.examples.zoo;

import static dev.evomerge.examples.zoo.Vocabulary.ordered;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.examples.zoo.TinyLlama.Size;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.SafetensorsLayout;
import dev.evomerge.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A model in the layout of Hugging Face's hub, its weights in BF16. */
final class ModelFolder {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ModelFolder() {}

    /**
     * Writes a model.
     *
     * @param weights as {@link TinyLlama#weights} gives them
     */
    static void write(Path folder, Size size, Map<String, float[]> weights, Vocabulary vocabulary, int maxNewTokens)
            throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("model.safetensors"), safetensors(size, weights));
        json(folder.resolve("config.json"), config(size));
        json(
                folder.resolve("generation_config.json"),
                ordered(
                        "do_sample", false,
                        "max_new_tokens", maxNewTokens,
                        "bos_token_id", Vocabulary.BEGIN,
                        "eos_token_id", Vocabulary.END,
                        "pad_token_id", Vocabulary.PAD));
        json(folder.resolve("tokenizer.json"), vocabulary.tokenizerJson());
        Map<String, Object> special = specialTokens();
        json(folder.resolve("special_tokens_map.json"), special);
        var tokenizer = ordered("tokenizer_class", "PreTrainedTokenizerFast");
        tokenizer.putAll(special);
        tokenizer.putAll(ordered(
                "model_max_length", TinyLlama.CONTEXT, "padding_side", "left", "clean_up_tokenization_spaces", false));
        json(folder.resolve("tokenizer_config.json"), tokenizer);
    }

    private static Map<String, Object> specialTokens() {
        return ordered("bos_token", "<s>", "eos_token", "</s>", "pad_token", "<pad>", "unk_token", "<unk>");
    }

    private static Map<String, Object> config(Size size) {
        return ordered(
                "architectures",
                List.of("LlamaForCausalLM"),
                "model_type",
                "llama",
                "vocab_size",
                size.vocabulary(),
                "hidden_size",
                size.width(),
                "intermediate_size",
                size.feedForward(),
                "num_hidden_layers",
                size.layers(),
                "num_attention_heads",
                size.heads(),
                "num_key_value_heads",
                size.keyHeads(),
                "head_dim",
                size.headWidth(),
                "hidden_act",
                "silu",
                "rms_norm_eps",
                TinyLlama.NORM_EPSILON,
                "rope_theta",
                TinyLlama.ROPE_THETA,
                "max_position_embeddings",
                TinyLlama.CONTEXT,
                "initializer_range",
                0.02,
                "attention_bias",
                false,
                "mlp_bias",
                false,
                "attention_dropout",
                0.0,
                "tie_word_embeddings",
                false,
                "use_cache",
                true,
                "bos_token_id",
                Vocabulary.BEGIN,
                "eos_token_id",
                Vocabulary.END,
                "pad_token_id",
                Vocabulary.PAD,
                "torch_dtype",
                "bfloat16");
    }

    private static void json(Path file, Map<String, Object> content) throws IOException {
        Files.writeString(file, json(content));
    }

    /** A JSON file's content. */
    static String json(Map<String, Object> content) throws IOException {
        var printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        return JSON.writer(printer).writeValueAsString(content) + "\n";
    }

    private static byte[] safetensors(Size size, Map<String, float[]> weights) {
        var infos = new TreeMap<String, TensorInfo>();
        weights.forEach((name, values) -> infos.put(name, TensorInfo.of(DType.BF16, shape(size, name, values.length))));
        SafetensorsLayout layout = SafetensorsLayout.of(infos);
        ByteBuffer file =
                ByteBuffer.allocate(Math.toIntExact(layout.fileBytes())).order(ByteOrder.LITTLE_ENDIAN);
        file.put(layout.header());
        layout.offsets().forEach((name, offset) -> {
            float[] values = weights.get(name);
            int rows = isNorm(name) || isEmbedding(name) ? 1 : inputs(size, name);
            int columns = values.length / rows;
            file.position(Math.toIntExact(offset));
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < rows; row++) {
                    file.putShort(bfloat16(values[row * columns + column]));
                }
            }
        });
        return file.array();
    }

    private static boolean isEmbedding(String name) {
        return name.startsWith("model.embed_tokens");
    }

    private static boolean isNorm(String name) {
        return name.endsWith("norm.weight");
    }

    private static int inputs(Size size, String matrix) {
        return switch (matrix) {
            case String m when m.contains("down_proj") -> size.feedForward();
            case String m when m.contains("o_proj") -> size.heads() * size.headWidth();
            default -> size.width();
        };
    }

    /** A tensor's shape in the file: matrices have their outputs as rows, embeddings a row per token. */
    private static long[] shape(Size size, String name, int elements) {
        if (isNorm(name)) {
            return new long[] {elements};
        }
        int inputs = inputs(size, name);
        return new long[] {elements / inputs, inputs};
    }

    /** The nearest BF16, ties to even. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
