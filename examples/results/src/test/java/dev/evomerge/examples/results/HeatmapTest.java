package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class HeatmapTest {

    @Test
    void theBestCellIsFramedAndRowsGrowUpwards() throws Exception {
        String svg = Heatmap.svg(
                "weight of maths", "weight of japanese", new double[] {0, 1}, new double[][] {{0, 10}, {20, 60}});
        var cells = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)))
                .getElementsByTagName("rect");
        assertThat(cells.getLength()).isEqualTo(1 + 4);
        Element lowest = (Element) cells.item(1);
        Element best = (Element) cells.item(4);
        assertThat(best.hasAttribute("stroke")).isTrue();
        assertThat(lowest.hasAttribute("stroke")).isFalse();
        assertThat(Double.parseDouble(best.getAttribute("y"))).isLessThan(Double.parseDouble(lowest.getAttribute("y")));
    }
}
