package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tokens of a tokenizer.json and their numbers, which are rows of embeddings.
 *
 * @param ids  the number of each token
 * @param file the whole file
 */
record Vocabulary(Map<String, Integer> ids, ObjectNode file) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_TOKENS = 10_000_000;
    private static final String ADDED = "added_tokens";

    /**
     * Reads a tokenizer.json: the vocabulary of its model, of whatever kind that is, and the tokens that were added.
     *
     * @throws IOException if it is none; the message says what was found and expected
     */
    static Vocabulary parse(byte[] json) throws IOException {
        if (!(JSON.readTree(json) instanceof ObjectNode file)) {
            throw new IOException("expected a JSON object");
        }
        var ids = new HashMap<String, Integer>();
        JsonNode tokens = file.path("model").path("vocab");
        if (tokens.isObject()) {
            for (var token : tokens.properties()) {
                put(ids, token.getKey(), token.getValue());
            }
        } else if (tokens.isArray()) {
            int id = 0;
            for (JsonNode scored : tokens) {
                ids.put(scored.path(0).asText(), id++);
            }
        } else {
            throw new IOException("model.vocab must be an object or a list, found " + tokens.getNodeType());
        }
        for (JsonNode token : file.path(ADDED)) {
            put(ids, token.path("content").asText(), token.path("id"));
        }
        return new Vocabulary(ids, file);
    }

    private static void put(Map<String, Integer> ids, String token, JsonNode id) throws IOException {
        if (!id.isInt() || id.intValue() < 0 || id.intValue() >= MOST_TOKENS) {
            throw new IOException("the number of token '" + token + "' must be from 0 to " + (MOST_TOKENS - 1)
                    + ", found " + (id.isMissingNode() ? "none" : id));
        }
        ids.put(token, id.intValue());
    }

    /** One more than the largest number. */
    int size() {
        return ids.values().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /** Per number its token, null where there is none. */
    String[] tokens() {
        String[] tokens = new String[size()];
        ids.forEach((token, id) -> tokens[id] = token);
        return tokens;
    }

    /**
     * This vocabulary with every token of others that it lacks, under the next numbers: first those of their models, then those that were
     * added to them, each in the order of the others and of their numbers. Here all are added tokens, as mergekit makes them.
     */
    Vocabulary union(Collection<Vocabulary> others) {
        var union = new Union(new HashMap<>(ids), addedTokens(), size());
        for (Vocabulary other : others) {
            other.modelTokens().forEach(union::addPlain);
        }
        for (Vocabulary other : others) {
            other.addedTokens().values().forEach(union::add);
        }
        ObjectNode joined = file.deepCopy();
        joined.putArray(ADDED).addAll(union.added.values());
        return new Vocabulary(union.ids, joined);
    }

    /** The entries of tokens that were added, by number. */
    TreeMap<Integer, ObjectNode> addedTokens() {
        var added = new TreeMap<Integer, ObjectNode>();
        for (JsonNode token : file.path(ADDED)) {
            added.put(token.path("id").intValue(), (ObjectNode) token);
        }
        return added;
    }

    private List<String> modelTokens() {
        var added = addedTokens();
        return ids.entrySet().stream()
                .filter(token -> !added.containsKey(token.getValue()))
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .collect(Collectors.toList());
    }

    private static final class Union {
        private final Map<String, Integer> ids;
        private final TreeMap<Integer, ObjectNode> added;
        private int next;

        Union(Map<String, Integer> ids, TreeMap<Integer, ObjectNode> added, int next) {
            this.ids = ids;
            this.added = added;
            this.next = next;
        }

        void addPlain(String token) {
            if (!ids.containsKey(token)) {
                add(JSON.createObjectNode()
                        .put("content", token)
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", true)
                        .put("special", false));
            }
        }

        /** Adds a token, or marks one that is there already as added. */
        void add(ObjectNode entry) {
            String token = entry.path("content").asText();
            int id = ids.getOrDefault(token, next);
            if (ids.putIfAbsent(token, id) == null) {
                next++;
            }
            added.computeIfAbsent(
                    id, fresh -> JSON.createObjectNode().put("id", fresh).setAll((ObjectNode)
                            entry.deepCopy().without("id")));
        }
    }
}
