package dev.evomerge.evaluator;

import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The language of a response, told by its script: more than half of its letters are the language's, as the paper's rule wants the language's
 * probability above one half. Digits, signs and spaces say nothing; a response without letters is in no language. Languages that share a script
 * cannot be told apart this way and are not here, but for Chinese and Japanese: Japanese has kana. {@link #ENGLISH} stands for Latin letters.
 */
enum AnswerLanguage {
    JAPANESE("ja", UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA, UnicodeScript.HAN),
    CHINESE("zh", UnicodeScript.HAN),
    KOREAN("ko", UnicodeScript.HANGUL),
    ENGLISH("en", UnicodeScript.LATIN),
    RUSSIAN("ru", UnicodeScript.CYRILLIC),
    THAI("th", UnicodeScript.THAI),
    BENGALI("bn", UnicodeScript.BENGALI),
    TELUGU("te", UnicodeScript.TELUGU);

    private static final Set<UnicodeScript> KANA = EnumSet.of(UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA);

    private final String code;
    private final Set<UnicodeScript> scripts;

    AnswerLanguage(String code, UnicodeScript... scripts) {
        this.code = code;
        this.scripts = EnumSet.copyOf(Arrays.asList(scripts));
    }

    /** ISO 639-1. */
    String code() {
        return code;
    }

    /** The language of a code. */
    static Optional<AnswerLanguage> of(String code) {
        return Arrays.stream(values())
                .filter(language -> language.code.equals(code))
                .findFirst();
    }

    /** Whether a response is in this language. */
    boolean isOf(String response) {
        long letters = count(response, letter -> true);
        long own = count(response, letter -> scripts.contains(UnicodeScript.of(letter)));
        boolean kana = count(response, letter -> KANA.contains(UnicodeScript.of(letter))) > 0;
        return 2 * own > letters && (this != JAPANESE || kana) && (this != CHINESE || !kana);
    }

    private static long count(String text, IntPredicate which) {
        return text.codePoints().filter(Character::isLetter).filter(which).count();
    }
}
