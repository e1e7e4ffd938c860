package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerLanguageTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ジャネットは毎日16 - 3 - 4 = 9個の卵を売ります。答えは18ドルです。 | ja
                    答えは18です。                                                     | ja
                    Answer: 卵は9個なので、答えは18です。                              | ja
                    Each day she sells 9 eggs (卵), so she makes 18 dollars.           | en
                    The answer is 18.                                                  | en
                    珍妮特每天卖9个鸡蛋，所以答案是18美元。                            | zh
                    매일 9개의 달걀을 팝니다. 답은 18입니다.                           | ko
                    Ответ: 18 долларов.                                                | ru
                    16 - 3 - 4 = 9, 9 * 2 = 18                                         | none
                    18                                                                 | none
                    ''                                                                 | none
                    """)
    void isToldByItsScript(String response, String language) {
        assertThat(Arrays.stream(AnswerLanguage.values())
                        .filter(one -> one.isOf(response))
                        .map(AnswerLanguage::code)
                        .findFirst()
                        .orElse("none"))
                .isEqualTo(language);
    }
}
