package dev.evomerge.operator;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An experiment, {@code team/example}, and what a cluster could show of it. */
public final class Example {

    private Example() {}

    /** {@code src/test/resources/experiment.yaml}, as it would be in a cluster with object storage. */
    public static MergeExperiment experiment() {
        try {
            String text = Files.readString(Path.of("src/test/resources/experiment.yaml"))
                    .replace("file://EXAMPLE", "s3://example")
                    .replace("file://FOLDER/output", "s3://results/model")
                    .replace("file://FOLDER", "s3://results");
            var experiment = Serialization.unmarshal(text, MergeExperiment.class);
            experiment.getMetadata().setNamespace("team");
            experiment.getMetadata().setUid("uid");
            experiment.getMetadata().setGeneration(1L);
            return experiment;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A status that says nothing but this. */
    public static MergeExperimentStatus status(
            MergeExperimentStatus.State state,
            String batch,
            MergeExperimentStatus.Evaluations evaluations,
            List<Condition> conditions) {
        return new MergeExperimentStatus(
                1L,
                state,
                batch,
                null,
                evaluations,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                conditions);
    }

    /** An evaluator pod, whose name is its UID, with its container's state. */
    public static PodBuilder pod(String uid, String phase, ContainerState state) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(uid)
                .withUid(uid)
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .addNewContainerStatus()
                .withName("evaluator")
                .withState(state)
                .endContainerStatus()
                .endStatus();
    }
}
