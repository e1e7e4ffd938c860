package dev.evomerge.operator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the operator is told, as {@code EVOMERGE_*} in its environment. */
@ConfigMapping(prefix = "evomerge")
public interface Settings {

    /** The evaluator image where an experiment names none: {@code EVOMERGE_EVALUATOR_IMAGE}. */
    String evaluatorImage();

    /** Whether a Lease decides which of several operator pods works: {@code EVOMERGE_LEADER_ELECTION}. */
    @WithDefault("false")
    boolean leaderElection();

    /** The Lease's name: {@code EVOMERGE_LEASE_NAME}. */
    @WithDefault("evomerge")
    String leaseName();

    /**
     * Whether experiments may use {@code file:///}: {@code EVOMERGE_ALLOW_FILE_URIS}. In a cluster it would be the operator's own file system that
     * users read and write.
     */
    @WithDefault("false")
    boolean allowFileUris();
}
