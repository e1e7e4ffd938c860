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
public record Stage(
        @JsonPropertyDescription("The stage's name; its winner is a model named stages.<name> in later stages.")
        @Required
        @Size(min = 1, max = Api.NAME)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                messageExpression =
                        "'a stage is named by lower-case letters, digits and \"-\"; found \"' + self + '\"'")
        String name,

        @JsonPropertyDescription("What is searched: weights and densities of a merge.") @Required
        ParameterSpace parameterSpace,

        @JsonPropertyDescription("How the next generation is bred.") @Required
        Algorithm algorithm,

        @JsonPropertyDescription("How long the stage goes on; it ends at the first limit that is reached.") @Required
        Budget budget) {

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
        }

        /** Left out rather than empty: the API server asks for at least one where the list is there. */
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        public List<String> models() {
            return models;
        }
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
            value = "has(self.cmaEs) != has(self.randomSearch)",
            message = "expected exactly one algorithm: cmaEs or randomSearch")
    public record Algorithm(
            @JsonPropertyDescription("CMA-ES (arXiv 1604.00772), the paper's choice.")
            CmaEs cmaEs,

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
            Integer populationSize) {}

    /** Random search. */
    public record RandomSearch(
            @JsonPropertyDescription("Candidates per generation.") @Required @Min(1) @Max(1024)
            Integer populationSize) {}

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
