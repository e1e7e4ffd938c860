package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** Large reads from stores that answer by HTTP: several parts at once, since one connection alone does not fill the line. */
final class PartedRead {

    private static final long PART = 8 << 20;
    private static final int AT_ONCE = 8;

    private PartedRead() {}

    /** Asks for {@code length} bytes from {@code offset} on; fewer come back only where the object ends. */
    @FunctionalInterface
    interface Request {
        CompletableFuture<byte[]> bytes(long offset, long length);
    }

    /** Waits for a part, longer the more bytes are on their way. */
    @FunctionalInterface
    interface Waiting {
        byte[] await(CompletableFuture<byte[]> part, long bytesUnderWay) throws IOException;
    }

    /** Fills {@code target} from {@code offset} on; fails if the object ends before. */
    static void fill(StorageUri object, long offset, MemorySegment target, Request request, Waiting waiting)
            throws IOException {
        ArrayDeque<Part> flying = new ArrayDeque<>();
        long asked = 0;
        while (asked < target.byteSize() || !flying.isEmpty()) {
            while (asked < target.byteSize() && flying.size() < AT_ONCE) {
                long length = Math.min(PART, target.byteSize() - asked);
                flying.add(new Part(asked, length, request.bytes(offset + asked, length)));
                asked += length;
            }
            Part part = flying.remove();
            byte[] bytes = waiting.await(part.bytes, AT_ONCE * part.length);
            if (bytes.length != part.length) {
                throw new StorageException(
                        Reason.NOT_FOUND,
                        object + " has " + (offset + part.start + bytes.length) + " bytes: expected at least "
                                + (offset + target.byteSize()),
                        null);
            }
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, target, part.start, bytes.length);
        }
    }

    private record Part(long start, long length, CompletableFuture<byte[]> bytes) {}
}
