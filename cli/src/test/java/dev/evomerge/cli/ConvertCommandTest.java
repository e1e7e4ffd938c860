package dev.evomerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.crds.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {

    @TempDir
    Path folder;

    private Path config;
    private Path manifest;

    @BeforeEach
    void paths() {
        config = folder.resolve("evolve.yml");
        manifest = folder.resolve("evolve.yaml");
    }

    @Test
    void whatIsWrittenIsWhatTheConfigurationSays() throws IOException {
        Files.writeString(config, """
                genome:
                  models: [org/Maths-7B.v1, ./local/japanese]
                  merge_method: dare_ties
                  base_model: org/base-7b@abc123
                  layer_granularity: 8
                  allow_negative_weights: true
                  int8_mask: true
                tasks:
                  - {name: mgsm_direct_ja, metric: "exact_match,remove_whitespace", weight: 1}
                limit: 200
                num_fewshot: 4
                """);
        assertThat(CommandRun.of("convert", config, "-o", manifest, "--max-fevals", 64))
                .isEqualTo(new CommandRun(0, "", ""));
        var spec = ExperimentManifest.read(manifest)
                .onThisMachine(Map.of())
                .experiment()
                .getSpec();
        assertThat(spec.models())
                .extracting(model -> model.name() + " " + model.uri())
                .containsExactly(
                        "maths-7b-v1 hf://org/Maths-7B.v1", "japanese file://" + folder.resolve("local/japanese"));
        assertThat(spec.base().uri()).isEqualTo("hf://org/base-7b@abc123");
        Stage stage = spec.stages().getFirst();
        assertThat(stage.parameterSpace().method()).isEqualTo(Stage.Method.dare_ties);
        assertThat(stage.parameterSpace().layersPerGroup()).isEqualTo(8);
        assertThat(stage.parameterSpace().weight()).isEqualTo(new Stage.Bounds("-1", "1"));
        assertThat(stage.parameterSpace().normalize())
                .as("what mergekit does where the configuration is silent")
                .isTrue();
        assertThat(stage.budget().evaluations()).isEqualTo(64);
        assertThat(spec.objectives()).extracting(objective -> objective.task()).containsExactly("mgsm-direct-ja");
        assertThat(Files.readString(manifest)).contains("limit: 200", "num_fewshot: 4", "chat: {}");
    }

    @Test
    void severalTasksBecomeObjectivesAndFiltersKindsOfTensors() throws IOException {
        Files.writeString(config, """
                genome:
                  models: [a/b, c/d]
                  merge_method: task_arithmetic
                  base_model: e/f
                  filters: [self_attn, mlp]
                tasks:
                  - {name: mgsm_ja, metric: "exact_match,flexible-extract", weight: 2}
                  - {name: 5digits, metric: exact_match, weight: -1}
                """);
        assertThat(CommandRun.of("convert", config, "-o", manifest).err()).isEmpty();
        var spec = ExperimentManifest.read(manifest)
                .onThisMachine(Map.of())
                .experiment()
                .getSpec();
        assertThat(spec.objectives())
                .extracting(objective -> objective.name() + " " + objective.task() + " " + objective.goal())
                .containsExactly("mgsm-ja mgsm-ja Maximize", "task-5digits 5digits Minimize");
        assertThat(spec.stages().getFirst().algorithm().nsga2()).isNotNull();
        assertThat(spec.stages().getFirst().parameterSpace().tensorKinds())
                .containsExactly(Stage.TensorKind.Attention, Stage.TensorKind.Mlp);
        assertThat(Files.readString(manifest)).contains("weighted 2.0, -1.0");
    }

    @Test
    void whatIsNotSupportedIsRefusedByNameAndPlaceAllAtOnce() throws IOException {
        Files.writeString(config, """
                genome:
                  models:
                    - a/b
                    - a/c+x/lora
                  merge_method: slerp
                  filters:
                    - q_proj
                  smooth: true
                  tokenizer_source: union
                tasks:
                  - hellaswag
                  - name: arc_easy
                    metric: acc_norm,none
                random_init: true
                """);
        CommandRun run = CommandRun.of("convert", config, "-o", manifest);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().replace(config.toString(), "F"))
                .contains("F line 4: genome.models[1]: 'a/c+x/lora' adds an adapter")
                .contains("F line 5: genome.merge_method: 'slerp' cannot be searched, expected one of [dare_ties,")
                .contains("F line 7: genome.filters[0]: 'q_proj' is not supported, expected one of [embed_tokens,")
                .contains("F line 8: genome.smooth: ")
                .contains("F line 9: genome.tokenizer_source: 'union' is not supported")
                .contains(
                        "F line 11: tasks[0]: the metric 'acc,none', which is mergekit-evolve's default, of task 'hellaswag'")
                .contains("F line 13: tasks[1].metric: the metric 'acc_norm,none' of task 'arc_easy'")
                .contains("F line 14: random_init: ");
        assertThat(manifest).doesNotExist();
    }

    @Test
    void misspeltKeyIsNoDefault() throws IOException {
        Files.writeString(config, "genome: {models: [a/b, c/d], merge_method: linear, layer_granulariti: 8}\n");
        assertThat(CommandRun.of("convert", config).err())
                .contains("genome.layer_granulariti: mergekit-evolve has no such key, expected one of [allow_negative");
    }
}
