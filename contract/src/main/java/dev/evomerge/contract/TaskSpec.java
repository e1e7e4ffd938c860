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
 * @param generation how answers are generated
 * @param scorer     how an answer is scored
 * @param questions  the indices of the questions to ask, from 0, ascending; empty for all of them
 */
public record TaskSpec(
        String name,
        String split,
        DataRef data,
        String prompt,
        GenerationSpec generation,
        ScorerSpec scorer,
        Optional<List<Integer>> questions) {

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
     * @param type          {@code exactMatch}: 1 if the extracted answer equals the expected one, else 0
     * @param answerPattern a regular expression; the answer is group 1 (or all) of its last match in the response, and no match is a wrong
     *                      answer. Empty: the whole response without surrounding white space
     */
    public record ScorerSpec(String type, Optional<String> answerPattern) {}

    /** {@code name/split}, the key of this task in results. */
    public String key() {
        return name + "/" + split;
    }
}
