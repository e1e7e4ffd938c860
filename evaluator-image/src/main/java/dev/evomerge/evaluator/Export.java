package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.merge.ModelWriter;
import dev.evomerge.merge.ModelWriter.Written;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the winner as a model folder, then the report. An export that was cut off is done again from the start. */
final class Export {

    private static final Logger LOG = LoggerFactory.getLogger(Export.class);

    private final ExportManifest manifest;
    private final StorageAccess access;
    private final int threads;

    Export(ExportManifest manifest, StorageAccess access, int threads) {
        this.manifest = manifest;
        this.access = access;
        this.threads = threads;
    }

    ExportReport run() throws IOException {
        StorageUri report = StorageUri.parse(manifest.report());
        try (Storage reports = Storages.open(report.parent(), access)) {
            if (reports.size(report.name()).isPresent()) {
                LOG.info("{} is there already", report);
                return ContractJson.read(reports.read(report.name()), ExportReport.class, report.toString());
            }
            // A model that lies at the output before the first attempt is not ours to replace; later it is what an
            // attempt has left.
            boolean first = reports.putIfAbsent(
                    report.name() + ".started", manifest.output().getBytes(UTF_8));
            ExportReport written = write(!first);
            reports.put(report.name(), ContractJson.bytes(written));
            return written;
        }
    }

    private ExportReport write(boolean replace) throws IOException {
        Recipe recipe = manifest.recipe();
        try (Sources sources = Sources.open(manifest.models(), Set.of(recipe), access, threads);
                Storage output = Storages.open(StorageUri.parse(manifest.output()), access)) {
            Map<String, TensorSource> models = new HashMap<>();
            Map<String, String> origins = new HashMap<>();
            for (String name : sources.names()) {
                models.put(name, sources.source(name));
                manifest.models().get(name).uri().ifPresent(uri -> origins.put(name, uri));
            }
            ModelWriter.Options defaults = ModelWriter.Options.defaults();
            Written written = ModelWriter.write(
                    recipe,
                    models,
                    output,
                    "",
                    new ModelWriter.Options(threads, defaults.maxShardBytes(), replace, true, origins, Map.of())
                            .withDtype(DType.ofTorchName(manifest.dtype()).orElseThrow())
                            .withNotes(ScoreTable.of(manifest) + stages(sources)));
            LOG.info(
                    "{} bytes={} sha256={}",
                    manifest.output(),
                    written.bytes(),
                    written.sha256().orElseThrow());
            return new ExportReport(
                    CandidateManifest.API_VERSION,
                    manifest.experiment(),
                    manifest.candidate(),
                    manifest.output(),
                    written.sha256().orElseThrow(),
                    written.bytes());
        }
    }

    /** How the models were made that the recipe builds on, as Markdown. */
    private String stages(Sources sources) {
        StringBuilder text = new StringBuilder();
        for (String name : sources.names()) {
            manifest.models().get(name).recipe().ifPresent(recipe -> text.append("\n## `")
                    .append(name)
                    .append("`\n\nA model of the recipe below, made from the sources by\n\n```yaml\n")
                    .append(RecipeFormat.toYaml(recipe).stripTrailing())
                    .append("\n```\n"));
        }
        return text.toString();
    }
}
