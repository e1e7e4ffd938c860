package dev.evomerge.cli;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the evaluators of an experiment print. */
@Command(
        name = "logs",
        description =
                "Show what the evaluator pods of an experiment have printed, each line with its pod's name before it; of a pod that does not run"
                        + " yet, what it waits for.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the logs were shown", "1:there are none, or the cluster refuses"})
final class LogsCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "EXPERIMENT", description = "the MergeExperiment's name")
    private String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "BATCH",
            description = "only the pods of one batch: g0003, export, inspection (default: of all that are left)")
    private String batch;

    @Option(
            names = {"-f", "--follow"},
            description = "go on as they print, until these pods have ended")
    private boolean follow;

    @Mixin
    private ClusterOptions cluster;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException, InterruptedException {
        var labels = new TreeMap<>(Map.of("app.kubernetes.io/component", "evaluator", "evomerge.dev/experiment", name));
        if (batch != null) {
            labels.put("evomerge.dev/batch", batch);
        }
        try (KubernetesClient client = cluster.connect();
                var readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Pod> pods = client.pods().withLabels(labels).list().getItems().stream()
                    .sorted(Comparator.comparing((Pod pod) -> pod.getMetadata().getCreationTimestamp())
                            .thenComparing(pod -> pod.getMetadata().getName()))
                    .toList();
            if (pods.isEmpty()) {
                throw new IllegalArgumentException("there are no evaluator pods of '" + name + "'"
                        + (batch == null ? "" : " for batch " + batch) + " in namespace '" + client.getNamespace()
                        + "'; those of finished batches go with their Jobs, and 'evomerge status " + name
                        + "' says what it waits for");
            }
            var reading = new ArrayList<Future<?>>();
            for (Pod pod : pods) {
                Callable<Void> read = () -> show(client, pod);
                if (follow) {
                    reading.add(readers.submit(read));
                } else {
                    show(client, pod);
                }
            }
            await(reading);
        }
        return 0;
    }

    private static void await(List<Future<?>> reading) throws IOException, InterruptedException {
        for (Future<?> one : reading) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IOException(e.getCause().getMessage(), e.getCause());
            }
        }
    }

    private Void show(KubernetesClient client, Pod pod) throws IOException {
        String name = pod.getMetadata().getName();
        PodResource here = client.pods().withName(name);
        if (follow) {
            if (awaitStart(here, name)) {
                try (LogWatch watch = here.watchLog()) {
                    print(name, new BufferedReader(new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8)));
                }
            }
        } else {
            Optional<String> wait = PodWait.of(pod);
            if (wait.isPresent()) {
                printWait(name, wait.get());
            } else {
                print(name, new BufferedReader(here.getLogReader()));
            }
        }
        return null;
    }

    /** Says what the pod waits for, as often as that changes; false if it went away before it ran. */
    private boolean awaitStart(PodResource pod, String name) {
        var said = new AtomicReference<String>();
        return pod.waitUntilCondition(
                        seen -> {
                            if (seen == null) {
                                return true;
                            }
                            Optional<String> wait = PodWait.of(seen);
                            wait.filter(now -> !now.equals(said.getAndSet(now))).ifPresent(now -> printWait(name, now));
                            return wait.isEmpty();
                        },
                        Integer.MAX_VALUE,
                        TimeUnit.SECONDS)
                != null;
    }

    /** Not among what pods have printed. */
    private void printWait(String pod, String wait) {
        PrintWriter err = command.commandLine().getErr();
        err.println(pod + " waits: " + wait);
        err.flush();
    }

    private void print(String pod, BufferedReader lines) throws IOException {
        PrintWriter out = command.commandLine().getOut();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(pod + ": " + line);
            out.flush();
        }
    }
}
