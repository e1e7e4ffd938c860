package dev.evomerge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A node whose kubelet has nothing but logs: the API server fetches them from it as from any other. */
final class KubeletStandIn implements AutoCloseable {

    private static final String NODE = "stand-in";
    private static final char[] PASSWORD = "password".toCharArray();

    private final KubernetesClient client;
    private final HttpsServer server;
    private final Map<String, String> logs = new ConcurrentHashMap<>();

    /** What a pod prints after it is followed waits for this. */
    final CountDownLatch more = new CountDownLatch(1);

    KubeletStandIn(KubernetesClient client, Path folder) throws Exception {
        this.client = client;
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity(folder)));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/containerLogs/", exchange -> {
            try (exchange) {
                serve(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        // No controller makes it here, and pods need one.
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("default")
                        .withNamespace("default")
                        .endMetadata()
                        .build())
                .serverSideApply();
        var node =
                new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build();
        client.resource(node).serverSideApply();
        client.nodes().withName(NODE).editStatus(live -> new NodeBuilder(live)
                .withNewStatus()
                .addNewAddress("127.0.0.1", "InternalIP")
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint(server.getAddress().getPort())
                .endDaemonEndpoints()
                .endStatus()
                .build());
    }

    private static SSLContext identity(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = folder.resolve("kubelet.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        NODE,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + NODE,
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** An evaluator pod of an experiment that runs here, and what it has printed. */
    void runs(String experiment, String batch, String pod, String printed) {
        waits(experiment, batch, pod);
        starts(pod, printed);
    }

    /** An evaluator pod that is bound to this node, where nothing has begun yet. */
    void waits(String experiment, String batch, String pod) {
        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(pod)
                        .addToLabels("app.kubernetes.io/component", "evaluator")
                        .addToLabels("evomerge.dev/experiment", experiment)
                        .addToLabels("evomerge.dev/batch", batch)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(NODE)
                        .addNewContainer()
                        .withName("evaluator")
                        .withImage("evaluator:test")
                        .endContainer()
                        .endSpec()
                        .build())
                .inNamespace("default")
                .create();
    }

    /** Such a pod runs now. */
    void starts(String pod, String printed) {
        logs.put(pod, printed);
        // Who follows a pod waits until it runs.
        client.pods().inNamespace("default").withName(pod).editStatus(live -> new PodBuilder(live)
                .editOrNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
    }

    /** {@code /containerLogs/<namespace>/<pod>/<container>}. */
    private void serve(HttpExchange exchange) throws IOException, InterruptedException {
        String pod = exchange.getRequestURI().getPath().split("/")[3];
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(200, 0);
        var body = exchange.getResponseBody();
        body.write(logs.get(pod).getBytes(UTF_8));
        body.flush();
        if (String.valueOf(exchange.getRequestURI().getQuery()).contains("follow=true")) {
            more.await();
            body.write("done\n".getBytes(UTF_8));
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
