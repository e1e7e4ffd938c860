package dev.evomerge.inference.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TorchTest {

    @Test
    void dealsGpusOneToACandidateThatFitsOnOne() {
        assertThat(groups(10, 10, 10, 12, 40)).isEqualTo(List.of(List.of(0), List.of(1), List.of(2), List.of(3)));
    }

    @Test
    void dealsAsManyAsACandidateTakes() {
        assertThat(groups(25, 10, 10, 10, 30, 10)).isEqualTo(List.of(List.of(0, 1, 2), List.of(3)));
        assertThat(groups(25, 10, 30, 30)).as("one that is in use").isEqualTo(List.of(List.of(0, 1), List.of(2)));
    }

    @Test
    void givesAllOfThemWhereEvenAllAreTooSmall() {
        assertThat(groups(100, 10, 10)).isEqualTo(List.of(List.of(0, 1)));
        assertThat(groups(100, 10)).isEqualTo(List.of(List.of(0)));
    }

    /** Numbers of GPUs with so much room each. */
    private static List<List<Integer>> groups(long bytes, long... room) {
        List<Device> gpus =
                IntStream.range(0, room.length).mapToObj(Device::gpu).toList();
        return Torch.groups(gpus, bytes, gpu -> room[gpu.getDeviceId()]).stream()
                .map(group -> group.stream().map(Device::getDeviceId).toList())
                .toList();
    }
}
