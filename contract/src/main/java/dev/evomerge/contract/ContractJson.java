package dev.evomerge.contract;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.recipe.RecipeFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The contract's records as JSON. Equal records give equal bytes: keys are sorted, there is no white space, and an empty optional is left out.
 * Reading is strict: unknown, doubled or missing fields and other versions are refused.
 */
public final class ContractJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(recipes())
            .serializationInclusion(JsonInclude.Include.NON_ABSENT)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ContractJson() {}

    /** A record as canonical JSON, in UTF-8. */
    public static byte[] bytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(value.getClass().getSimpleName() + " cannot be written as JSON", e);
        }
    }

    /** A record as canonical JSON. */
    public static String text(Object value) {
        return new String(bytes(value), StandardCharsets.UTF_8);
    }

    /**
     * Reads a record.
     *
     * @param where what the bytes are, for messages: their URI
     * @throws ContractException if they are not such a record of this version; the message names the place in them
     */
    public static <T> T read(byte[] bytes, Class<T> type, String where) {
        try {
            JsonNode tree = MAPPER.readTree(bytes);
            checkVersion(tree, where);
            return MAPPER.treeToValue(tree, type);
        } catch (JsonMappingException e) {
            throw new ContractException(where + ": " + place(e) + explanation(e), e);
        } catch (JsonProcessingException e) {
            throw new ContractException(
                    where + " is not valid JSON: " + e.getOriginalMessage() + " (line "
                            + e.getLocation().getLineNr() + ")",
                    e);
        } catch (IOException e) {
            throw new ContractException(where + " is not valid JSON: " + e.getMessage(), e);
        }
    }

    private static void checkVersion(JsonNode tree, String where) {
        if (!tree.isObject()) {
            throw new ContractException(where + ": found " + tree.getNodeType() + ", expected a JSON object");
        }
        String version = tree.path("apiVersion").asText();
        if (!version.equals(CandidateManifest.API_VERSION)) {
            throw new ContractException(where + ": apiVersion is '" + version + "', expected '"
                    + CandidateManifest.API_VERSION + "'; operator and evaluator must be of versions that go together");
        }
    }

    private static String place(JsonMappingException e) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                place.append('[').append(step.getIndex()).append(']');
            } else {
                place.append(place.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return place.isEmpty() ? "" : place + ": ";
    }

    private static String explanation(JsonMappingException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "unknown field, expected one of "
                    + unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .toList();
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof RecipeException || cause instanceof IllegalArgumentException) {
                return cause.getMessage();
            }
        }
        String message = e.getOriginalMessage();
        return message.startsWith("Null value for creator property") ? "missing, expected a value" : message;
    }

    private static SimpleModule recipes() {
        SimpleModule module = new SimpleModule();
        module.addSerializer(Recipe.class, new StdSerializer<>(Recipe.class) {
            @Override
            public void serialize(Recipe recipe, JsonGenerator out, SerializerProvider provider) throws IOException {
                provider.defaultSerializeValue(RecipeFormat.toTree(recipe), out);
            }
        });
        module.addDeserializer(Recipe.class, new StdDeserializer<>(Recipe.class) {
            @Override
            public Recipe deserialize(JsonParser parser, DeserializationContext context) throws IOException {
                try {
                    return RecipeFormat.fromTree(context.readTree(parser));
                } catch (RecipeException e) {
                    throw JsonMappingException.from(parser, e.getMessage(), e);
                }
            }
        });
        return module;
    }
}
