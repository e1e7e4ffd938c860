package dev.evomerge.crds;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A real API server with our CRDs: that of the kubeconfig named by {@code EVOMERGE_TEST_KUBECONFIG}, or one started for this process, which ends
 * with it. Never skipped: where none can be had, tests fail.
 */
public final class ApiServer implements AutoCloseable {

    private static final Path LAUNCHER = Path.of("../e2e/cluster/apiserver");
    private static final Path CRDS = Path.of("../crds/src/main/resources/crds");

    private final Optional<Process> process;
    private final Config config;

    private ApiServer(Optional<Process> process, Path kubeconfig) {
        this.process = process;
        this.config = Config.fromKubeconfig(kubeconfig.toFile());
    }

    /** Starts or finds it, and applies the CRDs. */
    public static ApiServer start() throws IOException {
        var given = Optional.ofNullable(System.getenv("EVOMERGE_TEST_KUBECONFIG"));
        var server = given.isPresent() ? new ApiServer(Optional.empty(), Path.of(given.get())) : launch();
        server.applyCrds();
        return server;
    }

    private static ApiServer launch() throws IOException {
        Process process = new ProcessBuilder(LAUNCHER.toString(), "run")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String kubeconfig = process.inputReader(StandardCharsets.UTF_8).readLine();
        if (kubeconfig == null) {
            throw new IOException(LAUNCHER + " run printed no kubeconfig; what it said is above");
        }
        return new ApiServer(Optional.of(process), Path.of(kubeconfig));
    }

    private void applyCrds() throws IOException {
        try (KubernetesClient client = client();
                var files = Files.list(CRDS)) {
            for (Path file : files.toList()) {
                client.load(Files.newInputStream(file)).forceConflicts().serverSideApply();
            }
            for (String name : List.of("mergeexperiments", "mergegenerations")) {
                client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(name + "." + Api.GROUP)
                        .waitUntilCondition(
                                crd -> crd != null
                                        && crd.getStatus() != null
                                        && crd.getStatus().getConditions() != null
                                        && crd.getStatus().getConditions().stream()
                                                .anyMatch(condition -> condition
                                                                .getType()
                                                                .equals("Established")
                                                        && condition.getStatus().equals("True")),
                                30,
                                java.util.concurrent.TimeUnit.SECONDS);
            }
        }
    }

    /** An administrator's way to reach it. */
    public Config config() {
        return config;
    }

    /** A client of its own. */
    public KubernetesClient client() {
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @Override
    public void close() throws IOException {
        if (process.isPresent()) {
            process.get().getOutputStream().close();
        }
    }
}
