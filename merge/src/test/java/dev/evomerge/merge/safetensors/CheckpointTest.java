package dev.evomerge.merge.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model folders as they come: one file, shards with an index and without one, and what is wrong with them. */
class CheckpointTest {

    private static final Map<String, float[]> A = Map.of("a", new float[] {1, 2, 3});
    private static final Map<String, float[]> B = Map.of("b", new float[] {4});

    @TempDir
    Path folder;

    private void config() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    }

    private void file(String name, Map<String, float[]> tensors) throws IOException {
        var infos = new TreeMap<String, TensorInfo>();
        tensors.forEach((tensor, values) -> infos.put(tensor, TensorInfo.of(DType.F32, values.length)));
        var bytes = new java.io.ByteArrayOutputStream();
        bytes.writeBytes(SafetensorsHeader.write(infos));
        new TreeMap<>(tensors).values().forEach(values -> bytes.writeBytes(TestModels.encode(DType.F32, values)));
        Files.write(folder.resolve(name), bytes.toByteArray());
    }

    private void index(String map) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": %s}".formatted(map));
    }

    private void opens(boolean local) throws IOException {
        try (var model = Checkpoint.open(new FolderStorage(folder, local), "")) {
            assertThat(model.tensors().keySet()).containsExactly("a", "b");
            var all = model.loadAll(Arena.global());
            assertThat(all.keySet()).isEqualTo(model.tensors().keySet());
            for (var tensors : List.of(A, B)) {
                for (var tensor : tensors.entrySet()) {
                    assertThat(model.load(tensor.getKey(), Arena.global()).toArray(ValueLayout.JAVA_FLOAT))
                            .isEqualTo(tensor.getValue());
                    assertThat(all.get(tensor.getKey()).toArray(ValueLayout.JAVA_FLOAT))
                            .isEqualTo(tensor.getValue());
                }
            }
        }
    }

    private List<String> problems() {
        try (var model = Checkpoint.open(new FolderStorage(folder, true), "")) {
            return List.of();
        } catch (InvalidModelException e) {
            return e.problems();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsShardsWithAnIndexAndWithoutOne(boolean local) throws IOException {
        config();
        file("model-00001-of-00002.safetensors", A);
        file("model-00002-of-00002.safetensors", B);
        opens(local);
        index("{\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}");
        opens(local);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsOneFile(boolean local) throws IOException {
        config();
        var both = new TreeMap<>(A);
        both.putAll(B);
        file("model.safetensors", both);
        opens(local);
    }

    @Test
    void readsNeighboursTogether() throws IOException {
        config();
        var both = new TreeMap<>(A);
        both.putAll(B);
        file("model.safetensors", both);
        try (var model = Checkpoint.open(new FolderStorage(folder, false), "")) {
            var data = model.loadAll(Arena.global());
            assertThat(data.get("b").address())
                    .isEqualTo(data.get("a").address() + data.get("a").byteSize());
        }
    }

    @Test
    void saysEverythingThatIsMissing() throws IOException {
        file("one.safetensors", A);
        index("{\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": \"../three.safetensors\"}");
        assertThat(problems())
                .satisfiesExactly(
                        problem -> assertThat(problem).endsWith("config.json: not found"),
                        problem -> assertThat(problem)
                                .endsWith("names the file '../three.safetensors', expected a file of the same folder"),
                        problem -> assertThat(problem).endsWith("two.safetensors: not found"));
    }

    @Test
    void comparesTheIndexWithTheFiles() throws IOException {
        config();
        file("one.safetensors", A);
        file("two.safetensors", B);
        index("{\"a\": \"one.safetensors\", \"b\": \"one.safetensors\", \"c\": \"two.safetensors\"}");
        assertThat(problems())
                .satisfiesExactly(
                        problem -> assertThat(problem)
                                .contains("tensor 'b' should be in one.safetensors, found it in two.safetensors"),
                        problem -> assertThat(problem)
                                .contains("tensor 'c' should be in two.safetensors, found it nowhere"));
    }

    @Test
    void refusesATensorThatIsThereTwice() throws IOException {
        config();
        file("one.safetensors", A);
        file("two.safetensors", A);
        assertThat(problems())
                .singleElement()
                .asString()
                .contains("two.safetensors: tensor 'a' is also in one.safetensors, expected it once");
    }

    @Test
    void refusesFilesThatEndEarly() throws IOException {
        config();
        file("model.safetensors", A);
        byte[] bytes = Files.readAllBytes(folder.resolve("model.safetensors"));
        for (int length : new int[] {0, 7, 20, bytes.length - 1}) {
            Files.write(folder.resolve("model.safetensors"), java.util.Arrays.copyOf(bytes, length));
            assertThat(problems())
                    .as("%d bytes", length)
                    .singleElement()
                    .asString()
                    .contains("model.safetensors");
        }
    }

    @Test
    void saysThatPickledWeightsAreNotRead() throws IOException {
        config();
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertThatThrownBy(() -> Checkpoint.open(new FolderStorage(folder, true), ""))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageEndingWith("pickled weights are not read, convert them to safetensors");
    }
}
