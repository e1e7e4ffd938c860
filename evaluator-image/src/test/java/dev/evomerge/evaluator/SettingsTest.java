package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.ContractException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void hasDefaultsForWhatMayBeLeftOut() {
        Settings settings = Settings.of(environment());
        assertThat(settings.mode()).isEqualTo(Settings.Mode.EVALUATE);
        assertThat(settings.shard()).isEqualTo(2);
        assertThat(settings.attempts()).isEqualTo(3);
        assertThat(settings.threads()).isPositive();
        assertThat(settings.batchSize()).isEmpty();
        assertThat(settings.concurrency()).isEmpty();
        assertThat(settings.terminationLog()).isEqualTo(Path.of("/dev/termination-log"));
    }

    @Test
    void needsNoIndexForAnExport() {
        Map<String, String> environment = environment("EVOMERGE_MODE", "export");
        environment.remove("JOB_COMPLETION_INDEX");
        assertThat(Settings.of(environment).mode()).isEqualTo(Settings.Mode.EXPORT);
    }

    @Test
    void namesTheVariableThatIsWrong() {
        assertRefused(
                environment("EVOMERGE_MODE", "train"),
                "EVOMERGE_MODE is 'train', expected evaluate, export or inspect");
        assertRefused(
                environment("EVOMERGE_THREADS", "0"), "EVOMERGE_THREADS is '0', expected a whole number of at least 1");
        assertRefused(environment("JOB_COMPLETION_INDEX", "x"), "JOB_COMPLETION_INDEX is 'x'");
        assertRefused(environment("JOB_COMPLETION_INDEX", ""), "JOB_COMPLETION_INDEX is not set");
        assertRefused(environment("EVOMERGE_MANIFEST", " "), "EVOMERGE_MANIFEST is not set");
        assertRefused(environment("EVOMERGE_MANIFEST_SHA256", ""), "EVOMERGE_MANIFEST_SHA256 is not set");
    }

    private static void assertRefused(Map<String, String> environment, String message) {
        assertThatThrownBy(() -> Settings.of(environment))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining(message);
    }

    private static Map<String, String> environment(String... changes) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "EVOMERGE_MANIFEST", "s3://results/e/g0003/manifest.json",
                "EVOMERGE_MANIFEST_SHA256", "0".repeat(64),
                "JOB_COMPLETION_INDEX", "2"));
        for (int i = 0; i < changes.length; i += 2) {
            environment.put(changes[i], changes[i + 1]);
        }
        return environment;
    }
}
