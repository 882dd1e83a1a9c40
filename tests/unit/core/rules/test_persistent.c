#include "core/rules/persistent.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define URI         "accounturi=https://ca.example/acct/1"

static const char *const issuers[] = {"ca.example", "CA2.example", "", "bad_.example"};

/* Asked at 1000 seconds for https://ca.example/acct/1. */
static const struct {
    const char *why;
    struct bytes text;
    bool needs_policy;
    enum persistent_standing standing;
    const char *says;
} rows[] = {
    {"issuer and account", BYTES("ca.example; " URI), false, PERSISTENT_PROVES, NULL},
    {"the issuer ignores case", BYTES("CA.Example;" URI), false, PERSISTENT_PROVES, NULL},
    {"another of our issuers", BYTES("ca2.example;" URI), false, PERSISTENT_PROVES, NULL},
    {"blanks as the grammar has them",
     BYTES(" ca.example ; accounturi = https://ca.example/acct/1 "), false, PERSISTENT_PROVES,
     NULL},
    {"tags ignore case", BYTES("ca.example; AccountURI=https://ca.example/acct/1"), false,
     PERSISTENT_PROVES, NULL},
    {"unknown parameters, repeated", BYTES("ca.example; x=1; " URI "; x=2"), false,
     PERSISTENT_PROVES, NULL},
    {"another issuer", BYTES("other.example; " URI), false, PERSISTENT_OTHER, NULL},
    {"another issuer, malformed", BYTES("other.example; " URI ";;"), false, PERSISTENT_OTHER, NULL},
    {"a subdomain of our issuer", BYTES("x.ca.example; " URI), false, PERSISTENT_OTHER, NULL},
    {"no issuer, though the list has an empty entry", BYTES("; " URI), false, PERSISTENT_OTHER,
     NULL},
    {"nothing", BYTES(""), false, PERSISTENT_OTHER, NULL},
    {"a dot alone", BYTES("."), false, PERSISTENT_OTHER, NULL},
    {"some other TXT record", BYTES("v=spf1 -all"), false, PERSISTENT_OTHER, NULL},
    {"bytes that are no UTF-8", BYTES("\xFF\xFE; " URI), false, PERSISTENT_OTHER, NULL},
    {"our issuer with a final dot", BYTES("ca.example.; " URI), false, PERSISTENT_REJECTED,
     "issuer domain name"},
    {"an entry that is no issuer domain, listed", BYTES("bad_.example; " URI), false,
     PERSISTENT_REJECTED, "issuer domain name"},
    {"a semicolon after the last parameter", BYTES("ca.example; " URI ";"), false,
     PERSISTENT_REJECTED, "last parameter"},
    {"an illegal character in another tag", BYTES("ca.example; " URI "; a_b=c"), false,
     PERSISTENT_REJECTED, "tag"},
    {"an illegal byte in another value", BYTES("ca.example; " URI "; a=\xC3\xA9"), false,
     PERSISTENT_REJECTED, "visible ASCII"},
    {"issuer alone", BYTES("ca.example"), false, PERSISTENT_REJECTED, "accounturi is missing"},
    {"issuer and semicolon", BYTES("ca.example;"), false, PERSISTENT_REJECTED,
     "accounturi is missing"},
    {"accounturi twice, even equal", BYTES("ca.example; " URI "; " URI), false, PERSISTENT_REJECTED,
     "more than once"},
    {"accounturi twice in other spelling", BYTES("ca.example; " URI "; ACCOUNTURI=x:y"), false,
     PERSISTENT_REJECTED, "more than once"},
    {"an empty accounturi", BYTES("ca.example; accounturi="), false, PERSISTENT_REJECTED,
     "accounturi is empty"},
    {"another account", BYTES("ca.example; accounturi=https://ca.example/acct/2"), false,
     PERSISTENT_REJECTED, "not the requesting account"},
    {"URIs do not ignore case", BYTES("ca.example; accounturi=https://CA.example/acct/1"), false,
     PERSISTENT_REJECTED, "not the requesting account"},
    {"an account that begins like ours", BYTES("ca.example; " URI "1"), false, PERSISTENT_REJECTED,
     "not the requesting account"},
    {"until after now", BYTES("ca.example; " URI "; persistUntil=1001"), false, PERSISTENT_PROVES,
     NULL},
    {"until now", BYTES("ca.example; " URI "; persistuntil=1000"), false, PERSISTENT_PROVES, NULL},
    {"until before now", BYTES("ca.example; " URI "; persistUntil=999"), false, PERSISTENT_REJECTED,
     "has passed"},
    {"before the account", BYTES("ca.example; persistUntil=1001;" URI), false, PERSISTENT_PROVES,
     NULL},
    {"leading zeros", BYTES("ca.example; " URI "; persistUntil=0000000000000000000000001000"),
     false, PERSISTENT_PROVES, NULL},
    {"the largest time", BYTES("ca.example; " URI "; persistUntil=9223372036854775807"), false,
     PERSISTENT_PROVES, NULL},
    {"one more", BYTES("ca.example; " URI "; persistUntil=9223372036854775808"), false,
     PERSISTENT_REJECTED, "no time"},
    {"very many digits", BYTES("ca.example; " URI "; persistUntil=99999999999999999999999999"),
     false, PERSISTENT_REJECTED, "no time"},
    {"an empty time", BYTES("ca.example; " URI "; persistUntil="), false, PERSISTENT_REJECTED,
     "no time"},
    {"a sign", BYTES("ca.example; " URI "; persistUntil=+2000"), false, PERSISTENT_REJECTED,
     "no time"},
    {"a negative time", BYTES("ca.example; " URI "; persistUntil=-1"), false, PERSISTENT_REJECTED,
     "no time"},
    {"an underscore", BYTES("ca.example; " URI "; persistUntil=2_000"), false, PERSISTENT_REJECTED,
     "no time"},
    {"a fraction", BYTES("ca.example; " URI "; persistUntil=2000.5"), false, PERSISTENT_REJECTED,
     "no time"},
    {"hexadecimal", BYTES("ca.example; " URI "; persistUntil=0x7d0"), false, PERSISTENT_REJECTED,
     "no time"},
    {"twice", BYTES("ca.example; " URI "; persistUntil=2000; persistUntil=2000"), false,
     PERSISTENT_REJECTED, "persistUntil occurs more than once"},
    {"policy demanded and there", BYTES("ca.example; " URI "; policy=wildcard"), true,
     PERSISTENT_PROVES, NULL},
    {"its value ignores case", BYTES("ca.example; " URI "; Policy=WildCard"), true,
     PERSISTENT_PROVES, NULL},
    {"policy demanded and absent", BYTES("ca.example; " URI), true, PERSISTENT_REJECTED,
     "policy=wildcard is missing"},
    {"another policy counts as absent", BYTES("ca.example; " URI "; policy=wildcards"), true,
     PERSISTENT_REJECTED, "policy=wildcard is missing"},
    {"contradicting policies", BYTES("ca.example; " URI "; policy=wildcard; policy=none"), true,
     PERSISTENT_REJECTED, "policy=wildcard is missing"},
    {"policy is nothing where it is not demanded", BYTES("ca.example; " URI "; policy=x; policy="),
     false, PERSISTENT_PROVES, NULL},
};

static void test_records_are_judged(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct strv list = {issuers, 4, true};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct persistent_query query = {.issuers = &list,
                                         .account_uri = "https://ca.example/acct/1",
                                         .needs_wildcard_policy = rows[i].needs_policy,
                                         .now_s = 1000};
        const char *reason = NULL;
        enum persistent_standing standing = persistent_check(arena, rows[i].text, &query, &reason);
        if (standing != rows[i].standing)
            fail_msg("%s: standing %d, %s", rows[i].why, (int)standing, reason ? reason : "");
        if (rows[i].says ? !reason || !strstr(reason, rows[i].says) : reason != NULL)
            fail_msg("%s: reason: %s", rows[i].why, reason ? reason : "none");
    }
    arena_free(arena);
}

static void test_without_issuers_every_record_is_another_s(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct strv none = {0};
    struct persistent_query query = {.issuers = &none, .account_uri = "a:b"};
    const char *reason = NULL;
    assert_int_equal(persistent_check(arena, BYTES("ca.example; accounturi=a:b"), &query, &reason),
                     PERSISTENT_OTHER);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_judged),
        cmocka_unit_test(test_without_issuers_every_record_is_another_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
