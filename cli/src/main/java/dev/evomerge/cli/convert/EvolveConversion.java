package dev.evomerge.cli.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes a MergeExperiment that searches what a mergekit-evolve configuration describes, with a comment wherever the two differ. */
public final class EvolveConversion {

    /** mergekit-evolve's {@code --max-fevals} and {@code --sigma0} where they are not given. */
    public static final int EVALUATIONS = 100;

    public static final String SIGMA = "0.1667";

    private static final int LONGEST_NAME = 40;

    /** Of NSGA-II: enough to spread over a front of two objectives. */
    private static final int POPULATION = 20;

    private final EvolveConfig config;
    private final String experiment;
    private final StringBuilder yaml = new StringBuilder();

    private EvolveConversion(EvolveConfig config, String experiment) {
        this.config = config;
        this.experiment = experiment;
    }

    /**
     * Converts a configuration.
     *
     * @param file        the configuration
     * @param evaluations how many candidates to score
     * @param sigma       the first step size, in units of the bounds' width, as a decimal
     * @return a manifest in YAML that {@code evomerge run} takes
     * @throws IOException         if the file cannot be read
     * @throws ConversionException if it is no such configuration, or asks for what an experiment cannot do
     */
    public static String convert(Path file, int evaluations, String sigma) throws IOException {
        String name = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
        return new EvolveConversion(EvolveConfig.read(file), identifier(name, Set.of()))
                .write(file.getFileName().toString(), evaluations, sigma);
    }

    private String write(String source, int evaluations, String sigma) {
        line("# Converted from the mergekit-evolve configuration " + source + ".");
        line(
                "# Paths are relative to this file, as 'evomerge run' takes them; a cluster needs URIs: s3://bucket/folder.");
        line("apiVersion: evomerge.dev/v1alpha1");
        line("kind: MergeExperiment");
        line("metadata: {name: " + experiment + "}");
        line("spec:");
        models();
        stage(evaluations, sigma);
        objectives();
        evaluation();
        line("  output: {uri: " + experiment + "-model}");
        line("  storage: {uri: " + experiment + "-history}");
        return yaml.toString();
    }

    private void models() {
        line("  models:");
        var names = new HashSet<String>();
        for (String model : config.models()) {
            String name = identifier(model.replaceFirst("@.*$", "").replaceFirst("^.*/(?=.)", ""), names);
            names.add(name);
            line("    - {name: " + name + ", uri: " + quoted(uri(model)) + "}");
        }
        config.base().ifPresent(base -> line("  base: {uri: " + quoted(uri(base)) + "}"));
    }

    private void stage(int evaluations, String sigma) {
        line("  stages:");
        line("    - name: weights");
        line("      parameterSpace:");
        line("        method: " + config.method());
        config.layerGranularity().ifPresent(layers -> line("        layersPerGroup: " + layers));
        line("        # mergekit-evolve has no bounds; it "
                + (config.negativeWeights() ? "lets weights be negative." : "takes the absolute value of a weight."));
        line("        weight: {min: \"" + (config.negativeWeights() ? "-1" : "0") + "\", max: \"1\"}");
        if (config.method().endsWith("ties")) {
            line("        density: {min: \"0.05\", max: \"1\"}");
        }
        line("        normalize: " + config.normalize());
        if (!config.kinds().isEmpty()) {
            line("        tensorKinds: [" + String.join(", ", config.kinds()) + "]");
        }
        line("      algorithm: "
                + (config.tasks().size() == 1
                        ? "{cmaEs: {sigma: \"" + sigma + "\"}}"
                        : "{nsga2: {populationSize: " + POPULATION + "}}"));
        line("      budget: {evaluations: " + evaluations + "}");
    }

    private void objectives() {
        if (config.tasks().size() > 1) {
            line("  # mergekit-evolve adds the scores up, weighted "
                    + config.tasks().stream()
                            .map(task -> String.valueOf(task.weight()))
                            .collect(Collectors.joining(", "))
                    + ". Here each is an objective of its own: the result is a");
            line(
                    "  # front of models that no other beats in all of them, the one in its middle is exported, and others can be.");
        }
        line("  objectives:");
        for (EvolveConfig.Task task : config.tasks()) {
            String name = identifier(task.name(), Set.of());
            line("    - {name: " + (config.tasks().size() == 1 ? "accuracy" : objective(name)) + ", task: " + name
                    + ", metric: accuracy, goal: " + (task.weight() >= 0 ? "Maximize" : "Minimize") + "}");
        }
    }

    /** An objective's name begins with a letter. */
    private static String objective(String task) {
        return Character.isLetter(task.charAt(0)) ? task : "task-" + task;
    }

    private void evaluation() {
        line("  evaluation:");
        line("    tasks:");
        config.tasks().forEach(this::task);
    }

    private void task(EvolveConfig.Task task) {
        String name = identifier(task.name(), Set.of());
        line("      - name: " + name);
        line("        # mergekit-evolve asked " + task.name() + " of lm-evaluation-harness (" + task.metric()
                + "). Put its questions into these");
        line(
                "        # files, an object with \"question\" and \"answer\" in each line, none of them in two files: the search sees the first, the");
        line("        # winner is chosen on the second, and its score is reported on the third.");
        config.limit()
                .ifPresent(limit -> line("        # limit: " + limit + " meant: no more than so many lines in each."));
        line("        data:");
        for (String split : List.of("search", "selection", "test")) {
            line("          " + split + ": {uri: " + name + "-" + split + ".jsonl, format: jsonl}");
        }
        if (config.fewShot() > 0) {
            line("        # num_fewshot: " + config.fewShot()
                    + " put as many solved examples before a question: write them before {question}.");
        }
        line("        prompt: \"{question}\"");
        if (config.chatTemplate()) {
            line("        # apply_chat_template: the models' chat template is put around the prompt.");
            line("        chat: {}");
        }
        line("        generation: {maxNewTokens: 256}");
        line("        # The last number of a response is its answer; for answers that are no numbers: exactMatch.");
        line("        scorer: {number: {}}");
    }

    /** mergekit takes the name of a folder for that folder, and any other for a model on the Hugging Face hub. */
    private static String uri(String model) {
        boolean onHub = model.matches("[A-Za-z0-9][\\w.-]*/[\\w.-]+(@[\\w.-]+)?") && !Files.isDirectory(Path.of(model));
        return onHub ? "hf://" + model : model;
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9./:@_-]+") ? text : "'" + text.replace("'", "''") + "'";
    }

    /** A name as the API takes it, unlike those that are taken. */
    private static String identifier(String text, Set<String> taken) {
        String plain =
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+", "");
        String name =
                plain.substring(0, Math.min(plain.length(), LONGEST_NAME - 3)).replaceAll("-+$", "");
        name = name.isEmpty() || name.equals("base") ? "model" : name;
        String unique = name;
        for (int i = 2; taken.contains(unique); i++) {
            unique = name + "-" + i;
        }
        return unique;
    }

    private void line(String text) {
        yaml.append(text).append('\n');
    }
}
