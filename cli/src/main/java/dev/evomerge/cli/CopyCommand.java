package dev.evomerge.cli;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a folder, a model or a data set for example, from one storage to another. */
@Command(
        name = "cp",
        description = {
            "Copy a folder between storages (s3://…, gs://…, az://…, file:///…, or a local path).",
            "Credentials and endpoints come from the environment: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …"
        })
final class CopyCommand implements Callable<Integer> {

    private static final int CHUNK = 8 << 20;

    @Parameters(paramLabel = "SOURCE", description = "the folder to read")
    private String source;

    @Parameters(paramLabel = "TARGET", description = "the folder to write; existing objects are replaced")
    private String target;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        StorageAccess access = StorageAccess.fromEnvironment();
        try (Storage from = Storages.open(uri(source), access);
                Storage to = Storages.open(uri(target), access)) {
            var entries = from.list("");
            if (entries.isEmpty()) {
                throw new StorageException("nothing lies below " + from.uri(""));
            }
            for (Storage.Entry entry : entries) {
                copy(from, to, entry);
                command.commandLine().getOut().println(to.uri(entry.path()));
            }
        }
        return 0;
    }

    private static void copy(Storage from, Storage to, Storage.Entry entry) throws IOException {
        Storage.Upload upload = to.upload(entry.path());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.clamp(entry.size(), 1, CHUNK));
            for (long offset = 0; offset < entry.size(); ) {
                MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), entry.size() - offset));
                from.read(entry.path(), offset, part);
                upload.write(part.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
                offset += part.byteSize();
            }
        } catch (IOException | RuntimeException failure) {
            upload.abort();
            throw failure;
        }
        upload.close();
    }

    /** A URI, or a local path. */
    static StorageUri uri(String text) throws StorageException {
        return StorageUri.parse(
                text.contains("://")
                        ? text
                        : "file://" + Path.of(text).toAbsolutePath().normalize());
    }
}
