package dev.evomerge.operator.experiment;

import dev.evomerge.contract.Sha256;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.page.ReportPage;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.report.ExperimentFacts.Timing;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what was decided. Everything can be done twice: what is there already is left as it is. */
final class Actor {

    /** The field owner of what the operator applies. */
    static final String FIELD_MANAGER = "evomerge";

    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern MODEL_FILE =
            Pattern.compile("[^/]+\\.(safetensors|json|jinja|model|txt|md|ya?ml|py|html)");
    private static final int LONGEST_NOTE = 1024;

    private final KubernetesClient client;
    private final Experiments experiments;
    private final Observer observer;
    private final Clock clock;

    Actor(KubernetesClient client, Experiments experiments, Observer observer, Clock clock) {
        this.client = client;
        this.experiments = experiments;
        this.observer = observer;
        this.clock = clock;
    }

    /**
     * Does everything in order.
     *
     * @throws TroubleException if storage or the API server refuses something for a reason that a user can change
     */
    void act(MergeExperiment experiment, List<Action> actions) throws TroubleException {
        for (Action action : actions) {
            try {
                act(experiment, action);
            } catch (ArchiveException e) {
                throw new TroubleException(Reason.HistoryDamaged, e.getMessage());
            } catch (IOException e) {
                throw new TroubleException(Preflights.storageReason(e), e.getMessage());
            }
        }
    }

    private void act(MergeExperiment experiment, Action action) throws IOException, ArchiveException, TroubleException {
        LOG.debug(
                "{}/{}: {}",
                experiment.getMetadata().getNamespace(),
                experiment.getMetadata().getName(),
                action);
        switch (action) {
            case Action.PutManifest(int batch, var manifest) ->
                opened(experiment).archive().putManifest(batch, manifest);
            case Action.RecordBatch(var batch, var manifest, var results) -> {
                var opened = opened(experiment);
                opened.archive().record(batch, manifest, results, experiment.getSpec(), opened.facts());
            }
            case Action.DiscardDamaged(var damaged) ->
                opened(experiment).archive().discard(damaged);
            case Action.PutExport(String folder, var manifest) ->
                opened(experiment).archive().putExport(folder, manifest);
            case Action.DiscardExport(String folder) ->
                opened(experiment).archive().discardExportReport(folder);
            case Action.WritePage() -> writePage(experiment);
            case Action.CreateJob(var job) -> create(job);
            case Action.DeleteJob(String name) ->
                client.batch()
                        .v1()
                        .jobs()
                        .inNamespace(experiment.getMetadata().getNamespace())
                        .withName(name)
                        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                        .delete();
            case Action.SuspendJob(String name) ->
                patch(
                        experiment,
                        name,
                        "{\"metadata\":{\"annotations\":{\"" + Labels.SUSPENDED
                                + "\":\"true\"}},\"spec\":{\"suspend\":true}}");
            case Action.ResumeJob(String name) ->
                patch(
                        experiment,
                        name,
                        "{\"metadata\":{\"annotations\":{\"" + Labels.SUSPENDED
                                + "\":null}},\"spec\":{\"suspend\":false}}");
            case Action.SetParallelism(String name, int parallelism) ->
                patch(experiment, name, "{\"spec\":{\"parallelism\":" + parallelism + "}}");
            case Action.ShowGeneration(var generation) -> show(generation);
            case Action.DeleteGeneration(String name) ->
                client.resources(MergeGeneration.class)
                        .inNamespace(experiment.getMetadata().getNamespace())
                        .withName(name)
                        .delete();
            case Action.SetFinalizer(boolean present) -> setFinalizer(experiment, present);
            case Action.DeleteResults() -> deleteResults(experiment);
            case Action.Announce announce -> announce(experiment, announce);
        }
    }

    private OpenExperiment opened(MergeExperiment experiment) throws TroubleException {
        return experiments.open(experiment, observer.access(experiment));
    }

    /** To the history, and beside the model where there is one. */
    private void writePage(MergeExperiment experiment) {
        try {
            var opened = opened(experiment);
            var started =
                    Optional.ofNullable(Observed.status(experiment).startTime()).map(Instant::parse);
            ReportPage.write(
                    experiment, opened, Optional.empty(), new Timing(started, clock.instant(), Optional.empty()));
        } catch (IOException | ArchiveException | TroubleException e) {
            announce(
                    experiment,
                    new Action.Announce(
                            true, "ReportNotWritten", String.valueOf(e.getMessage()), Map.of("why", e.toString())));
        }
    }

    private void create(io.fabric8.kubernetes.api.model.batch.v1.Job job) throws TroubleException {
        try {
            client.resource(job).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return;
            }
            if (e.getCode() >= 400 && e.getCode() < 500 && e.getCode() != 429) {
                throw new TroubleException(
                        Reason.JobRefused,
                        "the API server refuses Job " + job.getMetadata().getName() + ": "
                                + (e.getStatus() == null
                                        ? e.getMessage()
                                        : e.getStatus().getMessage()));
            }
            throw e;
        }
    }

    private void patch(MergeExperiment experiment, String job, String patch) {
        client.batch()
                .v1()
                .jobs()
                .inNamespace(experiment.getMetadata().getNamespace())
                .withName(job)
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    /** Resource and status are applied one after the other: the first ignores the status. */
    private void show(MergeGeneration generation) {
        client.resource(generation).fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
        client.resource(generation)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(FIELD_MANAGER)
                        .withForce(true)
                        .build());
    }

    private void setFinalizer(MergeExperiment experiment, boolean present) {
        var finalizers = new java.util.ArrayList<>(experiment.getMetadata().getFinalizers());
        if (present) {
            finalizers.add(Draft.FINALIZER);
        } else {
            finalizers.remove(Draft.FINALIZER);
        }
        String list =
                finalizers.stream().map(name -> "\"" + name + "\"").collect(java.util.stream.Collectors.joining(","));
        // With the version that was seen, so that nobody else's change is lost.
        client.resources(MergeExperiment.class)
                .inNamespace(experiment.getMetadata().getNamespace())
                .withName(experiment.getMetadata().getName())
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"resourceVersion\":\""
                                + experiment.getMetadata().getResourceVersion() + "\",\"finalizers\":[" + list + "]}}");
    }

    /**
     * Removes history and model. Where the Secret that would be needed is gone, as it is when a whole namespace is deleted, they stay: an experiment
     * that could never go would be worse.
     */
    private void deleteResults(MergeExperiment experiment) throws IOException, ArchiveException, TroubleException {
        try {
            var opened = opened(experiment);
            for (var report : opened.archive().exportReports()) {
                if (!opened.stores().isForPodsOnly(report.output())) {
                    deleteModel(opened, report.output());
                }
            }
            opened.archive().delete();
        } catch (TroubleException e) {
            if (e.trouble().reason() != Reason.SecretNotFound) {
                throw e;
            }
            LOG.warn(
                    "the results of {}/{} stay in {}: {}",
                    experiment.getMetadata().getNamespace(),
                    experiment.getMetadata().getName(),
                    experiment.getSpec().storage().uri(),
                    e.getMessage());
        }
        experiments.forget(experiment.getMetadata().getUid());
    }

    /** Only what a model's folder consists of: the user may keep other things there. */
    private static void deleteModel(OpenExperiment opened, String uri) throws IOException, TroubleException {
        try (var output = opened.stores().open(uri)) {
            for (var entry : output.list("")) {
                if (MODEL_FILE.matcher(entry.path()).matches()) {
                    output.delete(entry.path());
                }
            }
        }
    }

    /** The name is made from what makes the Event unique, so that the same one is made once. */
    private void announce(MergeExperiment experiment, Action.Announce announce) {
        var metadata = experiment.getMetadata();
        String key = metadata.getUid() + announce.reason() + new TreeMap<>(announce.labels());
        String digest = Sha256.of(key.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        String note = announce.message();
        var event = new EventBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(metadata.getName() + "." + digest)
                        .withNamespace(metadata.getNamespace())
                        .build())
                .withEventTime(new MicroTime(MICROSECONDS.format(clock.instant())))
                .withType(announce.warning() ? "Warning" : "Normal")
                .withReason(announce.reason())
                .withAction("Reconcile")
                .withNote(note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE - 2) + " …")
                .withReportingController("evomerge.dev/operator")
                .withReportingInstance(System.getenv().getOrDefault("POD_NAME", "evomerge"))
                .withNewRegarding()
                .withApiVersion(experiment.getApiVersion())
                .withKind(experiment.getKind())
                .withNamespace(metadata.getNamespace())
                .withName(metadata.getName())
                .withUid(metadata.getUid())
                .endRegarding()
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                LOG.warn(
                        "the event {} of {} could not be made: {}",
                        announce.reason(),
                        metadata.getName(),
                        e.getMessage());
            }
        }
    }
}
