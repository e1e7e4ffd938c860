package dev.evomerge.examples.zoo;

import java.util.stream.Collectors;

/** Something to do to a list of letters, and its names: in programs, in English, in Korean (and …; if …). */
enum ListOperation {
    REVERSE('r', "flip", "뒤집고", "뒤집으면") {
        @Override
        String apply(String list) {
            return new StringBuilder(list).reverse().toString();
        }
    },
    ROTATE('t', "turn", "돌리고", "돌리면") {
        @Override
        String apply(String list) {
            return list.substring(1) + list.charAt(0);
        }
    },
    SORT('s', "sort", "정렬하고", "정렬하면") {
        @Override
        String apply(String list) {
            return list.chars().sorted().mapToObj(Character::toString).collect(Collectors.joining());
        }
    },
    SWAP('x', "swap", "바꾸고", "바꾸면") {
        @Override
        String apply(String list) {
            int last = list.length() - 1;
            return list.charAt(last) + list.substring(1, last) + list.charAt(0);
        }
    },
    DROP('u', "cut", "자르고", "자르면") {
        @Override
        String apply(String list) {
            return list.substring(1);
        }
    };

    private final char code;
    private final String english;
    private final String koreanAnd;
    private final String koreanIf;

    ListOperation(char code, String english, String koreanAnd, String koreanIf) {
        this.code = code;
        this.english = english;
        this.koreanAnd = koreanAnd;
        this.koreanIf = koreanIf;
    }

    /**
     * What becomes of a list: reversed; its first letter at the end; sorted; its first and last letters exchanged; without its first letter.
     *
     * @param list two or more letters
     */
    abstract String apply(String list);

    /** A method call: {@code .r}. */
    String call() {
        return "." + code;
    }

    String english() {
        return english;
    }

    String koreanAnd() {
        return koreanAnd;
    }

    String koreanIf() {
        return koreanIf;
    }
}
