package dev.evomerge.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RecipeFormatTest {

    @Test
    void readsWholeModelsWithGradientsAndFilters() {
        var recipe = (WeightMerge) RecipeFormat.parse("""
                merge_method: ties
                base_model: base
                models:
                  - model: japanese
                    parameters:
                      weight: [0, 0.3, 1]
                      density: 5e-1
                  - model: maths
                    parameters:
                      weight:
                        - filter: mlp
                          value: 0.5
                        - value: [1, 0]
                parameters:
                  normalize: true
                  int8_mask: true
                dtype: float32
                out_dtype: bfloat16
                tokenizer_source: base
                seed: 7
                """);
        assertThat(recipe.method()).isEqualTo(MergeMethod.TIES);
        assertThat(recipe.models()).containsExactly("base", "japanese", "maths");
        assertThat(recipe.rescale()).isEqualTo(Rescale.NONE);
        assertThat(recipe.dtype()).contains("bfloat16");
        assertThat(recipe.tokenizer()).contains(new TokenizerSource.Model("base"));
        assertThat(recipe.seed()).isEqualTo(7);
        var sources = recipe.slices().getFirst().sources();
        assertThat(sources.getFirst().parameters().get("density")).isEqualTo(new Parameter.Constant(0.5));
        assertThat(sources.getFirst().parameters().get("weight").at("x", 0.25)).hasValue(0.15);
        Parameter filtered = sources.getLast().parameters().get("weight");
        assertThat(filtered.at("model.layers.0.mlp.up_proj.weight", 1)).hasValue(0.5);
        assertThat(filtered.at("model.layers.0.self_attn.q_proj.weight", 0.75)).hasValue(0.25);
        assertThat(RecipeFormat.parse(RecipeFormat.toYaml(recipe))).isEqualTo(recipe);
    }

    @Test
    void readsSlicesAndModules() {
        String slices = """
                slices:
                  - sources: [{model: a, layer_range: [0, 16]}]
                  - sources: [{model: b, layer_range: [8, 24], parameters: {scale: 0.5}}]
                """;
        var plain = (WeightMerge) RecipeFormat.parse("merge_method: passthrough\n" + slices);
        var module = RecipeFormat.parse("merge_method: passthrough\nmodules:\n  default:\n" + slices.indent(4));
        assertThat(plain.slices()).hasSize(2);
        assertThat(plain.slices().getLast().sources().getFirst().layers()).contains(new LayerRange(8, 24));
        assertThat(module).isEqualTo(plain);
        assertThat(RecipeFormat.parse(RecipeFormat.toYaml(plain))).isEqualTo(plain);
    }

    @ParameterizedTest
    @EnumSource(Rescale.class)
    void writesEveryRescaling(Rescale rescale) {
        var recipe = dare().withRescale(rescale);
        assertThat(RecipeFormat.parse(RecipeFormat.toYaml(recipe))).isEqualTo(recipe);
        assertThat(RecipeFormat.fromTree(RecipeFormat.toTree(recipe))).isEqualTo(recipe);
    }

    @Test
    void mergekitsRecipesMeanMergekitsRescaling() {
        var read = (WeightMerge) RecipeFormat.parse("""
                merge_method: dare_ties
                base_model: base
                models: [{model: a, parameters: {weight: 0.5, density: 0.2}}]
                """);
        assertThat(read.rescale()).isEqualTo(Rescale.L1_NORM);
        assertThat(dare().rescale()).isEqualTo(Rescale.INVERSE_DENSITY);
    }

    @Test
    void anUnlistedBaseIsOneMoreSourceOfALinearMerge() {
        var read = (WeightMerge) RecipeFormat.parse("""
                merge_method: linear
                base_model: base
                models: [{model: a}]
                parameters: {weight: 0.5}
                """);
        assertThat(read.slices().getFirst().sources()).extracting(Source::model).containsExactly("a", "base");
    }

    @Test
    void readsAndWritesLayerPaths() {
        var path = new LayerPath(
                "a",
                List.of(
                        new LayerPath.Hop("a", 0, 1),
                        new LayerPath.Hop("b", 3, 0.8125),
                        new LayerPath.Hop("a", 0, 1.5)));
        assertThat(RecipeFormat.parse(RecipeFormat.toYaml(path))).isEqualTo(path);
        assertThat(RecipeFormat.parse(RecipeFormat.toJson(path))).isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            merge_method: tties                                             | unknown merge method 'tties'; did you mean 'ties'?
            {merge_method: linear, modles: []}                              | unknown key in the recipe: 'modles'; did you mean 'models'?
            {merge_method: linear, models: [{model: a, parameters: {wieght: 1}}]} | did you mean 'weight'?
            merge_method: linear                                            | exactly one of models, slices and modules, found none
            {merge_method: ties, models: [{model: a}]}                      | method 'ties' needs a base model, found none
            {merge_method: ties, base_model: b, models: [{model: a, parameters: {density: 0}}]} | density must be in (0, 1], found 0
            {merge_method: dare_ties, base_model: b, models: [{model: a, parameters: {density: 1.5}}]} | density must be in (0, 1], found 1.5
            {merge_method: linear, models: [{model: a, parameters: {weight: x}}]} | models[0].parameters.weight must be a number or a boolean, found "x"
            {merge_method: linear, models: [{model: a}], dtype: int8}       | unknown dtype 'int8'
            {merge_method: linear, models: [{model: a}, {model: a}]}        | model 'a' is there twice
            {merge_method: linear, models: [{model: a}], chat_template: chatml} | chat_template 'chatml' is not supported
            {merge_method: linear, models: [{model: a}], tokenizer: {source: base, tokens: {}}} | unknown key in tokenizer
            {merge_method: linear, models: [{model: a}], tokenizer: {source: base, pad_to_multiple_of: 8}} | unknown key in tokenizer (tokens and padding are not supported): 'pad_to_multiple_of'
            {merge_method: passthrough, slices: [{residual_weight: 1, sources: [{model: a, layer_range: [0, 1]}]}]} | unknown key in slices[0]: 'residual_weight'
            {merge_method: passthrough, slices: [{base_model: b, sources: [{model: a, layer_range: [0, 1]}]}]} | slices[0].base_model 'b' is not supported
            {merge_method: linear, modules: {vision: {models: [{model: a}]}}} | unknown key in modules
            {merge_method: passthrough, slices: [{sources: [{model: a, layer_range: [3, 1]}]}]} | 0 ≤ from < to
            {layer_path: {embeddings: a, hops: []}}                         | hops of layer_path must be a list
            [1                                                              | the recipe is not valid YAML
            """)
    void refusesWhatItDoesNotKnow(String text, String message) {
        assertThatThrownBy(() -> RecipeFormat.parse(text))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining(message);
    }

    private static WeightMerge dare() {
        return WeightMerge.of(
                MergeMethod.DARE_TIES,
                Optional.of("base"),
                List.of(Source.of("a", Map.of("weight", 0.1, "density", 1e-5)), Source.of("b", Map.of("weight", 1e10))),
                Map.of("normalize", new Parameter.Constant(0)),
                42);
    }
}
