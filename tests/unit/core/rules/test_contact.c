#include "core/rules/contact.h"

#include "support/unit.h"

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

struct row {
    const char *why;
    struct bytes value;
    bool expected;
};

static const struct row emails[] = {
    {"an address", BYTES("domainowner@example.com"), true},
    {"all of atext", BYTES("a!#$%&'*+-/=?^_`{|}~9@example.com"), true},
    {"dots inside", BYTES("a.b.c@example.com"), true},
    {"a single label", BYTES("a@localhost"), true},
    {"UTF-8 on both sides", BYTES("gr\xC3\xBC\xC3\x9F@b\xC3\xBC.example"), true},
    {"a quoted local part", BYTES("\"a b\"@example.com"), true},
    {"quoted pairs", BYTES("\"a\\\"b\\\\\"@example.com"), true},
    {"'@' in a quoted local part", BYTES("\"a@b\"@example.com"), true},
    {"an empty quoted string", BYTES("\"\"@example.com"), true},
    {"a domain literal", BYTES("a@[192.0.2.1]"), true},
    {"nothing", BYTES(""), false},
    {"no '@'", BYTES("example.com"), false},
    {"another sign for '@'", BYTES("a example.com"), false},
    {"another sign after quotes", BYTES("\"a\"(example.com"), false},
    {"no local part", BYTES("@example.com"), false},
    {"no domain", BYTES("a@"), false},
    {"two '@'", BYTES("a@b@example.com"), false},
    {"padding before", BYTES(" a@example.com"), false},
    {"padding after", BYTES("a@example.com "), false},
    {"a line feed after", BYTES("a@example.com\n"), false},
    {"a display name", BYTES("A <a@example.com>"), false},
    {"angle brackets", BYTES("<a@example.com>"), false},
    {"a scheme", BYTES("mailto:a@example.com"), false},
    {"a comment", BYTES("a(b)@example.com"), false},
    {"a list", BYTES("a@example.com,b@example.com"), false},
    {"dot first", BYTES(".a@example.com"), false},
    {"dot last", BYTES("a.@example.com"), false},
    {"two dots", BYTES("a..b@example.com"), false},
    {"final dot of the domain", BYTES("a@example.com."), false},
    {"dot first in the domain", BYTES("a@.example.com"), false},
    {"blank in the domain", BYTES("a@example .com"), false},
    {"an open quote", BYTES("\"a@example.com"), false},
    {"an open quoted pair", BYTES("\"a\\"), false},
    {"a control character in quotes", BYTES("\"a\t\"@example.com"), false},
    {"DEL in quotes", BYTES("\"a\x7F\"@example.com"), false},
    {"text after the quotes", BYTES("\"a\"b@example.com"), false},
    {"quotes and nothing else", BYTES("\"a\""), false},
    {"not UTF-8", BYTES("a\xFF@example.com"), false},
    {"NUL", BYTES("a\0@example.com"), false},
    {"an empty domain literal", BYTES("a@[]"), false},
    {"an open domain literal", BYTES("a@[192.0.2.1"), false},
    {"brackets in a domain literal", BYTES("a@[192.[0.2.1]"), false},
    {"a backslash in a domain literal", BYTES("a@[192\\.0]"), false},
    {"a blank in a domain literal", BYTES("a@[192 0]"), false},
    {"DEL in a domain literal", BYTES("a@[192\x7F]"), false},
};

static const struct row phones[] = {
    {"the example of BR appendix A.1.2", BYTES("+1 555 123 4567"), true},
    {"digits alone", BYTES("+15551234567"), true},
    {"all visual separators", BYTES("+1-(555).123 4567"), true},
    {"fifteen digits", BYTES("+123456789012345"), true},
    {"one digit", BYTES("+1"), true},
    {"nothing", BYTES(""), false},
    {"a plus alone", BYTES("+"), false},
    {"no digit", BYTES("+ - "), false},
    {"separators alone", BYTES("+()-."), false},
    {"no plus", BYTES("15551234567"), false},
    {"the international prefix for a plus", BYTES("0015551234567"), false},
    {"no country code begins with zero", BYTES("+0 555 123 4567"), false},
    {"nor after a separator", BYTES("+(0)555 123 4567"), false},
    {"sixteen digits", BYTES("+1234567890123456"), false},
    {"padding before", BYTES(" +1 555 123 4567"), false},
    {"padding after", BYTES("+1 555 123 4567 "), false},
    {"a scheme", BYTES("tel:+15551234567"), false},
    {"a parameter", BYTES("+15551234567;ext=1"), false},
    {"letters", BYTES("+1555CALLNOW"), false},
    {"a plus inside", BYTES("+1+555"), false},
    {"a tab", BYTES("+1\t555"), false},
    {"NUL", BYTES("+1555\0"), false},
    {"a byte beyond ASCII",
     BYTES("+1\xA0"
           "555"),
     false},
};

static void test_email_is_an_addr_spec_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof emails / sizeof emails[0]; i++)
        if (contact_email_is_valid(emails[i].value) != emails[i].expected)
            fail_msg("%s", emails[i].why);
    assert_false(contact_email_is_valid((struct bytes){NULL, 0}));
}

static void test_phone_is_a_global_number_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++)
        if (contact_phone_is_valid(phones[i].value) != phones[i].expected)
            fail_msg("%s", phones[i].why);
    assert_false(contact_phone_is_valid((struct bytes){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_email_is_an_addr_spec_and_nothing_else),
        cmocka_unit_test(test_phone_is_a_global_number_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
