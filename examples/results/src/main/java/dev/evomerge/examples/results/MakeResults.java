package dev.evomerge.examples.results;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.examples.results.Study.Merge;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the cases and writes the page of results. What was measured before is taken from the work folder.
 *
 * <p>Usage: {@code MakeResults EXAMPLES WORK PAGE SEEDS [CASE…]}: the folder {@code examples/}, a folder for what has been measured, the page to
 * write, how many seeds, and which cases (default: all).
 */
public final class MakeResults {

    private final Path examples;
    private final Path work;
    private final int seeds;

    private MakeResults(Path examples, Path work, int seeds) {
        this.examples = examples;
        this.work = work;
        this.seeds = seeds;
    }

    /** See the class. */
    public static void main(String[] args) throws IOException, DataException {
        if (args.length < 4) {
            System.err.println("usage: MakeResults EXAMPLES WORK PAGE SEEDS [CASE…]");
            System.exit(2);
        }
        Torch.setThreads(1);
        List<CaseStudy> cases = args.length == 4
                ? List.of(CaseStudy.values())
                : List.of(args).subList(4, args.length).stream()
                        .map(CaseStudy::of)
                        .toList();
        new MakeResults(Path.of(args[0]), Path.of(args[1]), Integer.parseInt(args[3])).run(cases, Path.of(args[2]));
    }

    private void run(List<CaseStudy> cases, Path page) throws IOException, DataException {
        var measured = new LinkedHashMap<CaseStudy, List<Map<Method, Measured>>>();
        for (CaseStudy study : cases) {
            measured.put(study, measure(study));
        }
        Files.writeString(page, page(measured));
        for (CaseStudy study : cases) {
            draw(study, measured.get(study).getFirst().get(Method.PS).merge().recipe());
        }
    }

    private String page(Map<CaseStudy, List<Map<Method, Measured>>> measured) throws IOException {
        var text = new StringBuilder(Files.readString(notes("introduction")));
        for (var entry : measured.entrySet()) {
            CaseStudy study = entry.getKey();
            text.append(String.format(
                    Locale.ROOT,
                    "%n## %s%n%n%d seeds; searches for weights score %d candidates on 200 questions, searches for paths %d.%n%n",
                    study.title(),
                    seeds,
                    study.evaluations(),
                    study.pathEvaluations()));
            text.append(new Table(study, entry.getValue()).markdown());
            text.append('\n').append(Files.readString(notes(study.folder())));
            text.append('\n').append(new Winners(study, entry.getValue()).markdown());
        }
        return text.toString();
    }

    /** What people have to say about the numbers. */
    private Path notes(String name) {
        return examples.resolve("results/notes").resolve(name + ".md");
    }

    private void draw(CaseStudy study, Recipe winner) throws IOException, DataException {
        var landscape = new Landscape(study, new Lab(study, examples, work));
        Path folder = examples.resolve(study.folder());
        Files.writeString(folder.resolve("landscape.svg"), landscape.ofWeights());
        Files.writeString(folder.resolve("winner.svg"), landscape.around((WeightMerge) winner));
    }

    private List<Map<Method, Measured>> measure(CaseStudy study) throws IOException, DataException {
        var lab = new Lab(study, examples, work);
        var all = new ArrayList<Map<Method, Measured>>();
        for (long seed = 1; seed <= seeds; seed++) {
            var merges = new Study(study, lab, study.layers(examples), seed).merges();
            var measured = new LinkedHashMap<Method, Measured>();
            for (var entry : merges.entrySet()) {
                Measured result = measure(study, entry.getValue(), lab);
                measured.put(entry.getKey(), result);
                System.out.printf(
                        Locale.ROOT,
                        "%s seed %d: %s %.1f %%%n",
                        study.folder(),
                        seed,
                        entry.getKey().title(study),
                        100 * result.score());
            }
            all.add(measured);
        }
        return all;
    }

    private static Measured measure(CaseStudy study, Merge merge, Lab lab) throws IOException, DataException {
        var domains = new HashMap<String, Double>();
        for (String specialist : study.specialists()) {
            domains.put(specialist, answer(specialist, merge, lab).fitness().getFirst());
        }
        return new Measured(merge, Answers.items(answer("test", merge, lab)), domains);
    }

    private static CandidateResult answer(String set, Merge merge, Lab lab) throws IOException, DataException {
        return lab.ask(set, List.of(merge.recipe()), merge.made()).getFirst();
    }
}
