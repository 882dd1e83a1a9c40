#include "support/unit.h"

#include "base/str.h"
#include "config/peer_url.h"

static const struct {
    const char *url;
    bool is_https, is_loopback, has_query;
} good[] = {
    {"https://a.example", true, false, false},
    {"https://a.example:8443/p/q", true, false, false},
    {"https://a.example?x=1", true, false, true},
    {"http://localhost:8000", false, true, false},
    {"http://LOCALHOST", false, true, false},
    {"http://127.1.2.3/", false, true, false},
    {"http://[::1]:8000/", false, true, false},
    {"http://[::1]", false, true, false},
    {"https://192.0.2.1:443", true, false, false},
    {"https://[2001:db8::1]/x?y:z@w", true, false, true},
    {"https://localhost.example", true, false, false},
};

static void test_good_urls_give_their_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct peer_url facts;
        struct err err;
        if (!peer_url_check(good[i].url, &facts, &err))
            fail_msg("%s: %s", good[i].url, err.text);
        if (facts.is_https != good[i].is_https || facts.is_loopback != good[i].is_loopback ||
            facts.has_query != good[i].has_query)
            fail_msg("%s: other facts", good[i].url);
    }
}

static const struct {
    const char *url;
    const char *reason;
} bad[] = {
    {"", "does not begin with https://"},
    {"ftp://a.example", "does not begin with https://"},
    {"HTTPS://a.example", "does not begin with https://"},
    {"https://", "has no valid host"},
    {"https:///caa", "has no valid host"},
    {"https://:443", "has no valid host"},
    {"https://a..example", "has no valid host"},
    {"https://127.1", "has no valid host"},
    {"https://*.example", "has no valid host"},
    {"https://user:secret@a.example", "contains user information"},
    {"https://a.example:", "has no valid port"},
    {"https://a.example:0", "has no valid port"},
    {"https://a.example:65536", "has no valid port"},
    {"https://a.example:99999999999999999999999", "has no valid port"},
    {"https://a.example:80x", "has no valid port"},
    {"https://a.example/#x", "has a fragment"},
    {"https://a.example/a b", "contains a character"},
    {"https://a.example/\"", "contains a character"},
    {"https://b\xc3\xbc.example", "contains a character"},
    {"https://[::1", "has an opening bracket without a closing one"},
    {"https://[::1]x", "has something between host and port"},
    {"https://[127.0.0.1]", "has no valid host"},
    {"https://[a.example]", "has no valid host"},
    {"https://::1", "has an IPv6 address without brackets"},
    {"https://[]", "has no valid host"},
};

static void test_bad_urls_are_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct peer_url facts;
        struct err err = {.text = ""};
        if (peer_url_check(bad[i].url, &facts, &err) || !str_starts_with(err.text, bad[i].reason))
            fail_msg("%s: got \"%s\"", bad[i].url, err.text);
    }
}

static void test_host_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char url[400] = "https://";
    for (size_t i = 8; i < 300; i++)
        url[i] = i % 10 ? 'a' : '.';
    struct peer_url facts;
    struct err err;
    assert_false(peer_url_check(url, &facts, &err));
    assert_true(str_starts_with(err.text, "has a host that is too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_urls_give_their_facts),
        cmocka_unit_test(test_bad_urls_are_refused_with_the_reason),
        cmocka_unit_test(test_host_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
