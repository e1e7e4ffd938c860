package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.Storage.Upload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderStorageTest extends StorageContract {

    @TempDir
    Path directory;

    private Storage storage;

    @BeforeEach
    void open() throws StorageException {
        storage = Storages.open(StorageUri.parse("file://" + directory), new StorageAccess(Map.of()));
    }

    @Override
    Storage storage() {
        return storage;
    }

    @Test
    void givesTheLocalFile() throws IOException {
        storage.put("a/b", bytes("x"));
        assertThat(storage.localFile("a/b")).hasValue(directory.resolve("a/b"));
        assertThat(storage.localFile("a/c")).isEmpty();
    }

    @Test
    void volumesAreFoldersOfPods() throws IOException {
        var access = new StorageAccess(Map.of(StorageAccess.VOLUMES, directory.toString()));
        storage.put("pvc/models/a/config.json", bytes("x"));
        try (Storage claim = Storages.open(StorageUri.parse("pvc://models/a"), access)) {
            assertThat(claim.read("config.json")).isEqualTo(bytes("x"));
            assertThat(claim.uri("config.json")).hasToString("pvc://models/a/config.json");
            assertThat(claim.localFile("config.json")).hasValue(directory.resolve("pvc/models/a/config.json"));
        }
        assertThatThrownBy(() -> Storages.open(StorageUri.parse("pvc://models/a"), new StorageAccess(Map.of())))
                .hasMessageContaining("pvc://models/a is on a volume that only pods of the cluster mount");
    }

    @Test
    void leavesNoTemporaryFiles() throws IOException {
        storage.put("a", bytes("x"));
        storage.putIfAbsent("a", bytes("y"));
        storage.putIfAbsent("b", bytes("y"));
        try (Upload upload = storage.upload("c")) {
            upload.write(1);
            upload.abort();
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void isReadAsAnObjectOnlyWhereAFileIs() throws IOException {
        storage.put("a/b", bytes("x"));
        assertThat(storage.size("a")).isEmpty();
        assertThatThrownBy(() -> storage.read("a"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining(storage.uri("a").toString());
    }
}
