package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.InspectionReport;
import dev.evomerge.merge.Preflight;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at models and output on volumes, which the operator cannot mount, as its preflight does elsewhere. */
final class Inspection {

    private static final Logger LOG = LoggerFactory.getLogger(Inspection.class);

    private final InspectionManifest manifest;
    private final StorageAccess access;

    Inspection(InspectionManifest manifest, StorageAccess access) {
        this.manifest = manifest;
        this.access = access;
    }

    /**
     * Looks, and writes what it has found.
     *
     * @throws IOException if the report cannot be written
     */
    void run() throws IOException {
        Preflight preflight = Preflight.ofModels(manifest.models(), manifest.base(), access);
        InspectionReport report = new InspectionReport(
                CandidateManifest.API_VERSION,
                models(preflight),
                preflight.problems().stream()
                        .map(problem -> new InspectionReport.Problem(
                                problem.model(), problem.where(), problem.found(), problem.expected()))
                        .toList(),
                manifest.output().flatMap(this::refusal));
        LOG.info(
                "{} models={} problems={}",
                manifest.experiment(),
                report.models().size(),
                report.problems().size());
        StorageUri uri = StorageUri.parse(manifest.report());
        try (Storage reports = Storages.open(uri.parent(), access)) {
            reports.put(uri.name(), ContractJson.bytes(report));
        }
    }

    private Map<String, InspectionReport.Model> models(Preflight preflight) throws IOException {
        var models = new TreeMap<String, InspectionReport.Model>();
        for (var known : preflight.models().entrySet()) {
            Preflight.Model model = known.getValue();
            models.put(
                    known.getKey(),
                    new InspectionReport.Model(
                            model.layers(),
                            model.parameters(),
                            model.bytes(),
                            model.cacheWidth(),
                            model.dtype(),
                            texts(manifest.models().get(known.getKey()))));
        }
        return models;
    }

    private Map<String, String> texts(String uri) throws IOException {
        var texts = new TreeMap<String, String>();
        try (Storage model = Storages.open(StorageUri.parse(uri), access)) {
            for (String file : manifest.texts()) {
                if (model.size(file).isPresent()) {
                    texts.put(file, new String(model.read(file), UTF_8));
                }
            }
        }
        return texts;
    }

    /** Why a folder cannot be written to, if it cannot. */
    private Optional<String> refusal(String uri) {
        try (Storage output = Storages.open(StorageUri.parse(uri), access)) {
            output.checkWritable();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }
}
