package dev.evomerge.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The rules in {@code x-kubernetes-validations}, evaluated as the API server does when a resource is created: those that compare with the old
 * value do not apply.
 */
final class CelRules {

    private static final String OLD_VALUE = "oldSelf";

    private final CelCompiler compiler = CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addVar("self", SimpleType.DYN)
            .addLibraries(CelExtensions.strings())
            .build();
    private final CelRuntime runtime = CelRuntimeFactory.standardCelRuntimeBuilder()
            .addLibraries(CelExtensions.strings())
            .build();
    private final Map<String, CelRuntime.Program> programs = new LinkedHashMap<>();

    /**
     * Applies one rule to a value.
     *
     * @param rule  an entry of {@code x-kubernetes-validations}
     * @param path  the value's place, for the violation
     * @param value what {@code self} is
     * @return empty if the value keeps the rule
     */
    Optional<Violation> violation(JsonNode rule, String path, JsonNode value) {
        String condition = rule.get("rule").asText();
        if (condition.contains(OLD_VALUE)) {
            return Optional.empty();
        }
        Map<String, Object> self = Map.of("self", plain(value));
        try {
            if (Boolean.TRUE.equals(program(condition).eval(self))) {
                return Optional.empty();
            }
            return Optional.of(new Violation(
                    (path + rule.path("fieldPath").asText()).replaceFirst("^\\.", ""),
                    "Invalid value: " + StructuralSchema.shown(value) + ": " + message(rule, self)));
        } catch (CelEvaluationException e) {
            return Optional.of(new Violation(path, "rule '" + condition + "' cannot be evaluated: " + e.getMessage()));
        }
    }

    private String message(JsonNode rule, Map<String, Object> self) throws CelEvaluationException {
        if (rule.has("messageExpression")) {
            return String.valueOf(
                    program(rule.get("messageExpression").asText()).eval(self));
        }
        return rule.has("message")
                ? rule.get("message").asText()
                : "failed rule: " + rule.get("rule").asText();
    }

    private CelRuntime.Program program(String expression) throws CelEvaluationException {
        CelRuntime.Program program = programs.get(expression);
        if (program == null) {
            try {
                program = runtime.createProgram(compiler.compile(expression).getAst());
            } catch (CelValidationException e) {
                throw new IllegalStateException("a rule of the API is no CEL: " + expression, e);
            }
            programs.put(expression, program);
        }
        return program;
    }

    /** JSON as the types that CEL knows. */
    private static Object plain(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                var map = new LinkedHashMap<String, Object>();
                node.properties().forEach(field -> map.put(field.getKey(), plain(field.getValue())));
                yield map;
            }
            case ARRAY -> {
                var list = new ArrayList<Object>();
                node.forEach(item -> list.add(plain(item)));
                yield list;
            }
            case NUMBER -> node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
            case BOOLEAN -> node.booleanValue();
            default -> node.asText();
        };
    }
}
