package dev.evomerge.inference;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A tokenizer as a tokenizer.json describes it, run by Hugging Face's {@code tokenizers}. Safe for use by several threads. */
public final class Tokenizer implements AutoCloseable {

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * A model's tokenizer.
     *
     * @throws UnsupportedModelException if it has none that can be read
     */
    public static Tokenizer of(TensorSource model) throws IOException {
        byte[] json = model.file("tokenizer.json")
                .orElseThrow(() -> new UnsupportedModelException(model.name() + ": no tokenizer.json"));
        return read(model.name() + ": tokenizer.json", json);
    }

    /**
     * Reads a tokenizer.
     *
     * @param name where it lies, for messages
     * @param json the content of tokenizer.json
     * @throws UnsupportedModelException if it is not a tokenizer
     */
    public static Tokenizer read(String name, byte[] json) {
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        try {
            // DJL cuts off what is longer than 512 tokens unless told otherwise.
            return new Tokenizer(HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false")));
        } catch (IOException | RuntimeException e) {
            throw new UnsupportedModelException(name + ": not a tokenizer that can be read: " + e.getMessage());
        }
    }

    /**
     * A text's tokens.
     *
     * @param addSpecial whether the tokenizer's template may add tokens of its own, such as one that begins a text
     */
    public int[] encode(String text, boolean addSpecial) {
        return ids(tokenizer.encode(text, addSpecial, false));
    }

    /** The tokens of several texts, on all cores. */
    public List<int[]> encode(List<String> texts, boolean addSpecial) {
        return Arrays.stream(tokenizer.batchEncode(texts, addSpecial, false))
                .map(Tokenizer::ids)
                .toList();
    }

    private static int[] ids(Encoding encoding) {
        return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    }

    /** The text of tokens. */
    public String decode(Collection<Integer> tokens, boolean skipSpecial) {
        return tokenizer.decode(tokens.stream().mapToLong(Integer::longValue).toArray(), skipSpecial);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
