package dev.evomerge.contract;

import dev.evomerge.contract.CandidateResult.Cost;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.ExportManifest.Provenance;
import dev.evomerge.contract.ExportManifest.Score;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One of each record; their JSON lies beside this in the resources and is quoted in the documentation. */
final class Examples {

    static final Recipe RECIPE = WeightMerge.of(
            MergeMethod.DARE_TIES,
            Optional.of("base"),
            List.of(
                    Source.of("japanese", Map.of("weight", 0.75, "density", 0.5)),
                    Source.of("maths", Map.of("weight", 1.0, "density", 0.25))),
            Map.of(),
            42);

    static final Map<String, ModelRef> MODELS = Map.of(
            "base", ModelRef.at("s3://models/base"),
            "japanese", ModelRef.at("s3://models/japanese"),
            "maths", ModelRef.at("s3://models/maths"));

    static final CandidateManifest MANIFEST = new CandidateManifest(
            CandidateManifest.API_VERSION,
            "research/maths-ja",
            "g0003",
            "s3://results/history/research/maths-ja/4f2c9a1b77e0/g0003/results",
            1,
            MODELS,
            List.of(new TaskSpec(
                    "multiplication",
                    "search",
                    new DataRef(
                            "s3://data/search.tsv",
                            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                            "tsv"),
                    "{question}",
                    new GenerationSpec(32, List.of("\n")),
                    new ScorerSpec("exactMatch", Optional.of("([^:]*)$")),
                    Optional.of(List.of(0, 2, 5)))),
            List.of(new ObjectiveSpec("accuracy", "multiplication/search", "accuracy")),
            List.of(new CandidateSpec("g0003-c00", RECIPE)));

    static final CandidateResult RESULT = new CandidateResult(
            CandidateManifest.API_VERSION,
            "g0003",
            "g0003-c00",
            Map.of("multiplication/search", new TaskResult("101", Map.of("accuracy", 2 / 3.0, "outputTokens", 12.0))),
            List.of(2 / 3.0),
            Optional.empty(),
            new Cost(3, 27, 36, 0.75));

    static final CandidateResult FAILED = new CandidateResult(
            CandidateManifest.API_VERSION,
            "g0003",
            "g0003-c01",
            Map.of(),
            List.of(),
            Optional.of(new Failure(Failure.NOT_FINITE, "g0003-c01 computes NaN in layer 3")),
            new Cost(0, 0, 0, 0.25));

    static final ShardReport SHARD = new ShardReport(
            CandidateManifest.API_VERSION,
            "g0003",
            0,
            List.of(
                    new ShardReport.Row("g0003-c00", List.of(2 / 3.0), "", Sha256.of(ContractJson.bytes(RESULT))),
                    new ShardReport.Row("g0003-c01", List.of(), "NotFinite", Sha256.of(ContractJson.bytes(FAILED)))));

    static final ExportManifest EXPORT = new ExportManifest(
            CandidateManifest.API_VERSION,
            "research/maths-ja",
            "g0014-c03",
            RECIPE,
            MODELS,
            "s3://results/japanese-maths",
            "bfloat16",
            "s3://results/history/research/maths-ja/4f2c9a1b77e0/export/report.json",
            new Provenance(
                    "multiplication: accuracy",
                    List.of(
                            new Score(
                                    "g0014-c03",
                                    true,
                                    Optional.of(0.61),
                                    Optional.of(0.58),
                                    Optional.of(0.57),
                                    Optional.of(List.of(0.5, 0.64))),
                            new Score(
                                    "source japanese",
                                    false,
                                    Optional.empty(),
                                    Optional.of(0.02),
                                    Optional.of(0.03),
                                    Optional.of(List.of(0.01, 0.06)))),
                    "CMA-ES, 120 evaluations, seed 42"));

    static final ExportReport EXPORTED = new ExportReport(
            CandidateManifest.API_VERSION,
            "research/maths-ja",
            "g0014-c03",
            "s3://results/japanese-maths",
            "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
            1_049_088);

    /** By the names of their files. */
    static final Map<String, Object> ALL = Map.of(
            "manifest", MANIFEST,
            "result", RESULT,
            "failed-result", FAILED,
            "shard-report", SHARD,
            "termination-message", TerminationMessage.of(SHARD),
            "problem",
                    TerminationMessage.of(
                            "InvalidData",
                            "s3://data/search.tsv line 7: found 1 column, expected a question, a tab and an answer"),
            "export-manifest", EXPORT,
            "export-report", EXPORTED);

    private Examples() {}
}
