package dev.evomerge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidateManifestTest {

    private static final CandidateManifest VALID = Examples.MANIFEST;

    @Test
    void findsNothingWrongWithAValidOne() {
        assertThat(VALID.problems()).isEmpty();
    }

    @Test
    void dealsCandidatesToShards() {
        CandidateManifest manifest = with(
                3,
                IntStream.range(0, 8)
                        .mapToObj(i -> new CandidateSpec("c" + i, Examples.RECIPE))
                        .toList());
        assertThat(manifest.shard(0)).extracting(CandidateSpec::id).containsExactly("c0", "c3", "c6");
        assertThat(manifest.shard(2)).extracting(CandidateSpec::id).containsExactly("c2", "c5");
        List<CandidateSpec> all = new ArrayList<>();
        IntStream.range(0, 3).forEach(shard -> all.addAll(manifest.shard(shard)));
        assertThat(all).containsExactlyInAnyOrderElementsOf(manifest.candidates());
    }

    @Test
    void namesEverythingThatIsWrong() {
        CandidateManifest manifest = new CandidateManifest(
                VALID.apiVersion(),
                VALID.experiment(),
                VALID.batch(),
                VALID.results(),
                9,
                Map.of("japanese", ModelRef.at("s3://models/japanese")),
                VALID.tasks(),
                List.of(
                        new ObjectiveSpec("accuracy", "addition/search", "accuracy"),
                        new ObjectiveSpec("length", "multiplication/search", "words")),
                List.of(
                        new CandidateSpec("c0", Examples.RECIPE),
                        new CandidateSpec("c0", Examples.RECIPE),
                        new CandidateSpec("a/b", Examples.RECIPE)));
        assertThat(String.join("\n", manifest.problems()))
                .contains("shards is 9, expected 1 to the number of candidates, 3")
                .contains("candidates: 'c0' occurs twice")
                .contains("id 'a/b', expected letters")
                .contains("candidate c0 names the model 'base', expected one of [japanese]")
                .contains(
                        "objective accuracy names the task 'addition/search', expected one of [multiplication/search]")
                .contains(
                        "objective length names the metric 'words', but multiplication/search measures [accuracy, outputTokens]");
    }

    private static CandidateManifest with(int shards, List<CandidateSpec> candidates) {
        return new CandidateManifest(
                VALID.apiVersion(),
                VALID.experiment(),
                VALID.batch(),
                VALID.results(),
                shards,
                VALID.models(),
                VALID.tasks(),
                VALID.objectives(),
                candidates);
    }
}
