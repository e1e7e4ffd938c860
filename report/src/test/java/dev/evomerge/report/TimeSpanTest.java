package dev.evomerge.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeSpanTest {

    @ParameterizedTest
    @CsvSource({
        "PT-5S, 0 s",
        "PT0S, 0 s",
        "PT0.01S, < 0.1 s",
        "PT2.737S, 2.7 s",
        "PT9.96S, 10 s",
        "PT42.4S, 42 s",
        "PT59.6S, 1 min",
        "PT17M40S, 18 min",
        "PT59M31S, 1 h 0 min",
        "PT3H12M20S, 3 h 12 min",
        "PT53H40M, 2 d 5 h"
    })
    void isWrittenByItsLargestUnits(Duration span, String text) {
        assertThat(TimeSpan.text(span)).isEqualTo(text);
    }
}
