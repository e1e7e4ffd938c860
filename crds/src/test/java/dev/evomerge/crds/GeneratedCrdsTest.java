package dev.evomerge.crds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The checked-in YAML is what the types generate. {@code crds/generate} writes it ({@code -Dcrds.update=true}). */
@TestMethodOrder(MethodOrderer.MethodName.class)
class GeneratedCrdsTest {

    private static final Path CHECKED_IN = Path.of("src/main/resources/crds");

    @Test
    void checkedInFilesAreUpToDate(@TempDir Path fresh) throws IOException {
        CrdWriter.write(fresh);
        if (Boolean.getBoolean("crds.update")) {
            for (Path file : files(fresh)) {
                Files.copy(file, CHECKED_IN.resolve(name(file)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        assertThat(contents(CHECKED_IN))
                .as("%s, which crds/generate writes", CHECKED_IN)
                .isEqualTo(contents(fresh));
    }

    @Test
    void referencePageIsUpToDate() throws IOException {
        Path page = Path.of("../docs/api.md");
        String fresh = ApiReference.of(files(CHECKED_IN).stream().sorted().toList());
        if (Boolean.getBoolean("crds.update")) {
            Files.writeString(page, fresh);
        }
        assertThat(page).as("%s, which crds/generate writes", page).hasContent(fresh);
    }

    private static TreeMap<String, String> contents(Path folder) throws IOException {
        var contents = new TreeMap<String, String>();
        for (Path file : files(folder)) {
            contents.put(name(file), Files.readString(file));
        }
        return contents;
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace("-v1.yml", ".yaml");
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
