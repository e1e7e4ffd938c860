package dev.evomerge.examples.zoo;

import ai.djl.ndarray.NDManager;
import dev.evomerge.inference.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Trains the zoo and writes it: models, question sets, digests. One thread and one seed: the same machine writes the same bytes again.
 *
 * <p>Usage: {@code TrainZoo FOLDER [SEED]}; the folder's name is that of the case
 */
public final class TrainZoo {

    private static final long DEFAULT_SEED = 1;

    private final Path folder;
    private final long seed;

    private TrainZoo(Path folder, long seed) {
        this.folder = folder;
        this.seed = seed;
    }

    /** See the class. */
    public static void main(String[] args) throws IOException {
        if (args.length < 1 || args.length > 2) {
            System.err.println("usage: TrainZoo FOLDER [SEED]");
            System.exit(2);
        }
        new TrainZoo(Path.of(args[0]), args.length == 2 ? Long.parseLong(args[1]) : DEFAULT_SEED).run();
    }

    private void run() throws IOException {
        Torch.setThreads(1);
        var zoo = Case.of(folder, random("examples"));
        writeQuestions(zoo.questionSets(new Random(seed)));
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Map<String, float[]> base = train("base", zoo, zoo.base(), Map.of(), manager);
            for (var specialist : zoo.specialists().entrySet()) {
                train(specialist.getKey(), zoo, specialist.getValue(), base, manager);
            }
        }
        writeDigests();
    }

    /** Independent draws for each purpose, so that a change of one lesson leaves the others as they are. */
    private RandomGenerator random(String purpose) {
        return new Random(31 * seed + purpose.hashCode());
    }

    private Map<String, float[]> train(
            String name, Case zoo, Lesson lesson, Map<String, float[]> start, NDManager manager) throws IOException {
        try (var model = new TinyLlama(zoo.size(), manager, random(name))) {
            if (!start.isEmpty()) {
                model.copyFrom(start);
            }
            System.out.println(name + ": " + model.parameterCount() + " parameters");
            new Trainer(zoo.vocabulary(), random(name + " batches"), System.out::println).train(model, lesson);
            Map<String, float[]> weights = model.weights();
            ModelFolder.write(
                    folder.resolve("models").resolve(name), zoo.size(), weights, zoo.vocabulary(), zoo.maxNewTokens());
            return weights;
        }
    }

    private void writeQuestions(Map<String, List<Example>> sets) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        for (var set : sets.entrySet()) {
            String lines = set.getValue().stream()
                    .map(example -> example.question() + "\t" + example.answer() + "\n")
                    .collect(Collectors.joining());
            Files.writeString(data.resolve(set.getKey() + ".tsv"), lines);
        }
    }

    /** Writes what {@code sha256sum -c DIGESTS} checks. */
    private void writeDigests() throws IOException {
        var lines = new StringBuilder();
        for (String part : List.of("data", "models")) {
            try (Stream<Path> files = Files.walk(folder.resolve(part))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    lines.append(sha256(file))
                            .append("  ")
                            .append(folder.relativize(file))
                            .append('\n');
                }
            }
        }
        Files.writeString(folder.resolve("DIGESTS"), lines);
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
