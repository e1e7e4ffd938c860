package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.examples.results.Study.Merge;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TableTest {

    private static final int QUESTIONS = 100;
    private static final Recipe RECIPE = WeightMerge.of(
            MergeMethod.LINEAR, Optional.empty(), List.of(Source.of("maths", Map.of("weight", 1.0))), Map.of(), 0);

    /** A merge that answers the first {@code right} questions. */
    private static Measured answers(int right, Spent spent) {
        var test = new double[QUESTIONS];
        Arrays.fill(test, 0, right, 1);
        return new Measured(new Merge(RECIPE, Map.of(), spent), test, Map.of("maths", 0.25, "japanese", right / 200.0));
    }

    private static Map<Method, Measured> seed(int extra) {
        var measured = new EnumMap<Method, Measured>(Method.class);
        for (Method method : Method.values()) {
            measured.put(method, answers(method.ordinal(), Spent.NOTHING));
        }
        measured.put(Method.PS, answers(50 + extra, new Spent(1000 + extra, 20_000, 30)));
        return measured;
    }

    @Test
    void rowsAreMeansOverSeeds() {
        String table = new Table(CaseStudy.MATHS_JA, List.of(seed(0), seed(20))).markdown();
        assertThat(table.lines()
                        .filter(line -> line.startsWith("| **PS** |"))
                        .findFirst()
                        .orElseThrow())
                .startsWith("| **PS** | 60.0 |")
                .endsWith("| 50.0 – 70.0 | 30.0 | 25.0 | 1,010 | 20,000 | 30 s |");
        assertThat(table.lines().filter(line -> line.startsWith("| source maths |")))
                .singleElement()
                .asString()
                .startsWith("| source maths | 1.0 | 0.2 – 5.4 |  |");
    }

    @Test
    void differencesAreFromTheBestOfAKind() {
        String table = new Table(CaseStudy.MATHS_JA, List.of(seed(0), seed(20))).markdown();
        assertThat(table)
                .contains("| **PS** − source japanese | +58.0 |")
                .contains("| **PS** − plain stacking | +51.0 |")
                .contains("| **PS** − random search | +50.0 |");
    }
}
