package dev.evomerge.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The independent oracle: Hugging Face transformers, in the environment that {@code e2e/oracle/venv} makes. */
final class Transformers {

    /** The option that lets a model bring a program of its own. */
    static final String TRUST_REMOTE_CODE = "--trust-remote-code";

    /** The option that makes it read everything again for each token. */
    static final String NO_CACHE = "--no-cache";

    private static final Path ORACLE = Path.of("oracle");

    private Transformers() {}

    /** Greedy answers of the model in a folder to the first column of a TSV file, one per line. */
    static List<String> answers(Path model, Path questions, int maxNewTokens, String... options) {
        return run(model, questions, maxNewTokens, List.of(options)).toList();
    }

    /** The logits over the first question, {@code tokens × vocabulary}. */
    static float[] logits(Path model, Path questions, String... options) {
        var all = new ArrayList<>(List.of(options));
        all.add("--logits");
        double[] numbers = run(model, questions, 1, all)
                .flatMap(line -> Arrays.stream(line.split(" ")))
                .mapToDouble(Double::parseDouble)
                .toArray();
        float[] logits = new float[numbers.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) numbers[i];
        }
        return logits;
    }

    private static Stream<String> run(Path model, Path questions, int maxNewTokens, List<String> options) {
        Path python = Path.of(Shell.run(ORACLE.resolve("venv")).strip()).resolve("bin/python");
        var arguments = new ArrayList<>(List.of(
                ORACLE.resolve("answers.py").toString(),
                model.toString(),
                questions.toString(),
                Integer.toString(maxNewTokens)));
        arguments.addAll(options);
        return Shell.run(python, arguments.toArray(String[]::new)).lines();
    }
}
