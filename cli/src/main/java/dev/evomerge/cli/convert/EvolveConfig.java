package dev.evomerge.cli.convert;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.cli.manifest.Yaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a mergekit-evolve configuration says, as far as an experiment can say it too.
 *
 * @param models           the models, as written
 * @param method           the merge method
 * @param base             the base model, as written
 * @param layerGranularity how many layers share their parameters; empty for all
 * @param normalize        whether weights are divided by their sum
 * @param negativeWeights  whether weights may be negative
 * @param kinds            the kinds of tensors with parameters of their own, by the API's names
 * @param tasks            the tasks; one, or up to four
 * @param limit            how many of its questions are asked
 * @param fewShot          how many solved examples stand before each question
 * @param chatTemplate     whether the models' chat template is put around a prompt
 */
record EvolveConfig(
        List<String> models,
        String method,
        Optional<String> base,
        Optional<Integer> layerGranularity,
        boolean normalize,
        boolean negativeWeights,
        List<String> kinds,
        List<Task> tasks,
        Optional<Integer> limit,
        int fewShot,
        boolean chatTemplate) {

    /** Methods of mergekit-evolve that an experiment can search, too; whether mergekit normalises their weights. */
    private static final Map<String, Boolean> METHODS =
            Map.of("linear", true, "task_arithmetic", false, "ties", true, "dare_ties", true);

    /**
     * A task of the language model evaluation harness.
     *
     * @param name     its name there
     * @param metric   the metric there
     * @param weight   what its score is multiplied with before all are added up; negative where less is better
     */
    record Task(String name, String metric, double weight) {}

    /** The filters whose tensors an experiment can give parameters of their own, and what the API calls them. */
    private static final Map<String, String> KINDS = Map.of(
            "self_attn", "Attention", "mlp", "Mlp", "norm", "Norms", "embed_tokens", "Embeddings", "lm_head", "Head");

    private static final int MOST_TASKS = 4;

    EvolveConfig {
        models = List.copyOf(models);
        kinds = List.copyOf(kinds);
        tasks = List.copyOf(tasks);
    }

    /**
     * Reads a configuration.
     *
     * @throws ConversionException if it is none, or asks for what an experiment cannot do
     */
    static EvolveConfig read(Path file) throws IOException {
        return new Reader(file).read();
    }

    /** Reads one file, and gathers what is wrong with it. */
    private static final class Reader {

        private final Path file;
        private final Map<String, Integer> lines = new HashMap<>();
        private final List<String> problems = new ArrayList<>();
        private final JsonNode tree;

        Reader(Path file) throws IOException {
            this.file = file;
            String text = Files.readString(file, StandardCharsets.UTF_8);
            try {
                tree = Yaml.MAPPER.readTree(text);
                findLines(text);
            } catch (JsonProcessingException e) {
                throw new ConversionException(List.of(Yaml.problem(file, e)));
            }
        }

        private void findLines(String text) throws IOException {
            try (JsonParser parser = Yaml.MAPPER.createParser(text)) {
                while (parser.nextToken() != null) {
                    lines.putIfAbsent(
                            parser.getParsingContext().pathAsPointer().toString(),
                            parser.currentTokenLocation().getLineNr());
                }
            }
        }

        EvolveConfig read() {
            known(
                    "",
                    Set.of(
                            "genome",
                            "tasks",
                            "limit",
                            "num_fewshot",
                            "shuffle",
                            "random_init",
                            "apply_chat_template",
                            "fewshot_as_multiturn"));
            JsonNode genome = tree.path("genome");
            known(
                    "/genome",
                    Set.of(
                            "models",
                            "merge_method",
                            "base_model",
                            "tokenizer_source",
                            "layer_granularity",
                            "normalize",
                            "allow_negative_weights",
                            "smooth",
                            "filters",
                            "int8_mask"));
            refuseIf(!genome.isObject(), "/genome", "found none, expected models and how they are merged");
            List<String> models = models();
            String method = genome.path("merge_method").asText("");
            refuseIf(
                    !METHODS.containsKey(method),
                    "/genome/merge_method",
                    (method.isEmpty() ? "found none" : "'" + method + "' cannot be searched") + ", expected one of "
                            + new TreeSet<>(METHODS.keySet()));
            Optional<String> base = text("/genome/base_model");
            base.ifPresent(name -> refuseAdapter("/genome/base_model", name));
            refuseIf(
                    base.isEmpty() && METHODS.containsKey(method) && !method.equals("linear"),
                    "/genome/base_model",
                    "found none, but " + method + " merges differences from a base");
            refuseUnsupported();
            int granularity = tree.at("/genome/layer_granularity").asInt(0);
            var config = new EvolveConfig(
                    models,
                    method,
                    base,
                    granularity > 0 ? Optional.of(granularity) : Optional.empty(),
                    given("/genome/normalize")
                            ? tree.at("/genome/normalize").asBoolean()
                            : METHODS.getOrDefault(method, false),
                    tree.at("/genome/allow_negative_weights").asBoolean(false),
                    kinds(),
                    tasks(),
                    given("/limit") ? Optional.of(tree.at("/limit").asInt()) : Optional.empty(),
                    tree.at("/num_fewshot").asInt(0),
                    tree.at("/apply_chat_template").asBoolean(true));
            if (!problems.isEmpty()) {
                throw new ConversionException(problems);
            }
            return config;
        }

        private List<String> models() {
            var models = new ArrayList<String>();
            JsonNode written = tree.at("/genome/models");
            for (int i = 0; i < written.size(); i++) {
                String place = "/genome/models/" + i;
                String model = written.get(i).asText();
                refuseIf(!written.get(i).isTextual(), place, "expected the name or the folder of a model");
                refuseAdapter(place, model);
                refuseIf(models.contains(model), place, "'" + model + "' is there twice");
                models.add(model);
            }
            refuseIf(
                    models.size() < 2 || models.size() > 16,
                    "/genome/models",
                    "found " + models.size() + ", expected 2 to 16");
            return models;
        }

        private void refuseAdapter(String place, String model) {
            refuseIf(
                    model.contains("+"),
                    place,
                    "'" + model + "' adds an adapter to a model; merge the two first: evomerge merge");
        }

        private void refuseUnsupported() {
            JsonNode tokenizer = tree.at("/genome/tokenizer_source");
            refuseIf(
                    given("/genome/tokenizer_source") && !tokenizer.asText().equals("base"),
                    "/genome/tokenizer_source",
                    "'" + tokenizer.asText()
                            + "' is not supported, expected base (or none): all models need one vocabulary");
            refuseIf(
                    tree.at("/genome/smooth").asBoolean(false),
                    "/genome/smooth",
                    "parameters that are interpolated between layers are not supported, expected false");
            refuseIf(
                    tree.at("/random_init").asBoolean(false),
                    "/random_init",
                    "a search starts in the middle of its bounds, expected false");
        }

        private List<String> kinds() {
            var kinds = new ArrayList<String>();
            JsonNode filters = tree.at("/genome/filters");
            for (int i = 0; i < filters.size(); i++) {
                String filter = filters.get(i).asText();
                refuseIf(
                        !KINDS.containsKey(filter),
                        "/genome/filters/" + i,
                        "'" + filter + "' is not supported, expected one of " + new TreeSet<>(KINDS.keySet()));
                kinds.add(KINDS.getOrDefault(filter, filter));
            }
            return kinds;
        }

        private List<Task> tasks() {
            var read = new ArrayList<Task>();
            JsonNode tasks = tree.path("tasks");
            refuseIf(
                    tasks.isEmpty() || tasks.size() > MOST_TASKS,
                    "/tasks",
                    "found " + tasks.size() + ", expected 1 to " + MOST_TASKS);
            for (int i = 0; i < tasks.size(); i++) {
                String place = "/tasks/" + i;
                JsonNode task = tasks.get(i);
                known(place, Set.of("name", "weight", "metric"));
                String name =
                        task.isTextual() ? task.asText() : task.path("name").asText("");
                refuseIf(name.isEmpty(), place, "found no name, expected a task of lm-evaluation-harness");
                String metric = task.path("metric").asText("acc,none");
                refuseIf(
                        !metric.startsWith("exact_match"),
                        task.has("metric") ? place + "/metric" : place,
                        "the metric '" + metric + "'"
                                + (task.has("metric") ? "" : ", which is mergekit-evolve's default,")
                                + " of task '" + name
                                + "' is not supported, expected exact_match: answers are generated and compared, not the"
                                + " likelihoods of choices");
                read.add(new Task(name, metric, task.path("weight").asDouble(1)));
            }
            return read;
        }

        private Optional<String> text(String pointer) {
            return given(pointer) ? Optional.of(tree.at(pointer).asText()) : Optional.empty();
        }

        private boolean given(String pointer) {
            return !tree.at(pointer).isMissingNode() && !tree.at(pointer).isNull();
        }

        private void known(String pointer, Set<String> names) {
            JsonNode node = pointer.isEmpty() ? tree : tree.at(pointer);
            node.fieldNames()
                    .forEachRemaining(name -> refuseIf(
                            !names.contains(name),
                            pointer + "/" + name,
                            "mergekit-evolve has no such key, expected one of " + new TreeSet<>(names)));
        }

        private void refuseIf(boolean wrong, String pointer, String why) {
            if (wrong) {
                problems.add(file + " line " + line(pointer) + ": " + field(pointer) + ": " + why);
            }
        }

        /** The line of a field, or of the nearest one around it that is there. */
        private int line(String pointer) {
            for (String around = pointer; !around.isEmpty(); around = around.substring(0, around.lastIndexOf('/'))) {
                if (lines.containsKey(around)) {
                    return lines.get(around);
                }
            }
            return 1;
        }

        private static String field(String pointer) {
            return pointer.substring(1).replaceAll("/([0-9]+)", "[$1]").replace('/', '.');
        }
    }
}
