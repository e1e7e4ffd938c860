package dev.evomerge.cli.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** YAML as people write it. */
public final class Yaml {

    /** Refuses keys that are there twice. */
    public static final YAMLMapper MAPPER = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Yaml() {}

    /** What is wrong with a file that cannot be parsed, and where, in one line. */
    public static String problem(Path file, JsonProcessingException e) {
        String message = e.getOriginalMessage()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .collect(Collectors.joining(", "));
        return file + (e.getLocation() == null ? "" : " line " + e.getLocation().getLineNr()) + ": not valid YAML: "
                + message;
    }
}
