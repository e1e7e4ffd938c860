package dev.evomerge.evaluator;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
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

    /** What keeps an answer in a data set from ever being given, or empty if nothing does. */
    default Optional<String> problem(String expected) {
        return Optional.empty();
    }

    /**
     * The scorer that a task asks for.
     *
     * @throws ContractException if there is none of that type, its pattern is no regular expression, or its extraction is not known
     */
    static Scorer of(ScorerSpec spec) {
        AnswerPattern pattern = AnswerPattern.of(spec.answerPattern());
        return switch (spec.type()) {
            case ScorerSpec.EXACT_MATCH -> {
                if (spec.extraction().isPresent()) {
                    throw new ContractException("scorer exactMatch has the extraction '"
                            + spec.extraction().get() + "', expected none: it is for scorer number");
                }
                yield new ExactMatch(pattern);
            }
            case ScorerSpec.NUMBER -> new SameNumber(pattern, numbers(spec));
            default ->
                throw new ContractException("scorer type is '" + spec.type() + "', expected exactMatch or number");
        };
    }

    private static Numbers numbers(ScorerSpec spec) {
        String wanted = spec.extraction().orElse(Numbers.LAST_NUMBER.id());
        List<Numbers> known = Arrays.asList(Numbers.values());
        return known.stream()
                .filter(numbers -> numbers.id().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ContractException("extraction is '" + wanted + "', expected one of "
                        + known.stream().map(Numbers::id).toList()));
    }

    /**
     * Where the answer is in a response.
     *
     * @param pattern group 1, or all where there is no group, of the last match; empty: all of the response
     */
    record AnswerPattern(Optional<Pattern> pattern) {

        static AnswerPattern of(Optional<String> pattern) {
            try {
                return new AnswerPattern(pattern.map(Pattern::compile));
            } catch (PatternSyntaxException e) {
                throw new ContractException(
                        "answerPattern '" + e.getPattern() + "' is no regular expression: " + e.getDescription(), e);
            }
        }

        Optional<String> extract(String response) {
            if (pattern.isEmpty()) {
                return Optional.of(response.strip());
            }
            Matcher matcher = pattern.get().matcher(response);
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

    /** Right if the extracted answer equals the expected one, both without surrounding white space. */
    record ExactMatch(AnswerPattern pattern) implements Scorer {

        @Override
        public boolean isRight(String response, String expected) {
            return pattern.extract(response).filter(expected.strip()::equals).isPresent();
        }
    }

    /** Right if the number in the extracted answer has the value of the expected one. */
    record SameNumber(AnswerPattern pattern, Numbers numbers) implements Scorer {

        @Override
        public boolean isRight(String response, String expected) {
            Optional<BigDecimal> wanted = Numbers.LAST_NUMBER.find(expected);
            return pattern.extract(response)
                    .flatMap(numbers::find)
                    .filter(number -> wanted.isPresent() && number.compareTo(wanted.get()) == 0)
                    .isPresent();
        }

        @Override
        public Optional<String> problem(String expected) {
            return Numbers.LAST_NUMBER.find(expected).isPresent()
                    ? Optional.empty()
                    : Optional.of("the answer '" + expected + "' is no number, as scorer number expects");
        }
    }
}
