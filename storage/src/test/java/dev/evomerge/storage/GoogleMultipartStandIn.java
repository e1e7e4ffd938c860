package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The multipart uploads of Google's XML API, which fake-gcs-server lacks, as "XML API multipart uploads" in Google's reference describes them:
 * begin, put parts in any order, complete with their ETags, all refused as there. A finished object goes to fake-gcs-server, which also answers
 * every other request. No server of Google's can be had.
 */
final class GoogleMultipartStandIn implements AutoCloseable {

    private static final int SMALLEST_PART = 5 << 20;
    private static final int MOST_PARTS = 10_000;
    /** What each side of the way says for itself. */
    private static final Set<String> HOP_BY_HOP =
            Set.of("host", "connection", "content-length", "expect", "transfer-encoding", "upgrade");

    private static final Pattern LISTED =
            Pattern.compile("<PartNumber>(\\d+)</PartNumber>\\s*<ETag>(?:\"|&quot;)?([^<&\"]+)(?:\"|&quot;)?</ETag>");

    private final URI behind;
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final Map<String, SortedMap<Integer, byte[]>> uploads = new ConcurrentHashMap<>();
    private final List<Integer> completed = new ArrayList<>();

    GoogleMultipartStandIn(int port) throws IOException {
        behind = URI.create("http://127.0.0.1:" + port);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                serve(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How many parts each finished upload had. */
    synchronized List<Integer> completed() {
        return List.copyOf(completed);
    }

    private void serve(HttpExchange exchange) throws IOException, InterruptedException {
        String query = String.valueOf(exchange.getRequestURI().getRawQuery());
        Map<String, String> parameters = new TreeMap<>();
        for (String pair : query.split("&")) {
            parameters.put(pair.replaceFirst("=.*", ""), pair.replaceFirst("[^=]*=?", ""));
        }
        byte[] body = exchange.getRequestBody().readAllBytes();
        String upload = parameters.get("uploadId");
        String method = exchange.getRequestMethod();
        if (method.equals("POST") && parameters.containsKey("uploads")) {
            begin(exchange);
        } else if (method.equals("PUT") && upload != null) {
            put(exchange, upload, Integer.parseInt(parameters.get("partNumber")), body);
        } else if (method.equals("POST") && upload != null) {
            complete(exchange, upload, new String(body, UTF_8));
        } else {
            forward(exchange, body);
        }
    }

    private void begin(HttpExchange exchange) throws IOException {
        String id = "upload-" + (uploads.size() + 1);
        uploads.put(id, new ConcurrentSkipListMap<>());
        answer(
                exchange,
                200,
                "<InitiateMultipartUploadResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Bucket>bucket</Bucket><Key>key</Key>"
                        + "<UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
    }

    private void put(HttpExchange exchange, String upload, int number, byte[] part) throws IOException {
        if (!uploads.containsKey(upload)) {
            refuse(exchange, 404, "NoSuchUpload");
        } else if (number < 1 || number > MOST_PARTS) {
            refuse(exchange, 400, "InvalidArgument");
        } else {
            uploads.get(upload).put(number, part);
            exchange.getResponseHeaders().set("ETag", '"' + etag(part) + '"');
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void complete(HttpExchange exchange, String upload, String listed)
            throws IOException, InterruptedException {
        SortedMap<Integer, byte[]> parts = uploads.get(upload);
        if (parts == null) {
            refuse(exchange, 404, "NoSuchUpload");
            return;
        }
        var whole = new ByteArrayOutputStream();
        int last = 0;
        int count = 0;
        boolean lastWasSmall = false;
        for (Matcher part = LISTED.matcher(listed); part.find(); count++) {
            int number = Integer.parseInt(part.group(1));
            byte[] bytes = parts.get(number);
            String problem = number <= last
                    ? "InvalidPartOrder"
                    : bytes == null || !etag(bytes).equals(part.group(2))
                            ? "InvalidPart"
                            : lastWasSmall ? "EntityTooSmall" : "";
            if (!problem.isEmpty()) {
                refuse(exchange, 400, problem);
                return;
            }
            whole.writeBytes(bytes);
            lastWasSmall = bytes.length < SMALLEST_PART;
            last = number;
        }
        if (count == 0) {
            refuse(exchange, 400, "MalformedCompleteMultipartUploadRequest");
            return;
        }
        store(exchange.getRequestURI().getPath(), whole.toByteArray());
        uploads.remove(upload);
        synchronized (this) {
            completed.add(count);
        }
        answer(
                exchange,
                200,
                "<CompleteMultipartUploadResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Location>" + endpoint()
                        + "</Location><Bucket>bucket</Bucket><Key>key</Key><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>");
    }

    /** By the JSON API. */
    private void store(String path, byte[] object) throws IOException, InterruptedException {
        int slash = path.indexOf('/', 1);
        String name = URLEncoder.encode(path.substring(slash + 1), UTF_8);
        var stored = client.send(
                HttpRequest.newBuilder(behind.resolve(
                                "/upload/storage/v1/b" + path.substring(0, slash) + "/o?uploadType=media&name=" + name))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(object))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (stored.statusCode() != 200) {
            throw new IOException(stored.body());
        }
    }

    private void forward(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create(behind + exchange.getRequestURI().toString()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        answer.headers().map().forEach((name, values) -> {
            if (!name.equals(":status") && !HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        byte[] content = answer.body();
        exchange.sendResponseHeaders(answer.statusCode(), content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        answer(exchange, status, "<Error><Code>" + code + "</Code><Message>" + code + "</Message></Error>");
    }

    private static void answer(HttpExchange exchange, int status, String xml) throws IOException {
        byte[] bytes = ("<?xml version='1.0' encoding='UTF-8'?>" + xml).getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static String etag(byte[] part) {
        return Integer.toHexString(Arrays.hashCode(part));
    }

    @Override
    public void close() {
        server.stop(0);
        client.close();
    }
}
