package dev.evomerge.operator;

import dev.evomerge.operator.experiment.ExperimentReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.Operator;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * Registers the reconciler in place of the Quarkus extension, whose configuration drops {@code triggerReconcilerOnAllEvents} of the annotation: without
 * it the reconciler is not told that an experiment is being deleted, and one that waits for its results to be removed would wait for ever.
 */
final class Registration {

    @Produces
    @Singleton
    Operator operator(QuarkusConfigurationService service, ExperimentReconciler reconciler) {
        var operator = new Operator(service);
        operator.register(reconciler, new ToldOfDeletion<>(service.getConfigurationFor(reconciler), service));
        return operator;
    }

    private static final class ToldOfDeletion<P extends HasMetadata> extends QuarkusControllerConfiguration<P> {

        ToldOfDeletion(QuarkusControllerConfiguration<P> built, QuarkusConfigurationService service) {
            super(
                    built.getInformerConfig(),
                    built.getName(),
                    built.isGenerationAware(),
                    built.getAssociatedReconcilerClassName(),
                    built.getRetry(),
                    built.getRateLimiter(),
                    built.maxReconciliationInterval().orElseThrow(),
                    built.getFinalizerName(),
                    built.fieldManager(),
                    built.getWorkflow(),
                    built.getResourceTypeName(),
                    built.getResourceClass());
            setParent(service);
        }

        @Override
        public boolean triggerReconcilerOnAllEvents() {
            return true;
        }
    }
}
