package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.contract.data.Question;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.Completion.Finish;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TaskTest {

    private static final DataSet DATA = data("1+1\t2\n2+2\t4\n3+3\t6\n");

    @Test
    void asksTheQuestionsOfTheIndices() throws DataException {
        Task task = Task.of(spec("Q: {question}=", Optional.of(List.of(0, 2))), DATA);
        assertThat(task.prompts()).containsExactly("Q: 1+1=", "Q: 3+3=");
        assertThat(task.questions()).extracting(Question::answer).containsExactly("2", "6");
        assertThat(Task.of(spec("{question}", Optional.empty()), DATA).questions())
                .hasSize(3);
    }

    @Test
    void scoresInTheOrderOfTheQuestions() throws DataException {
        Task task = Task.of(spec("{question}", Optional.empty()), DATA);
        TaskResult result = task.score(List.of(answer("2", 1), answer("5", 2), answer("6", 6)));
        assertThat(result.outcomes()).isEqualTo("101");
        assertThat(result.metrics())
                .containsEntry("accuracy", 2 / 3.0)
                .containsEntry("outputTokens", 3.0)
                .hasSize(2);
    }

    @Test
    void namesTheQuestionsThatTheContextDoesNotHold() throws DataException {
        Completion none = new Completion("", List.of(), 9000, Finish.PROMPT_TOO_LONG);
        Task some = Task.of(spec("{question}", Optional.of(List.of(0, 2))), DATA);
        assertThat(some.score(List.of(answer("2", 1), none)).tooLong()).contains(List.of(2));
        assertThat(some.score(List.of(answer("2", 1), answer("6", 1))).tooLong())
                .isEmpty();
        Task all = Task.of(spec("{question}", Optional.empty()), DATA);
        TaskResult result = all.score(List.of(none, answer("4", 1), none));
        assertThat(result.tooLong()).contains(List.of(0, 2));
        assertThat(result.outcomes()).isEqualTo("010");
    }

    @Test
    void countsOnlyAnswersInTheWantedLanguage() throws DataException {
        Task task = Task.of(spec(number(Optional.of("ja"))), DATA);
        TaskResult result = task.score(List.of(answer("答えは2です", 1), answer("The answer is 4", 1), answer("答えは7です", 1)));
        assertThat(result.outcomes()).isEqualTo("100");
        assertThat(result.metrics())
                .containsEntry("accuracy", 1 / 3.0)
                .containsEntry("accuracyAnyLanguage", 2 / 3.0)
                .containsEntry("languageShare", 2 / 3.0)
                .containsEntry("outputTokens", 1.0)
                .hasSize(4);
    }

    @Test
    void refusesWhatScorersDoNotKnow() {
        assertThatThrownBy(() -> Task.of(spec(number(Optional.of("fr"))), DATA))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("language is 'fr', expected one of [ja, zh, ko, en, ru, th, bn, te]");
        assertThatThrownBy(() -> Task.of(spec(number(Optional.empty())), data("How many?\tmany\n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("s3://data/sums: the answer 'many' is no number");
    }

    @Test
    void refusesWhatTheDataDoesNotHave() {
        assertThatThrownBy(() -> Task.of(spec("{question}", Optional.of(List.of(3))), DATA))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("asks for question 3, but s3://data/sums has 3");
        assertThatThrownBy(() -> Task.of(spec("{text}", Optional.empty()), DATA))
                .isInstanceOf(DataException.class);
        assertThatThrownBy(() -> Task.of(spec("{question}", Optional.of(List.of())), DATA))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("asks no questions");
    }

    private static Completion answer(String text, int tokens) {
        return new Completion(text, java.util.Collections.nCopies(tokens, 7), 3, Finish.END_OF_TEXT);
    }

    private static ScorerSpec number(Optional<String> language) {
        return new ScorerSpec("number", Optional.empty(), Optional.empty(), language);
    }

    private static TaskSpec spec(ScorerSpec scorer) {
        return spec("{question}", scorer, Optional.empty());
    }

    private static TaskSpec spec(String prompt, Optional<List<Integer>> questions) {
        return spec(prompt, new ScorerSpec("exactMatch", Optional.empty()), questions);
    }

    private static TaskSpec spec(String prompt, ScorerSpec scorer, Optional<List<Integer>> questions) {
        return new TaskSpec(
                "sums",
                "search",
                new DataRef("s3://data/sums", "", "tsv"),
                prompt,
                new GenerationSpec(8, List.of()),
                scorer,
                questions);
    }

    private static DataSet data(String text) {
        try {
            return DataSet.parse("s3://data/sums", "tsv", text.getBytes(UTF_8));
        } catch (DataException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
