package dev.evomerge.cli;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.report.ExperimentFacts.Timing;
import dev.evomerge.storage.StorageAccess;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An experiment whose history is wanted: in a cluster, by its name, or of a manifest that was run here. */
final class ExperimentOptions {

    @Parameters(
            index = "0",
            paramLabel = "EXPERIMENT",
            description = "a MergeExperiment's name in the cluster, or the manifest that 'evomerge run' was given")
    private String name;

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "of a manifest: as given to 'evomerge run'")
    private Path workdir;

    @Option(
            names = "--map",
            paramLabel = "URI=FOLDER",
            description = "of a manifest: as given to 'evomerge run'; may be repeated")
    private Map<String, String> moved = new LinkedHashMap<>();

    @Mixin
    private ClusterOptions cluster;

    /**
     * What is known of an experiment besides its history.
     *
     * @param resource the experiment
     * @param stores   opens its storages
     * @param notice   what it waits for or suffers from, if it does
     * @param timing   when it ran, as far as that is known
     */
    record Known(MergeExperiment resource, Stores stores, Optional<String> notice, Timing timing) {}

    /** Whether it is a manifest that was run here. */
    boolean isManifest() {
        return Files.isRegularFile(Path.of(name));
    }

    /** What was given for EXPERIMENT. */
    String name() {
        return name;
    }

    ClusterOptions cluster() {
        return cluster;
    }

    Optional<Path> workdir() {
        return Optional.ofNullable(workdir);
    }

    /** The manifest with another candidate to export. */
    MergeExperiment picking(String candidate) throws IOException {
        return RunCommand.manifest(Path.of(name), workdir(), moved)
                .picking(candidate)
                .experiment();
    }

    Known find(Instant now) throws IOException {
        if (isManifest()) {
            return new Known(
                    RunCommand.manifest(Path.of(name), workdir(), moved).experiment(),
                    stores(System.getenv()),
                    Optional.empty(),
                    new Timing(Optional.empty(), now, Optional.empty()));
        }
        try (KubernetesClient client = cluster.connect()) {
            MergeExperiment found = cluster.experiment(client, name);
            return new Known(found, stores(access(client, found)), notice(found), timing(found, now));
        }
    }

    private static Stores stores(Map<String, String> settings) {
        return new Stores(new StorageAccess(settings), true, UnaryOperator.identity());
    }

    /** By the experiment's Secret; what this process was given in its environment counts more, for a store may have another name outside. */
    private static Map<String, String> access(KubernetesClient client, MergeExperiment experiment) throws IOException {
        var settings = new HashMap<String, String>();
        String name = experiment.getSpec().storage().secretName();
        if (name != null) {
            Secret secret = client.secrets().withName(name).get();
            if (secret == null) {
                throw new IOException("there is no Secret '" + name + "' in namespace '" + client.getNamespace()
                        + "', which spec.storage.secretName names");
            }
            secret.getData()
                    .forEach((key, value) ->
                            settings.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        }
        settings.putAll(System.getenv());
        return settings;
    }

    private static Optional<String> notice(MergeExperiment experiment) {
        return Report.condition(experiment, "Stalled")
                .filter(stalled -> stalled.getStatus().equals("True"))
                .map(stalled -> stalled.getReason() + ": " + stalled.getMessage());
    }

    private static Timing timing(MergeExperiment experiment, Instant now) {
        var status = Optional.ofNullable(experiment.getStatus());
        return new Timing(
                status.flatMap(known -> Optional.ofNullable(known.startTime())).map(Instant::parse),
                now,
                status.flatMap(known -> Optional.ofNullable(known.completionTime()))
                        .map(Instant::parse));
    }
}
