package dev.evomerge.contract;

import java.util.List;
import java.util.Optional;

/**
 * Questions, how to ask them and how to score the answers.
 *
 * @param name       the task's name in the experiment
 * @param split      which of its question sets: {@code search}, {@code selection} or {@code test}
 * @param data       where the questions lie
 * @param prompt     the text given to the model, with {@code {question}} (and any other column of the data) in braces
 * @param chat       the prompt is what a user says in a conversation, written as the chat template of the model's tokenizer has it; empty: it is
 *                   the text that the model goes on from
 * @param generation how answers are generated
 * @param scorer     how an answer is scored
 * @param questions  the indices of the questions to ask, from 0, ascending; empty for all of them
 */
public record TaskSpec(
        String name,
        String split,
        DataRef data,
        String prompt,
        Optional<ChatSpec> chat,
        GenerationSpec generation,
        ScorerSpec scorer,
        Optional<List<Integer>> questions) {

    /** A task whose prompt is the text that the model goes on from. */
    public TaskSpec(
            String name,
            String split,
            DataRef data,
            String prompt,
            GenerationSpec generation,
            ScorerSpec scorer,
            Optional<List<Integer>> questions) {
        this(name, split, data, prompt, Optional.empty(), generation, scorer, questions);
    }

    /**
     * A conversation of one turn.
     *
     * @param system what the model is told before; empty: nothing
     */
    public record ChatSpec(Optional<String> system) {}

    /**
     * A data set: one file.
     *
     * @param uri    its URI
     * @param sha256 the digest of its bytes, 64 hexadecimal digits; a file that differs is refused
     * @param format {@code tsv} (question, answer; no header) or {@code jsonl} (objects with {@code question} and {@code answer})
     */
    public record DataRef(String uri, String sha256, String format) {}

    /**
     * How an answer is generated: greedily.
     *
     * @param maxNewTokens the most tokens of an answer, ≥ 1
     * @param stop         strings that end an answer; the end-of-sequence tokens of the model always do
     */
    public record GenerationSpec(int maxNewTokens, List<String> stop) {
        public GenerationSpec {
            stop = List.copyOf(stop);
        }
    }

    /**
     * How an answer is scored.
     *
     * @param type          {@code exactMatch}: right if the extracted answer equals the expected one. {@code number}: right if the extracted
     *                      number equals the expected one
     * @param answerPattern a regular expression; the answer is group 1 (or all) of its last match in the response, and no match is a wrong
     *                      answer. Empty: the whole response without surrounding white space
     * @param extraction    which number of an answer counts: {@code lastNumber} (if empty) or {@code lastUnsignedDecimal}; for {@code number} only
     * @param language      the language that a right answer must be in, or it does not count; empty: any
     */
    public record ScorerSpec(
            String type, Optional<String> answerPattern, Optional<String> extraction, Optional<String> language) {

        /** The type that compares texts. */
        public static final String EXACT_MATCH = "exactMatch";

        /** The type that compares numbers. */
        public static final String NUMBER = "number";

        /** A scorer of an answer in any language. */
        public ScorerSpec(String type, Optional<String> answerPattern) {
            this(type, answerPattern, Optional.empty(), Optional.empty());
        }
    }

    /** {@code name/split}, the key of this task in results. */
    public String key() {
        return name + "/" + split;
    }
}
