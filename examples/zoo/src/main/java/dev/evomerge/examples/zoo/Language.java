package dev.evomerge.examples.zoo;

/** A language that problems are asked and answered in. */
enum Language {
    ENGLISH,
    JAPANESE;

    /** A number as this language writes it: digits in English problems, numerals in Japanese ones. */
    String number(int value) {
        return this == JAPANESE ? Numerals.kanji(value) : String.valueOf(value);
    }
}
