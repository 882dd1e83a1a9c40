#include "core/names/punycode.h"

#include "support/unit.h"

#include <string.h>

struct vector {
    const char *why;
    const char *text; /* digits and basic letters as encoding writes them */
    uint32_t points[40];
};

/* RFC 3492 section 7.1, all of them. */
static const struct vector vectors[] = {
    {"(A) Arabic",
     "egbpdaj6bu4bxfgehfvwxn",
     {0x0644, 0x064A, 0x0647, 0x0645, 0x0627, 0x0628, 0x062A, 0x0643, 0x0644, 0x0645, 0x0648,
      0x0634, 0x0639, 0x0631, 0x0628, 0x064A, 0x061F}},
    {"(B) Chinese, simplified",
     "ihqwcrb4cv8a8dqg056pqjye",
     {0x4ED6, 0x4EEC, 0x4E3A, 0x4EC0, 0x4E48, 0x4E0D, 0x8BF4, 0x4E2D, 0x6587}},
    {"(C) Chinese, traditional",
     "ihqwctvzc91f659drss3x8bo0yb",
     {0x4ED6, 0x5011, 0x7232, 0x4EC0, 0x9EBD, 0x4E0D, 0x8AAA, 0x4E2D, 0x6587}},
    {"(D) Czech",
     "Proprostnemluvesky-uyb24dma41a",
     {'P', 'r', 'o', 0x010D, 'p', 'r',    'o',    's', 't', 0x011B, 'n',
      'e', 'm', 'l', 'u',    'v', 0x00ED, 0x010D, 'e', 's', 'k',    'y'}},
    {"(E) Hebrew",
     "4dbcagdahymbxekheh6e0a7fei0b",
     {0x05DC, 0x05DE, 0x05D4, 0x05D4, 0x05DD, 0x05E4, 0x05E9, 0x05D5, 0x05D8, 0x05DC, 0x05D0,
      0x05DE, 0x05D3, 0x05D1, 0x05E8, 0x05D9, 0x05DD, 0x05E2, 0x05D1, 0x05E8, 0x05D9, 0x05EA}},
    {"(F) Hindi",
     "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd",
     {0x092F, 0x0939, 0x0932, 0x094B, 0x0917, 0x0939, 0x093F, 0x0928, 0x094D, 0x0926,
      0x0940, 0x0915, 0x094D, 0x092F, 0x094B, 0x0902, 0x0928, 0x0939, 0x0940, 0x0902,
      0x092C, 0x094B, 0x0932, 0x0938, 0x0915, 0x0924, 0x0947, 0x0939, 0x0948, 0x0902}},
    {"(G) Japanese",
     "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
     {0x306A, 0x305C, 0x307F, 0x3093, 0x306A, 0x65E5, 0x672C, 0x8A9E, 0x3092, 0x8A71, 0x3057,
      0x3066, 0x304F, 0x308C, 0x306A, 0x3044, 0x306E, 0x304B}},
    {"(H) Korean",
     "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c",
     {0xC138, 0xACC4, 0xC758, 0xBAA8, 0xB4E0, 0xC0AC, 0xB78C, 0xB4E4,
      0xC774, 0xD55C, 0xAD6D, 0xC5B4, 0xB97C, 0xC774, 0xD574, 0xD55C,
      0xB2E4, 0xBA74, 0xC5BC, 0xB9C8, 0xB098, 0xC88B, 0xC744, 0xAE4C}},
    {"(I) Russian",
     "b1abfaaepdrnnbgefbadotcwatmq2g4l",
     {0x043F, 0x043E, 0x0447, 0x0435, 0x043C, 0x0443, 0x0436, 0x0435, 0x043E, 0x043D,
      0x0438, 0x043D, 0x0435, 0x0433, 0x043E, 0x0432, 0x043E, 0x0440, 0x044F, 0x0442,
      0x043F, 0x043E, 0x0440, 0x0443, 0x0441, 0x0441, 0x043A, 0x0438}},
    {"(J) Spanish",
     "PorqunopuedensimplementehablarenEspaol-fmd56a",
     {'P', 'o', 'r', 'q', 'u', 0x00E9, 'n', 'o', 'p', 'u',    'e', 'd', 'e', 'n',
      's', 'i', 'm', 'p', 'l', 'e',    'm', 'e', 'n', 't',    'e', 'h', 'a', 'b',
      'l', 'a', 'r', 'e', 'n', 'E',    's', 'p', 'a', 0x00F1, 'o', 'l'}},
    {"(K) Vietnamese",
     "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g",
     {'T', 0x1EA1, 'i',    's', 'a',    'o', 'h', 0x1ECD, 'k', 'h',    0x00F4,
      'n', 'g',    't',    'h', 0x1EC3, 'c', 'h', 0x1EC9, 'n', 0x00F3, 'i',
      't', 'i',    0x1EBF, 'n', 'g',    'V', 'i', 0x1EC7, 't'}},
    {"(L) 3B",
     "3B-ww4c5e180e575a65lsy2b",
     {'3', 0x5E74, 'B', 0x7D44, 0x91D1, 0x516B, 0x5148, 0x751F}},
    {"(M)",
     "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n",
     {0x5B89, 0x5BA4, 0x5948, 0x7F8E, 0x6075, '-', 'w', 'i', 't', 'h', '-', 'S',
      'U',    'P',    'E',    'R',    '-',    'M', 'O', 'N', 'K', 'E', 'Y', 'S'}},
    {"(N)",
     "Hello-Another-Way--fc4qua05auwb3674vfr0b",
     {'H', 'e', 'l', 'l', 'o', '-',    'A',    'n',    'o',    't',    'h',    'e',   'r',
      '-', 'W', 'a', 'y', '-', 0x305D, 0x308C, 0x305E, 0x308C, 0x306E, 0x5834, 0x6240}},
    {"(O)", "2-u9tlzr9756bt3uc0v", {0x3072, 0x3068, 0x3064, 0x5C4B, 0x6839, 0x306E, 0x4E0B, '2'}},
    {"(P)",
     "MajiKoi5-783gue6qz075azm5e",
     {'M', 'a', 'j', 'i', 0x3067, 'K', 'o', 'i', 0x3059, 0x308B, '5', 0x79D2, 0x524D}},
    {"(Q)",
     "de-jg4avhby1noc0d",
     {0x30D1, 0x30D5, 0x30A3, 0x30FC, 'd', 'e', 0x30EB, 0x30F3, 0x30D0}},
    {"(R)", "d9juau41awczczp", {0x305D, 0x306E, 0x30B9, 0x30D4, 0x30FC, 0x30C9, 0x3067}},
    {"(S) all ASCII", "-> $1.00 <--", {'-', '>', ' ', '$', '1', '.', '0', '0', ' ', '<', '-'}},
    {"the last code point", "dn32g", {0x10FFFF}},
    {"before the surrogates", "hb9b", {0xD7FF}},
    {"after the surrogates", "0y0c", {0xE000}},
    {"nothing", "", {0}},
};

static size_t count_points(const struct vector *v)
{
    size_t n = 0;
    while (n < 40 && v->points[n])
        n++;
    return n;
}

static void test_punycode_vectors_encode_and_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        char text[100];
        uint32_t points[100];
        size_t count = 0;
        if (!punycode_encode(v->points, count_points(v), text, sizeof text) ||
            strcmp(text, v->text) != 0)
            fail_msg("%s: encoded %s", v->why, text);
        if (!punycode_decode(v->text, strlen(v->text), points, 100, &count) ||
            count != count_points(v) || memcmp(points, v->points, count * sizeof *points) != 0)
            fail_msg("%s: decoded to %zu code points", v->why, count);
        /* The room must be exactly large enough. */
        size_t length = strlen(v->text);
        assert_true(punycode_encode(v->points, count, text, length + 1));
        assert_false(punycode_encode(v->points, count, text, length));
        if (count > 0) {
            assert_true(punycode_decode(v->text, length, points, count, &count));
            assert_false(punycode_decode(v->text, length, points, count - 1, &count));
        }
    }
}

struct bad_case {
    const char *text;
    const char *why;
};

static const struct bad_case bad_cases[] = {
    {"-", "a lone delimiter is a digit that is none"},
    {"-abc", "nothing before the delimiter"},
    {"a_b", "no digit"},
    {"bcher-kv\xC3\xA4", "a digit beyond ASCII"},
    {"b\xC3\xBC"
     "cher-kva",
     "a literal beyond ASCII"},
    {"bcher-kv", "an integer without end"},
    {"z", "an integer without end"},
    {"99999999", "an integer over 32 bits"},
    {"9999999999999999999999", "a weight over 32 bits"},
    {"dn33g", "over the last code point"},
    {"ib9b", "the first surrogate"},
    {"zy0c", "the last surrogate"},
};

static void test_punycode_decode_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof *bad_cases; i++) {
        uint32_t points[64];
        size_t count;
        if (punycode_decode(bad_cases[i].text, strlen(bad_cases[i].text), points, 64, &count))
            fail_msg("\"%s\": %s (%zu: %x)", bad_cases[i].text, bad_cases[i].why, count, points[0]);
    }
}

static void test_punycode_decode_takes_digits_of_both_cases(void **state)
{
    (void)state;
    uint32_t points[8];
    size_t count;
    assert_true(punycode_decode("bcher-KVA", 9, points, 8, &count));
    assert_int_equal(count, 6);
    assert_int_equal(points[1], 0xFC);
}

static void test_punycode_encode_refuses_more_than_it_can_count(void **state)
{
    (void)state;
    static uint32_t points[PUNYCODE_POINTS_MAX + 1];
    static char text[PUNYCODE_POINTS_MAX * 8];
    for (size_t i = 0; i < PUNYCODE_POINTS_MAX + 1; i++)
        points[i] = i % 2 ? 0x10FFFF : 0x80;
    assert_true(punycode_encode(points, PUNYCODE_POINTS_MAX, text, sizeof text));
    static uint32_t again[PUNYCODE_POINTS_MAX];
    size_t count;
    assert_true(punycode_decode(text, strlen(text), again, PUNYCODE_POINTS_MAX, &count));
    assert_int_equal(count, PUNYCODE_POINTS_MAX);
    assert_memory_equal(points, again, sizeof again);
    assert_false(punycode_encode(points, PUNYCODE_POINTS_MAX + 1, text, sizeof text));
}

/* RFC 3492 section 6.4: an integer that does not fit is refused, and one of 32 bits fits. */
static void test_punycode_decode_takes_integers_of_32_bits(void **state)
{
    (void)state;
    enum { BASIC = 3999 }; /* so many that the last code point is not reached before */
    static char text[BASIC + 10];
    static uint32_t points[BASIC + 1];
    size_t count;
    memset(text, 'a', BASIC);
    memcpy(text + BASIC, "-k0902716a", 10); /* 2^32 - 1 */
    assert_true(punycode_decode(text, BASIC + 10, points, BASIC + 1, &count));
    assert_int_equal(count, BASIC + 1);
    assert_int_equal(points[UINT32_MAX % count], 0x80 + UINT32_MAX / count);
    text[BASIC + 1] = 'l';
    assert_false(punycode_decode(text, BASIC + 10, points, BASIC + 1, &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_punycode_vectors_encode_and_decode),
        cmocka_unit_test(test_punycode_decode_refuses),
        cmocka_unit_test(test_punycode_decode_takes_digits_of_both_cases),
        cmocka_unit_test(test_punycode_decode_takes_integers_of_32_bits),
        cmocka_unit_test(test_punycode_encode_refuses_more_than_it_can_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
