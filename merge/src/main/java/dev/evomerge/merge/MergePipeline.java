package dev.evomerge.merge;

import dev.evomerge.merge.Shards.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Streams a merge into a folder, batch by batch: while one batch is merged, the sources of the next are loaded and the one before is written.
 * A batch is some whole tensors, or a part of a large one.
 */
final class MergePipeline {

    private static final long BATCH = 32L << 20;

    private final Workers workers;
    private final OutputFolder folder;

    MergePipeline(Workers workers, OutputFolder folder) {
        this.workers = workers;
        this.folder = folder;
    }

    /** A tensor with its sources in memory. */
    private static final class Loaded implements AutoCloseable {
        private final OutputTensor tensor;
        private final long offset;
        private final Arena arena = Arena.ofShared();
        private TensorMerger merger;

        Loaded(OutputTensor tensor, long offset) {
            this.tensor = tensor;
            this.offset = offset;
        }

        Loaded load() {
            merger = TensorMergers.of(tensor, arena);
            return this;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** Merges the tensors of all shards, in order. */
    void run(Shards shards, List<OutputTensor> tensors) throws IOException {
        Map<String, OutputTensor> byName =
                tensors.stream().collect(Collectors.toMap(OutputTensor::name, Function.identity()));
        // Tensors are loaded at once: in a store each waits for answers, not for a processor.
        try (ExecutorService loader = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Shard shard : shards.files()) {
                folder.start(shard);
                folder.write(0, MemorySegment.ofArray(shard.layout().header()));
                run(batches(shard, byName), loader);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static List<List<Loaded>> batches(Shard shard, Map<String, OutputTensor> tensors) {
        var batches = new ArrayList<List<Loaded>>();
        long room = 0;
        for (var entry : shard.layout().offsets().entrySet()) {
            var tensor = new Loaded(tensors.get(entry.getKey()), entry.getValue());
            if (batches.isEmpty() || room < tensor.tensor.info().bytes()) {
                batches.add(new ArrayList<>());
                room = BATCH;
            }
            batches.getLast().add(tensor);
            room -= tensor.tensor.info().bytes();
        }
        return batches;
    }

    private void run(List<List<Loaded>> batches, ExecutorService loader) throws IOException {
        List<Future<Loaded>> next = load(batches.getFirst(), loader);
        int at = 0;
        try {
            for (; at < batches.size(); at++) {
                List<Loaded> batch = await(next);
                if (at + 1 < batches.size()) {
                    next = load(batches.get(at + 1), loader);
                }
                merge(batch);
                batch.forEach(Loaded::close);
            }
        } finally {
            if (at < batches.size()) {
                next.forEach(MergePipeline::quietly);
                batches.subList(at, batches.size()).forEach(batch -> batch.forEach(Loaded::close));
            }
        }
    }

    private static List<Future<Loaded>> load(List<Loaded> batch, ExecutorService loader) {
        return batch.stream().map(tensor -> loader.submit(tensor::load)).toList();
    }

    private static List<Loaded> await(List<Future<Loaded>> batch) throws IOException {
        try {
            var loaded = new ArrayList<Loaded>();
            for (Future<Loaded> tensor : batch) {
                loaded.add(tensor.get());
            }
            return loaded;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while sources were loaded");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case UncheckedIOException io -> throw io.getCause();
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                default -> throw new IOException(e.getCause());
            }
        }
    }

    /** Waits for a load whose result is not wanted any more, so that its memory can be freed. */
    private static void quietly(Future<?> load) {
        try {
            load.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            // What went wrong before is what is reported.
        }
    }

    private void merge(List<Loaded> batch) throws IOException {
        if (batch.size() > 1) {
            workers.each(batch.size(), i -> {
                Loaded loaded = batch.get(i);
                loaded.merger.prepare(workers);
                mergeSpan(loaded, 0, loaded.tensor.info().elements());
            });
            folder.settle();
            return;
        }
        Loaded only = batch.getFirst();
        only.merger.prepare(workers);
        long elements = only.tensor.info().elements();
        int piece = only.merger.piece();
        long span = Math.max(1, BATCH / only.tensor.info().dtype().bytes() / piece) * piece;
        for (long from = 0; from < elements; from += span) {
            mergeSpan(only, from, Math.min(elements, from + span));
            folder.settle();
        }
    }

    private void mergeSpan(Loaded loaded, long start, long end) {
        int piece = loaded.merger.piece();
        int bytes = loaded.tensor.info().dtype().bytes();
        workers.each(TensorMerger.pieces(end - start, piece), p -> {
            long from = start + (long) p * piece;
            int count = (int) Math.min(piece, end - from);
            MemorySegment target = Buffers.get((long) count * bytes);
            loaded.merger.merge(from, count, target);
            try {
                folder.write(loaded.offset + from * bytes, target);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** One buffer per thread, as large as the largest piece so far; it stays in the second-level cache between merging and writing. */
    private static final class Buffers {
        private static final ThreadLocal<MemorySegment> BUFFER = new ThreadLocal<>();

        static MemorySegment get(long bytes) {
            MemorySegment buffer = BUFFER.get();
            if (buffer == null || buffer.byteSize() < bytes) {
                buffer = Arena.ofAuto().allocate(bytes, 64);
                BUFFER.set(buffer);
            }
            return buffer.asSlice(0, bytes);
        }
    }
}
