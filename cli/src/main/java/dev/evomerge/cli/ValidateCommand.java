package dev.evomerge.cli;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.cli.manifest.Violation;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.Budget;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what the API server would refuse, without one, and what the preflight would. */
@Command(
        name = "validate",
        description = {
            "Check a MergeExperiment as the API server does when it is applied, without a cluster:",
            "unknown fields, types, bounds, and the rules between fields. With --preflight, go on as the operator does",
            "before the first evaluator starts: read models' headers and configurations, questions, and write to the output."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:nothing is wrong", "1:something is, and what was printed"})
final class ValidateCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MANIFEST", description = "a file with one MergeExperiment, in YAML or JSON")
    private Path file;

    @Option(
            names = "--local",
            description = "take the manifest as 'evomerge run' does: what is no URI is a path relative to the file")
    private boolean local;

    @Option(
            names = "--map",
            paramLabel = "URI=FOLDER",
            description =
                    "the same, and what lies below URI is taken from a local folder (or another URI); may be repeated")
    private Map<String, String> moved = new LinkedHashMap<>();

    @Option(
            names = "--preflight",
            description = "check what the manifest names, too; credentials and endpoints come from the environment")
    private boolean preflight;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        ExperimentManifest read = ExperimentManifest.read(file);
        ExperimentManifest manifest = local || !moved.isEmpty() ? read.onThisMachine(moved) : read;
        PrintWriter out = command.commandLine().getOut();
        List<Violation> violations = manifest.violations();
        violations.forEach(out::println);
        if (!violations.isEmpty()) {
            out.println(file + ": " + count(violations));
            if (manifest == read) {
                var here = read.onThisMachine(Map.of()).violations();
                if (here.size() < violations.size()) {
                    out.println("With --local, as 'evomerge run' takes it, paths are allowed: "
                            + (here.isEmpty() ? "nothing is wrong." : count(here)));
                }
            }
            return EvomergeCommand.USER_ERROR;
        }
        if (preflight) {
            try {
                MergeExperimentSpec spec = manifest.experiment().getSpec();
                Facts facts = check(spec);
                show(out, facts);
                out.println(Report.atMost(Budget.of(spec, facts)));
            } catch (TroubleException e) {
                out.println(e.trouble().reason() + ": " + e.trouble().message());
                out.println(file + ": the preflight refuses it.");
                return EvomergeCommand.USER_ERROR;
            }
        }
        out.println(file + ": nothing is wrong.");
        return 0;
    }

    private static String count(List<Violation> violations) {
        return violations.size() + (violations.size() == 1 ? " problem." : " problems.");
    }

    private static Facts check(MergeExperimentSpec spec) throws TroubleException {
        return new Preflights(spec, new Stores(StorageAccess.fromEnvironment(), true, UnaryOperator.identity()))
                .check();
    }

    private static void show(PrintWriter out, Facts facts) {
        facts.models()
                .forEach((name, model) ->
                        out.printf("model %s: %d layers, %,d parameters%n", name, model.layers(), model.parameters()));
        facts.data().forEach((name, data) -> out.printf("questions %s: %,d%n", name, data.questions()));
    }
}
