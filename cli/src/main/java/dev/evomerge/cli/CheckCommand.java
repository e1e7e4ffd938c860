package dev.evomerge.cli;

import dev.evomerge.merge.Preflight;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what would make a merge fail, without reading weights. */
@Command(
        name = "check",
        description = "Find what would make a merge fail, all at once, from headers and configurations only.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the recipe can be carried out", "1:it cannot, and why was printed"})
final class CheckCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "RECIPE", description = "a file in mergekit's YAML, or the same as JSON")
    private Path file;

    @Mixin
    private ModelOptions models;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        Recipe recipe = ModelOptions.read(file);
        Preflight result = Preflight.ofRecipe(recipe, models.uris(recipe), StorageAccess.fromEnvironment());
        PrintWriter out = command.commandLine().getOut();
        result.models()
                .forEach((name, model) -> out.printf(
                        "%s: %s, %d layers, %,d parameters, %,d bytes%n",
                        name, model.architecture(), model.layers(), model.parameters(), model.bytes()));
        result.problems().forEach(out::println);
        out.println(result.isFine() ? "Nothing is wrong." : result.problems().size() + " problems.");
        return result.isFine() ? 0 : EvomergeCommand.USER_ERROR;
    }
}
