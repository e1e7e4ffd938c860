package dev.evomerge.operator.metrics;

import dev.evomerge.operator.Settings;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Whether this pod works, as {@code evomerge_leader}: without an election it always does. */
@Startup
@Singleton
public final class Leadership {

    private volatile boolean leads;

    @Inject
    public Leadership(Settings settings, MeterRegistry registry) {
        leads = !settings.leaderElection();
        Gauge.builder("evomerge.leader", this, leadership -> leadership.leads ? 1 : 0)
                .description("1 in the pod that works, 0 in one that stands by")
                .strongReference(true)
                .register(registry);
    }

    /** What an election tells. A lost Lease ends the process; where it is ending already, that changes nothing. */
    public LeaderCallbacks callbacks() {
        return new LeaderCallbacks(() -> leads = true, this::lost, leader -> {});
    }

    private void lost() {
        leads = false;
        Quarkus.asyncExit(1);
    }
}
