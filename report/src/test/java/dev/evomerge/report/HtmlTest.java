package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HtmlTest {

    @Test
    void valuesAreTextUnlessTheyAreMarkup() {
        assertThat(html("<p title=\"{}\">{}</p>{}", "a\"b'c", "<i>&</i>", html("<hr>"))
                        .markup())
                .isEqualTo("<p title=\"a&quot;b&#39;c\">&lt;i&gt;&amp;&lt;/i&gt;</p><hr>");
    }

    @Test
    void optionalsAndListsAreTakenPieceByPiece() {
        assertThat(html("[{}{}{}]", Optional.empty(), Optional.of("<"), List.of(html("<b>"), "&"))
                        .markup())
                .isEqualTo("[&lt;<b>&amp;]");
    }

    @Test
    void placesInsideValuesAreNotFilled() {
        assertThat(html("{} {}", "{}", "b").markup()).isEqualTo("{} b");
    }

    @Test
    void controlCharactersAreReplacedButLinesAndTabsStay() {
        assertThat(html("{}", "a\0b\u0085c\n\td").markup()).isEqualTo("a\uFFFDb\uFFFDc\n\td");
    }

    @Test
    void refusesAnotherNumberOfValuesThanPlaces() {
        assertThatThrownBy(() -> html("{} {}", 1)).hasMessage("1 values are too few for the template: {} {}");
        assertThatThrownBy(() -> html("{}", 1, 2)).hasMessage("2 values are too many for the template: {}");
    }
}
