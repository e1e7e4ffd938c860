package dev.evomerge.examples.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.evomerge.examples.zoo.Example.Piece;
import dev.evomerge.examples.zoo.Lesson.Share;
import dev.evomerge.examples.zoo.TinyLlama.Size;
import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

    private static final List<Example> EXAMPLES =
            List.of(Example.of("ab?", Piece.learnt("ba")), Example.of("cd?", Piece.given("d"), Piece.learnt("c")));
    private static final Vocabulary VOCABULARY = new Vocabulary(List.of("abcd?"));
    private static final Size SIZE = new Size(2, 32, 4, 2, 8, 48, VOCABULARY.size());
    private static final Lesson LESSON = new Lesson(List.of(new Share(1, EXAMPLES)), 60, 8, 5e-3, 5, 0.01);

    @TempDir
    private Path folder;

    @BeforeAll
    static void oneThread() {
        Torch.setThreads(1);
    }

    private static Map<String, float[]> train() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                var model = new TinyLlama(SIZE, manager, new Random(3))) {
            new Trainer(VOCABULARY, new Random(4), line -> {}).train(model, LESSON);
            return model.weights();
        }
    }

    @Test
    void aTrainedModelAnswersInTheEvaluatorAsItWasTaught() throws IOException {
        ModelFolder.write(folder.resolve("model"), SIZE, train(), VOCABULARY, 8);
        try (var storage = Storages.open(StorageUri.parse(folder.toUri().toString()), StorageAccess.fromEnvironment());
                Checkpoint checkpoint = Checkpoint.open(storage, "model");
                ResidentModel resident = ResidentModel.load(checkpoint, DType.F32);
                CausalModel model = CausalModel.of(resident);
                Tokenizer tokenizer = Tokenizer.read(
                        "model", checkpoint.file("tokenizer.json").orElseThrow())) {
            var answers = new Generator(model, tokenizer)
                    .generate(List.of("ab?", "cd?d"), GenerationOptions.greedy(model, 8));
            assertThat(answers).extracting(answer -> answer.text()).containsExactly("ba", "c");
        }
    }

    /** Embedding, norms, rotary positions, grouped attention, feed-forward: computed by two programs from one file. */
    @Test
    void logitsEqualThoseOfTheEvaluator() throws IOException {
        int[] tokens = {1, 4, 6, 5, 8, 7, 4};
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                var trained = new TinyLlama(SIZE, manager, new Random(5))) {
            var rounded = trained.weights();
            rounded.values().forEach(TrainerTest::cutToBfloat16);
            trained.copyFrom(rounded);
            ModelFolder.write(folder.resolve("model"), SIZE, trained.weights(), VOCABULARY, 8);
            long[] ids = java.util.Arrays.stream(tokens).asLongStream().toArray();
            float[] ours = trained.logits(
                            manager.create(ids, new Shape(1, ids.length)), Trainer.causalMask(manager, ids.length))
                    .toFloatArray();
            try (var storage = Storages.open(
                            StorageUri.parse(folder.toUri().toString()), StorageAccess.fromEnvironment());
                    Checkpoint checkpoint = Checkpoint.open(storage, "model");
                    ResidentModel resident = ResidentModel.load(checkpoint, DType.F32);
                    CausalModel model = CausalModel.of(resident)) {
                float[] theirs = model.logits(tokens);
                int last = ours.length - VOCABULARY.size();
                for (int i = 0; i < VOCABULARY.size(); i++) {
                    assertThat(ours[last + i]).isCloseTo(theirs[theirs.length - VOCABULARY.size() + i], within(1e-4f));
                }
            }
        }
    }

    private static void cutToBfloat16(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
        }
    }

    @Test
    void theSameSeedGivesTheSameWeights() {
        assertSame(train(), train());
    }

    @Test
    void collectingGarbageMeanwhileChangesNoWeight() throws InterruptedException {
        Map<String, float[]> undisturbed = train();
        var collector = Thread.ofPlatform().daemon().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                System.gc();
            }
        });
        try {
            assertSame(train(), undisturbed);
        } finally {
            collector.interrupt();
            collector.join();
        }
    }

    private static void assertSame(Map<String, float[]> weights, Map<String, float[]> expected) {
        expected.forEach(
                (name, values) -> assertThat(weights.get(name)).as(name).isEqualTo(values));
    }
}
