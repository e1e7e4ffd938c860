package dev.evomerge.contract.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TaskSpec.DataRef;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A set of questions with their answers: at least one.
 *
 * @param uri       where it comes from, for messages
 * @param questions the questions in the order of the file
 */
public record DataSet(String uri, List<Question> questions) {

    /** One question and its answer per line, separated by a tab. No header, no quotes, no escapes. */
    public static final String TSV = "tsv";

    /** One JSON object per line with the fields {@code question}, {@code answer} and any others. */
    public static final String JSONL = "jsonl";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public DataSet {
        questions = List.copyOf(questions);
    }

    /**
     * Reads a file's bytes.
     *
     * @throws DataException if they do not have the digest, are not UTF-8, hold a line that is no question, or hold no question
     */
    public static DataSet parse(DataRef ref, byte[] bytes) throws DataException {
        String digest = Sha256.of(bytes);
        if (!digest.equalsIgnoreCase(ref.sha256())) {
            throw new DataException(ref.uri() + " has the SHA-256 " + digest + ", expected " + ref.sha256()
                    + "; the file was changed after the experiment was written, or the digest is that of another");
        }
        return parse(ref.uri(), ref.format(), bytes);
    }

    /**
     * Reads a file's bytes without checking a digest.
     *
     * @param uri    for messages
     * @param format {@value #TSV} or {@value #JSONL}
     * @throws DataException if they are not UTF-8, hold a line that is no question, or hold no question
     */
    public static DataSet parse(String uri, String format, byte[] bytes) throws DataException {
        List<Question> questions = new ArrayList<>();
        String[] lines = lines(uri, bytes);
        for (int i = 0; i < lines.length; i++) {
            String place = uri + " line " + (i + 1) + ": ";
            questions.add(
                    switch (format) {
                        case TSV -> tsv(place, lines[i]);
                        case JSONL -> jsonl(place, lines[i]);
                        default ->
                            throw new DataException(
                                    uri + ": format is '" + format + "', expected " + TSV + " or " + JSONL);
                    });
        }
        if (questions.isEmpty()) {
            throw new DataException(uri + " holds no questions, expected at least one");
        }
        return new DataSet(uri, questions);
    }

    private static String[] lines(String uri, byte[] bytes) throws DataException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException(uri + " line " + lineOfBadText(bytes) + ": not UTF-8");
        }
        String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
        String ended = unmarked.endsWith("\n") ? unmarked.substring(0, unmarked.length() - 1) : unmarked;
        return ended.isEmpty() ? new String[0] : ended.split("\r?\n", -1);
    }

    /** The first line that does not decode by itself; lines end at a byte that is part of no longer character. */
    private static int lineOfBadText(byte[] bytes) {
        int start = 0;
        for (int line = 1; ; line++) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start));
            } catch (CharacterCodingException e) {
                return line;
            }
            if (end == bytes.length) {
                return line;
            }
            start = end + 1;
        }
    }

    private static Question tsv(String place, String line) throws DataException {
        String[] columns = line.split("\t", -1);
        if (columns.length != 2) {
            throw new DataException(place + "found " + columns.length + (columns.length == 1 ? " column" : " columns")
                    + ", expected a question, a tab and an answer");
        }
        return question(place, Map.of(Question.QUESTION, columns[0], Question.ANSWER, columns[1]));
    }

    private static Question jsonl(String place, String line) throws DataException {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new DataException(place + "not valid JSON: " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw new DataException(place + "found " + (node.isMissingNode() ? "an empty line" : node.getNodeType())
                    + ", expected a JSON object");
        }
        Map<String, String> columns = new HashMap<>();
        node.properties().stream()
                .filter(field ->
                        field.getValue().isValueNode() && !field.getValue().isNull())
                .forEach(field -> columns.put(field.getKey(), field.getValue().asText()));
        for (String needed : List.of(Question.QUESTION, Question.ANSWER)) {
            if (!columns.containsKey(needed)) {
                throw new DataException(place + "no field '" + needed + "' with a text, found "
                        + columns.keySet().stream().sorted().toList());
            }
        }
        return question(place, columns);
    }

    private static Question question(String place, Map<String, String> columns) throws DataException {
        for (String needed : List.of(Question.QUESTION, Question.ANSWER)) {
            if (columns.get(needed).isBlank()) {
                throw new DataException(place + "the " + needed + " is empty");
            }
        }
        return new Question(columns);
    }

    /**
     * Whether this set and another share a question, in which case a score on one of them says less than it seems: the first that both have.
     */
    public Optional<String> sharedWith(DataSet other) {
        Set<String> known =
                other.questions.stream().map(Question::question).collect(Collectors.toCollection(HashSet::new));
        return questions.stream()
                .map(Question::question)
                .filter(known::contains)
                .findFirst();
    }

    /** The names of the columns that every question has. */
    public Set<String> columns() {
        Set<String> common = new HashSet<>(questions.getFirst().columns().keySet());
        questions.forEach(question -> common.retainAll(question.columns().keySet()));
        return common;
    }
}
