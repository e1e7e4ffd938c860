package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StorageUriTest {

    @Test
    void parsesAndPrints() throws StorageException {
        assertThat(StorageUri.parse("s3://bucket/a/b/"))
                .isEqualTo(new StorageUri("s3", "bucket", "a/b"))
                .hasToString("s3://bucket/a/b");
        assertThat(StorageUri.parse("s3://bucket")).isEqualTo(new StorageUri("s3", "bucket", ""));
        assertThat(StorageUri.parse("file:///tmp/a"))
                .isEqualTo(new StorageUri("file", "", "tmp/a"))
                .hasToString("file:///tmp/a");
        assertThat(StorageUri.parse("s3://bucket/a").resolve("b/c")).hasToString("s3://bucket/a/b/c");
    }

    @Test
    void splitsOffTheName() throws StorageException {
        StorageUri uri = StorageUri.parse("s3://bucket/a/b/m.json");
        assertThat(uri.parent()).hasToString("s3://bucket/a/b");
        assertThat(uri.name()).isEqualTo("m.json");
        assertThat(StorageUri.parse("s3://bucket/m.json").parent()).hasToString("s3://bucket");
        assertThat(StorageUri.parse("file:///m.json").parent().resolve("n")).hasToString("file:///n");
    }

    @Test
    void knowsWhereVolumesAreMounted() throws StorageException {
        assertThat(StorageUri.parse("s3://bucket/a").mountPoint()).isEmpty();
        assertThat(StorageUri.parse("pvc://models/a/b"))
                .isEqualTo(new StorageUri("pvc", "models", "a/b"))
                .extracting(StorageUri::mountPoint)
                .isEqualTo(Optional.of("pvc/models"));
        assertThat(StorageUri.parse("oci://registry.example:5000/models/a:1.0/model"))
                .isEqualTo(new StorageUri("oci", "registry.example:5000/models/a:1.0", "model"))
                .hasToString("oci://registry.example:5000/models/a:1.0/model")
                .extracting(StorageUri::mountPoint)
                .isEqualTo(Optional.of("oci/registry.example=5000/models/a=1.0"));
        String digest = "@sha256:" + "0123456789abcdef".repeat(4);
        assertThat(StorageUri.parse("oci://registry.example/models/a:1.0" + digest))
                .isEqualTo(new StorageUri("oci", "registry.example/models/a:1.0" + digest, ""));
    }

    @Test
    void refusesWhatIsNoVolume() {
        for (String image :
                List.of("registry.example/a", "a:1", "registry.example/a:1:2", "registry.example/a@md5:1")) {
            assertThatThrownBy(() -> StorageUri.parse("oci://" + image))
                    .hasMessageContaining("names no image with a tag or a digest");
        }
        assertThatThrownBy(() -> StorageUri.parse("pvc://models/../b")).hasMessageContaining("leads out of its volume");
        assertThatThrownBy(() -> StorageUri.parse("pvc:///b")).hasMessageContaining("names no bucket");
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> StorageUri.parse("models/a"))
                .hasMessageContaining("'models/a'")
                .hasMessageContaining("expected a scheme");
        assertThatThrownBy(() -> StorageUri.parse("s3:///a")).hasMessageContaining("names no bucket");
        assertThatThrownBy(() -> StorageUri.parse("file://a/b")).hasMessageContaining("expected file:///folder");
    }
}
