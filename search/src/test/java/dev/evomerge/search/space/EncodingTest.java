package dev.evomerge.search.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Space.Bounds;
import dev.evomerge.search.Space.PathEncoding;
import dev.evomerge.search.Space.TensorKind;
import dev.evomerge.search.random.Draws;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class EncodingTest {

    private static final SearchSpec SPEC = new SearchSpec(
            7, new TreeMap<>(Map.of("a", 32, "b", 32)), Optional.of("base"), List.of(), List.of(), List.of(), 1);

    private static Encoding of(Space space) {
        return Encoding.of(space, SPEC, SPEC.models());
    }

    private static Space.ParameterSpace parameters(
            MergeMethod method, Optional<Integer> layersPerGroup, List<TensorKind> kinds) {
        return new Space.ParameterSpace(
                method, List.of("a", "b"), layersPerGroup, kinds, new Bounds(0, 1.5), new Bounds(0.1, 1), false);
    }

    private static Space.DataFlowSpace paths(PathEncoding encoding) {
        return new Space.DataFlowSpace(List.of("a", "b"), 3, encoding, new Bounds(0.5, 1.5));
    }

    /** A genome, a recipe and the genome again: the same recipe, up to rounding of its numbers. */
    private static void assertRoundTrip(Encoding encoding, long seed) {
        double[] genome = Draws.of(seed).uniforms(encoding.dimension());
        double[] again = encoding.encode(encoding.decode(genome));

        assertThat(encoding.decode(again))
                .usingRecursiveComparison()
                .withComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b), Double.class)
                .isEqualTo(encoding.decode(genome));
    }

    @Test
    void thePaperSearchedSixDimensionsAndFourThousand() {
        var threeModels = new TreeMap<>(Map.of("a", 32, "b", 32, "c", 32));
        var space = new Space.ParameterSpace(
                MergeMethod.DARE_TIES,
                List.of("a", "b", "c"),
                Optional.empty(),
                new Bounds(0, 1),
                new Bounds(0.01, 1),
                false);

        assertThat(Encoding.of(space, SPEC, threeModels).dimension()).isEqualTo(6);
        assertThat(of(paths(PathEncoding.PAPER)).dimension()).isEqualTo(4286);
        assertThat(of(paths(PathEncoding.COMPACT)).dimension()).isEqualTo(96);
    }

    @Property(tries = 50)
    void parametersComeBackAsTheyWent(@ForAll long seed) {
        assertRoundTrip(of(parameters(MergeMethod.DARE_TIES, Optional.empty(), List.of())), seed);
        assertRoundTrip(of(parameters(MergeMethod.TASK_ARITHMETIC, Optional.of(5), List.of())), seed);
        assertRoundTrip(of(parameters(MergeMethod.TIES, Optional.of(1), List.of(TensorKind.values()))), seed);
    }

    @Property(tries = 50)
    void compactPathsComeBackAsTheyWent(@ForAll long seed) {
        assertRoundTrip(of(paths(PathEncoding.COMPACT)), seed);
    }

    @Property(tries = 5)
    void pathsOfThePaperComeBackAsTheyWent(@ForAll long seed) {
        var encoding = of(paths(PathEncoding.PAPER));
        double[] genome = Draws.of(seed).uniforms(encoding.dimension());
        var path = (LayerPath) encoding.decode(genome);

        var again = (LayerPath) encoding.decode(encoding.encode(path));

        assertThat(again.hops()).hasSameSizeAs(path.hops());
        for (int i = 0; i < path.hops().size(); i++) {
            assertThat(again.hops().get(i).model()).isEqualTo(path.hops().get(i).model());
            assertThat(again.hops().get(i).layer()).isEqualTo(path.hops().get(i).layer());
            assertThat(again.hops().get(i).scale()).isCloseTo(path.hops().get(i).scale(), within(1e-12));
        }
    }

    @Test
    void bothPathEncodingsBeginWithTheFirstModelAsItIs() {
        for (PathEncoding encoding : PathEncoding.values()) {
            var start = of(paths(encoding));
            var path = (LayerPath) start.decode(start.start());

            assertThat(path.embeddings()).isEqualTo("a");
            assertThat(path.hops()).hasSize(32);
            for (int layer = 0; layer < 32; layer++) {
                assertThat(path.hops().get(layer)).isEqualTo(new Hop("a", layer, 1));
            }
        }
    }

    @Test
    void groupsAndKindsHaveParametersOfTheirOwn() {
        var encoding = of(parameters(
                MergeMethod.TASK_ARITHMETIC,
                Optional.of(16),
                List.of(TensorKind.ATTENTION, TensorKind.EMBEDDINGS, TensorKind.HEAD)));
        double[] genome = new double[encoding.dimension()];
        for (int i = 0; i < genome.length; i++) {
            genome[i] = i / 100.0;
        }

        var merge = (WeightMerge) encoding.decode(genome);

        // Two groups of two models: attention, embeddings and the rest; attention, head and the rest.
        assertThat(genome).hasSize(12);
        var first = merge.slices().get(0).sources().get(1).parameters().get("weight");
        assertThat(first.at("model.layers.3.self_attn.q_proj.weight", 0)).hasValue(1.5 * 0.01);
        assertThat(first.at("model.embed_tokens.weight", 0)).hasValue(1.5 * 0.03);
        assertThat(first.at("model.layers.3.mlp.up_proj.weight", 0)).hasValue(1.5 * 0.05);
        var last = merge.slices().get(1).sources().get(0).parameters().get("weight");
        assertThat(last.at("lm_head.weight", 0).getAsDouble()).isCloseTo(1.5 * 0.08, within(1e-12));
    }

    @Test
    void knownRecipesHaveGenomes() {
        var encoding = of(parameters(MergeMethod.TASK_ARITHMETIC, Optional.of(8), List.of()));
        var half = WeightMerge.of(
                MergeMethod.TASK_ARITHMETIC,
                Optional.of("base"),
                List.of(Source.of("a", Map.of("weight", 0.75)), Source.of("b", Map.of("weight", 0.75))),
                Map.of(),
                7);

        assertThat(encoding.encode(half)).hasSize(8).containsOnly(0.5);
    }

    @Test
    void recipesOutsideTheSpaceAreRefusedWithWhatIsWrong() {
        var encoding = of(parameters(MergeMethod.TASK_ARITHMETIC, Optional.empty(), List.of()));

        assertThatThrownBy(() -> encoding.encode(blend("a", 1.6)))
                .isInstanceOf(SearchException.class)
                .hasMessage("weight of a is 1.6, expected 0.0 to 1.5");
        assertThatThrownBy(() -> encoding.encode(blend("c", 0.5)))
                .isInstanceOf(SearchException.class)
                .hasMessage("the recipe mixes in [c], expected only [a, b]");
        assertThatThrownBy(() -> encoding.encode(new LayerPath("a", List.of(new Hop("a", 0, 1)))))
                .isInstanceOf(SearchException.class)
                .hasMessage("expected a merge by 'task_arithmetic', found a path through layers");
        assertThatThrownBy(() -> of(paths(PathEncoding.COMPACT))
                        .encode(new LayerPath(
                                "a", List.of(new Hop("a", 0, 1), new Hop("a", 5, 1), new Hop("a", 2, 1)))))
                .isInstanceOf(SearchException.class)
                .hasMessageContaining("hop 2 goes to layer 2");
    }

    private static WeightMerge blend(String model, double weight) {
        return WeightMerge.of(
                MergeMethod.TASK_ARITHMETIC,
                Optional.of("base"),
                List.of(Source.of(model, Map.of("weight", weight))),
                Map.of(),
                7);
    }

    @Test
    void spacesThatCannotBeSearchedAreRefused() {
        var good = parameters(MergeMethod.DARE_TIES, Optional.empty(), List.of());

        assertThatThrownBy(() -> of(new Space.ParameterSpace(
                        good.method(), good.models(), Optional.empty(), new Bounds(1, 0), good.density(), false)))
                .isInstanceOf(SearchException.class)
                .hasMessage("bounds of weight must be finite with low < high, found 1.0 and 0.0");
        assertThatThrownBy(() -> of(new Space.ParameterSpace(
                        good.method(), good.models(), Optional.empty(), new Bounds(0.5, 0.5), good.density(), false)))
                .isInstanceOf(SearchException.class)
                .hasMessage("bounds of weight must be finite with low < high, found 0.5 and 0.5");
        assertThatThrownBy(() -> of(new Space.ParameterSpace(
                        good.method(), good.models(), Optional.empty(), good.weight(), new Bounds(0, 1), false)))
                .isInstanceOf(SearchException.class)
                .hasMessage("density must lie in (0, 1], found bounds 0.0 to 1.0");
        assertThatThrownBy(() -> of(new Space.ParameterSpace(
                        good.method(), List.of(), Optional.empty(), good.weight(), good.density(), false)))
                .isInstanceOf(SearchException.class)
                .hasMessage("expected at least one model and each once, found []");
        assertThatThrownBy(() -> of(new Space.ParameterSpace(
                        good.method(), List.of("z"), Optional.empty(), good.weight(), good.density(), false)))
                .isInstanceOf(SearchException.class)
                .hasMessage("unknown model 'z', expected one of [a, b]");
        assertThatThrownBy(() ->
                        of(new Space.DataFlowSpace(List.of("a", "b"), 3, PathEncoding.PAPER, new Bounds(1.1, 1.5))))
                .isInstanceOf(SearchException.class)
                .hasMessage("1 must lie within the bounds of scale, found 1.1 to 1.5");
    }
}
