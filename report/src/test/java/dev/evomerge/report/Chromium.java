package dev.evomerge.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium with one page, driven by the DevTools protocol (chromedevtools.github.io/devtools-protocol). */
final class Chromium implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");
    private static final String LISTENING = "DevTools listening on ";

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final String session;
    private int last;

    /**
     * @param profile an empty folder for the browser's own files
     * @throws IllegalStateException if there is no Chromium
     */
    Chromium(Path profile) throws Exception {
        this.process = new ProcessBuilder(
                        executable(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-dev-shm-usage",
                        "--hide-scrollbars",
                        "--user-data-dir=" + profile,
                        "--remote-debugging-port=0")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address(process)), new Listener())
                .get(30, TimeUnit.SECONDS);
        String target = send(null, "Target.createTarget", Map.of("url", "about:blank"))
                .path("targetId")
                .asText();
        this.session = send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .path("sessionId")
                .asText();
        for (String domain : List.of("Page", "Network", "Runtime", "Log", "Accessibility")) {
            send(domain + ".enable", Map.of());
        }
    }

    private static String executable() {
        String named = System.getProperty("evomerge.chromium", "");
        if (!named.isEmpty()) {
            return named;
        }
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("the profile 'browser' needs Chromium: found none of " + NAMES
                                + " on the PATH; install it (Debian: apt install chromium), name it by -Devomerge.chromium=…, or leave the"
                                + " profile out"));
    }

    private static String address(Process process) throws IOException {
        BufferedReader stderr = process.errorReader();
        for (String line = stderr.readLine(); line != null; line = stderr.readLine()) {
            if (line.startsWith(LISTENING)) {
                Thread.ofVirtual().start(() -> stderr.lines().forEach(_ -> {}));
                return line.substring(LISTENING.length());
            }
        }
        throw new IllegalStateException("Chromium ended before it listened");
    }

    /** Shows a file in a colour scheme ("light", "dark") and forgets what happened before. */
    void open(Path file, String scheme, int width, int height) throws Exception {
        send(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        events.clear();
        String loader = send("Page.navigate", Map.of("url", file.toUri().toString()))
                .path("loaderId")
                .asText();
        send(
                "Runtime.evaluate",
                Map.of(
                        "expression",
                        "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))",
                        "awaitPromise",
                        true));
        if (loader.isEmpty()) {
            throw new IllegalStateException("Chromium did not open " + file);
        }
    }

    /** Everything that the page asked for, its own address first. */
    List<String> requests() {
        return events("Network.requestWillBeSent")
                .map(event -> event.path("request").path("url").asText())
                .toList();
    }

    /** What the page complained of: exceptions, console output, violations of its policy. */
    List<String> complaints() {
        return Stream.of("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
                .flatMap(this::events)
                .map(JsonNode::toString)
                .toList();
    }

    private Stream<JsonNode> events(String method) {
        return events.stream()
                .filter(event -> event.path("method").asText().equals(method))
                .map(event -> event.path("params"));
    }

    /** The value of an expression. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode answer =
                send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(answer.path("exceptionDetails").toString());
        }
        return answer.path("result").path("value");
    }

    /** Presses and releases a key, by its DOM name ("Tab", "Enter", "ArrowLeft"). */
    void press(String key) throws Exception {
        int code =
                Map.of("Tab", 9, "Enter", 13, "ArrowLeft", 37, "ArrowRight", 39).get(key);
        for (String type : List.of("keyDown", "keyUp")) {
            var event = new HashMap<String, Object>(
                    Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
            if (key.equals("Enter")) {
                event.put("text", "\r");
            }
            send("Input.dispatchKeyEvent", event);
        }
    }

    void click(double x, double y) throws Exception {
        for (String type : List.of("mousePressed", "mouseReleased")) {
            send("Input.dispatchMouseEvent", Map.of("type", type, "x", x, "y", y, "button", "left", "clickCount", 1));
        }
    }

    /** Writes what the page looks like, down to {@code height} pixels. */
    void screenshot(Path file, int width, int height) throws Exception {
        var clip = Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1);
        var options = Map.of("format", "png", "captureBeyondViewport", true, "clip", clip);
        write(file, send("Page.captureScreenshot", options));
    }

    /** Writes what a printer would get. */
    void print(Path file) throws Exception {
        write(file, send("Page.printToPDF", Map.of("printBackground", true)));
    }

    private static void write(Path file, JsonNode answer) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
    }

    JsonNode send(String method, Map<String, ?> parameters) throws Exception {
        return send(session, method, parameters);
    }

    private JsonNode send(String session, String method, Map<String, ?> parameters) throws Exception {
        ObjectNode message = JSON.createObjectNode().put("id", ++last).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        if (session != null) {
            message.put("sessionId", session);
        }
        var answer = new CompletableFuture<JsonNode>();
        answers.put(last, answer);
        socket.sendText(message.toString(), true).get(30, TimeUnit.SECONDS);
        JsonNode got = answer.get(60, TimeUnit.SECONDS);
        if (got.has("error")) {
            throw new IllegalStateException(method + ": " + got.path("error"));
        }
        return got.path("result");
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        var all = new ArrayList<>(process.descendants().toList());
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    /** Puts messages together and hands them out: answers by their id, events in order. */
    private final class Listener implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean whole) {
            message.append(data);
            if (whole) {
                try {
                    JsonNode tree = JSON.readTree(message.toString());
                    if (tree.has("id")) {
                        answers.remove(tree.path("id").asInt()).complete(tree);
                    } else {
                        events.add(tree);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    message.setLength(0);
                }
            }
            from.request(1);
            return null;
        }
    }
}
