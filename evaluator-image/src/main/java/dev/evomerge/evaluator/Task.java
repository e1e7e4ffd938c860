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
import java.util.List;
import java.util.Map;

/**
 * A task that is ready to be asked.
 *
 * @param spec      what it was made from
 * @param questions the questions to ask, in order
 * @param prompts   their prompts
 * @param scorer    scores the answers
 */
public record Task(TaskSpec spec, List<Question> questions, List<String> prompts, Scorer scorer) {

    public Task {
        questions = List.copyOf(questions);
        prompts = List.copyOf(prompts);
    }

    /**
     * Prepares a task.
     *
     * @throws DataException     if prompt and data do not fit
     * @throws ContractException if the scorer is not known, or there is no question of an index
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
        return new Task(spec, questions, questions.stream().map(prompt::fill).toList(), Scorer.of(spec.scorer()));
    }

    private static Question question(TaskSpec spec, DataSet data, int index) {
        if (index < 0 || index >= data.questions().size()) {
            throw new ContractException("task " + spec.key() + " asks for question " + index + ", but " + data.uri()
                    + " has " + data.questions().size());
        }
        return data.questions().get(index);
    }

    /**
     * Scores the answers.
     *
     * @param completions one per question, in order
     */
    public TaskResult score(List<Completion> completions) {
        StringBuilder outcomes = new StringBuilder();
        for (int i = 0; i < questions.size(); i++) {
            boolean right =
                    scorer.isRight(completions.get(i).text(), questions.get(i).answer());
            outcomes.append(right ? '1' : '0');
        }
        double right = outcomes.chars().filter(outcome -> outcome == '1').count();
        double tokens = completions.stream()
                .mapToInt(completion -> completion.tokens().size())
                .sum();
        return new TaskResult(
                outcomes.toString(),
                Map.of(
                        ObjectiveSpec.ACCURACY,
                        right / questions.size(),
                        ObjectiveSpec.OUTPUT_TOKENS,
                        tokens / questions.size()));
    }
}
