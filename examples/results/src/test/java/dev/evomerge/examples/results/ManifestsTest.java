package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.Sha256;
import dev.evomerge.crds.Evaluation.DataSet;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The manifests of the cases say what the table measures. */
class ManifestsTest {

    private static final Path EXAMPLES = Path.of("..");

    private static MergeExperiment manifest(CaseStudy study, String name) throws IOException {
        Path file = EXAMPLES.resolve(study.folder()).resolve(name + ".yaml");
        return Serialization.unmarshal(Files.readString(file), MergeExperiment.class);
    }

    private static SearchSpec searched(CaseStudy study, String name) throws IOException {
        var models = new HashMap<String, Facts.Model>();
        for (String model : study.specialists()) {
            models.put(model, new Facts.Model(study.layers(EXAMPLES), 1, Optional.empty()));
        }
        return SearchSpecs.of(manifest(study, name).getSpec(), Facts.of(models, Map.of(), "bfloat16", Map.of()));
    }

    @ParameterizedTest
    @EnumSource
    void pathsAndHybridAreThoseOfTheTable(CaseStudy study) throws IOException {
        var measured = new Study(study, null, study.layers(EXAMPLES), 1);
        assertThat(searched(study, "dfs").stages()).isEqualTo(measured.paths().stages());
        assertThat(searched(study, "hybrid").stages())
                .isEqualTo(measured.hybrid().stages());
    }

    @ParameterizedTest
    @EnumSource
    void everyManifestCanBeSearchedAndNamesItsData(CaseStudy study) throws IOException {
        for (String name : List.of("experiment", "dfs", "hybrid", "pareto")) {
            assertThat(new Search(searched(study, name)).next(List.of()))
                    .as(name)
                    .isInstanceOf(Step.Evaluate.class);
            var task = manifest(study, name).getSpec().evaluation().tasks().getFirst();
            for (DataSet data : Manifests.dataSets(task).values()) {
                String file = data.uri().substring(data.uri().indexOf(study.folder()));
                assertThat(data.sha256())
                        .as(data.uri())
                        .isEqualTo(Sha256.of(Files.readAllBytes(EXAMPLES.resolve(file))));
            }
        }
    }
}
