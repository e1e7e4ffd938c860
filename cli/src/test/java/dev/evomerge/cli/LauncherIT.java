package dev.evomerge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembled command as users start it. */
class LauncherIT {

    private static final Path DISTRIBUTION = Path.of("target/evomerge").toAbsolutePath();
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    /** Many times what it takes on an idle machine: a start that loads engine or cluster client would still be seen. */
    private static final Duration START = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private record Ended(int code, String out, String err) {}

    @Test
    void printsWhatWasAskedForAndNothingElse() throws Exception {
        long before = System.nanoTime();
        assertThat(run(command("evomerge"), "--version")).isEqualTo(new Ended(0, "evomerge 0.1.0\n", ""));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(START);
    }

    @Test
    void mistakeIsOneLineOnStandardError() throws Exception {
        assertThat(run(command("evomerge"), "merge", "nothing.yml", folder.toString()))
                .isEqualTo(new Ended(1, "", "evomerge merge: there is no file nothing.yml\n"));
        assertThat(run(command("evomerge"), "vaildate").err()).contains("Did you mean: evomerge validate");
    }

    @Test
    void validatesWithoutWarningsOfLibraries() throws Exception {
        Ended ended = run(command("evomerge"), "validate", "../examples/maths-ja/experiment.yaml");
        assertThat(ended).isEqualTo(new Ended(0, "../examples/maths-ja/experiment.yaml: nothing is wrong.\n", ""));
    }

    @Test
    void isPluginOfKubectl() throws Exception {
        assertThat(run(command("kubectl-evomerge"), "watch", "--help").out())
                .startsWith("Usage: kubectl evomerge watch");
    }

    @Test
    void completesItself() throws Exception {
        Path script = Files.writeString(
                folder.resolve("completion"),
                run(command("evomerge"), "generate-completion").out());
        Ended completed = run(
                Path.of("/bin/bash"),
                "-c",
                ". " + script + "; COMP_WORDS=(evomerge va); COMP_CWORD=1; _complete_evomerge; echo ${COMPREPLY[@]}");
        assertThat(completed.out()).isEqualTo("validate\n");
    }

    @Test
    void startsFasterWithWhatTheJvmLearnt() throws Exception {
        Path copy = folder.resolve("evomerge");
        copy(DISTRIBUTION, copy);
        assertThat(run(copy.resolve("bin/evomerge-aot"), "--version").code()).isZero();
        assertThat(copy.resolve("lib/evomerge.aot")).isNotEmptyFile();
        assertThat(run(copy.resolve("bin/evomerge"), "--version")).isEqualTo(new Ended(0, "evomerge 0.1.0\n", ""));
    }

    @Test
    void saysWhichJavaItNeeds() throws Exception {
        Path home = Files.createDirectories(folder.resolve("jdk-21/bin")).getParent();
        Path java = Files.createFile(home.resolve("bin/java"));
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"somebody\"\nJAVA_VERSION=\"21.0.2\"\n");
        assertThat(run(home, command("evomerge"), "--version"))
                .isEqualTo(new Ended(
                        1,
                        "",
                        "evomerge: " + java.toRealPath()
                                + " is Java 21, expected 25 or later; set JAVA_HOME to one\n"));
    }

    private static Path command(String name) {
        return DISTRIBUTION.resolve("bin").resolve(name);
    }

    private Ended run(Path program, String... arguments) throws IOException, InterruptedException {
        return run(Path.of(System.getProperty("java.home")), program, arguments);
    }

    private Ended run(Path javaHome, Path program, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        assertThat(process.waitFor(LONG_ENOUGH)).as("%s ends", command).isTrue();
        return new Ended(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    }

    /** Links as links. */
    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(
                        file,
                        to.resolve(from.relativize(file)),
                        LinkOption.NOFOLLOW_LINKS,
                        StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
