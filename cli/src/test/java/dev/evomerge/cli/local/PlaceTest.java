package dev.evomerge.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.Evaluation;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlaceTest {

    @Test
    void everyEvaluatorHasAGpuOfItsOwn() {
        assertThat(devices(3, 1, "0", "1", "2", "3")).containsExactly("0", "1", "2");
        assertThat(devices(8, 1, "4", "5")).containsExactly("4", "5");
    }

    @Test
    void severalGpusPerEvaluatorAreNeighbours() {
        assertThat(devices(3, 2, "0", "1", "2", "3", "4")).containsExactly("0,1", "2,3");
    }

    @Test
    void withoutEnoughGpusEvaluatorsComputeOnProcessors() {
        assertThat(Place.of(evaluation(2, 1), List.of()))
                .containsExactly(new Place(Optional.empty()), new Place(Optional.empty()));
        assertThat(Place.of(evaluation(2, 4), List.of("0", "1"))).hasSize(2).allMatch(place -> place.devices()
                .isEmpty());
    }

    @Test
    void theSurroundingsSayWhichGpusThereAre() {
        assertThat(Place.gpus(Map.of("CUDA_VISIBLE_DEVICES", "2,GPU-8f"))).containsExactly("2", "GPU-8f");
        assertThat(Place.gpus(Map.of("CUDA_VISIBLE_DEVICES", ""))).isEmpty();
    }

    private static List<String> devices(int parallelism, int each, String... gpus) {
        return Place.of(evaluation(parallelism, each), List.of(gpus)).stream()
                .map(place -> place.devices().orElseThrow())
                .toList();
    }

    private static Evaluation evaluation(int parallelism, int gpus) {
        return Serialization.unmarshal(
                "parallelism: " + parallelism + "\ntemplate: {resources: {limits: {nvidia.com/gpu: \"" + gpus + "\"}}}",
                Evaluation.class);
    }
}
