package dev.evomerge.inference.cpu;

import dev.evomerge.inference.torch.Torch;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that carry out one task together and wait for each other within it. A step of a model takes a hundred such waits, so they spin: a thread
 * that is late by microseconds is waited for without the kernel. One that is late for longer has lost its core to someone else, and is given it.
 */
final class Team {

    private static final Map<Integer, Team> TEAMS = new ConcurrentHashMap<>();

    private static final int SPINS = 4_000;
    private static final int YIELDS = 200;
    private static final long PARK_NANOS = 50_000;

    /** What a member does; all members do it at the same time. */
    @FunctionalInterface
    interface Task {
        void run(int member);
    }

    private final int size;
    private final Semaphore[] starts;
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile int phase;
    private volatile Task task;
    private volatile CountDownLatch done;

    /** The process's team of so many members; they are there for good, and asleep between tasks. */
    static Team of(int size) {
        return TEAMS.computeIfAbsent(size, Team::new);
    }

    private Team(int size) {
        this.size = size;
        this.starts = new Semaphore[size];
        for (int member = 0; member < size; member++) {
            int number = member;
            starts[number] = new Semaphore(0);
            Thread.ofPlatform().daemon().name("model-" + number).start(() -> work(number));
        }
    }

    int size() {
        return size;
    }

    /** The first of a member's share of n things; the share of member {@code size} begins where that of the last ends. */
    int share(int member, int n) {
        return (int) ((long) n * member / size);
    }

    private void work(int member) {
        Torch.useThisThreadOnly();
        while (true) {
            starts[member].acquireUninterruptibly();
            try {
                task.run(member);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
            done.countDown();
        }
    }

    /** Has all members carry out a task; throws what one of them threw. */
    synchronized void run(Task task) {
        this.task = task;
        arrived.set(0);
        failure.set(null);
        done = new CountDownLatch(size);
        for (Semaphore start : starts) {
            start.release();
        }
        awaitUninterruptibly(done);
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Within a task: waits until every member has come here. */
    void meet() {
        int before = phase;
        if (arrived.incrementAndGet() == size) {
            arrived.set(0);
            phase = before + 1;
            return;
        }
        for (int i = 0; phase == before; i++) {
            if (failure.get() != null) {
                throw new CancellationException("another member of the team failed");
            }
            if (i < SPINS) {
                Thread.onSpinWait();
            } else if (i < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(PARK_NANOS);
            }
        }
    }
}
