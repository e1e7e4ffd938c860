package dev.evomerge.crds;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** An experiment: which models to merge, what to optimize, and where the best merge goes. Written by users. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@Kind("MergeExperiment")
@Singular("mergeexperiment")
@Plural("mergeexperiments")
@ShortNames("mx")
@AdditionalPrinterColumn(name = "State", jsonPath = ".status.state")
@AdditionalPrinterColumn(name = "Batch", jsonPath = ".status.batch")
@AdditionalPrinterColumn(
        name = "Scored",
        jsonPath = ".status.evaluations.scored",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Best", jsonPath = ".status.best.score")
@AdditionalPrinterColumn(name = "Test", jsonPath = ".status.winner.test.score")
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1)
@AdditionalPrinterColumn(name = "Model", jsonPath = ".status.winner.uri", priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@ValidationRule(
        value = "self.metadata.name.size() <= 48 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        fieldPath = ".spec",
        messageExpression =
                "'metadata.name must be at most 48 lower-case letters, digits and \"-\", because the names of Jobs and pods are made"
                        + " from it; found \"' + self.metadata.name + '\"'")
public final class MergeExperiment extends CustomResource<MergeExperimentSpec, MergeExperimentStatus>
        implements Namespaced {

    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public MergeExperimentSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected MergeExperimentSpec initSpec() {
        return null;
    }

    @Override
    protected MergeExperimentStatus initStatus() {
        return null;
    }
}
