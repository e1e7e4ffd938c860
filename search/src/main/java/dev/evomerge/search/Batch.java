package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Candidates that are scored together, on the same questions.
 *
 * @param number     counts the batches of an experiment from 0
 * @param kind       what they are for
 * @param stage      the stage that asked, or empty for baselines and finalists of the whole experiment
 * @param candidates in order; at least one
 * @param splits     the question sets that they are asked
 * @param questions  which search questions are asked: indices from 0, ascending; empty for all of them
 * @param models     what recipes name besides the sources and the base: winners of earlier stages ({@code stages.<name>}), and how to make them
 */
public record Batch(
        int number,
        Kind kind,
        String stage,
        List<Candidate> candidates,
        Set<Split> splits,
        Optional<List<Integer>> questions,
        SortedMap<String, Recipe> models) {

    /** What a batch is for. */
    public enum Kind {
        /** Sources, soups, fixed recipes, random search: what the search must beat. */
        BASELINES,
        /** One generation of a stage's optimizer. */
        GENERATION,
        /** The best candidates and baselines on unseen questions. */
        FINALISTS
    }

    public Batch {
        candidates = List.copyOf(candidates);
        splits = Set.copyOf(splits);
        questions = questions.map(List::copyOf);
        models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
    }

    /** A batch that is asked all questions and names no winner of a stage. */
    public Batch(int number, Kind kind, String stage, List<Candidate> candidates, Set<Split> splits) {
        this(number, kind, stage, candidates, splits, Optional.empty(), Collections.emptySortedMap());
    }

    /** The ids of the candidates, in order. */
    List<String> ids() {
        return candidates.stream().map(Candidate::id).toList();
    }

    /** Whether a record holds these candidates, in order. */
    boolean isAnsweredBy(BatchRecord record) {
        return record.evaluations().stream().map(Evaluation::candidate).toList().equals(ids());
    }

    /** The SHA-256 of its candidates, ids and recipes, in hexadecimal: what a record must be a record of. */
    public String digest() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (Candidate candidate : candidates) {
                String line = candidate.id() + " " + RecipeFormat.toJson(candidate.recipe()) + "\n";
                digest.update(line.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
