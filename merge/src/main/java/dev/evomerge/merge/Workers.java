package dev.evomerge.merge;

import java.util.ArrayList;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed number of threads that share numbered pieces of work; a piece may share out pieces of its own. Which thread does what never
 * shows in a result: pieces are the same for any number of threads, and what they add up is added in their order.
 */
final class Workers implements AutoCloseable {

    private final int threads;
    private final ForkJoinPool pool;

    /** @param threads how many, ≥ 1 */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, found " + threads);
        }
        this.threads = threads;
        this.pool = new ForkJoinPool(threads);
    }

    int threads() {
        return threads;
    }

    /** Does {@code body} for 0, 1, …, {@code count} − 1 and returns when all are done; the first failure is thrown. */
    void each(int count, IntConsumer body) {
        if (count == 1) {
            body.accept(0);
        } else if (ForkJoinTask.getPool() == pool) {
            share(count, body);
        } else if (count > 1) {
            pool.invoke(new RecursiveAction() {
                @Override
                protected void compute() {
                    share(count, body);
                }
            });
        }
    }

    private void share(int count, IntConsumer body) {
        var next = new AtomicInteger();
        Runnable take = () -> {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                body.accept(i);
            }
        };
        var helpers = new ArrayList<ForkJoinTask<?>>();
        for (int i = 1; i < Math.min(threads, count); i++) {
            helpers.add(ForkJoinTask.adapt(take).fork());
        }
        try {
            take.run();
        } catch (RuntimeException | Error e) {
            next.set(count);
            throw e;
        } finally {
            helpers.forEach(ForkJoinTask::quietlyJoin);
        }
        helpers.forEach(ForkJoinTask::join);
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
