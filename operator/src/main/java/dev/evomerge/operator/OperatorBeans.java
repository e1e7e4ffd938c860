package dev.evomerge.operator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import dev.evomerge.operator.metrics.Leadership;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.quarkus.arc.lookup.LookupIfProperty;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What is made for injection. */
final class OperatorBeans {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    /** Ours say what matters; the framework's would have the names of resources as labels, or dozens of buckets. */
    @Produces
    @Singleton
    Metrics metrics() {
        return Metrics.NOOP;
    }

    /**
     * In an upgrade the CRDs come first, so an operator may meet fields that it does not know: a single one would end its watch, and with it
     * every experiment.
     */
    @Produces
    @Singleton
    KubernetesClientObjectMapperCustomizer unknownFields() {
        return mapper -> mapper.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    /** A lost Lease ends the process: Kubernetes starts it anew as a stand-by. */
    @Produces
    @Singleton
    @LookupIfProperty(name = "evomerge.leader-election", stringValue = "true")
    LeaderElectionConfiguration leaderElection(
            Settings settings,
            @ConfigProperty(name = "POD_NAMESPACE", defaultValue = "default") String namespace,
            @ConfigProperty(name = "POD_NAME", defaultValue = "operator") String pod,
            Leadership leadership) {
        return new LeaderElectionConfiguration(
                settings.leaseName(),
                namespace,
                LeaderElectionConfiguration.LEASE_DURATION_DEFAULT_VALUE,
                LeaderElectionConfiguration.RENEW_DEADLINE_DEFAULT_VALUE,
                LeaderElectionConfiguration.RETRY_PERIOD_DEFAULT_VALUE,
                pod,
                leadership.callbacks(),
                // The framework's own exit would wait for ever for a shutdown that has begun: a pod that is told to end
                // would be killed at last.
                false);
    }
}
