package dev.evomerge.examples.results;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.Parameter.Constant;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.WeightMerge;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the searches of one case have found, as Markdown: a row per seed. */
final class Winners {

    private final CaseStudy study;
    private final List<Map<Method, Measured>> seeds;

    /**
     * @param seeds per seed what was measured
     */
    Winners(CaseStudy study, List<Map<Method, Measured>> seeds) {
        this.study = study;
        this.seeds = seeds;
    }

    String markdown() {
        var text = new StringBuilder(String.format(
                "What was found: the weights of `%s` / `%s`, layer by layer; and the layers that a path visits, of `%s` (%s), `%s` (%s) and the%n"
                        + "winner of PS (w), with the scale of each hop's input where it is not 1.%n%n",
                study.language(),
                study.skill(),
                study.language(),
                study.language().charAt(0),
                study.skill(),
                study.skill().charAt(0)));
        text.append("| seed | PS | DFS | PS + DFS |\n| --- | --- | --- | --- |\n");
        for (int seed = 0; seed < seeds.size(); seed++) {
            var found = seeds.get(seed);
            text.append(String.join(
                            " | ",
                            "| " + (seed + 1),
                            said(found.get(Method.PS)),
                            said(found.get(Method.DFS)),
                            said(found.get(Method.HYBRID))))
                    .append(" |\n");
        }
        return text.toString();
    }

    private String said(Measured measured) {
        return switch (measured.merge().recipe()) {
            case WeightMerge merge -> merge.slices().stream().map(this::weights).collect(Collectors.joining(", "));
            case LayerPath path -> path.hops().stream().map(this::hop).collect(Collectors.joining(" "));
        };
    }

    private String weights(Slice slice) {
        return study.specialists().stream()
                .map(name -> slice.sources().stream()
                        .filter(source -> source.model().equals(name))
                        .mapToDouble(source -> ((Constant) source.parameters().get("weight")).value())
                        .sum())
                .map(weight -> String.format(Locale.ROOT, "%.2f", weight))
                .collect(Collectors.joining("/"));
    }

    private String hop(Hop hop) {
        String layer = (study.specialists().contains(hop.model()) ? hop.model().substring(0, 1) : "w") + hop.layer();
        return hop.scale() == 1 ? layer : String.format(Locale.ROOT, "%s·%.2f", layer, hop.scale());
    }
}
