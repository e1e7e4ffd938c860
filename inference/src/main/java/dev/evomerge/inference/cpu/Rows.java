package dev.evomerge.inference.cpu;

/** Tokens that pass through the layers together: each one's slot, position in it, and number. */
final class Rows {

    private final int[] slots;
    private final int[] positions;
    private final int[] tokens;
    private int count;

    Rows(int capacity) {
        slots = new int[capacity];
        positions = new int[capacity];
        tokens = new int[capacity];
    }

    void clear() {
        count = 0;
    }

    /** @return its row */
    int add(int slot, int position, int token) {
        slots[count] = slot;
        positions[count] = position;
        tokens[count] = token;
        return count++;
    }

    int capacity() {
        return slots.length;
    }

    boolean isFull() {
        return count == slots.length;
    }

    int count() {
        return count;
    }

    int slot(int row) {
        return slots[row];
    }

    int position(int row) {
        return positions[row];
    }

    int token(int row) {
        return tokens[row];
    }
}
