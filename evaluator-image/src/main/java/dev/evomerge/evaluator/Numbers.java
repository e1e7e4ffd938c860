package dev.evomerge.evaluator;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which number a response gives as its answer. */
enum Numbers {

    /**
     * The last number, as people write them: with a sign, thousands separators and decimals ({@code -1,234.5}), in full-width digits, with
     * Japanese units ({@code 3万5千}); only where there are no digits at all, in Japanese numerals ({@code 七十五}), whose characters are parts of
     * words, too. A hyphen between numbers is no sign, and a digit at the end of a word ({@code m2}) is no number.
     */
    LAST_NUMBER("lastNumber") {
        @Override
        Optional<BigDecimal> find(String response) {
            String text = narrow(response);
            return last(DIGITS, text).or(() -> last(NUMERALS, text));
        }
    },

    /**
     * The last match of an unsigned decimal, as in the experiments of arXiv 2403.13187: {@code 1,234} is 234, and a minus sign is lost. For
     * comparison with their numbers.
     */
    LAST_UNSIGNED_DECIMAL("lastUnsignedDecimal") {
        @Override
        Optional<BigDecimal> find(String response) {
            return UNSIGNED.matcher(response)
                    .results()
                    .reduce((first, second) -> second)
                    .map(match -> new BigDecimal(ascii(match.group())));
        }
    };

    private static final Pattern UNSIGNED = Pattern.compile("\\d*\\.?\\d+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final String SIGN = "(?<sign>(?:(?<![A-Za-z\\d)])[-−]|マイナス)[$¥€£]?)?[$¥€£]?";
    private static final String PLAIN = "(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+";
    private static final String UNITS = "十百千万億兆";
    private static final Pattern DIGITS = Pattern.compile(
            SIGN + "(?<![a-z\\d])(?<number>(?:" + PLAIN + ")(?:[" + UNITS + "](?:" + PLAIN + ")?)*)",
            Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern NUMERALS =
            Pattern.compile(SIGN + "(?<number>[〇零一二三四五六七八九十百千][〇零一二三四五六七八九" + UNITS + "]*)");

    /** A digit or numeral, a plain number, or a unit. */
    private static final Pattern PART = Pattern.compile(PLAIN + "|.");

    private static final String NUMERAL_DIGITS = "〇一二三四五六七八九";
    private static final Map<String, Integer> POWERS = Map.of("十", 1, "百", 2, "千", 3, "万", 4, "億", 8, "兆", 12);
    private static final int MYRIAD = 4;

    private final String id;

    Numbers(String id) {
        this.id = id;
    }

    /** Its name in the contract. */
    String id() {
        return id;
    }

    /** The number in a response, or empty if it gives none. */
    abstract Optional<BigDecimal> find(String response);

    private static Optional<BigDecimal> last(Pattern pattern, String text) {
        Optional<BigDecimal> last = Optional.empty();
        for (Matcher matcher = pattern.matcher(text); matcher.find(); ) {
            BigDecimal value = value(matcher.group("number"));
            boolean negative = matcher.group("sign") != null && !isBetweenNumbers(text, matcher.start());
            last = Optional.of(negative ? value.negate() : value);
        }
        return last;
    }

    /** Whether the minus at a place takes what follows from a number before it. */
    private static boolean isBetweenNumbers(String text, int minus) {
        String before = text.substring(0, minus).stripTrailing();
        return !before.isEmpty() && Character.isDigit(before.charAt(before.length() - 1));
    }

    /** Sections of units below 10,000 (千, 百, 十), each multiplied by a power of 10,000 (万, 億, 兆). */
    private static BigDecimal value(String number) {
        BigDecimal total = BigDecimal.ZERO;
        BigDecimal section = BigDecimal.ZERO;
        Optional<BigDecimal> open = Optional.empty();
        for (Matcher parts = PART.matcher(number); parts.find(); ) {
            Integer power = POWERS.get(parts.group());
            if (power == null) {
                BigDecimal digit = digits(parts.group());
                open = Optional.of(
                        open.map(BigDecimal.TEN::multiply).map(digit::add).orElse(digit));
            } else if (power < MYRIAD) {
                section = section.add(open.orElse(BigDecimal.ONE).scaleByPowerOfTen(power));
                open = Optional.empty();
            } else {
                total = total.add(section.add(open.orElse(BigDecimal.ZERO)).scaleByPowerOfTen(power));
                section = BigDecimal.ZERO;
                open = Optional.empty();
            }
        }
        return total.add(section).add(open.orElse(BigDecimal.ZERO));
    }

    private static BigDecimal digits(String text) {
        int numeral = NUMERAL_DIGITS.indexOf(text.equals("零") ? "〇" : text);
        return numeral >= 0 ? BigDecimal.valueOf(numeral) : new BigDecimal(ascii(text.replace(",", "")));
    }

    private static String ascii(String digits) {
        return digits.codePoints()
                .map(c -> Character.isDigit(c) ? '0' + Character.digit(c, 10) : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Full-width forms of ASCII as ASCII. Other compatibility forms stay what they are: m² is not m2. */
    private static String narrow(String text) {
        return text.codePoints()
                .map(c -> c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
