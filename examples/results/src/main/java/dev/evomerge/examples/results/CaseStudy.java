package dev.evomerge.examples.results;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A case of {@code examples/}: a base, two specialists, a task that needs both, and how long a search may go on. */
enum CaseStudy {
    MATHS_JA("maths-ja", "Mathematics × Japanese", "japanese", "maths", 32, 120, 120),
    LISTS_KO("lists-ko", "List programs × Korean", "korean", "lists", 40, 120, 240);

    private final String folder;
    private final String title;
    private final String language;
    private final String skill;
    private final int maxNewTokens;
    private final int evaluations;
    private final int pathEvaluations;

    CaseStudy(
            String folder,
            String title,
            String language,
            String skill,
            int maxNewTokens,
            int evaluations,
            int pathEvaluations) {
        this.folder = folder;
        this.title = title;
        this.language = language;
        this.skill = skill;
        this.maxNewTokens = maxNewTokens;
        this.evaluations = evaluations;
        this.pathEvaluations = pathEvaluations;
    }

    /** The case of a folder's name. */
    static CaseStudy of(String folder) {
        for (CaseStudy study : values()) {
            if (study.folder.equals(folder)) {
                return study;
            }
        }
        throw new IllegalArgumentException("no case '" + folder + "', expected one of "
                + List.of(values()).stream().map(CaseStudy::folder).toList());
    }

    /** The name of its folder under {@code examples/}. */
    String folder() {
        return folder;
    }

    String title() {
        return title;
    }

    /** The specialist that reads and writes the target task's language: it gives layer paths their tokenizer, embeddings and head. */
    String language() {
        return language;
    }

    /** The specialist that works the task out, in another language. */
    String skill() {
        return skill;
    }

    /** Both, the language first. Each has a question set of its name, of its own domain. */
    List<String> specialists() {
        return List.of(language, skill);
    }

    /** The most tokens of an answer. */
    int maxNewTokens() {
        return maxNewTokens;
    }

    /** How many candidates a search in parameter space may score. */
    int evaluations() {
        return evaluations;
    }

    /** How many candidates a search in data flow space may score. */
    int pathEvaluations() {
        return pathEvaluations;
    }

    /**
     * How many layers each of its models has.
     *
     * @param examples the folder {@code examples/}
     */
    int layers(Path examples) throws IOException {
        Path config = examples.resolve(folder).resolve("models/base/config.json");
        return new ObjectMapper()
                .readTree(config.toFile())
                .get("num_hidden_layers")
                .intValue();
    }
}
