package dev.evomerge.cli.local;

import dev.evomerge.crds.Evaluation;
import dev.evomerge.experiment.spec.Manifests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where an evaluator may run on this machine.
 *
 * @param devices the GPUs that it sees, as in {@code CUDA_VISIBLE_DEVICES}; empty: all that there are, or none
 */
record Place(Optional<String> devices) {

    /**
     * As many as {@code parallelism} says; where there are GPUs, each with its own.
     *
     * @param gpus as CUDA names them
     */
    static List<Place> of(Evaluation evaluation, List<String> gpus) {
        int each = Math.max(1, Manifests.gpusPerPod(evaluation));
        if (gpus.size() < each) {
            return IntStream.range(0, evaluation.parallelism())
                    .mapToObj(i -> new Place(Optional.empty()))
                    .toList();
        }
        return IntStream.range(0, Math.min(evaluation.parallelism(), gpus.size() / each))
                .mapToObj(i -> new Place(Optional.of(String.join(",", gpus.subList(i * each, (i + 1) * each)))))
                .toList();
    }

    /**
     * The GPUs that this process may use.
     *
     * @param surroundings its environment: {@code CUDA_VISIBLE_DEVICES} counts, or else the devices that there are
     */
    static List<String> gpus(Map<String, String> surroundings) {
        String visible = surroundings.get("CUDA_VISIBLE_DEVICES");
        if (visible != null) {
            return visible.isBlank() ? List.of() : List.of(visible.split(","));
        }
        var gpus = new ArrayList<String>();
        while (Files.exists(Path.of("/dev/nvidia" + gpus.size()))) {
            gpus.add(String.valueOf(gpus.size()));
        }
        return gpus;
    }
}
