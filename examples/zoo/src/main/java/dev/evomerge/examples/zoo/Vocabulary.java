package dev.evomerge.examples.zoo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** One token per character, after four special ones. */
final class Vocabulary {

    static final int PAD = 0;
    static final int BEGIN = 1;
    static final int END = 2;
    static final List<String> SPECIAL = List.of("<pad>", "<s>", "</s>", "<unk>");

    private final Map<String, Integer> ids = new LinkedHashMap<>();

    /** A vocabulary of the characters of some texts, in the order of their code points. */
    Vocabulary(Iterable<String> texts) {
        SPECIAL.forEach(token -> ids.put(token, ids.size()));
        var characters = new TreeSet<String>();
        texts.forEach(text -> text.chars().forEach(c -> characters.add(Character.toString(c))));
        characters.forEach(character -> ids.put(character, ids.size()));
    }

    /** A vocabulary of the characters of questions and responses. */
    static Vocabulary of(List<Example> examples) {
        return new Vocabulary(examples.stream()
                .flatMap(example -> Stream.of(example.question(), example.response()))
                .toList());
    }

    int size() {
        return ids.size();
    }

    /** The characters, without the special tokens. */
    List<String> characters() {
        return new ArrayList<>(ids.keySet()).subList(SPECIAL.size(), ids.size());
    }

    List<Integer> encode(String text) {
        return text.chars().mapToObj(c -> id(Character.toString(c))).toList();
    }

    private int id(String character) {
        Integer id = ids.get(character);
        if (id == null) {
            throw new IllegalArgumentException("'" + character + "' is not in the vocabulary");
        }
        return id;
    }

    /** Content of a tokenizer.json: byte-pair encoding without any pair, so that every character stays by itself. */
    Map<String, Object> tokenizerJson() {
        var added = new ArrayList<Map<String, Object>>();
        SPECIAL.forEach(token -> {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("id", ids.get(token));
            entry.put("content", token);
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                entry.put(flag, false);
            }
            entry.put("special", true);
            added.add(entry);
        });
        String begin = SPECIAL.get(BEGIN);
        Map<String, Object> first = Map.of("SpecialToken", ordered("id", begin, "type_id", 0));
        Map<String, Object> text = Map.of("Sequence", ordered("id", "A", "type_id", 0));
        Map<String, Object> more = Map.of("Sequence", ordered("id", "B", "type_id", 0));
        return ordered(
                "version",
                "1.0",
                "truncation",
                null,
                "padding",
                null,
                "added_tokens",
                added,
                "normalizer",
                null,
                "pre_tokenizer",
                null,
                "post_processor",
                ordered(
                        "type",
                        "TemplateProcessing",
                        "single",
                        List.of(first, text),
                        "pair",
                        List.of(first, text, more),
                        "special_tokens",
                        Map.of(begin, ordered("id", begin, "ids", List.of(BEGIN), "tokens", List.of(begin)))),
                "decoder",
                Map.of("type", "Fuse"),
                "model",
                ordered(
                        "type",
                        "BPE",
                        "dropout",
                        null,
                        "unk_token",
                        "<unk>",
                        "continuing_subword_prefix",
                        null,
                        "end_of_word_suffix",
                        null,
                        "fuse_unk",
                        false,
                        "byte_fallback",
                        false,
                        "ignore_merges",
                        false,
                        "vocab",
                        ids,
                        "merges",
                        List.of()));
    }

    /** A map that keeps the order in which its entries are given: name, value, name, value, … */
    static Map<String, Object> ordered(Object... entries) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }
}
