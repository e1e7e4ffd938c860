package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> StorageUri.parse("models/a"))
                .hasMessageContaining("'models/a'")
                .hasMessageContaining("expected a scheme");
        assertThatThrownBy(() -> StorageUri.parse("s3:///a")).hasMessageContaining("names no bucket");
        assertThatThrownBy(() -> StorageUri.parse("file://a/b")).hasMessageContaining("expected file:///folder");
    }
}
