package dev.evomerge.inference.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes TorchScript programs in the format that {@code torch.jit.load} reads: a stored zip with the source of one class without
 * attributes, and a pickled instance of it. No Python is involved.
 */
final class TorchArchive {

    /** The class that a program's source must define. */
    static final String CLASS = "Program";

    /** The version of the operators' signatures that the source is written in. */
    private static final String OPERATORS = "10\n";

    /** Pickle, protocol 2: {@code __torch__.Program.__new__()} with an empty state. */
    private static final byte[] INSTANCE =
            ("\u0080\u0002c__torch__\n" + CLASS + "\n)\u0081}b.").getBytes(StandardCharsets.ISO_8859_1);

    /** Pickle, protocol 2: the empty tuple. */
    private static final byte[] NO_CONSTANTS = {(byte) 0x80, 2, ')', '.'};

    private TorchArchive() {}

    /**
     * The archive of a program.
     *
     * @param source TorchScript that defines {@code class Program(Module)}; it may use {@code torch} operators and its own methods
     */
    static byte[] write(String source) {
        var bytes = new ByteArrayOutputStream(source.length() + 1024);
        try (var zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
            store(zip, "data.pkl", INSTANCE);
            store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", NO_CONSTANTS);
            store(zip, "version", OPERATORS.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        var crc = new CRC32();
        crc.update(content);
        var entry = new ZipEntry("program/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
