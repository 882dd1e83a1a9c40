#include "net/dns_config.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

struct fixture {
    struct arena *arena;
    struct buf text;
    struct err err;
    struct dns_settings settings;
    const char *anchors[1];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    f->anchors[0] = ". IN DS 20326 8 2 " DIGEST;
    f->settings = (struct dns_settings){
        .trust_anchors = f->anchors,
        .trust_anchor_count = 1,
        .cache_max_ttl_s = 60,
        .cache_max_negative_ttl_s = 5,
    };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    buf_clear(&f->text);
    free(f);
    return 0;
}

static bool format(struct fixture *f)
{
    struct dns_config config = {.settings = &f->settings, .outgoing_range = 100};
    f->text.n = 0;
    f->err = (struct err){0};
    bool is_good = dns_config_format(&config, &f->text, &f->err);
    assert_int_equal(f->err.code, is_good ? ERR_NONE : ERR_CONFIG);
    return is_good;
}

static void assert_line(struct fixture *f, const char *line)
{
    const char *wanted = arena_printf(f->arena, "\n%s\n", line);
    if (!strstr(buf_str(&f->text), wanted))
        fail_msg("no line \"%s\" in:\n%s", line, buf_str(&f->text));
}

static void assert_no_text(struct fixture *f, const char *text)
{
    if (strstr(buf_str(&f->text), text))
        fail_msg("\"%s\" is in:\n%s", text, buf_str(&f->text));
}

static void assert_refused(struct fixture *f, const char *because)
{
    if (format(f))
        fail_msg("accepted: %s", because);
    if (!strstr(f->err.text, because))
        fail_msg("\"%s\" is not in \"%s\"", because, f->err.text);
    for (const char *p = f->err.text; *p; p++)
        assert_true((unsigned char)*p >= 0x20);
}

static void test_config_has_the_baseline(void **state)
{
    struct fixture *f = *state;
    assert_true(format(f));
    static const char *const lines[] = {
        "  module-config: \"validator iterator\"",
        "  val-permissive-mode: no",
        "  val-sig-skew-min: 0",
        "  val-sig-skew-max: 0",
        "  val-clean-additional: yes",
        "  qname-minimisation: yes",
        "  use-caps-for-id: yes",
        "  harden-dnssec-stripped: yes",
        "  harden-glue: yes",
        "  harden-algo-downgrade: no", /* RFC 6840 section 5.11: any one algorithm suffices */
        "  edns-buffer-size: 1232",
        "  serve-expired: no",
        "  prefetch: no",
        "  aggressive-nsec: no",
        "  minimal-responses: no",
        "  local-zone: \"test.\" nodefault",
        "  cache-max-ttl: 60",
        "  cache-max-negative-ttl: 5",
        "  val-bogus-ttl: 5",
        "  outgoing-range: 100",
        "  trust-anchor: \". IN DS 20326 8 2 " DIGEST "\"",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_line(f, lines[i]);
    assert_no_text(f, "private-address"); /* refused addresses must be seen */
    assert_no_text(f, "root-hints");
    assert_no_text(f, "stub-zone");
    assert_no_text(f, "forward-addr");
    assert_no_text(f, "caps-exempt"); /* every server of the Internet is asked in mixed case */
}

static void test_config_keeps_the_case_for_forwarders_on_this_machine_only(void **state)
{
    struct fixture *f = *state;
    static const char *const local[] = {"127.0.0.1@5300", "::1", "127.9.9.9"};
    static const char *const mixed[] = {"127.0.0.1@5300", "192.0.2.1"};
    f->settings.forward_to = local;
    f->settings.forward_count = 3;
    assert_true(format(f));
    assert_line(f, "  caps-exempt: \".\"");
    buf_clear(&f->text);
    f->settings.forward_to = mixed;
    f->settings.forward_count = 2;
    assert_true(format(f));
    assert_no_text(f, "caps-exempt");
}

static void test_config_of_one_check_is_small(void **state)
{
    struct fixture *f = *state;
    struct dns_config config = {
        .settings = &f->settings, .outgoing_range = 10, .outgoing_tcp = 4, .is_private = true};
    assert_true(dns_config_format(&config, &f->text, &f->err));
    assert_line(f, "  msg-cache-size: 256k");
    /* libunbound ends the process at the threshold, over its lifetime (CVE-2026-44621). */
    assert_no_text(f, "unwanted-reply-threshold");
    /* An applicant chooses how many name servers his zone has: 158 packets a question without it. */
    assert_line(f, "  target-fetch-policy: \"0 0 0 0 0\"");
    assert_line(f, "  outgoing-num-tcp: 4");
}

static void test_config_writes_settings_in_canonical_form(void **state)
{
    struct fixture *f = *state;
    const char *const servers[] = {"127.0.0.1@5300", "2001:0DB8::1", "::1@53"};
    const struct dns_stub stubs[] = {
        {.name = "Lab.Example.", .addresses = servers, .address_count = 3},
        {.name = "a\\032\\034b.example", .addresses = servers, .address_count = 1}};
    const char *const insecure[] = {"Island.example."};
    const struct cidr never_ask[] = {
        {.address = {.family = 4, .bytes = {10}}, .prefix_bits = 8},
        {.address = {.family = 6, .bytes = {0xfc}}, .prefix_bits = 7},
        {.address = {.family = 6, .bytes = {[15] = 1}}, .prefix_bits = 128},
        {.address = {.family = 4}, .prefix_bits = 0},
    };
    f->settings.stub_zones = stubs;
    f->settings.stub_count = 2;
    f->settings.insecure_zones = insecure;
    f->settings.insecure_count = 1;
    f->settings.never_ask = never_ask;
    f->settings.never_ask_count = 4;
    f->settings.forward_to = servers;
    f->settings.forward_count = 2;
    f->settings.trust_anchor_file = "/etc/mpic/root anchors.key";
    assert_true(format(f));
    static const char *const lines[] = {
        "stub-zone:\n  name: \"lab.example\"\n  stub-addr: 127.0.0.1@5300\n"
        "  stub-addr: 2001:db8::1@53\n  stub-addr: ::1@53",
        "stub-zone:\n  name: \"a\\032\\034b.example\"\n  stub-addr: 127.0.0.1@5300",
        "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1@5300\n"
        "  forward-addr: 2001:db8::1@53",
        "  domain-insecure: \"island.example\"",
        "  caps-exempt: \"lab.example\"",
        "  do-not-query-address: 10.0.0.0/8",
        "  do-not-query-address: fc00::/7",
        "  do-not-query-address: ::1/128",
        "  do-not-query-address: 0.0.0.0/0",
        "  trust-anchor-file: \"/etc/mpic/root anchors.key\"",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_line(f, lines[i]);
}

/* BR 4.2.2.1: a server that is slow, or asked for a long name, is none that fails. */
static void test_config_of_a_retry_is_patient_and_asks_for_the_whole_name(void **state)
{
    struct fixture *f = *state;
    f->settings.timeout_ms = 3500;
    struct dns_config config = {.settings = &f->settings, .outgoing_range = 1, .is_retry = true};
    assert_true(dns_config_format(&config, &f->text, &f->err));
    assert_line(f, "  qname-minimisation: no");
    assert_line(f, "  unknown-server-time-limit: 1750");
    assert_line(f, "  log-servfail: yes");
}

static void test_config_leaves_out_a_family_without_route(void **state)
{
    struct fixture *f = *state;
    struct dns_config config = {.settings = &f->settings, .outgoing_range = 1, .family = 4};
    assert_true(dns_config_format(&config, &f->text, &f->err));
    assert_line(f, "  do-ip4: yes");
    assert_line(f, "  do-ip6: no");
    buf_clear(&f->text);
    config.family = 6;
    assert_true(dns_config_format(&config, &f->text, &f->err));
    assert_line(f, "  do-ip4: no");
    assert_line(f, "  do-ip6: yes");
}

static void test_config_names_the_root_hints(void **state)
{
    struct fixture *f = *state;
    struct dns_config config = {
        .settings = &f->settings, .root_hints_file = "/root.hints", .outgoing_range = 1};
    assert_true(dns_config_format(&config, &f->text, &f->err));
    assert_line(f, "  root-hints: \"/root.hints\"");
    config.root_hints_file = "/a\"b";
    assert_false(dns_config_format(&config, &f->text, &f->err));
}

static void test_config_keeps_failures_of_validation_a_minute_at_most(void **state)
{
    struct fixture *f = *state;
    f->settings.cache_max_negative_ttl_s = 3600;
    assert_true(format(f));
    assert_line(f, "  val-bogus-ttl: 60");
    assert_line(f, "  cache-max-negative-ttl: 3600");
}

static void test_config_without_anchor_is_refused(void **state)
{
    struct fixture *f = *state;
    f->settings.trust_anchor_count = 0;
    assert_refused(f, "no DNSSEC trust anchor");
}

/* A line feed, or a quote that ends the string early, would start another option. */
static const char *const injections[] = {
    "a\nserver:", "a\"\n", "a\rb", "a\" module-config: \"iterator", "a\\", "\x7f", "",
};

static void test_config_with_injected_text_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *const servers[] = {"127.0.0.1"};
    for (size_t i = 0; i < sizeof injections / sizeof *injections; i++) {
        const char *const bad[] = {injections[i]};
        const struct dns_settings good = f->settings;

        f->settings.trust_anchor_file = injections[i];
        assert_refused(f, "trust_anchor_file");
        f->settings = good;
        f->settings.trust_anchors = bad;
        assert_refused(f, "trust_anchors");
        f->settings = good;
        f->settings.forward_to = bad;
        f->settings.forward_count = 1;
        assert_refused(f, "forward_to");
        f->settings = good;
        const struct dns_stub bad_address = {"lab", bad, 1};
        f->settings.stub_zones = &bad_address;
        f->settings.stub_count = 1;
        assert_refused(f, "stub_zones");
        f->settings = good;
        if (strchr(injections[i], '\\') || !*injections[i]) {
            f->settings.insecure_zones = bad;
            f->settings.insecure_count = 1;
            assert_refused(f, "insecure_zones");
            f->settings = good;
            continue;
        }
        /* In names any byte is legal: it comes out as \DDD. */
        const struct dns_stub stub = {injections[i], servers, 1};
        f->settings.stub_zones = &stub;
        f->settings.stub_count = 1;
        f->settings.insecure_zones = bad;
        f->settings.insecure_count = 1;
        assert_true(format(f));
        assert_no_text(f, injections[i]);
        f->settings = good;
    }
}

static void test_config_with_bad_settings_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct dns_settings good = f->settings;
    const struct cidr blocks[] = {{.address = {.family = 5}},
                                  {.address = {.family = 4}, .prefix_bits = 33},
                                  {.address = {.family = 6}, .prefix_bits = 129}};
    for (size_t i = 0; i < 3; i++) {
        f->settings.never_ask = &blocks[i];
        f->settings.never_ask_count = 1;
        assert_refused(f, "never_ask");
        f->settings = good;
    }
    const struct dns_stub none = {"lab", NULL, 0};
    f->settings.stub_zones = &none;
    f->settings.stub_count = 1;
    assert_refused(f, "has no addresses");
    const struct dns_stub unnamed = {"a..b", NULL, 0};
    f->settings.stub_zones = &unnamed;
    assert_refused(f, "is no domain name");
}

static const struct {
    const char *text;
    int family; /* 0: refused */
    uint16_t port;
} servers[] = {
    {"192.0.2.1", 4, 53},
    {"192.0.2.1@1", 4, 1},
    {"192.0.2.1@65535", 4, 65535},
    {"2001:db8::1", 6, 53},
    {"::ffff:192.0.2.1@5300", 6, 5300},
    {"192.0.2.1@0", 0, 0},
    {"192.0.2.1@65536", 0, 0},
    {"192.0.2.1@99999", 0, 0},
    {"192.0.2.1@100000", 0, 0},
    {"192.0.2.1@", 0, 0},
    {"192.0.2.1@53@53", 0, 0},
    {"192.0.2.1@+53", 0, 0},
    {"192.0.2.1@53#name", 0, 0},
    {"192.0.2.1:53", 0, 0},
    {"192.0.2.01", 0, 0},
    {"192.0.2", 0, 0},
    {"[2001:db8::1]", 0, 0},
    {"fe80::1%eth0", 0, 0},
    {"ns.example", 0, 0},
    {"@53", 0, 0},
    {"", 0, 0},
    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", 0, 0},
};

static void test_server_text_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct dns_server_address server;
        struct err err;
        bool is_good = dns_config_parse_server(servers[i].text, &server, &err);
        if (is_good != (servers[i].family != 0))
            fail_msg("%s", servers[i].text);
        if (is_good) {
            assert_int_equal(server.family, servers[i].family);
            assert_int_equal(server.port, servers[i].port);
        }
    }
}

static const struct {
    const char *line;
    const char *owner; /* NULL: none */
} anchors[] = {
    {". IN DS 20326 8 2 " DIGEST, "."},
    {". DS 20326 8 2 " DIGEST, "."},
    {"Lab.Example. 300 IN DNSKEY 257 3 13 AAAA", "lab.example"},
    {"lab 300 dnskey 257 3 13 AAAA", "lab"},
    {"lab\tin\tds\t1 8 2 AA", "lab"},
    {" IN DS 20326 8 2 " DIGEST, NULL}, /* the owner of the line before */
    {"\tDS 1", NULL},
    {"lab IN A 192.0.2.1", NULL},
    {"lab CH DS 1 8 2 AA", NULL},
    {"lab IN 300 DS 1 8 2 AA", NULL}, /* legal in zone files, not in ours */
    {"lab IN DS", NULL},
    {"lab 300", NULL},
    {"lab IN", NULL},
    {"lab", NULL},
    {"a..b DS 1 8 2 AA", NULL},
    {"$TTL DS 1 8 2 AA", "\\036ttl"},
    {"", NULL},
};

static void test_anchor_line_gives_its_owner(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof anchors / sizeof *anchors; i++) {
        const char *owner = dns_config_anchor_owner(f->arena, anchors[i].line);
        if (!str_eq(owner, anchors[i].owner))
            fail_msg("\"%s\": %s", anchors[i].line, owner ? owner : "none");
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_config_has_the_baseline),
        CASE(test_config_keeps_the_case_for_forwarders_on_this_machine_only),
        CASE(test_config_of_one_check_is_small),
        CASE(test_config_writes_settings_in_canonical_form),
        CASE(test_config_of_a_retry_is_patient_and_asks_for_the_whole_name),
        CASE(test_config_leaves_out_a_family_without_route),
        CASE(test_config_names_the_root_hints),
        CASE(test_config_keeps_failures_of_validation_a_minute_at_most),
        CASE(test_config_without_anchor_is_refused),
        CASE(test_config_with_injected_text_is_refused),
        CASE(test_config_with_bad_settings_is_refused),
        CASE(test_server_text_is_read_or_refused),
        CASE(test_anchor_line_gives_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
