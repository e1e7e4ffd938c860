package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What an experiment is to do. All but budgets, {@code suspend}, {@code deletionPolicy} and how evaluators run is immutable. */
@ValidationRule(
        value = "self.models.all(m, self.models.exists_one(n, n.name == m.name))",
        fieldPath = ".models",
        message = "two models have one name; expected names that differ")
@ValidationRule(
        value = "self.stages.all(s, self.stages.exists_one(t, t.name == s.name))",
        fieldPath = ".stages",
        message = "two stages have one name; expected names that differ")
@ValidationRule(
        value = "self.objectives.all(o, self.objectives.exists_one(p, p.name == o.name))",
        fieldPath = ".objectives",
        message = "two objectives have one name; expected names that differ")
@ValidationRule(
        value = "self.objectives.all(o, self.evaluation.tasks.exists(t, t.name == o.task))",
        fieldPath = ".objectives",
        message = "an objective names a task that is not there; expected one of spec.evaluation.tasks")
@ValidationRule(
        value = "self.objectives.all(o, !(o.metric in ['accuracyAnyLanguage', 'languageShare']) ||"
                + " self.evaluation.tasks.exists(t, t.name == o.task && has(t.scorer.language)))",
        fieldPath = ".objectives",
        message =
                "accuracyAnyLanguage and languageShare are of tasks whose scorer names a language; found a task without scorer.language")
@ValidationRule(
        value = "has(self.base) || self.stages.all(s, !has(s.parameterSpace) || s.parameterSpace.method == 'linear')",
        fieldPath = ".base",
        message = "found no base; every method but linear needs the model that task vectors start from")
@ValidationRule(
        value =
                "self.stages.all(s, !has(s.parameterSpace) || !has(s.parameterSpace.models) || s.parameterSpace.models.all(m, "
                        + Api.IS_MODEL_OF_STAGE,
        fieldPath = ".stages",
        message =
                "parameterSpace.models names a model that is not there; expected names of spec.models or stages.<an earlier stage>")
@ValidationRule(
        value =
                "self.stages.all(s, !has(s.dataFlowSpace) || !has(s.dataFlowSpace.models) || s.dataFlowSpace.models.all(m, "
                        + Api.IS_MODEL_OF_STAGE,
        fieldPath = ".stages",
        message =
                "dataFlowSpace.models names a model that is not there; expected names of spec.models or stages.<an earlier stage>")
@ValidationRule(
        value = "self.objectives.size() == 1 || self.stages.all(s, !has(s.algorithm.cmaEs))",
        fieldPath = ".stages",
        message = "cmaEs optimizes one objective, found several; nsga2 takes two to four")
@ValidationRule(
        value = "self.objectives.size() > 1 || self.stages.all(s, !has(s.algorithm.nsga2))",
        fieldPath = ".stages",
        message = "nsga2 is for two to four objectives, found one; cmaEs takes one")
@ValidationRule(
        value =
                "self.stages.all(s, !has(s.fidelity) || has(s.fidelity.all)) || (self.objectives.size() == 1 && self.evaluation.tasks.size() == 1)",
        fieldPath = ".stages",
        message = "fewer questions can be asked (fidelity) only with one objective and one task; found several")
@ValidationRule(
        value = "self.finalists * self.stages.size() <= 32",
        fieldPath = ".finalists",
        message = "finalists are of each stage; expected at most 32 in all, found finalists × stages above it")
@ValidationRule(
        value =
                "self.stages.all(s, !has(s.fidelity) || has(s.fidelity.all)) || self.objectives.all(o, o.metric == 'accuracy')",
        fieldPath = ".stages",
        message =
                "fewer questions can be asked (fidelity) only where the objective is accuracy, which each question has for itself")
@ValidationRule(
        value =
                "!has(self.baselines) || !self.baselines.exists(b, b == 'GreedySoup') || self.baselines.exists(b, b == 'Sources')",
        fieldPath = ".baselines",
        message = "GreedySoup needs the baseline Sources, whose scores say the order")
@ValidationRule(
        value = "self.output.uri != self.storage.uri",
        fieldPath = ".output.uri",
        message = "the model and the history need folders of their own; found one URI for both")
@ValidationRule(
        value = "!self.output.uri.startsWith('pvc:') || !has(self.deletionPolicy) || self.deletionPolicy == 'Retain'",
        fieldPath = ".deletionPolicy",
        message = "only pods reach a model on a claim, so it cannot be deleted with the experiment; expected Retain")
@ValidationRule(
        value = "has(self.base) == has(oldSelf.base)",
        fieldPath = ".base",
        message = "spec.base is immutable: it cannot be added or removed; make a new experiment")
@ValidationRule(
        value =
                "self.stages.size() == oldSelf.stages.size() && self.stages.all(s, oldSelf.stages.exists(o, o.name == s.name &&"
                        + " has(o.parameterSpace) == has(s.parameterSpace) && (!has(s.parameterSpace) || o.parameterSpace == s.parameterSpace) &&"
                        + " has(o.dataFlowSpace) == has(s.dataFlowSpace) && (!has(s.dataFlowSpace) || o.dataFlowSpace == s.dataFlowSpace) &&"
                        + " has(o.fidelity) == has(s.fidelity) && (!has(s.fidelity) || o.fidelity == s.fidelity) &&"
                        + " has(o.inject) == has(s.inject) && (!has(s.inject) || o.inject == s.inject) &&"
                        + " has(o.warmStart) == has(s.warmStart) && (!has(s.warmStart) || o.warmStart == s.warmStart) &&"
                        + " o.algorithm == s.algorithm)) &&"
                        + " self.stages.map(s, s.name) == oldSelf.stages.map(s, s.name)",
        fieldPath = ".stages",
        message = "spec.stages is immutable but for budgets, which may grow; make a new experiment")
@ValidationRule(
        value =
                "self.stages.all(s, oldSelf.stages.all(o, o.name != s.name ||"
                        + " ((!has(s.budget.evaluations) || (has(o.budget.evaluations) && s.budget.evaluations >= o.budget.evaluations)) &&"
                        + " (!has(s.budget.generations) || (has(o.budget.generations) && s.budget.generations >= o.budget.generations)))))",
        fieldPath = ".stages",
        message = "the budget of a stage may only grow: a limit may be raised or removed, not lowered or added")
public record MergeExperimentSpec(
        @JsonPropertyDescription("The sources: models of one architecture, in the Hugging Face layout.")
        @Required
        @Size(min = 2, max = 16)
        @ValidationRule(value = "self == oldSelf", message = "spec.models is immutable; make a new experiment")
        List<ModelSource> models,

        @JsonPropertyDescription(
                "The model that all sources were fine-tuned from. Task vectors start there. All methods but linear need it.")
        @ValidationRule(value = "self == oldSelf", message = "spec.base is immutable; make a new experiment")
        BaseModel base,

        @JsonPropertyDescription(
                "Every random draw of the search follows from it: the same seed gives the same search.")
        @Default("0")
        @Min(0)
        @ValidationRule(value = "self == oldSelf", message = "spec.seed is immutable; make a new experiment")
        Long seed,

        @JsonPropertyDescription(
                "Searches that run in order. A later one may mix the winner of an earlier one, by the name stages.<name>.")
        @Required
        @Size(min = 1, max = 8)
        List<Stage> stages,

        @JsonPropertyDescription("What is optimized.")
        @Required
        @Size(min = 1, max = 4)
        @ValidationRule(value = "self == oldSelf", message = "spec.objectives is immutable; make a new experiment")
        List<Objective> objectives,

        @JsonPropertyDescription(
                "What the result is compared with, on the same questions. Those that need a base are left out where there is none.")
        @Default("[\"Sources\", \"UniformSoup\", \"HalfBlend\", \"Ties\", \"DareTies\"]")
        @Size(max = 7)
        @ValidationRule(value = "self == oldSelf", message = "spec.baselines is immutable; make a new experiment")
        @ValidationRule(
                value = "self.all(b, self.exists_one(c, c == b))",
                message = "a baseline is named twice; expected each once")
        List<Baseline> baselines,

        @JsonPropertyDescription("How candidates are scored.") @Required
        Evaluation evaluation,

        @JsonPropertyDescription(
                "How many of each stage's best candidates are scored on the selection and test questions, which the search never saw.")
        @Default("3")
        @Min(1)
        @Max(32)
        @ValidationRule(value = "self == oldSelf", message = "spec.finalists is immutable; make a new experiment")
        Integer finalists,

        @JsonPropertyDescription("Where the best merged model goes.")
        @Required
        @ValidationRule(
                value = "self.uri == oldSelf.uri && has(self.dtype) == has(oldSelf.dtype) &&"
                        + " (!has(self.dtype) || self.dtype == oldSelf.dtype)",
                message = "spec.output is immutable but for pick; make a new experiment")
        Output output,

        @JsonPropertyDescription(
                "Where the experiment's history lies. An experiment that is deleted and applied again finds it there.")
        @Required
        @ValidationRule(value = "self == oldSelf", message = "spec.storage is immutable; make a new experiment")
        HistoryStorage storage,

        @JsonPropertyDescription("Makes the experiment pause: evaluators are stopped, finished results are kept.")
        @Default("false")
        Boolean suspend,

        @JsonPropertyDescription(
                "The Kueue LocalQueue that evaluators wait in. Left out: they start at once, as far as there is room.")
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String queueName,

        @JsonPropertyDescription(
                "What becomes of history and exported model when the experiment is deleted: Retain keeps both, Delete removes both.")
        @Default("\"Retain\"")
        DeletionPolicy deletionPolicy) {

    public MergeExperimentSpec {
        models = Lists.copy(models);
        stages = Lists.copy(stages);
        objectives = Lists.copy(objectives);
        baselines = Lists.copy(baselines);
    }

    /** A source. */
    public record ModelSource(
            @JsonPropertyDescription("The name that stages and recipes use.")
            @Required
            @Size(min = 1, max = Api.NAME)
            @ValidationRule(
                    value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self != 'base'",
                    messageExpression =
                            "'a model is named by lower-case letters, digits and \"-\", and \"base\" is spec.base; found \"' + self + '\"'")
            String name,

            @JsonPropertyDescription(Api.MODEL_FOLDER)
            @Required
            @Size(max = Api.URI)
            @ValidationRule(value = Api.IS_MODEL_FOLDER, messageExpression = Api.MODEL_FOLDER_EXPECTED)
            String uri) {}

    /** The base model. */
    public record BaseModel(
            @JsonPropertyDescription(Api.MODEL_FOLDER)
            @Required
            @Size(max = Api.URI)
            @ValidationRule(value = Api.IS_MODEL_FOLDER, messageExpression = Api.MODEL_FOLDER_EXPECTED)
            String uri) {}

    /** A number to optimize. */
    public record Objective(
            @Required
            @Size(min = 1, max = Api.NAME)
            @Pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")
            @JsonPropertyDescription("The objective's name, in reports and metrics.")
            String name,

            @Required @Size(min = 1, max = Api.NAME) @JsonPropertyDescription("The task that it is measured on.")
            String task,

            @Required
            @Size(max = 40)
            @JsonPropertyDescription(
                    "Which of the task's numbers: accuracy (0 to 1), outputTokens (tokens per answer, on average), and where its scorer names a "
                            + "language, accuracyAnyLanguage and languageShare (0 to 1).")
            @ValidationRule(
                    value = "self in ['accuracy', 'accuracyAnyLanguage', 'languageShare', 'outputTokens']",
                    messageExpression =
                            "'tasks measure accuracy, accuracyAnyLanguage, languageShare and outputTokens, found \"' + self + '\"'")
            String metric,

            @Default("\"Maximize\"") @JsonPropertyDescription("Whether more is better.")
            Goal goal) {}

    /** The direction of an objective. */
    public enum Goal {
        Maximize,
        Minimize
    }

    /** A comparison. */
    public enum Baseline {
        Sources,
        UniformSoup,
        HalfBlend,
        GreedySoup,
        Ties,
        DareTies,
        RandomSearch
    }

    /** What becomes of results when the experiment is deleted. */
    public enum DeletionPolicy {
        Retain,
        Delete
    }

    /** Where the winner goes. */
    public record Output(
            @JsonPropertyDescription(
                    "The folder that the model is written to: s3://, gs://, az://, pvc://claim/folder or file:///.")
            @Required
            @Size(max = Api.URI)
            @ValidationRule(value = Api.IS_OUTPUT_FOLDER, messageExpression = Api.OUTPUT_FOLDER_EXPECTED)
            String uri,

            @JsonPropertyDescription(
                    "The type of the model's tensors. Left out: that of the base, or of the first source.")
            Dtype dtype,

            @JsonPropertyDescription(
                    "Another candidate of the final table to export instead of the search's own pick, to <uri>/picks/<candidate>. Can be set and"
                            + " changed when the search has ended; nothing is searched again.")
            @Size(min = 1, max = 15)
            @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
            String pick) {}

    /** A type of tensors. */
    public enum Dtype {
        bfloat16,
        float16,
        float32
    }

    /** Where the history lies, and how stores are reached. */
    public record HistoryStorage(
            @JsonPropertyDescription("The folder that the history is written below: s3://, gs://, az:// or file:///.")
            @Required
            @Size(max = Api.URI)
            @ValidationRule(value = Api.IS_WRITABLE, messageExpression = Api.WRITABLE_FOLDER_EXPECTED)
            String uri,

            @JsonPropertyDescription(
                    "The Secret, in the experiment's namespace, with endpoint, region and credentials by the names of the environment: "
                            + "AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ... "
                            + "Left out: the identity of the pods.")
            @Size(min = 1, max = 253)
            @Pattern("^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
            String secretName) {}
}
