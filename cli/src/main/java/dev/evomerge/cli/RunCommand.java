package dev.evomerge.cli;

import dev.evomerge.cli.local.LocalExperiment;
import dev.evomerge.cli.local.LocalRun;
import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.Budget;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.report.TimeSpan;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Step;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** An experiment on one machine. */
@Command(
        name = "run",
        description = {
            "Run a MergeExperiment on this machine, without Kubernetes: the same search, the same history, the same result.",
            "Evaluators are processes here, as many at once as the manifest's parallelism says, each with a GPU of its own where there are GPUs.",
            "What is no URI in the manifest is a path relative to it. Cut off at any moment, the same command goes on where it was.",
            "Credentials and endpoints come from the environment: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the model is there",
            "1:the experiment cannot go on, and why was printed",
            "130:told to end by Ctrl-C; the same command goes on",
            "143:told to end by SIGTERM; the same command goes on"
        })
final class RunCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MANIFEST", description = "a file with one MergeExperiment, in YAML or JSON")
    private Path file;

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "keep history, model and logs in DIR, whatever storage and output the manifest names")
    private Path workdir;

    @Option(
            names = "--map",
            paramLabel = "URI=FOLDER",
            description = {
                "Take what lies below URI from a local folder (or another URI); may be repeated:",
                "--map s3://models=/data/models"
            })
    private Map<String, String> moved = new LinkedHashMap<>();

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException, InterruptedException {
        MergeExperiment experiment =
                manifest(file, Optional.ofNullable(workdir), moved).experiment();
        if (Boolean.TRUE.equals(experiment.getSpec().suspend())) {
            throw new IllegalArgumentException(file + ": spec.suspend is true, expected false");
        }
        Path folder = workdir == null ? LocalExperiment.temporaryFolder(experiment) : workdir;
        var local = new LocalExperiment(experiment, folder, System.getenv());
        PrintWriter out = command.commandLine().getOut();
        Thread goodbye = new Thread(this::sayHowToGoOn, "how to go on");
        try (var progress = ProgressLine.ofTerminal(command.commandLine().getErr())) {
            Runtime.getRuntime().addShutdownHook(goodbye);
            LocalRun.Outcome outcome = local.run(new Display(experiment.getSpec(), progress, out));
            progress.close();
            out.println();
            out.println(Report.of(experiment.getMetadata().getName(), outcome));
            Runtime.getRuntime().removeShutdownHook(goodbye);
            return 0;
        } catch (TroubleException e) {
            Runtime.getRuntime().removeShutdownHook(goodbye);
            throw new IOException(e.trouble().reason() + ": " + e.trouble().message() + System.lineSeparator()
                    + "The evaluators' logs lie in " + local.logs());
        }
    }

    /** A manifest as this machine takes it. */
    static ExperimentManifest manifest(Path file, Optional<Path> workdir, Map<String, String> moved)
            throws IOException {
        ExperimentManifest manifest = ExperimentManifest.read(file).onThisMachine(moved);
        return workdir.map(folder -> manifest.storedIn(folder.toAbsolutePath().normalize()))
                .orElse(manifest);
    }

    private void sayHowToGoOn() {
        PrintWriter err = command.commandLine().getErr();
        err.println();
        err.println("evomerge run: told to end; what is finished is kept. Go on with the same command.");
        err.flush();
    }

    /** The run on a terminal: a line per batch that stays, and below them how far it is. */
    private static final class Display implements LocalRun.Listener {

        private final MergeExperimentSpec spec;
        private final ProgressLine progress;
        private final PrintWriter out;
        private final long startedAt = System.nanoTime();
        private long before;
        private long all;

        Display(MergeExperimentSpec spec, ProgressLine progress, PrintWriter out) {
            this.spec = spec;
            this.progress = progress;
            this.out = out;
        }

        @Override
        public void resumed(OpenExperiment open) {
            progress.print(
                    out,
                    "history, and the report as it comes, in " + open.archive().uri());
            open.archive().batches().forEach(this::print);
            before = evaluated(open);
            Budget budget = Budget.of(spec, open.facts());
            all = budget.candidates();
            progress.print(out, Report.atMost(budget));
        }

        @Override
        public void working(OpenExperiment open, Batch batch, int done) {
            long scored = evaluated(open) + done;
            progress.show(
                    scored,
                    all,
                    String.format(
                            Locale.ROOT,
                            "g%04d %s %d/%d%s",
                            batch.number(),
                            batch.stage().isEmpty() ? batch.kind().name().toLowerCase(Locale.ROOT) : batch.stage(),
                            done,
                            batch.candidates().size(),
                            left(scored)));
        }

        /** As long as the candidates of this run have taken on average. */
        private String left(long scored) {
            long mine = scored - before;
            return mine <= 0
                    ? ""
                    : ", at most "
                            + TimeSpan.text(Duration.ofNanos(System.nanoTime() - startedAt)
                                    .dividedBy(mine)
                                    .multipliedBy(Math.max(0, all - scored)))
                            + " left";
        }

        @Override
        public void recorded(OpenExperiment open, RecordedBatch batch) {
            print(batch);
        }

        @Override
        public void exporting(Step.Finished finished) {
            progress.print(
                    out,
                    "exporting " + finished.winner().id() + " to "
                            + spec.output().uri());
        }

        private void print(RecordedBatch batch) {
            progress.print(out, Report.line(spec, batch));
        }

        private static long evaluated(OpenExperiment open) {
            return open.archive().batches().stream()
                    .mapToLong(batch -> batch.results().size())
                    .sum();
        }
    }
}
