package dev.evomerge.bench.search;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * {@link RealMerges} for peers in other languages. For each line of standard input that says {@code landscape SEED} it goes to another landscape,
 * for each that says {@code merge GENE GENE …} it prints the outcomes of all questions, in the table's order, as zeros and ones.
 *
 * <p>Usage: {@code LandscapeServer TABLE}
 */
final class LandscapeServer {

    private LandscapeServer() {}

    public static void main(String[] arguments) throws Exception {
        var table = OutcomeTable.read(Path.of(arguments[0]));
        var data = new RealMerges.Data(table);
        RealMerges landscape = null;
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("landscape")) {
                landscape = new RealMerges(data, Long.parseLong(words[1]));
            } else {
                var merge = landscape.at(Arrays.stream(words)
                        .skip(1)
                        .mapToDouble(Double::parseDouble)
                        .toArray());
                var outcomes = new StringBuilder();
                for (int question = 0; question < table.questions(); question++) {
                    outcomes.append(merge.isRight(question) ? '1' : '0');
                }
                System.out.println(outcomes);
                System.out.flush();
            }
        }
    }
}
