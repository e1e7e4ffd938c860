package dev.evomerge.crds;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The reference page of the API, from the CRDs. */
final class ApiReference {

    private final StringBuilder page = new StringBuilder("""
            # API reference

            Made by `crds/generate` from the CRDs. Group `evomerge.dev`, version `v1alpha1`. A field in **bold** is required.
            Decimal numbers are strings, as the Kubernetes API conventions ask.
            """);

    static String of(List<Path> crds) throws IOException {
        var reference = new ApiReference();
        for (Path file : crds) {
            reference.add(Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class));
        }
        return reference.page.toString();
    }

    private void add(CustomResourceDefinition crd) {
        var names = crd.getSpec().getNames();
        page.append("\n## ")
                .append(names.getKind())
                .append("\nShort name `")
                .append(names.getShortNames().getFirst())
                .append("`.\n");
        var schema = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
        for (String part : List.of("spec", "status")) {
            page.append("\n### ")
                    .append(part)
                    .append("\n| field | type | default | meaning |\n| --- | --- | --- | --- |\n");
            var lines = new ArrayList<String>();
            fields(schema.getProperties().get(part), "", lines);
            lines.forEach(line -> page.append(line).append('\n'));
        }
        page.append("\n### Rules\n");
        collectRules(schema, "").forEach(rule -> page.append("- ").append(rule).append('\n'));
    }

    private static void fields(JSONSchemaProps schema, String path, List<String> lines) {
        if (schema.getProperties() == null) {
            return;
        }
        var required = Objects.requireNonNullElse(schema.getRequired(), List.of());
        schema.getProperties().entrySet().stream()
                .sorted(Comparator.comparing(entry -> !required.contains(entry.getKey())))
                .forEach(entry -> {
                    String name = path + entry.getKey();
                    JSONSchemaProps field = entry.getValue();
                    String shown = "`" + name + "`";
                    lines.add("| " + (required.contains(entry.getKey()) ? "**" + shown + "**" : shown) + " | "
                            + type(field) + " | "
                            + (field.getDefault() == null ? "" : "`" + field.getDefault() + "`") + " | "
                            + Objects.requireNonNullElse(field.getDescription(), "")
                                    .replace("|", "\\|") + " |");
                    fields(field, name + ".", lines);
                    if (field.getItems() != null) {
                        fields(field.getItems().getSchema(), name + "[].", lines);
                    }
                });
    }

    private static String type(JSONSchemaProps field) {
        String bounds = Stream.of(
                        bound("≥ ", field.getMinimum()),
                        bound("≤ ", field.getMaximum()),
                        bound("at least ", field.getMinItems()),
                        bound("at most ", field.getMaxItems()),
                        bound("up to ", field.getMaxLength()))
                .filter(Objects::nonNull)
                .collect(Collectors.joining(", "));
        String type = field.getEnum() != null && !field.getEnum().isEmpty()
                ? field.getEnum().stream()
                        .map(value -> "`" + value.asText() + "`")
                        .collect(Collectors.joining(", "))
                : switch (Objects.requireNonNullElse(field.getType(), "quantity")) {
                    case "array" -> "list of " + type(field.getItems().getSchema());
                    case "object" -> field.getAdditionalProperties() == null ? "object" : "map";
                    case String other -> other;
                };
        return bounds.isEmpty() ? type : type + " (" + bounds + ")";
    }

    private static String bound(String words, Number bound) {
        return bound == null ? null : words + (bound.doubleValue() == bound.longValue() ? bound.longValue() : bound);
    }

    /** Every rule's message, by the path that it is about. */
    private static List<String> collectRules(JSONSchemaProps schema, String path) {
        var rules = new ArrayList<String>();
        Objects.requireNonNullElse(schema.getXKubernetesValidations(), List.<ValidationRule>of())
                .forEach(rule -> {
                    String about = path + Objects.requireNonNullElse(rule.getFieldPath(), "");
                    String message = rule.getMessage() != null ? rule.getMessage() : words(rule.getMessageExpression());
                    rules.add("`" + (about.isEmpty() ? "metadata" : about.replaceFirst("^\\.", "")) + "`: " + message);
                });
        Objects.requireNonNullElse(schema.getProperties(), Map.<String, JSONSchemaProps>of())
                .forEach((name, field) -> rules.addAll(collectRules(field, path + "." + name)));
        if (schema.getItems() != null) {
            rules.addAll(collectRules(schema.getItems().getSchema(), path + "[]"));
        }
        return rules;
    }

    /** A message expression with an ellipsis for what is computed: {@code 'found ' + self} is "found …". */
    private static String words(String expression) {
        var words = new StringBuilder();
        boolean quoted = false;
        for (char c : expression.toCharArray()) {
            if (c == '\'') {
                quoted = !quoted;
            } else if (quoted) {
                words.append(c);
            } else if (words.isEmpty() || words.charAt(words.length() - 1) != '…') {
                words.append('…');
            }
        }
        return words.toString();
    }
}
