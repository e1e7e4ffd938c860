package dev.evomerge.evaluator;

import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.contract.data.Prompt;
import dev.evomerge.contract.data.Question;
import dev.evomerge.inference.Completion;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A task that is ready to be asked.
 *
 * @param spec      what it was made from
 * @param questions the questions to ask, in order
 * @param prompts   their prompts
 * @param scorer    scores the answers
 * @param language  what a right answer must be in
 */
public record Task(
        TaskSpec spec,
        List<Question> questions,
        List<String> prompts,
        Scorer scorer,
        Optional<AnswerLanguage> language) {

    public Task {
        questions = List.copyOf(questions);
        prompts = List.copyOf(prompts);
    }

    /**
     * Prepares a task.
     *
     * @throws DataException     if prompt, scorer and data do not fit
     * @throws ContractException if scorer or language are not known, or there is no question of an index
     */
    public static Task of(TaskSpec spec, DataSet data) throws DataException {
        Prompt prompt = new Prompt(spec.prompt());
        prompt.check(data);
        List<Question> questions = spec.questions()
                .map(indices -> indices.stream()
                        .map(index -> question(spec, data, index))
                        .toList())
                .orElse(data.questions());
        if (questions.isEmpty()) {
            throw new ContractException("task " + spec.key() + " asks no questions, expected at least one index");
        }
        Scorer scorer = Scorer.of(spec.scorer());
        for (Question question : questions) {
            Optional<String> problem = scorer.problem(question.answer());
            if (problem.isPresent()) {
                throw new DataException(data.uri() + ": " + problem.get());
            }
        }
        return new Task(
                spec,
                questions,
                questions.stream().map(prompt::fill).toList(),
                scorer,
                spec.scorer().language().map(Task::language));
    }

    private static Question question(TaskSpec spec, DataSet data, int index) {
        if (index < 0 || index >= data.questions().size()) {
            throw new ContractException("task " + spec.key() + " asks for question " + index + ", but " + data.uri()
                    + " has " + data.questions().size());
        }
        return data.questions().get(index);
    }

    private static AnswerLanguage language(String code) {
        return AnswerLanguage.of(code)
                .orElseThrow(() -> new ContractException("language is '" + code + "', expected one of "
                        + Arrays.stream(AnswerLanguage.values())
                                .map(AnswerLanguage::code)
                                .toList()));
    }

    /**
     * Scores the answers.
     *
     * @param completions one per question, in order
     */
    public TaskResult score(List<Completion> completions) {
        int count = questions.size();
        int right = 0;
        int inLanguage = 0;
        StringBuilder outcomes = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String response = completions.get(i).text();
            boolean isRight = scorer.isRight(response, questions.get(i).answer());
            boolean isInLanguage = language.isEmpty() || language.get().isOf(response);
            outcomes.append(isRight && isInLanguage ? '1' : '0');
            right += isRight ? 1 : 0;
            inLanguage += isInLanguage ? 1 : 0;
        }
        double counted = outcomes.chars().filter(outcome -> outcome == '1').count();
        double tokens = completions.stream()
                .mapToInt(completion -> completion.tokens().size())
                .sum();
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put(ObjectiveSpec.ACCURACY, counted / count);
        metrics.put(ObjectiveSpec.OUTPUT_TOKENS, tokens / count);
        if (language.isPresent()) {
            metrics.put(ObjectiveSpec.ACCURACY_ANY_LANGUAGE, (double) right / count);
            metrics.put(ObjectiveSpec.LANGUAGE_SHARE, (double) inLanguage / count);
        }
        return new TaskResult(outcomes.toString(), metrics, tooLong(completions));
    }

    /** The numbers of the questions that the model's context does not hold. */
    private Optional<List<Integer>> tooLong(List<Completion> completions) {
        List<Integer> numbers = IntStream.range(0, completions.size())
                .filter(i -> completions.get(i).finish() == Completion.Finish.PROMPT_TOO_LONG)
                .mapToObj(i -> spec.questions().map(indices -> indices.get(i)).orElse(i))
                .toList();
        return numbers.isEmpty() ? Optional.empty() : Optional.of(numbers);
    }
}
