package dev.evomerge.crds;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Generates the CRDs, and finishes what the generator leaves undone. */
final class CrdWriter implements CRDPostProcessor {

    private static final Map<String, Class<? extends CustomResource<?, ?>>> TYPES =
            Map.of("MergeExperiment", MergeExperiment.class, "MergeGeneration", MergeGeneration.class);

    /** Bounds of the conditions' strings, whose type is not ours. */
    private static final Map<String, Long> CONDITION_BOUNDS =
            Map.of("type", 64L, "status", 8L, "reason", 64L, "message", 2048L, "lastTransitionTime", 40L);

    static void write(Path folder) {
        new CRDGenerator()
                .customResourceClasses(List.copyOf(TYPES.values()))
                .forCRDVersions("v1")
                .withMinQuotes(true)
                .withPostProcessor(new CrdWriter())
                .inOutputDir(folder.toFile())
                .detailedGenerate();
    }

    @Override
    public HasMetadata process(HasMetadata resource, String version) {
        var crd = (CustomResourceDefinition) resource;
        crd.getSpec().getNames().setCategories(List.of("evomerge"));
        for (var served : crd.getSpec().getVersions()) {
            orderColumns(
                    served.getAdditionalPrinterColumns(),
                    TYPES.get(crd.getSpec().getNames().getKind()));
            finish(served.getSchema().getOpenAPIV3Schema());
        }
        return crd;
    }

    /** The generator sorts columns by path; they are shown as the annotations list them. */
    private static void orderColumns(List<CustomResourceColumnDefinition> columns, Class<?> type) {
        var order = Arrays.stream(type.getAnnotationsByType(AdditionalPrinterColumn.class))
                .map(AdditionalPrinterColumn::name)
                .toList();
        columns.sort(Comparator.comparingInt(column -> order.indexOf(column.getName())));
    }

    /** A record's annotations are seen twice, on the field and on its accessor, so each rule of a property is there twice. */
    private static void finish(JSONSchemaProps schema) {
        if (schema.getXKubernetesValidations() != null) {
            schema.setXKubernetesValidations(
                    schema.getXKubernetesValidations().stream().distinct().toList());
        }
        if (schema.getItems() != null) {
            finish(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null
                && schema.getAdditionalProperties().getSchema() != null) {
            finish(schema.getAdditionalProperties().getSchema());
        }
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(CrdWriter::finish);
            var conditions = schema.getProperties().get("conditions");
            if (conditions != null) {
                finishConditions(conditions);
            }
        }
    }

    private static void finishConditions(JSONSchemaProps conditions) {
        conditions.setXKubernetesListType("map");
        conditions.setXKubernetesListMapKeys(List.of("type"));
        var condition = conditions.getItems().getSchema();
        condition.setRequired(List.of("type", "status", "reason", "lastTransitionTime", "message"));
        CONDITION_BOUNDS.forEach(
                (name, bound) -> condition.getProperties().get(name).setMaxLength(bound));
    }
}
