package dev.evomerge.merge.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: 8 bytes with its length (little endian), then a JSON object that gives each tensor's type, shape
 * and place in the data behind the header.
 *
 * <p>Reading is strict, as files come from anywhere: the data must be covered exactly, without gaps and overlaps.
 *
 * @param dataStart where the data starts in the file
 * @param tensors   per tensor its type, shape and place, in the order of the places
 */
record SafetensorsHeader(long dataStart, Map<String, Entry> tensors) {

    /** The longest header that is read, as in the reference implementation. */
    static final int MAX_LENGTH = 100_000_000;

    private static final int MAX_RANK = 32;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxNumberLength(20)
                    .maxStringLength(1 << 20)
                    .build())
            .build();

    /** A tensor's type and shape, and where its data starts and ends, counted from the start of the data. */
    record Entry(TensorInfo info, long begin, long end) {}

    /**
     * The header's length from the first 8 bytes of a file.
     *
     * @param fileSize the size of the file in bytes
     * @throws InvalidModelException if the length cannot be right; the message names the file
     */
    static int length(String file, long fileSize, byte[] prefix) throws InvalidModelException {
        if (prefix.length < 8 || fileSize < 8) {
            throw new InvalidModelException(file + ": a safetensors file has at least 8 bytes, found " + fileSize);
        }
        long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > MAX_LENGTH) {
            throw new InvalidModelException(file + ": the header's length must be 2 to " + MAX_LENGTH + " bytes, found "
                    + Long.toUnsignedString(length) + "; is this a safetensors file?");
        }
        if (length > fileSize - 8) {
            throw new InvalidModelException(
                    file + ": truncated: the header alone needs " + (length + 8) + " bytes, the file has " + fileSize);
        }
        return (int) length;
    }

    /**
     * Reads and checks a header.
     *
     * @param file     its name, for messages
     * @param fileSize the size of the file in bytes
     * @param json     the header's bytes, without the length
     * @throws InvalidModelException if anything is wrong; the message names the file and the tensor
     */
    static SafetensorsHeader parse(String file, long fileSize, byte[] json) throws InvalidModelException {
        long dataStart = 8L + json.length;
        var tensors = new ArrayList<Map.Entry<String, Entry>>();
        try (JsonParser parser = JSON.createParser(json)) {
            expect(parser.nextToken(), JsonToken.START_OBJECT, file + ": the header");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    skipMetadata(parser, file);
                } else {
                    tensors.add(Map.entry(name, tensor(parser, file + ": tensor '" + name + "'")));
                }
            }
            if (parser.nextToken() != null) {
                throw new InvalidModelException(file + ": the header goes on after its object");
            }
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(file + ": the header is not valid JSON: " + e.getOriginalMessage());
        } catch (InvalidModelException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidModelException(file + ": the header is not valid UTF-8: " + e.getMessage());
        }
        tensors.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> tensor) -> tensor.getValue().begin())
                .thenComparingLong(tensor -> tensor.getValue().end()));
        checkCover(file, tensors, fileSize - dataStart);
        var ordered = new LinkedHashMap<String, Entry>();
        tensors.forEach(tensor -> ordered.put(tensor.getKey(), tensor.getValue()));
        return new SafetensorsHeader(dataStart, ordered);
    }

    private static void checkCover(String file, List<Map.Entry<String, Entry>> tensors, long dataLength)
            throws InvalidModelException {
        long end = 0;
        for (var tensor : tensors) {
            Entry entry = tensor.getValue();
            if (entry.begin() != end) {
                throw new InvalidModelException(file + ": tensor '" + tensor.getKey() + "' "
                        + (entry.begin() < end ? "overlaps another" : "leaves a gap before it") + ": it starts at "
                        + entry.begin() + ", expected " + end);
            }
            end = entry.end();
            if (end > dataLength) {
                throw new InvalidModelException(file + ": truncated: tensor '" + tensor.getKey() + "' ends at byte "
                        + end + " of the data, the file has " + dataLength);
            }
        }
        if (end != dataLength) {
            throw new InvalidModelException(
                    file + ": " + (dataLength - end) + " bytes after the last tensor belong to none, expected 0");
        }
    }

    private static Entry tensor(JsonParser parser, String where) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, where);
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> {
                    expect(parser.currentToken(), JsonToken.VALUE_STRING, where + ": dtype");
                    dtype = parser.getText();
                }
                case "shape" -> shape = numbers(parser, where + ": shape", MAX_RANK);
                case "data_offsets" -> offsets = numbers(parser, where + ": data_offsets", 2);
                default ->
                    throw new InvalidModelException(
                            where + ": unknown key '" + key + "', expected dtype, shape and data_offsets");
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new InvalidModelException(where + " needs dtype, shape and two data_offsets");
        }
        String found = dtype;
        DType type = DType.ofName(dtype)
                .orElseThrow(() -> new InvalidModelException(
                        where + ": unknown dtype '" + found + "', expected one of " + List.of(DType.values())));
        return new Entry(TensorInfo.of(type, shape), offsets[0], checkedEnd(type, shape, offsets, where));
    }

    private static long checkedEnd(DType type, long[] shape, long[] offsets, String where)
            throws InvalidModelException {
        long bytes = type.bytes();
        try {
            for (long size : shape) {
                bytes = Math.multiplyExact(bytes, size);
            }
        } catch (ArithmeticException e) {
            throw new InvalidModelException(where + ": the shape has more elements than fit in 64 bits");
        }
        if (offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes) {
            throw new InvalidModelException(where + ": data_offsets [" + offsets[0] + ", " + offsets[1]
                    + "] do not hold the " + bytes + " bytes of its shape");
        }
        return offsets[1];
    }

    /** A list of at most {@code limit} whole numbers from 0 on. */
    private static long[] numbers(JsonParser parser, String where, int limit) throws IOException {
        expect(parser.currentToken(), JsonToken.START_ARRAY, where);
        long[] values = new long[limit];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
            if (count == limit) {
                throw new InvalidModelException(where + " has more than " + limit + " entries");
            }
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
                throw new InvalidModelException(
                        where + " must hold whole numbers from 0 to 2^63 - 1, found " + parser.getText());
            }
            values[count++] = parser.getLongValue();
        }
        return java.util.Arrays.copyOf(values, count);
    }

    private static void skipMetadata(JsonParser parser, String file) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, file + ": __metadata__");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            expect(parser.nextToken(), JsonToken.VALUE_STRING, file + ": __metadata__." + parser.currentName());
        }
    }

    private static void expect(JsonToken found, JsonToken expected, String where) throws InvalidModelException {
        if (found != expected) {
            throw new InvalidModelException(where + ": expected " + expected + ", found " + found);
        }
    }

    /** The bytes before the data: length, JSON, and spaces so that the data starts at a multiple of 8. */
    static byte[] write(Map<String, TensorInfo> tensors) {
        var json = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        long offset = 0;
        for (var tensor : tensors.entrySet()) {
            TensorInfo info = tensor.getValue();
            json.append(",\"")
                    .append(com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance()
                            .quoteAsString(tensor.getKey()))
                    .append("\":{\"dtype\":\"")
                    .append(info.dtype())
                    .append("\",\"shape\":")
                    .append(info.shape().toString().replace(" ", ""))
                    .append(",\"data_offsets\":[")
                    .append(offset)
                    .append(',')
                    .append(offset += info.bytes())
                    .append("]}");
        }
        json.append('}');
        byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 7) / 8 * 8;
        ByteBuffer out = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(padded).put(text);
        while (out.hasRemaining()) {
            out.put((byte) ' ');
        }
        return out.array();
    }
}
