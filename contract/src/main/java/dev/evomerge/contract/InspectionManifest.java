package dev.evomerge.contract;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod is asked to look at where models or output lie on volumes, which only pods see. It reads headers and configurations, computes nothing,
 * and so needs no GPU.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param experiment the experiment, {@code namespace/name}
 * @param models     the folders of all models by name, the base included
 * @param base       the base's name, where there is one
 * @param texts      files of each model that are wanted as they are, as far as they are there: those that conversations are written by
 * @param output     the folder of the exported model, if that is on a volume: it is tried whether it can be written to
 * @param report     URI of the {@link InspectionReport}
 */
public record InspectionManifest(
        String apiVersion,
        String experiment,
        Map<String, String> models,
        Optional<String> base,
        List<String> texts,
        Optional<String> output,
        String report) {

    public InspectionManifest {
        models = Map.copyOf(models);
        texts = List.copyOf(texts);
    }
}
