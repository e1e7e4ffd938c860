package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * A repository of the Hugging Face Hub, or of a mirror of it, to read from. By HTTP: the storage library knows no other endpoint than the
 * Hub's own.
 *
 * <p>The access token goes to the endpoint only, and never to the servers to which the Hub redirects for large files.
 */
final class HuggingFaceStorage implements Storage {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 20;
    private static final int RETRIES = 4;
    private static final Duration FIRST_DELAY = Duration.ofMillis(200);
    private static final int REDIRECTS = 5;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"next\"");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StorageUri folder;
    private final HuggingFaceRepository repository;
    private final URI endpoint;
    private final Optional<String> token;
    private final HttpClient client;

    private HuggingFaceStorage(
            StorageUri folder,
            HuggingFaceRepository repository,
            URI endpoint,
            Optional<String> token,
            Optional<SSLContext> trusted) {
        this.folder = folder;
        this.repository = repository;
        this.endpoint = endpoint;
        this.token = token;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(PATIENCE);
        trusted.ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    static HuggingFaceStorage open(StorageUri folder, StorageAccess access) throws StorageException {
        String endpoint = access.endpoint(folder, "HF_ENDPOINT").orElse("https://huggingface.co");
        return new HuggingFaceStorage(
                folder,
                HuggingFaceRepository.of(folder),
                URI.create(endpoint.replaceAll("/+$", "") + "/"),
                access.first("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"),
                TrustedCertificates.of(folder, access));
    }

    @Override
    public StorageUri uri(String path) {
        return folder.resolve(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        Optional<HttpHeaders> headers = headers(path);
        if (headers.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong linked = headers.get().firstValueAsLong("X-Linked-Size");
        return linked.isPresent() ? linked : headers.get().firstValueAsLong("Content-Length");
    }

    @Override
    public Optional<String> version(String path) throws IOException {
        return headers(path)
                .flatMap(headers -> headers.firstValue("X-Linked-ETag").or(() -> headers.firstValue("ETag")));
    }

    private Optional<HttpHeaders> headers(String path) throws IOException {
        HttpRequest request = request(file(path)).HEAD().build();
        return StoreErrors.ifThere(
                () -> await("look at", path, 0, send(request, 0, true)).headers());
    }

    @Override
    public byte[] read(String path) throws IOException {
        return await("read", path, 0, send(request(file(path)).build(), 0, false))
                .body();
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        URI file = file(path);
        PartedRead.fill(
                uri(path),
                offset,
                target,
                (from, length) -> send(
                                request(file)
                                        .header("Range", "bytes=" + from + "-" + (from + length - 1))
                                        .build(),
                                length,
                                false)
                        .thenApply(HttpResponse::body),
                (part, bytes) -> await("read", path, bytes, part));
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        ObjectPath.checkPrefix(prefix);
        String start = repository.path(prefix.substring(0, prefix.lastIndexOf('/') + 1));
        String root = repository.path("");
        List<Entry> entries = new ArrayList<>();
        Optional<URI> page = Optional.of(endpoint.resolve(repository.tree(start) + "?recursive=true"));
        while (page.isPresent()) {
            HttpRequest request = request(page.get()).build();
            Optional<HttpResponse<byte[]>> answer =
                    StoreErrors.ifThere(() -> await("list", prefix, 0, send(request, 0, false)));
            if (answer.isEmpty()) {
                return List.of();
            }
            for (JsonNode node : JSON.readTree(answer.get().body())) {
                String path = node.path("path").asText();
                if (node.path("type").asText().equals("file") && path.startsWith(root)) {
                    entries.add(new Entry(
                            path.substring(root.length()), node.path("size").asLong()));
                }
            }
            page = answer.get()
                    .headers()
                    .firstValue("Link")
                    .map(NEXT::matcher)
                    .filter(Matcher::find)
                    .map(link -> endpoint.resolve(link.group(1)));
        }
        return entries.stream()
                .filter(entry -> entry.path().startsWith(prefix))
                .sorted(Comparator.comparing(Entry::path))
                .toList();
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        throw readOnly(path);
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        throw readOnly(path);
    }

    @Override
    public Upload upload(String path) throws IOException {
        throw readOnly(path);
    }

    @Override
    public void delete(String path) throws IOException {
        throw readOnly(path);
    }

    @Override
    public Optional<Path> localFile(String path) {
        return Optional.empty();
    }

    @Override
    public void close() {
        client.close();
    }

    private StorageException readOnly(String path) {
        return new StorageException(
                "cannot write " + uri(path) + ": the Hub is read only here; expected s3://, gs://, az:// or file:///");
    }

    // ---- requests ----

    private URI file(String path) {
        return endpoint.resolve(repository.file(ObjectPath.check(path)));
    }

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE.plus(PATIENCE));
        if (isOwn(uri)) {
            token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        }
        return request;
    }

    private boolean isOwn(URI uri) {
        return uri.getScheme().equals(endpoint.getScheme())
                && uri.getAuthority().equalsIgnoreCase(endpoint.getAuthority());
    }

    /**
     * Sends a request until it is answered for good.
     *
     * @param atMost   more bytes than this are refused: a server that ignores a range would send the whole model; 0 for no limit
     * @param sizeOnly whether a redirection that tells the size is answer enough
     */
    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request, long atMost, boolean sizeOnly) {
        return attempt(request, atMost, sizeOnly, 0, 0);
    }

    private CompletableFuture<HttpResponse<byte[]>> attempt(
            HttpRequest request, long atMost, boolean sizeOnly, int redirects, int retries) {
        HttpResponse.BodyHandler<byte[]> body = info -> atMost > 0 && info.statusCode() == 200
                ? HttpResponse.BodySubscribers.replacing(new byte[0])
                : BodyHandlers.ofByteArray().apply(info);
        return client.sendAsync(request, body)
                .handle((answer, failure) -> {
                    boolean again = failure != null || answer.statusCode() == 429 || answer.statusCode() >= 500;
                    if (again && retries < RETRIES) {
                        long millis = FIRST_DELAY.toMillis() << retries;
                        return CompletableFuture.supplyAsync(
                                        () -> attempt(request, atMost, sizeOnly, redirects, retries + 1),
                                        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS))
                                .thenCompose(next -> next);
                    }
                    if (failure != null) {
                        return CompletableFuture.<HttpResponse<byte[]>>failedFuture(failure);
                    }
                    return redirection(answer, sizeOnly)
                            .filter(to -> redirects < REDIRECTS)
                            .map(to -> attempt(redirected(request, to), atMost, sizeOnly, redirects + 1, retries))
                            .orElse(CompletableFuture.completedFuture(answer));
                })
                .thenCompose(next -> next);
    }

    private static Optional<URI> redirection(HttpResponse<?> answer, boolean sizeOnly) {
        if (answer.statusCode() / 100 != 3
                || sizeOnly && answer.headers().firstValue("X-Linked-Size").isPresent()) {
            return Optional.empty();
        }
        return answer.headers().firstValue("Location").map(answer.uri()::resolve);
    }

    private HttpRequest redirected(HttpRequest request, URI to) {
        HttpRequest.Builder next = request(to).method(request.method(), HttpRequest.BodyPublishers.noBody());
        request.headers().firstValue("Range").ifPresent(range -> next.header("Range", range));
        return next.build();
    }

    /** Waits for an answer, which must be a good one. */
    private <T> T await(String action, String path, long bytes, CompletableFuture<T> request) throws IOException {
        Duration patience = PATIENCE.multipliedBy(RETRIES + 1).plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
        try {
            T answer = request.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (answer instanceof HttpResponse<?> response) {
                check(action, path, response);
            }
            return answer;
        } catch (ExecutionException e) {
            throw unreachable(action, path, String.valueOf(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw unreachable(action, path, "no answer within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted: " + action + " " + uri(path));
        }
    }

    private StorageException unreachable(String action, String path, String why, Throwable cause) {
        return new StorageException(
                Reason.UNREACHABLE,
                "cannot " + action + " " + uri(path) + ": " + why + "; " + StoreErrors.reachability(folder),
                cause);
    }

    /** The Hub says in a header what it means by a status. */
    private void check(String action, String path, HttpResponse<?> answer) throws StorageException {
        int status = answer.statusCode();
        if (status / 100 == 2
                || status / 100 == 3
                        && answer.headers().firstValue("X-Linked-Size").isPresent()) {
            return;
        }
        String code = answer.headers().firstValue("X-Error-Code").orElse("");
        String said = " (the Hub says " + status + (code.isEmpty() ? "" : " " + code) + ")";
        String what = "cannot " + action + " " + uri(path) + ": ";
        throw switch (code.isEmpty() ? String.valueOf(status) : code) {
            case "GatedRepo" ->
                new StorageException(
                        Reason.DENIED,
                        what + "the repository is gated" + said
                                + "; accept its terms on the Hub, and set HF_TOKEN to a token of the same account",
                        null);
            case "RepoNotFound", "401", "403" ->
                new StorageException(
                        Reason.DENIED,
                        what + "there is no such repository, or it is private" + said
                                + "; check the name, and HF_TOKEN",
                        null);
            case "RevisionNotFound" ->
                new StorageException(
                        Reason.NO_BUCKET,
                        what + "the repository has no revision '" + repository.revision() + "'" + said,
                        null);
            case "EntryNotFound", "404", "416" ->
                new StorageException(Reason.NOT_FOUND, what + "it does not exist" + said, null);
            default -> new StorageException(Reason.UNREACHABLE, what + "try again later" + said, null);
        };
    }

    /** A name in a path of the endpoint. */
    static String escape(String path) {
        return Stream.of(path.split("/", -1))
                .map(name -> URLEncoder.encode(name, UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
