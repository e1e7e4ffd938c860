package dev.evomerge.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.evomerge.crds.MergeExperiment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The schema of a custom resource, applied as the API server applies it to a resource that is created: unknown fields are refused, defaults are
 * filled in, then types and bounds are checked, and, if those are kept, the CEL rules. Of JSON schema it knows what structural schemas may hold
 * and {@code crds} uses.
 */
final class StructuralSchema {

    /** What every resource has beside what its own schema says. */
    private static final Set<String> COMMON = Set.of("apiVersion", "kind", "metadata");

    private final JsonNode schema;
    private final CelRules rules = new CelRules();

    private StructuralSchema(JsonNode schema) {
        this.schema = schema;
    }

    /** The schema of MergeExperiment. */
    static StructuralSchema ofExperiment() {
        String resource = "/crds/mergeexperiments.evomerge.dev.yaml";
        try (InputStream definition = MergeExperiment.class.getResourceAsStream(resource)) {
            return new StructuralSchema(
                    new YAMLMapper().readTree(definition).at("/spec/versions/0/schema/openAPIV3Schema"));
        } catch (IOException e) {
            throw new UncheckedIOException("the API's own definition cannot be read", e);
        }
    }

    /** The resource with what was left out filled in where the schema has a default. */
    ObjectNode withDefaults(ObjectNode resource) {
        ObjectNode complete = resource.deepCopy();
        complete(complete, schema);
        return complete;
    }

    private static void complete(JsonNode value, JsonNode schema) {
        if (value.isObject()) {
            var object = (ObjectNode) value;
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                String name = property.getKey();
                JsonNode standard = property.getValue().get("default");
                if (standard != null
                        && (object.get(name) == null || object.get(name).isNull())) {
                    object.set(name, standard.deepCopy());
                }
                if (object.has(name)) {
                    complete(object.get(name), property.getValue());
                }
            }
        } else if (value.isArray()) {
            value.forEach(item -> complete(item, schema.path("items")));
        }
    }

    /** Everything in a resource, completed with its defaults, that the API server would refuse. */
    List<Violation> violations(ObjectNode resource) {
        var violations = new ArrayList<Violation>();
        checkStructure("", resource, schema, violations);
        if (violations.isEmpty()) {
            checkRules("", resource, schema, violations);
        }
        return violations;
    }

    // ---- structure ----

    private static void checkStructure(String path, JsonNode value, JsonNode schema, List<Violation> violations) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            if (!value.isTextual() && !value.isIntegralNumber()) {
                violations.add(wrongType(path, value, "integer,string"));
            }
            return;
        }
        String type = schema.path("type").asText();
        if (!hasType(value, type)) {
            violations.add(wrongType(path, value, type));
            return;
        }
        switch (type) {
            case "object" -> checkObject(path, (ObjectNode) value, schema, violations);
            case "array" -> checkArray(path, (ArrayNode) value, schema, violations);
            case "string" -> checkText(path, value, schema, violations);
            case "integer", "number" -> checkNumber(path, value, schema, violations);
            default -> {}
        }
    }

    private static boolean hasType(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> throw new IllegalStateException("the API's definition holds a schema of type '" + type + "'");
        };
    }

    private static void checkObject(String path, ObjectNode value, JsonNode schema, List<Violation> violations) {
        bound(path, value.size(), schema, "Properties", "properties", violations);
        schema.path("required").forEach(name -> {
            if (value.path(name.asText()).isMissingNode()) {
                violations.add(new Violation(below(path, name.asText()), "Required value"));
            }
        });
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String name = field.getKey();
            JsonNode known = schema.path("properties").path(name);
            JsonNode any = schema.path("additionalProperties");
            if (!known.isMissingNode()) {
                checkStructure(below(path, name), field.getValue(), known, violations);
            } else if (any.isObject()) {
                checkStructure(below(path, name), field.getValue(), any, violations);
            } else if (!any.asBoolean() && !(path.isEmpty() && COMMON.contains(name))) {
                violations.add(new Violation(
                        below(path, name), "unknown field, expected one of " + names(schema.path("properties"))));
            }
        }
    }

    private static String names(JsonNode properties) {
        return properties.properties().stream().map(Map.Entry::getKey).sorted().collect(Collectors.joining(", "));
    }

    private static void checkArray(String path, ArrayNode value, JsonNode schema, List<Violation> violations) {
        bound(path, value.size(), schema, "Items", "items", violations);
        for (int i = 0; i < value.size(); i++) {
            checkStructure(path + "[" + i + "]", value.get(i), schema.path("items"), violations);
        }
    }

    private static void checkText(String path, JsonNode value, JsonNode schema, List<Violation> violations) {
        String text = value.asText();
        bound(path, text.codePointCount(0, text.length()), schema, "Length", "chars long", violations);
        if (schema.has("enum")
                && StreamSupport.stream(schema.get("enum").spliterator(), false)
                        .noneMatch(allowed -> allowed.equals(value))) {
            String supported = StreamSupport.stream(schema.get("enum").spliterator(), false)
                    .map(JsonNode::toString)
                    .collect(Collectors.joining(", "));
            violations.add(
                    new Violation(path, "Unsupported value: " + shown(value) + ": supported values: " + supported));
        }
        if (schema.has("pattern")
                && !Pattern.compile(schema.get("pattern").asText())
                        .matcher(text)
                        .find()) {
            violations.add(invalid(
                    path, value, "should match '" + schema.get("pattern").asText() + "'"));
        }
    }

    private static void checkNumber(String path, JsonNode value, JsonNode schema, List<Violation> violations) {
        double number = value.asDouble();
        if (schema.has("minimum") && number < schema.get("minimum").asDouble()) {
            violations.add(invalid(
                    path,
                    value,
                    "should be greater than or equal to "
                            + plain(schema.get("minimum").asDouble())));
        }
        if (schema.has("maximum") && number > schema.get("maximum").asDouble()) {
            violations.add(invalid(
                    path,
                    value,
                    "should be less than or equal to "
                            + plain(schema.get("maximum").asDouble())));
        }
    }

    /** A size's bounds: {@code minItems} and {@code maxItems}, for example. */
    private static void bound(
            String path, int size, JsonNode schema, String what, String unit, List<Violation> violations) {
        boolean text = what.equals("Length");
        if (schema.has("min" + what) && size < schema.get("min" + what).asInt()) {
            violations.add(new Violation(
                    path,
                    "Invalid value: " + size + ": " + path + " in body should " + (text ? "be" : "have") + " at least "
                            + schema.get("min" + what).asInt() + " " + unit));
        }
        if (schema.has("max" + what) && size > schema.get("max" + what).asInt()) {
            violations.add(new Violation(
                    path,
                    (text ? "Too long: may not be more than " : "Too many: " + size + ": must have at most ")
                            + schema.get("max" + what).asInt()
                            + (text ? " bytes" : " " + unit)));
        }
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    private static Violation wrongType(String path, JsonNode value, String type) {
        String found =
                switch (value.getNodeType()) {
                    case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
                    default -> value.getNodeType().name().toLowerCase(Locale.ROOT);
                };
        return new Violation(
                path,
                "Invalid value: \"" + found + "\": " + path + " in body must be of type " + type + ": \"" + found
                        + "\"");
    }

    private static Violation invalid(String path, JsonNode value, String expected) {
        return new Violation(path, "Invalid value: " + shown(value) + ": " + path + " in body " + expected);
    }

    /** A value as the API server names it in messages. */
    static String shown(JsonNode value) {
        return value.isContainerNode() ? "\"" + (value.isArray() ? "array" : "object") + "\"" : value.toString();
    }

    private static String below(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    // ---- rules ----

    private void checkRules(String path, JsonNode value, JsonNode schema, List<Violation> violations) {
        schema.path("x-kubernetes-validations")
                .forEach(rule -> rules.violation(rule, path, value).ifPresent(violations::add));
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                checkRules(path + "[" + i + "]", value.get(i), schema.path("items"), violations);
            }
            return;
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            JsonNode known = schema.path("properties").path(field.getKey());
            checkRules(
                    below(path, field.getKey()),
                    field.getValue(),
                    known.isMissingNode() ? schema.path("additionalProperties") : known,
                    violations);
        }
    }
}
