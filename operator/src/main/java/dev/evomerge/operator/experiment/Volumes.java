package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The volumes that an experiment names by {@code pvc://} and {@code oci://}: each is mounted once, where {@link StorageUri#mountPoint} says. All are
 * for reading, but the claim of the output, and that only in pods that write there.
 */
final class Volumes {

    private static final String FOLDER = "/var/run/evomerge/volumes";

    /** The volumes by their mount points, so that their order is always the same. */
    private final SequencedMap<String, StorageUri> byMountPoint = new TreeMap<>();

    private final Optional<String> output;

    /** @param writing whether the pod writes to the output */
    Volumes(MergeExperimentSpec spec, boolean writing) {
        output = Optional.of(spec.output().uri())
                .filter(uri -> writing)
                .map(Volumes::parse)
                .flatMap(StorageUri::mountPoint);
        Stream.concat(
                        Manifests.modelUris(spec).values().stream(),
                        Stream.of(spec.output().uri()).filter(uri -> writing))
                .map(Volumes::parse)
                .forEach(uri -> uri.mountPoint().ifPresent(point -> byMountPoint.put(point, uri)));
    }

    /** The API server's rules have let it pass. */
    private static StorageUri parse(String uri) {
        try {
            return StorageUri.parse(uri);
        } catch (StorageException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Mounts all of them in a pod's first container. */
    void mount(PodSpec pod) {
        if (byMountPoint.isEmpty()) {
            return;
        }
        var container = pod.getContainers().getFirst();
        container.getEnv().add(new EnvVar(StorageAccess.VOLUMES, FOLDER, null));
        byMountPoint.forEach((point, uri) -> {
            String name = "volume-" + pod.getVolumes().size();
            boolean written = output.filter(point::equals).isPresent();
            pod.getVolumes().add(volume(name, uri));
            container
                    .getVolumeMounts()
                    .add(new VolumeMountBuilder()
                            .withName(name)
                            .withMountPath(FOLDER + "/" + point)
                            .withReadOnly(!written)
                            .build());
            if (written) {
                Jobs.ownedByGroup(pod);
            }
        });
    }

    private static Volume volume(String name, StorageUri uri) {
        var volume = new VolumeBuilder().withName(name);
        return uri.scheme().equals(StorageUri.IMAGE)
                ? volume.withNewImage("IfNotPresent", uri.bucket()).build()
                : volume.withNewPersistentVolumeClaim(uri.bucket(), false).build();
    }
}
