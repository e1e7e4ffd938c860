package dev.evomerge.examples.zoo;

/** Japanese numerals. */
final class Numerals {

    static final String DIGITS = "零一二三四五六七八九";

    private Numerals() {}

    /** A number from 0 to 999 as it is written in Japanese, 四十二 for 42. */
    static String kanji(int number) {
        if (number < 0 || number > 999) {
            throw new IllegalArgumentException("no numeral for " + number + ", expected 0 to 999");
        }
        if (number == 0) {
            return DIGITS.substring(0, 1);
        }
        int ones = number % 10;
        return unit(number / 100, "百")
                + unit(number / 10 % 10, "十")
                + (ones == 0 ? "" : DIGITS.substring(ones, ones + 1));
    }

    private static String unit(int count, String name) {
        return switch (count) {
            case 0 -> "";
            case 1 -> name;
            default -> DIGITS.charAt(count) + name;
        };
    }
}
