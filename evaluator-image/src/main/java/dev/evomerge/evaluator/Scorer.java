package dev.evomerge.evaluator;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Tells right answers from wrong ones. */
public sealed interface Scorer {

    /**
     * Scores a response.
     *
     * @param response what the model said
     * @param expected the answer in the data set
     */
    boolean isRight(String response, String expected);

    /**
     * The scorer that a task asks for.
     *
     * @throws ContractException if there is none of that type, or its pattern is no regular expression
     */
    static Scorer of(ScorerSpec spec) {
        if (!spec.type().equals("exactMatch")) {
            throw new ContractException("scorer type is '" + spec.type() + "', expected exactMatch");
        }
        try {
            return new ExactMatch(spec.answerPattern().map(Pattern::compile));
        } catch (PatternSyntaxException e) {
            throw new ContractException(
                    "answerPattern '" + e.getPattern() + "' is no regular expression: " + e.getDescription(), e);
        }
    }

    /**
     * Right if the extracted answer equals the expected one, both without surrounding white space.
     *
     * @param answerPattern the answer is group 1, or all where there is no group, of the last match in the response; empty: all of the response
     */
    record ExactMatch(Optional<Pattern> answerPattern) implements Scorer {

        @Override
        public boolean isRight(String response, String expected) {
            return extract(response)
                    .map(answer -> answer.equals(expected.strip()))
                    .orElse(false);
        }

        Optional<String> extract(String response) {
            if (answerPattern.isEmpty()) {
                return Optional.of(response.strip());
            }
            Matcher matcher = answerPattern.get().matcher(response);
            String last = null;
            while (matcher.find()) {
                // "(…)$" also matches the empty end after the text; what was found there is no later answer.
                if (last == null || !matcher.group().isEmpty()) {
                    last = matcher.group(matcher.groupCount() > 0 ? 1 : 0);
                }
            }
            return Optional.ofNullable(last).map(String::strip);
        }
    }
}
