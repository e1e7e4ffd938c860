package dev.evomerge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExportReportTest {

    @Test
    void digestsAsSha256sumDoes() {
        // printf b > b; printf a > a; sha256sum * | sha256sum
        ExportReport report = ExportReport.of(
                "e",
                "c",
                "file:///out",
                List.of(
                        new ExportReport.File("b", 1, Sha256.of(new byte[] {'b'})),
                        new ExportReport.File("a", 1, Sha256.of(new byte[] {'a'}))));
        assertThat(report.files()).extracting(ExportReport.File::name).containsExactly("a", "b");
        assertThat(report.bytes()).isEqualTo(2);
        assertThat(report.sha256()).isEqualTo("cb13f400dcb618e400d0f7d54f7cdb330d37a07272cb99a1016cda5830a10556");
    }
}
