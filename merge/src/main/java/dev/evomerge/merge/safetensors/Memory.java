package dev.evomerge.merge.safetensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Memory for whole tensors. */
public final class Memory {

    /** What is larger is not kept in the process. */
    private static final long SPOOLED = 1L << 30;

    private Memory() {}

    /**
     * Memory for a tensor. A very large one lies in a file without a name, whose pages the system may write out; in plain memory where there
     * is no folder for such files or too little room in it.
     */
    public static MemorySegment allocate(long bytes, Arena arena) throws IOException {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        if (bytes <= SPOOLED
                || !Files.isWritable(folder)
                || Files.getFileStore(folder).getUsableSpace() < 2 * bytes) {
            return arena.allocate(bytes, 64);
        }
        Path file = Files.createTempFile(folder, "evomerge-tensor", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        } finally {
            Files.delete(file);
        }
    }
}
