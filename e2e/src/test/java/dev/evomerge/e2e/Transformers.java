package dev.evomerge.e2e;

import java.nio.file.Path;
import java.util.List;

/** The independent oracle: Hugging Face transformers, in the environment that {@code e2e/oracle/venv} makes. */
final class Transformers {

    private static final Path ORACLE = Path.of("oracle");

    private Transformers() {}

    /** Greedy answers of the model in a folder to the first column of a TSV file, one per line. */
    static List<String> answers(Path model, Path questions, int maxNewTokens) {
        Path python = Path.of(Shell.run(ORACLE.resolve("venv")).strip()).resolve("bin/python");
        return Shell.run(
                        python,
                        ORACLE.resolve("answers.py").toString(),
                        model.toString(),
                        questions.toString(),
                        Integer.toString(maxNewTokens))
                .lines()
                .toList();
    }
}
