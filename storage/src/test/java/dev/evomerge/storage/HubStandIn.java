package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The part of the Hugging Face Hub that downloads need, as its API reference describes it: files by {@code resolve}, large ones by a
 * redirection to another server, listings in pages, and errors by {@code X-Error-Code}. No server of the Hub's can be had; that this one
 * serves {@code huggingface_hub} too was tried with version 2.4.0.
 */
final class HubStandIn implements AutoCloseable {

    static final String TOKEN = "hf_secret";
    private static final int LARGE = 1000;
    private static final int PAGE = 2;

    /** Answers "too many requests" to so many before it serves. */
    final AtomicInteger busy = new AtomicInteger();

    private final SortedMap<String, byte[]> files = new TreeMap<>();
    private final List<String> leaks = new ArrayList<>();
    private final HttpServer hub = server();
    private final HttpServer contents = server();

    HubStandIn() throws IOException {
        hub.createContext("/", exchange -> {
            try (exchange) {
                serve(exchange);
            }
        });
        contents.createContext("/", exchange -> {
            try (exchange) {
                String token = exchange.getRequestHeaders().getFirst("Authorization");
                if (token != null) {
                    leaks.add(token);
                }
                send(exchange, files.get(exchange.getRequestURI().getPath().substring(1)));
            }
        });
    }

    private static HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return server;
    }

    String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    /** Puts a file into the repository {@code organisation/model} at revision {@code v1}. */
    void put(String path, byte[] content) {
        files.put(path, content);
    }

    /** Tokens that came to the server of large files, which must not see any. */
    List<String> leaks() {
        return List.copyOf(leaks);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (busy.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            error(exchange, 429, "");
        } else if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            error(exchange, 401, path.contains("gated") ? "GatedRepo" : "RepoNotFound");
        } else if (!path.contains("/v1")) {
            error(exchange, 404, "RevisionNotFound");
        } else if (path.startsWith("/api/models/organisation/model/tree/v1")) {
            list(exchange, path.substring("/api/models/organisation/model/tree/v1".length()));
        } else if (path.startsWith("/organisation/model/resolve/v1/")) {
            resolve(exchange, path.substring("/organisation/model/resolve/v1/".length()));
        } else {
            error(exchange, 404, "RepoNotFound");
        }
    }

    private void resolve(HttpExchange exchange, String file) throws IOException {
        byte[] content = files.get(file);
        if (content == null) {
            error(exchange, 404, "EntryNotFound");
        } else if (content.length < LARGE) {
            exchange.getResponseHeaders().set("ETag", "\"" + Arrays.hashCode(content) + "\"");
            exchange.getResponseHeaders().set("X-Repo-Commit", "0123456789012345678901234567890123456789");
            send(exchange, content);
        } else {
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
            exchange.getResponseHeaders().set("X-Linked-ETag", "\"" + Arrays.hashCode(content) + "\"");
            exchange.getResponseHeaders().set("X-Repo-Commit", "0123456789012345678901234567890123456789");
            exchange.getResponseHeaders()
                    .set("Location", "http://127.0.0.1:" + contents.getAddress().getPort() + "/" + file);
            exchange.sendResponseHeaders(302, -1);
        }
    }

    private void list(HttpExchange exchange, String below) throws IOException {
        String folder = below.isEmpty() ? "" : below.substring(1) + "/";
        List<String> paths =
                files.keySet().stream().filter(path -> path.startsWith(folder)).toList();
        if (paths.isEmpty()) {
            error(exchange, 404, "EntryNotFound");
            return;
        }
        String query = exchange.getRequestURI().getQuery();
        int start = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=", "")) : 0;
        int end = Math.min(start + PAGE, paths.size());
        if (end < paths.size()) {
            exchange.getResponseHeaders()
                    .set(
                            "Link",
                            "<" + endpoint() + exchange.getRequestURI().getRawPath() + "?recursive=true&cursor=" + end
                                    + ">; rel=\"next\"");
        }
        String entries = String.join(
                ",",
                paths.subList(start, end).stream()
                        .map(path -> "{\"type\":\"file\",\"oid\":\"0\",\"size\":%d,\"path\":\"%s\"}"
                                .formatted(files.get(path).length, path))
                        .toList());
        send(
                exchange,
                ("[{\"type\":\"directory\",\"oid\":\"0\",\"size\":0,\"path\":\"folder\"}," + entries + "]")
                        .getBytes(UTF_8));
    }

    private static void send(HttpExchange exchange, byte[] content) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        byte[] body = content;
        if (range != null) {
            String[] ends = range.substring("bytes=".length()).split("-");
            int from = Integer.parseInt(ends[0]);
            if (from >= content.length) {
                error(exchange, 416, "");
                return;
            }
            body = Arrays.copyOfRange(content, from, Math.min(content.length, Integer.parseInt(ends[1]) + 1));
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", code);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    @Override
    public void close() {
        hub.stop(0);
        contents.stop(0);
    }
}
