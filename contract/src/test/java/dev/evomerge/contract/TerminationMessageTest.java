package dev.evomerge.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TerminationMessageTest {

    @Test
    void saysWhatTheShardReportSays() {
        TerminationMessage message =
                TerminationMessage.parse(ContractJson.text(TerminationMessage.of(Examples.SHARD)), "pod");
        TerminationMessage.Shard shard = message.shard().orElseThrow();
        assertThat(shard.sha256()).isEqualTo(Sha256.of(ContractJson.bytes(Examples.SHARD)));
        assertThat(shard.omitted()).isZero();
        assertThat(shard.rows()).extracting(TerminationMessage.Row::id).containsExactly("g0003-c00", "g0003-c01");
        assertThat(shard.rows().get(1).failure()).hasValue("NotFinite");
    }

    @Test
    void leavesOutRowsThatDoNotFit() {
        ShardReport large = new ShardReport(
                CandidateManifest.API_VERSION,
                "g0003",
                0,
                IntStream.range(0, 200)
                        .mapToObj(
                                i -> new ShardReport.Row("g0003-c" + i, List.of(i / 3.0, i / 7.0), "", "0".repeat(64)))
                        .toList());
        TerminationMessage message = TerminationMessage.of(large);
        TerminationMessage.Shard shard = message.shard().orElseThrow();
        assertThat(ContractJson.bytes(message))
                .hasSizeBetween(TerminationMessage.MOST_BYTES - 200, TerminationMessage.MOST_BYTES);
        assertThat(shard.rows()).isNotEmpty();
        assertThat(shard.rows().size() + shard.omitted()).isEqualTo(200);
    }

    @Test
    void cutsALongProblem() {
        TerminationMessage message = TerminationMessage.of("InvalidModel", "テンソル😀\"\\\n".repeat(1000));
        assertThat(ContractJson.bytes(message).length)
                .isBetween(TerminationMessage.MOST_BYTES - 200, TerminationMessage.MOST_BYTES);
        assertThat(message.problem().orElseThrow().message()).startsWith("テンソル").endsWith(" …");
        assertThat(TerminationMessage.parse(ContractJson.text(message), "pod")).isEqualTo(message);
    }

    @Test
    void namesThePodWhoseTextIsNone() {
        assertThatThrownBy(() -> TerminationMessage.parse("Killed", "maths-ja-g0003-0-x7k2p"))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("maths-ja-g0003-0-x7k2p");
    }
}
