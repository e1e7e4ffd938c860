package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** One search: a space, an optimizer, a budget. */
@ValidationRule(
        value = "has(self.parameterSpace) != has(self.dataFlowSpace)",
        message = "expected exactly one space: parameterSpace or dataFlowSpace")
public record Stage(
        @JsonPropertyDescription("The stage's name; its winner is a model named stages.<name> in later stages.")
        @Required
        @Size(min = 1, max = Api.NAME)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                messageExpression =
                        "'a stage is named by lower-case letters, digits and \"-\"; found \"' + self + '\"'")
        String name,

        @JsonPropertyDescription("Searches how weights are mixed: weights and densities of a merge.")
        ParameterSpace parameterSpace,

        @JsonPropertyDescription(
                "Searches which layers of which model a token passes through, in what order, with what scale.")
        DataFlowSpace dataFlowSpace,

        @JsonPropertyDescription("How the next generation is bred.") @Required
        Algorithm algorithm,

        @JsonPropertyDescription("How long the stage goes on; it ends at the first limit that is reached.") @Required
        Budget budget,

        @JsonPropertyDescription(
                "How many of the search questions a candidate is asked. Left out: in a parameterSpace, where accuracy is the only objective of the only "
                        + "task and there are at least 100 questions, estimation from a twentieth of them, but 25 at least; else all of them.")
        Fidelity fidelity,

        @JsonPropertyDescription(
                "Known good merges of the stage's space, as mergekit's YAML or a layer_path: the first generation holds them.")
        @Size(min = 1, max = 16)
        List<@Size(min = 1, max = 16384) String> inject,

        @JsonPropertyDescription(
                "The history of an earlier experiment over the same models (its status.history): CMA-ES begins where its best candidates lie.")
        @Size(max = Api.URI)
        @ValidationRule(
                value = Api.IS_WRITABLE,
                messageExpression = "'expected the URI of a history" + Api.WRITABLE_EXPECTED)
        String warmStart) {

    public Stage {
        inject = Lists.copy(inject);
    }

    /** Left out rather than empty: the API server asks for at least one where the list is there. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public List<String> inject() {
        return inject;
    }

    /** Per model and group of layers a weight and, where the method drops entries, a density. */
    @ValidationRule(
            value = "!has(self.density) || self.method in ['ties', 'dare_linear', 'dare_ties', 'della', 'della_linear',"
                    + " 'breadcrumbs', 'breadcrumbs_ties']",
            fieldPath = ".density",
            messageExpression = "'method ' + self.method + ' keeps every entry and so has no density; found one'")
    public record ParameterSpace(
            @JsonPropertyDescription("The merge method, by mergekit's name.") @Required
            Method method,

            @JsonPropertyDescription("The models to mix. Left out: all of spec.models.")
            @Size(min = 1, max = 16)
            @ValidationRule(
                    value = "self.all(m, self.exists_one(n, n == m))",
                    message = "a model is named twice; expected each once")
            List<@Size(min = 1, max = 48) String> models,

            @JsonPropertyDescription(
                    "How many consecutive layers share their parameters. Left out: one group over the whole model.")
            @Min(1)
            @Max(1024)
            Integer layersPerGroup,

            @JsonPropertyDescription(
                    "Kinds of tensors with parameters of their own; all other tensors share theirs. Left out: one set for all.")
            @Size(min = 1, max = 5)
            @ValidationRule(
                    value = "self.all(k, self.exists_one(l, l == k))",
                    message = "a kind of tensors is named twice; expected each once")
            List<TensorKind> tensorKinds,

            @JsonPropertyDescription("Bounds of a weight.") @Default("{\"min\": \"0\", \"max\": \"1\"}")
            Bounds weight,

            @JsonPropertyDescription(
                    "Bounds of a density, the share of a task vector's entries that is kept, within (0, 1]. Left out: 0.05 to 1.")
            @ValidationRule(
                    value = "double(self.min) > 0.0 && double(self.max) <= 1.0",
                    messageExpression =
                            "'a density is a share in (0, 1], found bounds ' + self.min + ' and ' + self.max")
            Bounds density,

            @JsonPropertyDescription("Whether weights are divided by their sum; off, as in the paper.")
            @Default("false")
            Boolean normalize) {

        public ParameterSpace {
            models = Lists.copy(models);
            tensorKinds = Lists.copy(tensorKinds);
        }

        /** Left out rather than empty: the API server asks for at least one where the list is there. */
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        public List<String> models() {
            return models;
        }

        /** Left out rather than empty, like the models. */
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        public List<TensorKind> tensorKinds() {
            return tensorKinds;
        }
    }

    /** The path of a token through the layers of models of one width, and a scale for what enters each layer. */
    public record DataFlowSpace(
            @JsonPropertyDescription(
                    "The models whose layers may be visited; the first gives tokenizer, embeddings and head. Left out: all of spec.models.")
            @Size(min = 1, max = 16)
            @ValidationRule(
                    value = "self.all(m, self.exists_one(n, n == m))",
                    message = "a model is named twice; expected each once")
            List<@Size(min = 1, max = 48) String> models,

            @JsonPropertyDescription(
                    "How paths become numbers. Compact: per depth whose layer, how often, and one scale. Paper: an indicator for each layer in"
                            + " `repeats` rows of all layers, and a scale per pair of layers (arXiv 2403.13187).")
            @Default("\"Compact\"")
            PathEncoding encoding,

            @JsonPropertyDescription(
                    "Compact: how often a layer may be visited in a row. Paper: how often the row of all layers is laid out. Left out: 2, and 3.")
            @Min(1)
            @Max(16)
            Integer repeats,

            @JsonPropertyDescription("Bounds of a scale; 1, which leaves a layer's input as it is, must lie within.")
            @Default("{\"min\": \"0.5\", \"max\": \"1.5\"}")
            @ValidationRule(
                    value = "double(self.min) <= 1.0 && double(self.max) >= 1.0",
                    messageExpression =
                            "'1 must lie within the bounds of scale, found ' + self.min + ' and ' + self.max")
            Bounds scale) {

        public DataFlowSpace {
            models = Lists.copy(models);
        }

        /** Left out rather than empty: the API server asks for at least one where the list is there. */
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        public List<String> models() {
            return models;
        }
    }

    /** How a path becomes numbers. */
    public enum PathEncoding {
        Compact,
        Paper
    }

    /** Tensors of one role. */
    public enum TensorKind {
        Attention,
        Mlp,
        Norms,
        Embeddings,
        Head
    }

    /** Merge methods whose weights can be searched. */
    public enum Method {
        linear,
        task_arithmetic,
        ties,
        dare_linear,
        dare_ties,
        della,
        della_linear,
        breadcrumbs,
        breadcrumbs_ties
    }

    /** A closed interval. */
    @ValidationRule(
            value = "double(self.min) < double(self.max)",
            messageExpression = "'min must be less than max, found ' + self.min + ' and ' + self.max")
    public record Bounds(
            @Required
            @Size(min = 1, max = 24)
            @Pattern(Api.DECIMAL)
            @JsonPropertyDescription("A decimal number, as a string.")
            String min,

            @Required
            @Size(min = 1, max = 24)
            @Pattern(Api.DECIMAL)
            @JsonPropertyDescription("A decimal number, as a string.")
            String max) {}

    /** One of the algorithms. */
    @ValidationRule(
            value = "[has(self.cmaEs), has(self.nsga2), has(self.randomSearch)].filter(x, x).size() == 1",
            message = "expected exactly one algorithm: cmaEs, nsga2 or randomSearch")
    public record Algorithm(
            @JsonPropertyDescription("CMA-ES (arXiv 1604.00772), the paper's choice. For one objective.")
            CmaEs cmaEs,

            @JsonPropertyDescription(
                    "NSGA-II (Deb et al. 2002), for two to four objectives: the result is a Pareto front.")
            Nsga2 nsga2,

            @JsonPropertyDescription("Random candidates, for comparison.")
            RandomSearch randomSearch) {}

    /** CMA-ES. */
    public record CmaEs(
            @JsonPropertyDescription(
                    "The first step size in units of the bounds' width, a decimal in (0, 1]. Left out: 1/6.")
            @Size(min = 1, max = 24)
            @Pattern(Api.POSITIVE_DECIMAL)
            @ValidationRule(
                    value = "double(self) > 0.0 && double(self) <= 1.0",
                    messageExpression = "'sigma must be in (0, 1], found ' + self")
            String sigma,

            @JsonPropertyDescription("Candidates per generation. Left out: 4 + floor(3 ln n) for n dimensions.")
            @Min(2)
            @Max(1024)
            Integer populationSize,

            @JsonPropertyDescription(
                    "How much of the covariance matrix is learnt: Full, Diagonal (variances only), or Auto: full up to 500 dimensions.")
            Covariance covariance,

            @JsonPropertyDescription(
                    "What follows a run that has converged before the budget is spent: None ends the stage, Bipop starts anew with large and small"
                            + " populations in turn.")
            Restarts restarts,

            @JsonPropertyDescription(
                    "What is done about scores that are noisy: None, or LearningRate (smaller updates where the signal is weak; not with Diagonal).")
            Noise noise) {}

    /** The shape of CMA-ES' distribution. */
    public enum Covariance {
        Auto,
        Full,
        Diagonal
    }

    /** What follows a run that has converged. */
    public enum Restarts {
        None,
        Bipop
    }

    /** What is done about noise. */
    public enum Noise {
        None,
        LearningRate
    }

    /** NSGA-II. */
    public record Nsga2(
            @JsonPropertyDescription("Candidates per generation, an even number.")
            @Required
            @Min(4)
            @Max(1024)
            @ValidationRule(value = "self % 2 == 0", message = "NSGA-II needs an even populationSize; found an odd one")
            Integer populationSize) {}

    /** Random search. */
    public record RandomSearch(
            @JsonPropertyDescription("Candidates per generation.") @Required @Min(1) @Max(1024)
            Integer populationSize) {}

    /** How many of the search questions a candidate is asked. */
    @ValidationRule(
            value = "[has(self.all), has(self.racing), has(self.estimation)].filter(one, one).size() == 1",
            message = "expected exactly one of all, racing and estimation")
    public record Fidelity(
            @JsonPropertyDescription("All candidates are asked all questions.")
            All all,

            @JsonPropertyDescription(
                    "A generation starts on the same few questions; who is clearly worse than the best is dropped, the others are asked twice as many, "
                            + "and so on.")
            Racing racing,

            @JsonPropertyDescription(
                    "A generation is asked the same few questions, and an item response model predicts the score on all of them.")
            Estimation estimation) {}

    /** All questions. Annotated since Jackson refuses to write a bean that shows neither properties nor annotations. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record All() {}

    /** Racing. */
    public record Racing(
            @JsonPropertyDescription("How many questions a generation starts on.") @Required @Min(1) @Max(1000000)
            Integer first,

            @JsonPropertyDescription(
                    "The chance, per generation, that the best candidate is dropped for one that is worse by more than the tolerance: a decimal in "
                            + "(0, 0.5).")
            @Default("\"0.05\"")
            @Size(min = 1, max = 24)
            @Pattern(Api.POSITIVE_DECIMAL)
            @ValidationRule(
                    value = "double(self) > 0.0 && double(self) < 0.5",
                    messageExpression = "'error must lie in (0, 0.5), found ' + self")
            String error,

            @JsonPropertyDescription("A difference in accuracy that is not worth a question: a decimal in [0, 1).")
            @Default("\"0.05\"")
            @Size(min = 1, max = 24)
            @Pattern(Api.DECIMAL)
            @ValidationRule(
                    value = "double(self) >= 0.0 && double(self) < 1.0",
                    messageExpression = "'tolerance must lie in [0, 1), found ' + self")
            String tolerance) {}

    /** Estimation. */
    public record Estimation(
            @JsonPropertyDescription("How many questions a candidate is asked.") @Required @Min(1) @Max(1000000)
            Integer asked) {}

    /** Limits of a stage. */
    @ValidationRule(
            value = "has(self.evaluations) || has(self.generations)",
            message = "a budget needs evaluations or generations or both; found neither")
    public record Budget(
            @JsonPropertyDescription("Candidates to score, without baselines and finalists. May grow.")
            @Max(1000000)
            @ValidationRule(value = "self >= 1", message = "a budget of evaluations must be at least 1")
            Integer evaluations,

            @JsonPropertyDescription("Generations to breed. May grow.")
            @Max(9000)
            @ValidationRule(value = "self >= 1", message = "a budget of generations must be at least 1")
            Integer generations) {}
}
