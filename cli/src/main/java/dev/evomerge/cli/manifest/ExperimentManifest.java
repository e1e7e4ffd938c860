package dev.evomerge.cli.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.crds.Api;
import dev.evomerge.crds.MergeExperiment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A MergeExperiment in a file, completed with the API's defaults. */
public final class ExperimentManifest {

    private static final String KIND = "MergeExperiment";

    private static final StructuralSchema SCHEMA = StructuralSchema.ofExperiment();

    private final Path file;
    private final ObjectNode resource;

    private ExperimentManifest(Path file, ObjectNode resource) {
        this.file = file;
        this.resource = resource;
    }

    /**
     * Reads a file of YAML or JSON. It may hold other resources beside the one experiment.
     *
     * @throws IOException       if it cannot be read
     * @throws ManifestException if it is no YAML, or does not hold exactly one MergeExperiment
     */
    public static ExperimentManifest read(Path file) throws IOException {
        List<JsonNode> documents;
        try (var parser = Yaml.MAPPER.createParser(Files.readString(file, StandardCharsets.UTF_8))) {
            documents = Yaml.MAPPER.readValues(parser, JsonNode.class).readAll();
        } catch (JsonProcessingException e) {
            throw new ManifestException(Yaml.problem(file, e));
        }
        var experiments = new ArrayList<JsonNode>(documents);
        experiments.removeIf(document ->
                !document.isObject() || !document.path("kind").asText().equals(KIND));
        if (experiments.size() != 1) {
            throw new ManifestException(file + " holds " + experiments.size() + " resources of kind " + KIND
                    + ", expected one; found " + kinds(documents));
        }
        String version = experiments.getFirst().path("apiVersion").asText();
        if (!version.equals(Api.API_VERSION)) {
            throw new ManifestException(file + ": apiVersion is '" + version + "', expected '" + Api.API_VERSION + "'");
        }
        return new ExperimentManifest(file, SCHEMA.withDefaults((ObjectNode) experiments.getFirst()));
    }

    private static String kinds(List<JsonNode> documents) {
        return documents.isEmpty()
                ? "nothing"
                : documents.stream()
                        .map(document -> document.path("kind").asText("something without a kind"))
                        .collect(Collectors.joining(", "));
    }

    /**
     * The manifest as one machine takes it: URIs below a moved one lie elsewhere, and what is no URI is a path relative to the file.
     *
     * @param moved a URI, and the folder or URI that holds what lies below it
     */
    public ExperimentManifest onThisMachine(Map<String, String> moved) {
        return withUris(uri -> moved.keySet().stream()
                .filter(prefix -> uri.equals(prefix) || uri.startsWith(prefix.endsWith("/") ? prefix : prefix + "/"))
                .max(Comparator.comparingInt(String::length))
                .map(prefix -> local(Path.of(""), moved.get(prefix)) + uri.substring(prefix.length()))
                .orElseGet(() -> local(file.toAbsolutePath().getParent(), uri)));
    }

    private static String local(Path folder, String uri) {
        return uri.contains("://")
                ? uri
                : "file://" + folder.resolve(uri).toAbsolutePath().normalize();
    }

    private ExperimentManifest withUris(UnaryOperator<String> change) {
        ObjectNode copy = resource.deepCopy();
        changeUris(copy.path("spec"), change);
        return new ExperimentManifest(file, copy);
    }

    private static void changeUris(JsonNode node, UnaryOperator<String> change) {
        if (node.path("uri").isTextual()) {
            ((ObjectNode) node).put("uri", change.apply(node.get("uri").asText()));
        }
        node.forEach(child -> changeUris(child, change));
    }

    /** The same experiment with its history below {@code folder/history} and its model in {@code folder/model}. */
    public ExperimentManifest storedIn(Path folder) {
        ObjectNode copy = resource.deepCopy();
        put(copy, "storage", "uri", "file://" + folder.resolve("history"));
        put(copy, "output", "uri", "file://" + folder.resolve("model"));
        return new ExperimentManifest(file, copy);
    }

    /** The same experiment with another candidate to export than the search's own pick. */
    public ExperimentManifest picking(String candidate) {
        ObjectNode copy = resource.deepCopy();
        put(copy, "output", "pick", candidate);
        return new ExperimentManifest(file, copy);
    }

    private static void put(ObjectNode resource, String part, String field, String value) {
        if (resource.path("spec").isObject()) {
            ((ObjectNode) resource.get("spec")).withObject("/" + part).put(field, value);
        }
    }

    /** Everything that the API server would refuse, by schema and rules; of rules about changes there is none to break. */
    public List<Violation> violations() {
        return SCHEMA.violations(resource);
    }

    /**
     * The experiment. Without a namespace it lies in {@code default}.
     *
     * @throws ManifestException if the API server would refuse it; the message has a line for everything that is wrong
     */
    public MergeExperiment experiment() {
        List<Violation> violations = violations();
        if (!violations.isEmpty()) {
            throw new ManifestException(violations.stream()
                    .map(violation -> file + ": " + violation)
                    .collect(Collectors.joining(System.lineSeparator())));
        }
        MergeExperiment experiment = Serialization.jsonMapper().convertValue(resource, MergeExperiment.class);
        if (experiment.getMetadata().getNamespace() == null) {
            experiment.getMetadata().setNamespace("default");
        }
        return experiment;
    }
}
