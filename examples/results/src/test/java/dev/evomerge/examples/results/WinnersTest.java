package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.examples.results.Study.Merge;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.Recipe;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WinnersTest {

    private static Measured found(Recipe recipe) {
        return new Measured(Merge.fixed(recipe), new double[] {1}, Map.of());
    }

    @Test
    void aRowSaysWhatEachSearchHasFound() {
        var path = new LayerPath("japanese", List.of(new Hop("japanese", 0, 1), new Hop("maths", 1, 0.5)));
        var hybrid = new LayerPath("stages.weights", List.of(new Hop("stages.weights", 4, 1.256)));
        String table = new Winners(
                        CaseStudy.MATHS_JA,
                        List.of(Map.of(
                                Method.PS, found(Study.sum(CaseStudy.MATHS_JA)),
                                Method.DFS, found(path),
                                Method.HYBRID, found(hybrid))))
                .markdown();
        assertThat(table).endsWith("| 1 | 1.00/1.00 | j0 m1·0.50 | w4·1.26 |\n");
    }
}
