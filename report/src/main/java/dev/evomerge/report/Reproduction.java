package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.report.ExperimentFacts.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The recipe, the manifest, and the commands that make the result again. */
final class Reproduction {

    private Reproduction() {}

    static Html section(ExperimentFacts facts, Optional<Composition> composition) {
        var commands = new ArrayList<Command>();
        // They speak of the recipe.
        composition.ifPresent(_ -> commands.addAll(facts.commands()));
        commands.add(new Command(
                "Run the whole search again: the same manifest, seed and models breed the same candidates",
                "kubectl apply --namespace " + facts.namespace() + " --filename experiment.yaml"));
        return html("""
                {}
                {}
                <details>
                <summary>The experiment, <code>experiment.yaml</code></summary>
                <pre tabindex="0">{}</pre>
                </details>
                """, composition.map(Reproduction::recipes), commands(commands), facts.manifest());
    }

    private static List<Html> recipes(Composition composition) {
        return composition.recipes().entrySet().stream()
                .map(entry -> html(
                        """
                        <figure>
                        <figcaption>Recipe of {}{}, in mergekit's YAML</figcaption>
                        <pre tabindex="0">{}</pre>
                        </figure>
                        """,
                        entry.getKey(),
                        entry.getKey().equals(composition.called())
                                ? html(
                                        " (<code>{}</code>)",
                                        composition.candidate().id())
                                : Html.NOTHING,
                        RecipeFormat.toYaml(entry.getValue())))
                .toList();
    }

    private static List<Html> commands(List<Command> commands) {
        return commands.stream()
                .map(command -> html("""
                        <figure>
                        <figcaption>{}</figcaption>
                        <pre class="command" tabindex="0">{}</pre>
                        </figure>
                        """, command.purpose(), command.line()))
                .toList();
    }
}
