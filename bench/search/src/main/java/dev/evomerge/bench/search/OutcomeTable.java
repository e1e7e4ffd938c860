package dev.evomerge.bench.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What real merges of the models of {@code examples/maths-ja} answered, question by question.
 *
 * <p>A text file: lines that begin with {@code #} say what was measured; every other line is a merge: its genome, a tab, and its outcomes on all
 * questions, four to a hexadecimal digit, the first in the highest bit.
 *
 * @param genomes  per merge, in [0, 1]ⁿ
 * @param outcomes per merge, per question, whether it was answered right
 */
record OutcomeTable(double[][] genomes, boolean[][] outcomes) {

    private static final String GENE = "%.6f";

    static OutcomeTable read(Path file) throws IOException {
        List<String[]> lines = Files.readAllLines(file).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t"))
                .toList();
        return new OutcomeTable(
                lines.stream()
                        .map(fields -> Arrays.stream(fields[0].split(" "))
                                .mapToDouble(Double::parseDouble)
                                .toArray())
                        .toArray(double[][]::new),
                lines.stream().map(fields -> bits(fields[1])).toArray(boolean[][]::new));
    }

    /** A genome as it stands in the file; what is measured is the genome that is read back. */
    static double[] rounded(double[] genome) {
        return Arrays.stream(genome)
                .map(gene -> Double.parseDouble(String.format(Locale.ROOT, GENE, gene)))
                .toArray();
    }

    /** One line of the file. */
    static String line(double[] genome, boolean[] outcomes) {
        String genes = Arrays.stream(genome)
                .mapToObj(gene -> String.format(Locale.ROOT, GENE, gene))
                .collect(Collectors.joining(" "));
        return genes + "\t" + hexadecimal(outcomes);
    }

    int questions() {
        return outcomes[0].length;
    }

    private static String hexadecimal(boolean[] bits) {
        var text = new StringBuilder();
        for (int from = 0; from < bits.length; from += 4) {
            int digit = 0;
            for (int i = 0; i < 4; i++) {
                digit = 2 * digit + (bits[from + i] ? 1 : 0);
            }
            text.append(Character.forDigit(digit, 16));
        }
        return text.toString();
    }

    private static boolean[] bits(String hexadecimal) {
        boolean[] bits = new boolean[4 * hexadecimal.length()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (Character.digit(hexadecimal.charAt(i / 4), 16) >> (3 - i % 4) & 1) == 1;
        }
        return bits;
    }
}
