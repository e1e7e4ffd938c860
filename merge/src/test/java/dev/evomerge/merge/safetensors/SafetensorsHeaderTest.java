package dev.evomerge.merge.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsHeaderTest {

    private static final String GOOD = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
            "b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},"c":{"dtype":"U8","shape":[0],"data_offsets":[26,26]}}""";

    private static SafetensorsHeader parse(String json, long dataBytes) throws InvalidModelException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return SafetensorsHeader.parse("x.safetensors", 8 + bytes.length + dataBytes, bytes);
    }

    @Test
    void readsTypesShapesAndPlaces() throws InvalidModelException {
        var header = parse(GOOD, 26);
        assertThat(header.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(header.tensors().get("a").info()).isEqualTo(TensorInfo.of(DType.F32, 2, 3));
        assertThat(header.tensors().get("b").begin()).isEqualTo(24);
        assertThat(header.tensors().get("c").info().elements()).isZero();
    }

    @Test
    void readsWhatItWrites() throws InvalidModelException {
        var tensors = new LinkedHashMap<String, TensorInfo>();
        tensors.put("quote\"and\\slash", TensorInfo.of(DType.F16, 5, 7));
        tensors.put("日本", TensorInfo.of(DType.F32));
        var layout = SafetensorsLayout.of(tensors);
        int length = SafetensorsHeader.length("x", layout.fileBytes(), layout.header());
        assertThat((8 + length) % 8).isZero();
        byte[] json = java.util.Arrays.copyOfRange(layout.header(), 8, 8 + length);
        var header = SafetensorsHeader.parse("x", layout.fileBytes(), json);
        assertThat(header.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
        assertThat(layout.offsets().get("日本")).isEqualTo(8 + length + 70);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                | 4  | truncated: tensor 'a' ends at byte 8 of the data, the file has 4
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                | 9  | 1 bytes after the last tensor belong to none
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}               | 12 | tensor 'a' leaves a gap before it: it starts at 4, expected 0
            {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | 8 | tensor 'b' overlaps another: it starts at 4, expected 8
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}                | 8  | data_offsets [0, 8] do not hold the 12 bytes of its shape
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}                | 8  | data_offsets [8, 0] do not hold the 8 bytes
            {"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}                | 8  | unknown dtype 'F33'
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}               | 8  | must hold whole numbers from 0
            {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}              | 8  | shape: expected VALUE_NUMBER_INT, found VALUE_NUMBER_FLOAT
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}} | 8 | must hold whole numbers
            {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}} | 8 | more elements than fit in 64 bits
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}                  | 8  | needs dtype, shape and two data_offsets
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}              | 8  | data_offsets has more than 2 entries
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}          | 8  | unknown key 'x'
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}} | 16 | Duplicate field 'a'
            {"__metadata__":{"a":1}}                                              | 0  | __metadata__.a: expected VALUE_STRING
            []                                                                    | 0  | the header: expected START_OBJECT, found START_ARRAY
            {} {}                                                                 | 0  | goes on after its object
            {"a":{"dtype":                                                        | 0  | not valid JSON
            """)
    void refusesWhatIsWrong(String json, long dataBytes, String message) {
        assertThatThrownBy(() -> parse(json, dataBytes))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("x.safetensors")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, at least 8 bytes",
        "100, 93, truncated: the header alone needs 101 bytes",
        "1000000000, 100000001, must be 2 to 100000000 bytes",
        "100, -1, 'must be 2 to 100000000 bytes, found 18446744073709551615'",
        "100, 0, must be 2 to"
    })
    void refusesImpossibleLengths(long fileSize, long length, String message) {
        byte[] prefix = new byte[(int) Math.min(8, fileSize)];
        for (int i = 0; i < prefix.length; i++) {
            prefix[i] = (byte) (length >> (8 * i));
        }
        assertThatThrownBy(() -> SafetensorsHeader.length("x", fileSize, prefix))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(message);
    }

    /** A million headers, most of them a good one with a few bytes changed: each is read or refused, and what is read fits the file. */
    @Test
    void neverTrustsAnything() {
        byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
        byte[] alphabet = "{}[]\",:0123456789-+.eE\\u a\0\377FBU".getBytes(StandardCharsets.ISO_8859_1);
        var random = new Random(20240319);
        int read = 0;
        for (int i = 0; i < 1_000_000; i++) {
            byte[] bytes = good.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(bytes.length);
                bytes[at] =
                        random.nextInt(4) == 0 ? (byte) random.nextInt(256) : alphabet[random.nextInt(alphabet.length)];
            }
            if (random.nextInt(8) == 0) {
                bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            long data = random.nextInt(4) == 0 ? random.nextInt(64) : 26;
            try {
                var header = SafetensorsHeader.parse("x", 8 + bytes.length + data, bytes);
                long end = 0;
                for (var entry : header.tensors().values()) {
                    if (entry.begin() != end
                            || entry.end() - entry.begin() != entry.info().bytes()) {
                        throw new AssertionError("accepted " + new String(bytes, StandardCharsets.ISO_8859_1));
                    }
                    end = entry.end();
                }
                if (end != data) {
                    throw new AssertionError("accepted " + new String(bytes, StandardCharsets.ISO_8859_1));
                }
                read++;
            } catch (InvalidModelException e) {
                // Refused, as most are.
            }
        }
        assertThat(read).isBetween(1, 999_999);
    }
}
