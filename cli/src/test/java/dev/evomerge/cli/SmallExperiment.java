package dev.evomerge.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An experiment of four batches and thirty questions over the example's models: seconds. */
public final class SmallExperiment {

    private static final Path EXAMPLE =
            Path.of("../examples/maths-ja").toAbsolutePath().normalize();

    /** The folder that its {@code s3://models} is mapped to. */
    public static final Path MODELS = EXAMPLE.resolve("models");

    private SmallExperiment() {}

    /** Writes manifest and questions into a folder: the manifest's path. */
    public static Path write(Path folder, String output, String history) throws IOException {
        for (String split : List.of("search", "selection", "test")) {
            Path all = EXAMPLE.resolve("data/" + split + ".tsv");
            Files.write(folder.resolve(split + ".tsv"), Files.readAllLines(all).subList(0, 10));
        }
        return Files.writeString(folder.resolve("small.yaml"), """
                apiVersion: evomerge.dev/v1alpha1
                kind: MergeExperiment
                metadata: {name: small}
                spec:
                  models:
                    - {name: maths, uri: s3://models/maths}
                    - {name: japanese, uri: s3://models/japanese}
                  base: {uri: s3://models/base}
                  seed: 42
                  stages:
                    - name: weights
                      parameterSpace: {method: task_arithmetic, weight: {min: "0", max: "1.5"}}
                      algorithm: {cmaEs: {populationSize: 4}}
                      budget: {evaluations: 8}
                  objectives:
                    - {name: accuracy, task: multiplication, metric: accuracy}
                  baselines: [UniformSoup]
                  finalists: 2
                  evaluation:
                    tasks:
                      - name: multiplication
                        data:
                          search: {uri: search.tsv, format: tsv}
                          selection: {uri: selection.tsv, format: tsv}
                          test: {uri: test.tsv, format: tsv}
                        generation: {maxNewTokens: 32}
                        scorer: {exactMatch: {answerPattern: "([^:]*)$"}}
                    parallelism: 2
                    candidatesPerPod: 2
                  output: {uri: "%s"}
                  storage: {uri: "%s"}
                """.formatted(output, history));
    }
}
