package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.opendal.AsyncOperator;
import org.apache.opendal.ListOptions;
import org.apache.opendal.Metadata;
import org.apache.opendal.OpenDALException;
import org.apache.opendal.Operator;
import org.apache.opendal.OperatorOutputStream;
import org.apache.opendal.ServiceConfig;
import org.apache.opendal.WriteOptions;
import org.apache.opendal.layer.RetryLayer;

/**
 * A bucket, by OpenDAL. Every request is tried a few times and has an end in time; large reads go in several parts at once.
 */
final class ObjectStorage implements Storage {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 20;
    private static final int RETRIES = 4;
    private static final Pattern PLAIN = Pattern.compile("[-A-Za-z0-9_.~/]*");

    /** A store takes at most 10,000 parts of one object: this allows 156 GiB. */
    private static final int UPLOAD_PART = 16 << 20;

    private final StorageUri folder;
    private final AsyncOperator bare;
    private final AsyncOperator operator;
    private final Runnable afterwards;

    private ObjectStorage(StorageUri folder, AsyncOperator bare, AsyncOperator operator, Runnable afterwards) {
        this.folder = folder;
        this.bare = bare;
        this.operator = operator;
        this.afterwards = afterwards;
    }

    /** @param afterwards what is done when the storage is closed */
    static ObjectStorage open(StorageUri folder, ServiceConfig config, Runnable afterwards) throws StorageException {
        try {
            AsyncOperator bare = AsyncOperator.of(config);
            AsyncOperator operator = bare.layer(RetryLayer.builder()
                    .jitter(true)
                    .factor(2)
                    .minDelay(Duration.ofMillis(200))
                    .maxDelay(Duration.ofSeconds(3))
                    .maxTimes(RETRIES)
                    .build());
            return new ObjectStorage(folder, bare, operator, afterwards);
        } catch (OpenDALException e) {
            afterwards.run();
            throw StoreErrors.translate("open", folder, e);
        }
    }

    @Override
    public StorageUri uri(String path) {
        return folder.resolve(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        return file(path)
                .map(metadata -> OptionalLong.of(metadata.getContentLength()))
                .orElse(OptionalLong.empty());
    }

    @Override
    public Optional<String> version(String path) throws IOException {
        return file(path).map(Metadata::getEtag);
    }

    private Optional<Metadata> file(String path) throws IOException {
        return StoreErrors.ifThere(() -> await("look at", path, 0, operator.stat(ObjectPath.check(path))))
                .filter(Metadata::isFile);
    }

    @Override
    public byte[] read(String path) throws IOException {
        return await("read", path, 0, operator.read(ObjectPath.check(path)));
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        PartedRead.fill(
                uri(ObjectPath.check(path)),
                offset,
                target,
                (from, length) -> operator.read(path, from, length),
                (part, bytes) -> await("read", path, bytes, part));
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        ListOptions everything = ListOptions.builder().recursive(true).build();
        return await("list", prefix, 0, operator.list(ObjectPath.checkPrefix(prefix), everything)).stream()
                .filter(entry -> entry.getMetadata().isFile())
                .map(entry -> new Entry(entry.getPath(), entry.getMetadata().getContentLength()))
                .sorted(Comparator.comparing(Entry::path))
                .toList();
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        await("write", path, bytes.length, operator.write(writable(path), bytes));
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        WriteOptions ifAbsent = WriteOptions.builder().ifNotExists(true).build();
        for (int attempt = 1; ; attempt++) {
            try {
                await("write", path, bytes.length, operator.write(writable(path), bytes, ifAbsent));
                return true;
            } catch (StorageException e) {
                if (StoreErrors.isConditionNotMet(e)) {
                    return false;
                }
                // Another writer's request was under way: whether that one succeeds shows when this one is tried again.
                if (!StoreErrors.isConflict(e) || attempt > RETRIES) {
                    throw e;
                }
            }
        }
    }

    @Override
    public Upload upload(String path) throws IOException {
        return new PartsUpload(writable(path));
    }

    /** On {@code gs://} the library escapes names twice when it writes, and once when it reads. */
    private String writable(String path) throws StorageException {
        if (folder.scheme().equals("gs")
                && !PLAIN.matcher(uri(ObjectPath.check(path)).path()).matches()) {
            throw new StorageException("cannot write " + uri(path)
                    + ": on gs:// names are of letters, digits, '-', '_', '.' and '~', and this one is not");
        }
        return ObjectPath.check(path);
    }

    @Override
    public void delete(String path) throws IOException {
        await("delete", path, 0, operator.delete(ObjectPath.check(path)));
    }

    @Override
    public Optional<Path> localFile(String path) {
        return Optional.empty();
    }

    @Override
    public void close() {
        operator.close();
        bare.close();
        afterwards.run();
    }

    /** Waits for a request, longer the more bytes it moves. */
    private <T> T await(String action, String path, long bytes, CompletableFuture<T> request) throws IOException {
        Duration patience = PATIENCE.plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
        try {
            return request.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw StoreErrors.translate(action, uri(path), e.getCause());
        } catch (TimeoutException e) {
            throw new StorageException(
                    Reason.UNREACHABLE,
                    "cannot " + action + " " + uri(path) + ": no answer within " + patience.toSeconds() + " s; "
                            + StoreErrors.reachability(folder),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted: " + action + " " + uri(path));
        }
    }

    /** Sends one part while the next is filled. What fits one part is one request. */
    private final class PartsUpload extends Upload {

        private final String path;
        private byte[] part = new byte[UPLOAD_PART];
        private int filled;
        private boolean ended;
        private Operator blocking;
        private OperatorOutputStream parts;
        private CompletableFuture<Void> sending = CompletableFuture.completedFuture(null);

        PartsUpload(String path) {
            this.path = path;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (ended) {
                throw new StorageException("cannot write " + uri(path) + ": the upload has ended");
            }
            int done = 0;
            while (done < length) {
                if (filled == part.length) {
                    send();
                }
                int count = Math.min(length - done, part.length - filled);
                System.arraycopy(bytes, offset + done, part, filled, count);
                filled += count;
                done += count;
            }
        }

        private void send() throws IOException {
            finishSending();
            byte[] full = part;
            int length = filled;
            part = new byte[UPLOAD_PART];
            filled = 0;
            sending = CompletableFuture.runAsync(() -> {
                try {
                    if (parts == null) {
                        blocking = operator.blocking();
                        parts = new OperatorOutputStream(blocking, path, UPLOAD_PART);
                    }
                    parts.write(full, 0, length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        private void finishSending() throws IOException {
            await("write", path, UPLOAD_PART, sending);
        }

        @Override
        public void close() throws IOException {
            if (ended) {
                return;
            }
            ended = true;
            finishSending();
            if (parts == null) {
                put(path, Arrays.copyOf(part, filled));
                return;
            }
            OperatorOutputStream stream = parts;
            byte[] last = part;
            await("write", path, 2L * UPLOAD_PART, CompletableFuture.runAsync(() -> {
                try {
                    stream.write(last, 0, filled);
                    stream.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            blocking.close();
        }

        /**
         * Leaves the multipart upload uncompleted, so that no object appears: the library can close a writer, which would complete it, but
         * not abandon it. The store drops the parts by the bucket's rule for incomplete uploads.
         */
        @Override
        public void abort() {
            ended = true;
        }
    }
}
