package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** How candidates are scored, and how the pods that do it run. */
@ValidationRule(
        value = "self.tasks.all(t, self.tasks.exists_one(u, u.name == t.name))",
        fieldPath = ".tasks",
        message = "two tasks have one name; expected names that differ")
@ValidationRule(
        value = "self.tasks.all(t, has(t.data.selection)) || self.tasks.all(t, !has(t.data.selection))",
        fieldPath = ".tasks",
        message = "some tasks have selection questions and some have none; expected all or none")
public record Evaluation(
        @JsonPropertyDescription("What every candidate is asked.")
        @Required
        @Size(min = 1, max = 8)
        @ValidationRule(
                value = "self == oldSelf",
                message = "spec.evaluation.tasks is immutable; make a new experiment")
        List<Task> tasks,

        @JsonPropertyDescription("How many pods may run at once. May change while the search runs.")
        @Default("1")
        @Min(1)
        @Max(1000)
        Integer parallelism,

        @JsonPropertyDescription(
                "How many candidates a pod scores; it loads the sources once. Holds from the next generation on.")
        @Default("4")
        @Min(1)
        @Max(1024)
        Integer candidatesPerPod,

        @JsonPropertyDescription(
                "How long a generation may take, for example 90m or 2h. Holds from the next generation on.")
        @Default("\"2h\"")
        @Size(min = 2, max = 16)
        @ValidationRule(
                value =
                        "self.matches('^([0-9]+[smh])+$') && duration(self) >= duration('1s') && duration(self) <= duration('720h')",
                messageExpression =
                        "'a timeout is a duration of whole hours, minutes or seconds from 1s to 720h, as 90m; found \"' + self + '\"'")
        String timeout,

        @JsonPropertyDescription("How evaluator pods look. Holds from the next generation on.")
        PodTemplate template) {

    public Evaluation {
        tasks = Lists.copy(tasks);
    }

    /** Questions, how to ask them, how to score the answers. */
    public record Task(
            @JsonPropertyDescription("The name that objectives use.")
            @Required
            @Size(min = 1, max = Api.NAME)
            @ValidationRule(
                    value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                    messageExpression =
                            "'a task is named by lower-case letters, digits and \"-\"; found \"' + self + '\"'")
            String name,

            @JsonPropertyDescription("The questions: sets that do not overlap.") @Required
            Data data,

            @JsonPropertyDescription("The text given to the model; {question} is replaced by the question.")
            @Default("\"{question}\"")
            @Size(max = 8192)
            @ValidationRule(
                    value = "self.contains('{question}')",
                    message = "a prompt must contain {question}, or every question would be asked alike")
            String prompt,

            @JsonPropertyDescription(
                    "Makes the prompt what a user says in a conversation, written as the chat template of the model's tokenizer has it. "
                            + "Left out: the prompt is the text that the model goes on from.")
            Chat chat,

            @JsonPropertyDescription("How an answer is generated.") @Default("{}")
            Generation generation,

            @JsonPropertyDescription("How an answer is scored.") @Required
            Scorer scorer) {}

    /** A conversation of one turn. */
    public record Chat(
            @JsonPropertyDescription("What the model is told before the prompt. Left out: nothing.")
            @Size(min = 1, max = 8192)
            String system) {}

    /** The question sets of a task. */
    @ValidationRule(
            value =
                    "self.search.uri != self.test.uri && (!has(self.selection) || (self.selection.uri != self.search.uri &&"
                            + " self.selection.uri != self.test.uri))",
            message =
                    "search, selection and test questions must be different files: a score on questions that a choice was made on is biased")
    public record Data(
            @JsonPropertyDescription("What the search optimizes on.") @Required
            DataSet search,

            @JsonPropertyDescription(
                    "What the winner is chosen on, among the finalists. Left out: the search questions.")
            DataSet selection,

            @JsonPropertyDescription("What the winner's score is reported on; never used for a choice.") @Required
            DataSet test) {}

    /** One file of questions. */
    public record DataSet(
            @JsonPropertyDescription("The file: s3://, gs://, az://, hf:// or file:///.")
            @Required
            @Size(max = Api.URI)
            @ValidationRule(
                    value = Api.IS_READABLE,
                    messageExpression = "'expected the URI of a file" + Api.READABLE_EXPECTED)
            String uri,

            @JsonPropertyDescription(
                    "The SHA-256 of the file, 64 hexadecimal digits; another file is refused. Left out: whatever lies there when the experiment starts.")
            @Size(max = 64)
            @ValidationRule(
                    value = "self.matches('" + Api.SHA256 + "')",
                    messageExpression =
                            "'expected a SHA-256 of 64 lower-case hexadecimal digits, found \"' + self + '\"'")
            String sha256,

            @JsonPropertyDescription(
                    "tsv: question and answer with a tab between, no header. jsonl: an object with question and answer in each line.")
            @Required
            Format format) {}

    /** How a file of questions is written. */
    public enum Format {
        tsv,
        jsonl
    }

    /** Greedy generation. */
    public record Generation(
            @JsonPropertyDescription("The most tokens of an answer.") @Default("64") @Min(1) @Max(32768)
            Integer maxNewTokens,

            @JsonPropertyDescription("Strings that end an answer. The model's end-of-sequence tokens always do.")
            @Size(max = 8)
            List<@Size(min = 1, max = 64) String> stop) {
        public Generation {
            stop = Lists.copy(stop);
        }
    }

    /** One of the scorers. */
    @ValidationRule(
            value = "has(self.exactMatch) != has(self.number)",
            message = "expected exactly one scorer: exactMatch or number")
    public record Scorer(
            @JsonPropertyDescription("Right if the answer equals the expected one.")
            ExactMatch exactMatch,

            @JsonPropertyDescription("Right if the answer's number has the value of the expected one.")
            Number number,

            @JsonPropertyDescription(
                    "The language that a right answer must be in, or it does not count; told by its script. Left out: any.")
            Language language) {}

    /** Exact match. */
    public record ExactMatch(
            @JsonPropertyDescription(
                    "A regular expression (Java's). The answer is group 1 of its last match in the response, or the whole match; "
                            + "no match is a wrong answer. Left out: the whole response without surrounding white space.")
            @Size(min = 1, max = 512)
            String answerPattern) {}

    /** Equal numbers. */
    public record Number(
            @JsonPropertyDescription(
                    "A regular expression (Java's). The number is looked for in group 1 of its last match in the response, or in the whole match; "
                            + "no match is a wrong answer. Left out: in the whole response.")
            @Size(min = 1, max = 512)
            String answerPattern,

            @JsonPropertyDescription(
                    "Which number counts. lastNumber: the last one, with sign, thousands separators, decimals, full-width digits and Japanese "
                            + "numerals. lastUnsignedDecimal: as in the paper, whose numbers it is comparable with (1,234 is 234, -5 is 5).")
            @Default("\"lastNumber\"")
            Extraction extraction) {}

    /** Which number of an answer counts. */
    public enum Extraction {
        lastNumber,
        lastUnsignedDecimal
    }

    /** A language that its script tells from the others, by ISO 639-1. */
    public enum Language {
        ja,
        zh,
        ko,
        en,
        ru,
        th,
        bn,
        te
    }
}
