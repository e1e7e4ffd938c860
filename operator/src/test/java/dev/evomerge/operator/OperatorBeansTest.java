package dev.evomerge.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.crds.MergeExperiment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class OperatorBeansTest {

    @Test
    void fieldsOfNewerCrdsAreReadPast() {
        var mapper = new ObjectMapper();
        var serialization = new KubernetesSerialization(mapper, true);
        new OperatorBeans().unknownFields().customize(mapper);

        var experiment = serialization.unmarshal("""
                apiVersion: evomerge.dev/v1alpha1
                kind: MergeExperiment
                metadata: {name: example}
                spec:
                  queueName: research
                  later: 1
                  evaluation: {parallelism: 3, template: {later: {claimName: models}}}
                status: {batch: g0003, later: true}
                """, MergeExperiment.class);

        assertThat(experiment.getSpec().queueName()).isEqualTo("research");
        assertThat(experiment.getSpec().evaluation().parallelism()).isEqualTo(3);
        assertThat(experiment.getStatus().batch()).isEqualTo("g0003");
    }
}
