package dev.evomerge.operator.experiment;

import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.archive.StoredExport;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.preflight.InspectionNeededException;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.search.Step;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Looks at an experiment: at the cluster's caches, and at storage. */
final class Observer {

    private final KubernetesClient client;
    private final Experiments experiments;
    private final Clock clock;

    Observer(KubernetesClient client, Experiments experiments, Clock clock) {
        this.client = client;
        this.experiments = experiments;
        this.clock = clock;
    }

    Observed observe(
            MergeExperiment experiment,
            Collection<Job> jobs,
            Collection<Pod> pods,
            Collection<MergeGeneration> generations) {
        var cluster = new Observed(
                experiment,
                clock.instant(),
                List.copyOf(jobs),
                List.copyOf(pods),
                List.copyOf(generations),
                new Knowledge.Unread());
        if (cluster.deleted() || cluster.suspended() || Observed.ended(experiment)) {
            return cluster;
        }
        return new Observed(
                experiment, cluster.now(), cluster.jobs(), cluster.pods(), cluster.generations(), look(cluster));
    }

    private Knowledge look(Observed seen) {
        try {
            var opened = experiments.open(seen.experiment(), access(seen.experiment()));
            return read(seen, opened, opened.step(seen.experiment()));
        } catch (InspectionNeededException e) {
            return new Knowledge.Uninspected(e.inspection(), e.found());
        } catch (TroubleException e) {
            return new Knowledge.Blocked(e.trouble());
        } catch (ArchiveException e) {
            return new Knowledge.Blocked(new Trouble(Reason.HistoryDamaged, e.getMessage()));
        } catch (IOException e) {
            return new Knowledge.Blocked(new Trouble(Preflights.storageReason(e), e.getMessage()));
        }
    }

    private static Knowledge read(Observed seen, OpenExperiment opened, Step step)
            throws IOException, ArchiveException, TroubleException {
        Archive archive = opened.archive();
        Optional<StoredManifest> manifest = Optional.empty();
        Optional<Archive.Results> results = Optional.empty();
        Optional<Choice> choice = Optional.empty();
        Optional<StoredExport> export = Optional.empty();
        Optional<Knowledge.Exported> exported = Optional.empty();
        if (step instanceof Step.Evaluate(var batch)) {
            manifest = archive.manifest(batch.number());
            var ended = seen.job(Layout.batch(batch.number()))
                    .map(job -> new JobState(job, seen.pods(job)))
                    .filter(JobState::ended);
            if (manifest.isPresent() && ended.isPresent()) {
                results =
                        Optional.of(archive.results(manifest.get(), ended.get().reports()));
            }
        } else if (step instanceof Step.Finished finished) {
            choice = Optional.of(Choice.of(seen.spec(), finished));
            export = archive.export(choice.get().folder());
            var report = archive.exportReport(choice.get().folder());
            if (report.isPresent()) {
                String output = choice.get().output(seen.spec());
                exported =
                        Optional.of(new Knowledge.Exported(report.get(), exportProblems(output, opened, report.get())));
            }
        }
        return new Knowledge.Known(
                archive.uri(), opened.facts(), archive.batches(), step, manifest, results, choice, export, exported);
    }

    /** The model is too large to read again; that all of it is there is seen from the sizes, where it is not on a volume. */
    private static List<String> exportProblems(String wanted, OpenExperiment opened, ExportReport report)
            throws IOException, TroubleException {
        var problems = new ArrayList<String>();
        if (!report.output().equals(wanted)) {
            problems.add("the export report speaks of " + report.output() + ", expected " + wanted);
        }
        if (opened.stores().isForPodsOnly(wanted)) {
            return problems;
        }
        try (Storage output = opened.stores().open(wanted)) {
            long bytes = output.list("").stream().mapToLong(Storage.Entry::size).sum();
            if (bytes < report.bytes()) {
                problems.add(wanted + " holds " + bytes + " bytes, expected " + report.bytes()
                        + " as the export report says");
            }
        }
        return problems;
    }

    /** How to reach an experiment's stores: by its Secret, or with what the operator itself was given. */
    StorageAccess access(MergeExperiment experiment) throws TroubleException {
        String name = experiment.getSpec().storage().secretName();
        if (name == null) {
            return StorageAccess.fromEnvironment();
        }
        String namespace = experiment.getMetadata().getNamespace();
        Secret secret = client.secrets().inNamespace(namespace).withName(name).get();
        if (secret == null) {
            throw new TroubleException(
                    Reason.SecretNotFound,
                    "there is no Secret " + name + " in namespace " + namespace
                            + ", which spec.storage.secretName names");
        }
        var settings = new TreeMap<String, String>();
        Optional.ofNullable(secret.getData())
                .orElse(Map.of())
                .forEach((key, value) ->
                        settings.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        // A Secret is no way to name folders of the operator.
        settings.remove(StorageAccess.CREDENTIALS);
        return new StorageAccess(settings);
    }
}
