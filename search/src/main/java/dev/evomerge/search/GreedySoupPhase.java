package dev.evomerge.search;

import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.SearchSpec.Baseline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The greedy model soup (arXiv 2203.05482): sources in the order of their scores, each kept in the mean if it does not lower the score. One batch of
 * one candidate per source after the first.
 */
final class GreedySoupPhase implements Phase {

    private final SearchSpec spec;
    private final Archive archive;
    private final List<String> queue = new ArrayList<>();
    private final List<String> ingredients = new ArrayList<>();
    private double loss = Double.POSITIVE_INFINITY;

    GreedySoupPhase(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
        if (spec.baselines().contains(Baseline.GREEDY_SOUP)) {
            archive.ranked(entry -> sourceOf(entry).isPresent())
                    .forEach(entry -> queue.add(sourceOf(entry).orElseThrow()));
        }
        if (!queue.isEmpty()) {
            ingredients.add(queue.removeFirst());
            loss = archive.losses(Baselines.SOURCE_PREFIX + ingredients.getFirst(), Split.SEARCH)[0];
        }
    }

    @Override
    public Optional<Batch> next(int number) {
        if (queue.size() == 1 && isUniformSoup()) {
            judge(Baselines.UNIFORM_SOUP);
        }
        if (queue.isEmpty()) {
            return Optional.empty();
        }
        var tried = new ArrayList<>(ingredients);
        tried.add(queue.getFirst());
        var candidate =
                new Candidate("greedy-soup-" + tried.size() + "-" + queue.getFirst(), Baselines.mean(spec, tried));
        return Optional.of(new Batch(number, Batch.Kind.BASELINES, "", List.of(candidate), Set.of(Split.SEARCH)));
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        archive.add(batch, results, Origin.SOUP, OptionalInt.empty());
        judge(batch.candidates().getFirst().id());
    }

    /** Whether the next soup is the mean of all sources, and that is scored already. */
    private boolean isUniformSoup() {
        return spec.baselines().contains(Baseline.UNIFORM_SOUP)
                && ingredients.size() + 1 == spec.models().size();
    }

    private void judge(String id) {
        String tried = queue.removeFirst();
        double found = archive.losses(id, Split.SEARCH)[0];
        if (found <= loss) {
            loss = found;
            ingredients.add(tried);
            archive.keepSoup(id);
        }
    }

    private Optional<String> sourceOf(Entry entry) {
        return spec.models().keySet().stream()
                .filter(model -> entry.candidate().id().equals(Baselines.SOURCE_PREFIX + model))
                .findFirst();
    }
}
