package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The measuring programs under bench/ are single files that {@code java} compiles when they run; here the build sees whether it still can. */
class BenchProgramsTest {

    @TempDir
    Path classes;

    @ParameterizedTest
    @ValueSource(strings = {"inference/InferenceBench", "merge/Warm"})
    void compile(String program) throws IOException {
        compiled(program);
    }

    @Test
    void writesTheProgramForAGpu() throws Exception {
        compiled("gpu/WriteProgram");
        Path config = Files.writeString(classes.resolve("config.json"), """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 64, "intermediate_size": 128,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100, "rms_norm_eps": 1e-5,
                 "max_position_embeddings": 4096, "eos_token_id": 2}""");
        Path written = classes.resolve("tiny.pt");
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            var main = loader.loadClass("WriteProgram").getMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[] {config.toString(), written.toString()});
        }
        try (ZipFile archive = new ZipFile(written.toFile())) {
            assertThat(archive.stream()).anyMatch(entry -> entry.getName().contains("/code/"));
        }
    }

    private void compiled(String program) throws IOException {
        var messages = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = compiler.getTask(
                    messages,
                    files,
                    null,
                    List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                    null,
                    files.getJavaFileObjects(Path.of("../bench", program + ".java")));
            assertThat(task.call()).as(messages::toString).isTrue();
        }
    }
}
