package dev.evomerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the example's models: one multiplies in English, the sum of both in Japanese. */
class EvaluateCommandTest {

    private static final Path EXAMPLE = Path.of("../examples/maths-ja");
    private static final Path MATHS = EXAMPLE.resolve("models/maths");

    @TempDir
    Path folder;

    @Test
    void modelIsScoredAndEveryAnswerWritten() throws IOException {
        Path answers = folder.resolve("answers.jsonl");
        CommandRun run = CommandRun.of(
                "evaluate",
                MATHS,
                "--task",
                EXAMPLE.resolve("data/maths.tsv"),
                "--answer-pattern",
                "([^:]*)$",
                "--max-new-tokens",
                32,
                "--limit",
                10,
                "--output",
                answers);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("maths/test: accuracy 100.0 % (10 of 10), 95 % interval 72.2 % – 100.0 %")
                .contains("10 questions in ");
        List<String> lines = Files.readAllLines(answers);
        assertThat(lines).hasSize(10);
        JsonNode first = new JsonMapper().readTree(lines.getFirst());
        assertThat(first.get("question").asText()).isEqualTo("multiply 13 by 8?");
        assertThat(first.get("response").asText()).isEqualTo("13*8=80+24=104:104");
        assertThat(first.get("right").asBoolean()).isTrue();
    }

    @Test
    void recipeIsMergedInMemoryAndAskedAsAnExperimentAsks() throws IOException {
        Path recipe = Files.writeString(folder.resolve("sum.yaml"), """
                merge_method: task_arithmetic
                base_model: base
                dtype: bfloat16
                models:
                  - {model: maths, parameters: {weight: 1}}
                  - {model: japanese, parameters: {weight: 1}}
                """);
        String models = EXAMPLE.resolve("models").toAbsolutePath().normalize() + "/";
        Path manifest = Files.writeString(
                folder.resolve("experiment.yaml"),
                Files.readString(EXAMPLE.resolve("experiment.yaml"))
                        .replace(
                                "s3://evomerge/maths-ja/data",
                                "file://"
                                        + EXAMPLE.resolve("data")
                                                .toAbsolutePath()
                                                .normalize()));
        CommandRun run = CommandRun.of(
                "evaluate",
                recipe,
                "-m",
                "base=" + models + "base",
                "-m",
                "maths=" + models + "maths",
                "-m",
                "japanese=" + models + "japanese",
                "--experiment",
                manifest,
                "--task",
                "multiplication/search",
                "--limit",
                40);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).matches("(?s)multiplication/search: accuracy [678]\\d\\.\\d % .* of 40\\).*");
    }

    @Test
    void badInputIsOneLine() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.tsv"), "question\tanswer\nno answer\n");
        assertThat(CommandRun.of("evaluate", MATHS, "--task", broken))
                .isEqualTo(failure(
                        "file://" + broken + " line 2: found 1 column, expected a question, a tab and an answer"));
        assertThat(CommandRun.of("evaluate", MATHS, "--task", "questions.csv").err())
                .contains("expected a name that ends in .tsv or .jsonl");
        assertThat(CommandRun.of("evaluate", folder.resolve("nothing"), "--task", broken))
                .isEqualTo(failure("there is neither a file nor a folder " + folder.resolve("nothing")
                        + ", expected a recipe, a model's folder or its URI"));
        assertThat(CommandRun.of("evaluate", folder, "--task", broken).err())
                .contains("/config.json: not found", "no safetensors file, expected model.safetensors");
        Path fine = EXAMPLE.resolve("data/maths.tsv");
        assertThat(CommandRun.of("evaluate", MATHS, "--task", fine, "--prompt", "{text}")
                        .err())
                .contains("the prompt names the column {text}", "have [answer, question]");
        assertThat(CommandRun.of("evaluate", MATHS, "--task", fine, "--limit", 0)
                        .err())
                .isEqualTo("evomerge evaluate: --limit is 0, expected at least 1\n");
    }

    private static CommandRun failure(String message) {
        return new CommandRun(1, "", "evomerge evaluate: " + message + "\n");
    }
}
