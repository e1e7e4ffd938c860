package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses as models write them. The third column is what the paper's extraction makes of them; empty: nothing. */
class NumbersTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    # response                                            | number      | paper's
                    The answer is 18.                                     | 18          | 18
                    She makes 9 * 2 = $18 every day at the market.        | 18          | 18
                    Step 1: 16 - 3 = 13. Step 2: 13 - 4 = 9.              | 9           | 9
                    1日に16-3-4=9個を売るので、9*2=18ドルです。           | 18          | 18
                    答えは18です。                                        | 18          | 18
                    He makes $70,000.                                     | 70000       | 000
                    合計1,234,567円                                       | 1234567     | 567
                    The list is 1,2,3                                     | 3           | 3
                    Profit: -5                                            | -5          | 5
                    答えは−12です                                         | -12         | 12
                    答え：マイナス3度                                     | -3          | 3
                    He lost -$1,250.50 in total                           | -1250.5     | 250.5
                    16 - 3                                                | 3           | 3
                    16 -3                                                 | 3           | 3
                    (4)-3                                                 | 3           | 3
                    It is 3.5 hours.                                      | 3.5         | 3.5
                    18.0                                                  | 18          | 18
                    about .5 of it                                        | 0.5         | .5
                    答えは１８ドル                                        | 18          | 18
                    答えは７０，０００ドル                                | 70000       | 000
                    答えは－３．５                                        | -3.5        | 5
                    8万ドル                                               | 80000       | 8
                    8万5千円                                              | 85000       | 5
                    1億2,000万円                                          | 120000000   | 000
                    2.5万人                                               | 25000       | 2.5
                    答えは七十五です                                      | 75          |
                    二百五十                                              | 250         |
                    千二百                                                | 1200        |
                    三万五千                                              | 35000       |
                    二〇二六                                              | 2026        |
                    マイナス十二                                          | -12         |
                    25*3=75:七十五                                        | 75          | 75
                    答えは18です。これは一つの例です。                    | 18          | 18
                    The area is 18 m²                                     | 18          | 18
                    The area is 18 m2                                     | 18          | 2
                    I cannot answer that.                                 |             |
                    分かりません                                          |             |
                    ''                                                    |             |
                    """)
    void findsTheNumberOfAResponse(String response, String number, String papers) {
        assertThat(text(Numbers.LAST_NUMBER, response)).isEqualTo(plain(number));
        assertThat(text(Numbers.LAST_UNSIGNED_DECIMAL, response)).isEqualTo(plain(papers));
    }

    @Test
    void looksOverAllLines() {
        assertThat(text(Numbers.LAST_NUMBER, "First 3 eggs,\nthen 15.\n\n#### 18\n"))
                .isEqualTo("18");
    }

    private static String text(Numbers numbers, String response) {
        return numbers.find(response)
                .map(number -> plain(number.toPlainString()))
                .orElse("none");
    }

    private static String plain(String number) {
        return number == null
                ? "none"
                : new java.math.BigDecimal(number).stripTrailingZeros().toPlainString();
    }
}
