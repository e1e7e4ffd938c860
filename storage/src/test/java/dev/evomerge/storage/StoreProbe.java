package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Uses a store from a process of its own, for what only a process's environment decides: a proxy. */
final class StoreProbe {

    private StoreProbe() {}

    /** Writes, reads and lists an object below the URI; prints what was found, or the reason and message of what went wrong. */
    public static void main(String[] arguments) throws IOException {
        try (Storage storage = Storages.open(StorageUri.parse(arguments[0]), new StorageAccess(System.getenv()))) {
            storage.put("probe", "there".getBytes(UTF_8));
            System.out.println(new String(storage.read("probe"), UTF_8) + " " + storage.list(""));
        } catch (StorageException e) {
            System.out.println(e.reason() + " " + e.getMessage());
        }
    }

    /** Runs it with the settings and more of the environment. */
    static String run(String uri, StorageAccess access, Map<String, String> environment)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                StoreProbe.class.getName(),
                uri));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(access.settings());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return said;
    }
}
