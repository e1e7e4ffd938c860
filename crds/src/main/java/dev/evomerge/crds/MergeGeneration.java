package dev.evomerge.crds;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One batch of candidates, as a window on the search. Written by the operator; the last few are kept. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Kind("MergeGeneration")
@Singular("mergegeneration")
@Plural("mergegenerations")
@ShortNames("mg")
@AdditionalPrinterColumn(name = "Experiment", jsonPath = ".spec.experiment")
@AdditionalPrinterColumn(name = "Kind", jsonPath = ".spec.kind")
@AdditionalPrinterColumn(name = "State", jsonPath = ".status.state")
@AdditionalPrinterColumn(
        name = "Candidates",
        jsonPath = ".spec.candidates",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Scored", jsonPath = ".status.scored", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Failed", jsonPath = ".status.failed", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Best", jsonPath = ".status.best.score")
@AdditionalPrinterColumn(name = "Median", jsonPath = ".status.median")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class MergeGeneration extends CustomResource<MergeGenerationSpec, MergeGenerationStatus>
        implements Namespaced {

    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public MergeGenerationSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected MergeGenerationSpec initSpec() {
        return null;
    }

    @Override
    protected MergeGenerationStatus initStatus() {
        return null;
    }
}
