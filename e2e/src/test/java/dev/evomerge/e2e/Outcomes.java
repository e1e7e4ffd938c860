package dev.evomerge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which answers are right, as the example's task has it: one character per question, {@code 1} or {@code 0}. */
final class Outcomes {

    private Outcomes() {}

    /** The outcomes of answers to the questions of a TSV file; an answer is what follows the last colon. */
    static String of(List<String> answers, Path questions) throws IOException {
        List<String> expected = Files.readAllLines(questions).stream()
                .map(line -> line.split("\t")[1])
                .toList();
        assertThat(answers).hasSameSizeAs(expected);
        return IntStream.range(0, answers.size())
                .mapToObj(i -> {
                    String answer = answers.get(i);
                    return answer.substring(answer.lastIndexOf(':') + 1).strip().equals(expected.get(i)) ? "1" : "0";
                })
                .collect(Collectors.joining());
    }

    /** On how many questions two of them differ. */
    static long differ(String some, String others) {
        assertThat(some).hasSameSizeAs(others);
        return IntStream.range(0, some.length())
                .filter(i -> some.charAt(i) != others.charAt(i))
                .count();
    }
}
