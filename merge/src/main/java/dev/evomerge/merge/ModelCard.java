package dev.evomerge.merge;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.WeightMerge;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The README.md of a merged model.
 *
 * @param licences what each model states, by name
 */
record ModelCard(
        Recipe recipe, List<String> models, ModelWriter.Options options, Map<String, Optional<String>> licences) {

    String text() {
        return frontMatter() + "\n# Merged model\n\nMade by evomerge with " + method() + ".\n\n" + sources()
                + licenceNote()
                + (options.notes().isEmpty() ? "" : "\n" + options.notes().strip() + "\n")
                + "\n## Recipe\n\n```yaml\n" + RecipeFormat.toYaml(recipe).stripTrailing() + "\n```\n\n"
                + "## Make it again\n\n```sh\n" + command() + "\n```\n";
    }

    private String frontMatter() {
        String stated =
                Licences.strictest(known()).filter(any -> unknown().isEmpty()).orElse("other");
        return "---\nlicense: " + stated + "\nlibrary_name: transformers\ntags:\n- merge\n- evomerge\nbase_model:\n"
                + models.stream()
                        .map(name -> "- " + quoted(origin(name)) + "\n")
                        .collect(Collectors.joining())
                + "---\n";
    }

    private String method() {
        return switch (recipe) {
            case WeightMerge merge ->
                "the merge method `" + merge.method().id() + "`"
                        + merge.base()
                                .map(base -> " on the base `" + base + "`")
                                .orElse("");
            case LayerPath path ->
                "a path of " + path.hops().size()
                        + " hops through layers of its sources"
                        + (path.hops().stream().allMatch(hop -> hop.scale() == 1)
                                ? ", written out: a plain model with a layer per hop"
                                : ". `input_layers` and `input_scales` in config.json say which layer follows which and what each hop's"
                                        + " input is multiplied by. `transformers` runs it with `trust_remote_code=True`, by the"
                                        + " program in this folder");
        };
    }

    private String sources() {
        return "| model | where | digest | licence |\n| --- | --- | --- | --- |\n"
                + models.stream()
                        .map(name -> "| " + name + " | " + origin(name) + " | "
                                + Optional.ofNullable(options.digests().get(name))
                                        .map(digest -> "`" + digest + "`")
                                        .orElse("not taken")
                                + " | " + licences.get(name).orElse("**unknown**") + " |\n")
                        .collect(Collectors.joining());
    }

    private String licenceNote() {
        String strictest = Licences.strictest(known())
                .map(licence -> "\nThe strictest licence that a source states is `" + licence + "`.")
                .orElse("\nNo source states a licence.");
        String open = unknown().isEmpty()
                ? ""
                : " **Unknown are the licences of " + String.join(", ", unknown())
                        + ": find them out before you use or publish this model.**";
        return strictest + open + "\n";
    }

    private String command() {
        return "evomerge merge " + ModelWriter.RECIPE_FILE + " OUT"
                + models.stream()
                        .map(name -> " \\\n  --model " + shell(name + "=" + origin(name)))
                        .collect(Collectors.joining());
    }

    private List<String> known() {
        return models.stream().flatMap(name -> licences.get(name).stream()).toList();
    }

    private List<String> unknown() {
        return models.stream().filter(name -> licences.get(name).isEmpty()).toList();
    }

    private String origin(String name) {
        return options.origins().getOrDefault(name, name);
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static String shell(String text) {
        return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
