package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScorerTest {

    @Test
    void comparesTheWholeResponse() {
        Scorer scorer = scorer(null);
        assertThat(scorer.isRight(" 12\n", "12")).isTrue();
        assertThat(scorer.isRight("12", " 12 ")).isTrue();
        assertThat(scorer.isRight("112", "12")).isFalse();
        assertThat(scorer.isRight("", "12")).isFalse();
    }

    @Test
    void takesTheGroupOfTheLastMatch() {
        Scorer scorer = scorer("answer: (\\S+)");
        assertThat(scorer.isRight("answer: 11, no, answer: 12 it is", "12")).isTrue();
        assertThat(scorer.isRight("answer: 12, no, answer: 11", "12")).isFalse();
        assertThat(scorer.isRight("12", "12")).as("without a match").isFalse();
    }

    @Test
    void takesAllOfAMatchWithoutGroups() {
        assertThat(scorer("[0-9]+").isRight("3 times 4 is 12.", "12")).isTrue();
    }

    @Test
    void findsWhatFollowsTheLastColon() {
        Scorer scorer = scorer("([^:]*)$");
        assertThat(scorer.isRight("3*4=12:十二", "十二")).isTrue();
        assertThat(scorer.isRight("十二", "十二")).isTrue();
        assertThat(scorer.isRight("3*4=12:十二:", "十二")).isFalse();
    }

    @Test
    void comparesNumbersByValue() {
        Scorer scorer = number("lastNumber");
        assertThat(scorer.isRight("それは70,000.0ドルです", "70000")).isTrue();
        assertThat(scorer.isRight("-18", "18")).isFalse();
        assertThat(scorer.isRight("分かりません", "18")).isFalse();
        assertThat(scorer.problem("18")).isEmpty();
        assertThat(scorer.problem("many")).hasValue("the answer 'many' is no number, as scorer number expects");
    }

    @Test
    void comparesNumbersAsThePaperDid() {
        Scorer scorer = number("lastUnsignedDecimal");
        assertThat(scorer.isRight("$1,234", "234")).isTrue();
        assertThat(scorer.isRight("$1,234", "1234")).isFalse();
        assertThat(scorer.isRight("-18", "18")).isTrue();
    }

    @Test
    void looksForNumbersWhereThePatternSays() {
        Scorer scorer =
                Scorer.of(new ScorerSpec("number", Optional.of("####(.*)"), Optional.empty(), Optional.empty()));
        assertThat(scorer.isRight("#### $1,234 (in 2 steps)", "2")).isTrue();
        assertThat(scorer.isRight("#### 18\nChecked 2 times", "18")).isTrue();
        assertThat(scorer.isRight("18", "18")).isFalse();
    }

    private static Scorer number(String extraction) {
        return Scorer.of(new ScorerSpec("number", Optional.empty(), Optional.of(extraction), Optional.empty()));
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> scorer("("))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("answerPattern '('");
        assertThatThrownBy(() -> Scorer.of(new ScorerSpec("rouge", Optional.empty())))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("scorer type is 'rouge', expected exactMatch or number");
        assertThatThrownBy(() -> Scorer.of(
                        new ScorerSpec("number", Optional.empty(), Optional.of("firstNumber"), Optional.empty())))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("extraction is 'firstNumber', expected one of [lastNumber, lastUnsignedDecimal]");
        assertThatThrownBy(() -> Scorer.of(
                        new ScorerSpec("exactMatch", Optional.empty(), Optional.of("lastNumber"), Optional.empty())))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("scorer exactMatch has the extraction 'lastNumber', expected none");
    }

    private static Scorer scorer(String pattern) {
        return Scorer.of(new ScorerSpec("exactMatch", Optional.ofNullable(pattern)));
    }
}
