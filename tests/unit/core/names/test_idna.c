#include "core/names/idna.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

struct idna_case {
    const char *label;
    const char *ascii;   /* NULL: invalid */
    const char *problem; /* occurs in the text */
    const char *why;
};

static const struct idna_case cases[] = {
    {"b\xC3\xBC"
     "cher",
     "xn--bcher-kva", NULL, "RFC 3492's and everybody's example"},
    {"B\xC3\x9C"
     "CHER",
     "xn--bcher-kva", NULL, "upper case is mapped"},
    {"bu\xCC\x88"
     "cher",
     "xn--bcher-kva", NULL, "NFC"},
    {"fa\xC3\x9F", "xn--fa-hia", NULL, "non-transitional: sharp s stays"},
    {"\xCF\x82", "xn--3xa", NULL, "non-transitional: final sigma stays"},
    {"\xE1\xBA\x9E", NULL, "sharp s", "capital sharp s: its mapping has changed"},
    {"stra\xE1\xBA\x9E"
     "e",
     NULL, "\"\\195\\159\"", "capital sharp s inside"},
    {"\xE2\x84\xAA"
     "elvin",
     "kelvin", NULL, "compatibility mapping to ASCII"},
    {"\xEF\xBD\x81\xEF\xBD\x82", "ab", NULL, "full-width letters"},
    {"\xEF\xBC\x91\xEF\xBC\x92", "12", NULL, "full-width digits"},
    {"\xEF\xBC\x8A", "*", NULL, "full-width asterisk: the caller judges it"},
    {"\xE2\x84\x80", "a/c", NULL, "account of: the caller judges the slash"},
    {"\xC2\xAD", "", NULL, "soft hyphen: nothing is left"},
    {"a\xE2\x80\x8B"
     "b",
     "ab", NULL, "zero width space is ignored"},
    {"xn\xC2\xAD--mnchen-3ya", "xn--mnchen-3ya", NULL, "an A-label comes out of the mapping"},
    {"_\xC3\xBC", NULL, "underscore", "must not become the name \"\xC3\xBC\""},
    {"\xEF\xBC\xBF\xC3\xBC", NULL, "underscore", "full-width underscore"},
    {"\xEF\xBC\xBF"
     "dmarc",
     "_dmarc", NULL, "a full-width underscore in an ASCII label: \"_\""},
    {"\xC3\xBC/b", NULL, "international label", "slash"},
    {"\xC3\xBC@b", NULL, "international label", "at sign"},
    {"\xC3\xBC b", NULL, "international label", "blank"},
    {"\xC3\xBC\xC2\xA0", NULL, "international label", "no-break space maps to a blank"},
    {"\xC3\xBC\xE2\x84\x80", NULL, "international label", "slash out of a mapping"},
    {"\xE2\x92\x88", NULL, "must not have", "digit one full stop"},
    {"\xE2\x80\xA4", NULL, "must not have", "one dot leader"},
    {"\xEF\xB9\x92", NULL, "must not have", "small full stop"},
    {"\xE2\x98\x83", NULL, "must not have", "snowman: no letter"},
    {"\xF0\x9F\x98\x80", NULL, "must not have", "emoji"},
    {"\xCD\xB8", NULL, "RFC 5892", "unassigned"},
    {"-\xC3\xBC", NULL, "hyphen", "leading hyphen"},
    {"\xC3\xBC-", NULL, "hyphen", "final hyphen"},
    {"ab--\xC3\xBC", NULL, "third and fourth", "RFC 5891 4.2.3.1"},
    {"xn--\xC3\xBC", NULL, "international label", "half encoded"},
    {"\xCC\x81"
     "a",
     NULL, "combining mark", "leading accent"},
    {"a\xE2\x80\x8D"
     "b",
     NULL, "joiner", "zero width joiner without its context"},
    {"\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D\xE0\xA4\xB7", "xn--11b2ezcw70k", NULL,
     "zero width joiner after a virama"},
    {"1\xD7\x90", NULL, "directions", "RFC 5893 rule 1"},
    {"a\xD7\x90", NULL, "directions", "left and right"},
    {"\xD7\x90"
     "1",
     "xn--1-zhc", NULL, "right to left with a digit"},
    /* 59 times ü */
    {"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC",
     NULL, "longer than 63", "too long once encoded"},
    {"\xEF\xBD\x81"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     NULL, "longer than 63", "64 octets of ASCII after mapping"},
};

static void test_idna_label_maps_and_tests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct idna_case *c = &cases[i];
        char out[LIMIT_LABEL_OCTETS + 1] = "unset";
        const char *problem = NULL;
        bool valid = idna_label_to_ascii(c->label, strlen(c->label), out, &problem);
        if (valid != (c->ascii != NULL) || valid != (problem == NULL))
            fail_msg("%s (%s): %d %s %s", c->label, c->why, valid, out, problem ? problem : "");
        if (valid && strcmp(out, c->ascii) != 0)
            fail_msg("%s (%s): %s", c->label, c->why, out);
        if (!valid && !strstr(problem, c->problem))
            fail_msg("%s (%s): %s", c->label, c->why, problem);
    }
}

static void test_idna_label_ends_at_its_length(void **state)
{
    (void)state;
    char out[LIMIT_LABEL_OCTETS + 1];
    const char *problem;
    assert_true(idna_label_to_ascii("b\xC3\xBC"
                                    "cher.example",
                                    7, out, &problem));
    assert_string_equal(out, "xn--bcher-kva");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idna_label_maps_and_tests),
        cmocka_unit_test(test_idna_label_ends_at_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
