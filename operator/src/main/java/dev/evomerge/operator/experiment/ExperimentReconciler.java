package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.operator.Settings;
import dev.evomerge.operator.metrics.ExperimentMetrics;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Reconciles experiments: observes, decides, acts, and writes the status where it has changed. */
@ControllerConfiguration(
        name = "experiments",
        fieldManager = Actor.FIELD_MANAGER,
        triggerReconcilerOnAllEvents = true,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 3, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 120_000)
public final class ExperimentReconciler implements Reconciler<MergeExperiment> {

    /** How often is decided in a row before other experiments have their turn. */
    private static final int MOST_ROUNDS = 16;

    private final Experiments experiments;
    private final Observer observer;
    private final Decision decision;
    private final Actor actor;
    private final Clock clock;
    private final ExperimentMetrics metrics;
    private final MeterRegistry registry;

    @Inject
    public ExperimentReconciler(
            KubernetesClient client,
            Settings settings,
            Clock clock,
            ExperimentMetrics metrics,
            MeterRegistry registry) {
        this.experiments = new Experiments(settings.allowFileUris());
        this.observer = new Observer(client, experiments, clock);
        this.decision = new Decision(new Jobs(settings.evaluatorImage()));
        this.actor = new Actor(client, experiments, observer, clock);
        this.clock = clock;
        this.metrics = metrics;
        this.registry = registry;
    }

    @Override
    public List<EventSource<?, MergeExperiment>> prepareEventSources(EventSourceContext<MergeExperiment> context) {
        return List.of(
                owned(Job.class, Labels.SELECTOR, context),
                owned(Pod.class, Labels.SELECTOR, context),
                owned(MergeGeneration.class, Labels.EXPERIMENT, context));
    }

    private static <R extends HasMetadata> EventSource<R, MergeExperiment> owned(
            Class<R> type, String selector, EventSourceContext<MergeExperiment> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(type, MergeExperiment.class)
                        .withLabelSelector(selector)
                        .withNamespacesInheritedFromController()
                        .withSecondaryToPrimaryMapper(resource -> Set.of(new ResourceID(
                                resource.getMetadata().getLabels().get(Labels.EXPERIMENT),
                                resource.getMetadata().getNamespace())))
                        .build(),
                context);
    }

    @Override
    public UpdateControl<MergeExperiment> reconcile(MergeExperiment experiment, Context<MergeExperiment> context) {
        if (context.isPrimaryResourceDeleted()) {
            experiments.forget(experiment.getMetadata().getUid());
            metrics.forget(experiment.getMetadata().getUid());
            return UpdateControl.noUpdate();
        }
        if (experiment.getStatus() == null && experiment.getMetadata().getDeletionTimestamp() == null) {
            // At once, before the preflight has read anything: without conditions a resource counts as ready.
            return UpdateControl.patchStatus(withStatus(experiment, preparing(experiment)))
                    .rescheduleAfter(Duration.ofMillis(1));
        }
        var sample = Timer.start(registry);
        String outcome = "error";
        Plan plan;
        try {
            plan = work(experiment, context);
            outcome = "done";
        } finally {
            sample.stop(registry.timer("evomerge.reconcile", "outcome", outcome));
        }
        if (Observed.ended(experiment)) {
            experiments.forget(experiment.getMetadata().getUid());
        }
        UpdateControl<MergeExperiment> control = Objects.equals(plan.status(), Observed.status(experiment))
                ? UpdateControl.noUpdate()
                : UpdateControl.patchStatus(withStatus(experiment, plan.status()));
        plan.again().ifPresent(control::rescheduleAfter);
        return control;
    }

    private MergeExperimentStatus preparing(MergeExperiment experiment) {
        var seen = new Observed(experiment, clock.instant(), List.of(), List.of(), List.of(), new Knowledge.Unread());
        return new Draft(seen)
                .at(new Trouble(Reason.Preparing, "models and questions are checked"))
                .status();
    }

    private Plan work(MergeExperiment experiment, Context<MergeExperiment> context) {
        Plan plan = null;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Observed seen = observer.observe(
                    experiment,
                    context.getSecondaryResources(Job.class),
                    context.getSecondaryResources(Pod.class),
                    context.getSecondaryResources(MergeGeneration.class));
            plan = registry.timer("evomerge.decide").record(() -> decision.decide(seen));
            try {
                actor.act(experiment, plan.actions());
            } catch (TroubleException e) {
                plan = new Draft(seen).at(e.trouble(), Decision.RETRY);
            }
            metrics.saw(sight(seen, plan));
            if (!plan.more()) {
                return plan;
            }
        }
        return new Plan(List.of(), plan.status(), false, Optional.of(Duration.ZERO));
    }

    private static ExperimentMetrics.Sight sight(Observed seen, Plan plan) {
        return new ExperimentMetrics.Sight(
                seen.experiment(),
                plan.status(),
                seen.knowledge() instanceof Knowledge.Known known ? Optional.of(known.batches()) : Optional.empty(),
                seen.jobs(),
                seen.pods(),
                seen.generations());
    }

    @Override
    public ErrorStatusUpdateControl<MergeExperiment> updateErrorStatus(
            MergeExperiment experiment, Context<MergeExperiment> context, Exception error) {
        if (context.isPrimaryResourceDeleted()) {
            return ErrorStatusUpdateControl.noStatusUpdate();
        }
        var seen = new Observed(experiment, clock.instant(), List.of(), List.of(), List.of(), new Knowledge.Unread());
        var plan = new Draft(seen).at(new Trouble(Reason.InternalError, String.valueOf(error)));
        return Objects.equals(plan.status(), Observed.status(experiment))
                ? ErrorStatusUpdateControl.noStatusUpdate()
                : ErrorStatusUpdateControl.patchStatus(withStatus(experiment, plan.status()));
    }

    /** Only what the operator owns is applied. */
    private static MergeExperiment withStatus(MergeExperiment experiment, MergeExperimentStatus status) {
        var applied = new MergeExperiment();
        applied.setMetadata(new ObjectMetaBuilder()
                .withName(experiment.getMetadata().getName())
                .withNamespace(experiment.getMetadata().getNamespace())
                .withUid(experiment.getMetadata().getUid())
                .build());
        applied.setStatus(status);
        return applied;
    }
}
