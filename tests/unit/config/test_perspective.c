#include "unit/config/config_case.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DNS(keys)    PERSPECTIVE_3 "  dns: {" keys "}\n"
#define ANCHOR       "trust_anchors: [\". IN DS 20326 8 2 E06D44B8\"]"

static const struct config_case perspective_cases[] = {
    {"a code with a blank would break names and lines",
     "perspective: {code: \"-x\", caa_domains: [a.example]}\n",
     "f.yaml:1: perspective.code: is \"-x\"; a code has up to 64 letters, digits, '.', '_' or '-' "
     "and begins with a letter or digit, such as eu-west-2\n"},
    {"a code of 65 characters",
     "perspective: {code: "
     "a1234567890123456789012345678901234567890123456789012345678901234, caa_domains: "
     "[a.example]}\n",
     "f.yaml:1: perspective.code: is "
     "\"a12345678901234567890123456789012345678901234567890123456789...\"; a code has up to 64 "
     "letters, digits, '.', '_' or '-' and begins with a letter or digit, such as eu-west-2\n"},
    {"each issuer domain is judged",
     "perspective:\n  code: a\n  caa_domains:\n  - CA.example\n  - ca.example.\n  - \"ca example\"\n",
     "f.yaml:5: perspective.caa_domains[1]: is \"ca.example.\", which is no issuer domain name "
     "(RFC 8659 section 4.2); write one such as ca.example\n"
     "f.yaml:6: perspective.caa_domains[2]: is \"ca example\", which is no issuer domain name (RFC "
     "8659 section 4.2); write one such as ca.example\n"},
    {"an empty list", "perspective:\n  code: a\n  caa_domains: []\n",
     "f.yaml:3: warning: perspective.caa_domains: names no issuer domain: a request that names "
     "none either is refused by every issue record; list the names that the CA has in its CPS (BR "
     "2.2)\n"},
    {"a time in which three tries and the proof do not fit",
     PERSPECTIVE_3 "  check_timeout_ms: 11499\n",
     "f.yaml:4: warning: perspective.check_timeout_ms: is 11499: the three tries of a lookup and the "
     "proof that allow_lookup_failure needs (BR 4.2.2.1) do not fit, so silence is never accepted; "
     "let check_timeout_ms be 11500 at least, or lower dns.timeout_ms to 3499\n"},
    {"a time in which they just fit", PERSPECTIVE_3 "  check_timeout_ms: 11500\n", ""},
    {"tries that do not fit the default time", PERSPECTIVE_3 "  dns: {timeout_ms: 4000}\n",
     "f.yaml:4: warning: perspective.dns.timeout_ms: is 4000: the three tries of a lookup and the proof "
     "that allow_lookup_failure needs (BR 4.2.2.1) do not fit, so silence is never accepted; let "
     "check_timeout_ms be 13000 at least, or lower dns.timeout_ms to 3666\n"},
    {"a check that ends before one question may", PERSPECTIVE_3 "  check_timeout_ms: 3000\n",
     "f.yaml:4: warning: perspective.check_timeout_ms: is 3000: the three tries of a lookup and the proof "
     "that allow_lookup_failure needs (BR 4.2.2.1) do not fit, so silence is never accepted; let "
     "check_timeout_ms be 11500 at least, or lower dns.timeout_ms to 666\n"},
    {"limits of the parts over the whole",
     PERSPECTIVE_3 "  check_timeout_ms: 4000\n  dns: {timeout_ms: 4001}\n  http: {timeout_ms: "
                   "5000}\n",
     "f.yaml:5: warning: perspective.dns.timeout_ms: is 4001, but a check ends after "
     "check_timeout_ms, 4000; lower it, or raise that\n"
     "f.yaml:6: warning: perspective.http.timeout_ms: is 5000, but a check ends after "
     "check_timeout_ms, 4000; lower it, or raise that\n"},
    {"lab ports",
     PERSPECTIVE_3 "  http: {http_port: 8080, https_port: 8443}\n  tls_alpn: {port: 4443}\n",
     "f.yaml:4: warning: perspective.http.http_port: is 8080; outside a lab the Authorized Port is "
     "80 (BR 1.6.1), remove the line\n"
     "f.yaml:4: warning: perspective.http.https_port: is 8443; outside a lab the Authorized Port "
     "is 443 (BR 1.6.1), remove the line\n"
     "f.yaml:5: warning: perspective.tls_alpn.port: is 4443; outside a lab the Authorized Port is "
     "443 (BR 1.6.1), remove the line\n"},
    {"port 0", PERSPECTIVE_3 "  tls_alpn: {port: 0}\n",
     "f.yaml:4: perspective.tls_alpn.port: is \"0\"; write a whole number from 1 to 65535\n"},
    {"addresses for a lab", PERSPECTIVE_3 "  network:\n    allow_addresses: [127.0.0.0/8]\n",
     "f.yaml:5: warning: perspective.network.allow_addresses: lets checks contact special-purpose "
     "addresses; this is for labs, remove it where certificates are issued (BR 1.6.1, Reserved IP "
     "Address)\n"},
};

static void test_section_perspective_gives_its_lines(void **state)
{
    (void)state;
    check_cases(perspective_cases, COUNT(perspective_cases));
}

static void test_bad_blocks_are_refused_each_at_its_line(void **state)
{
    (void)state;
    struct reading r = read_text(PERSPECTIVE_3 "  network:\n"
                                               "    allow_addresses:\n"
                                               "      - 10.0.0.0/33\n"
                                               "      - 10.0.0.0/8\n"
                                               "      - lab.example\n");
    assert_null(r.config);
    assert_int_equal(r.mistakes.errors, 2);
    assert_non_null(strstr(buf_str(&r.lines), "f.yaml:6: perspective.network.allow_addresses[0]: "
                                              "is \"10.0.0.0/33\": "));
    assert_non_null(strstr(buf_str(&r.lines), "f.yaml:8: perspective.network.allow_addresses[2]: "
                                              "is \"lab.example\": "));
    clear(&r);
}

static const struct config_case dns_cases[] = {
    {"anchors in the file alone", DNS("trust_anchor_file: \"\", " ANCHOR), ""},
    {"a key instead of a digest",
     DNS("trust_anchor_file: \"\", trust_anchors: [\"lab. 3600 IN DNSKEY 257 3 8 AwEAAa==\"]"), ""},
    {"no anchor at all", DNS("trust_anchor_file: \"\""),
     "f.yaml:4: perspective.dns.trust_anchor_file: is empty and there are no trust_anchors, so "
     "that DNSSEC could not be validated (BR 4.2.2.1.3); remove the line, or give trust_anchors\n"},
    {"an empty list of anchors", DNS("trust_anchor_file: \"\", trust_anchors: []"),
     "f.yaml:4: perspective.dns.trust_anchor_file: is empty and there are no trust_anchors, so "
     "that DNSSEC could not be validated (BR 4.2.2.1.3); remove the line, or give trust_anchors\n"},
    {"something else as an anchor", DNS("trust_anchors: [\". IN NS a.example.\", \". DS\"]"),
     "f.yaml:4: perspective.dns.trust_anchors[0]: is \". IN NS a.example.\", which is no DS or "
     "DNSKEY record; write one as in a zone file, such as \". IN DS 20326 8 2 E06D44B8...\"\n"
     "f.yaml:4: perspective.dns.trust_anchors[1]: is \". DS\", which is no DS or DNSKEY record; "
     "write one as in a zone file, such as \". IN DS 20326 8 2 E06D44B8...\"\n"},
    {"servers with and without port",
     DNS("stub_zones: [{name: lab.example, addresses: [127.0.0.1@5300, \"2001:db8::1\", "
         "\"2001:db8::1@53\"]}]"),
     ""},
    {"servers that are none",
     DNS("stub_zones: [{name: lab.example, addresses: [\"127.0.0.1:53\", ns.example, 127.0.0.1@0, "
         "127.0.0.1@, 127.0.0.1@65536, \"[::1]@53\"]}]"),
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[0]: is \"127.0.0.1:53\", which is no "
     "address of a server; write address or address@port, such as 192.0.2.1@53\n"
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[1]: is \"ns.example\", which is no address "
     "of a server; write address or address@port, such as 192.0.2.1@53\n"
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[2]: is \"127.0.0.1@0\", which is no "
     "address of a server; write address or address@port, such as 192.0.2.1@53\n"
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[3]: is \"127.0.0.1@\", which is no address "
     "of a server; write address or address@port, such as 192.0.2.1@53\n"
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[4]: is \"127.0.0.1@65536\", which is no "
     "address of a server; write address or address@port, such as 192.0.2.1@53\n"
     "f.yaml:4: perspective.dns.stub_zones[0].addresses[5]: is \"[::1]@53\", which is no address of "
     "a server; write address or address@port, such as 192.0.2.1@53\n"},
    {"stub zones without name, without addresses",
     DNS("stub_zones: [{addresses: [127.0.0.1]}, {name: a.example}, {name: b.example, addresses: "
         "[]}]"),
     "f.yaml:4: perspective.dns.stub_zones[0]: name is missing; name the zone that is asked at the "
     "addresses\n"
     "f.yaml:4: perspective.dns.stub_zones[1]: addresses is missing; list the zone's name servers "
     "as address or address@port\n"
     "f.yaml:4: perspective.dns.stub_zones[2]: has no addresses; list the zone's name servers\n"},
    {"a zone twice, in two spellings",
     DNS("stub_zones: [{name: Lab.example, addresses: [127.0.0.1]}, {name: lab.example., "
         "addresses: [127.0.0.1]}]"),
     "f.yaml:4: perspective.dns.stub_zones[1].name: is \"lab.example\" a second time; put all "
     "addresses in one entry\n"},
    {"65 servers of one zone",
     DNS("stub_zones: [{name: a.example, addresses: ["
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,"
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,"
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,"
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,"
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,"
         "1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1,1.0.0.1]}]"),
     "f.yaml:4: perspective.dns.stub_zones[0].addresses: has 65 entries; at most 64 are "
     "possible\n"},
    {"the root as a stub zone is a lab's own root",
     DNS("stub_zones: [{name: ., addresses: [127.0.0.1]}]"), ""},
    {"the root without validation", DNS("insecure_zones: [lab.example, .]"),
     "f.yaml:4: perspective.dns.insecure_zones[1]: is the root, which would switch DNSSEC "
     "validation off (BR 4.2.2.1.3); name the zones below it that cannot be validated\n"},
    {"a resolver somewhere", DNS("forward_to: [192.0.2.1@53]"),
     "f.yaml:4: warning: perspective.dns.forward_to: where that resolver is cannot be told from "
     "here; it must lie in the perspective's RIR region, at least 500 km from those of the other "
     "perspectives, and serve no other perspective (BR 3.2.2.9)\n"},
    {"stale answers for a day", DNS("cache_max_ttl_s: 86400"),
     "f.yaml:4: perspective.dns.cache_max_ttl_s: is \"86400\"; write a whole number of seconds "
     "from 0 to 3600\n"},
};

static void test_section_dns_gives_its_lines(void **state)
{
    (void)state;
    check_cases(dns_cases, COUNT(dns_cases));
}

#define OLD                                                                                        \
    "libunbound 1.17.1 is older than 1.25.2: it lacks the security releases 1.25.1 and "           \
    "1.25.2, which mend ways to poison its cache; "
#define MEND      "install 1.25.2 or later (Debian 13 has 1.26.2)"
#define KEY_      "perspective.dns.accept_library"
#define TAKE      MEND ", or take the risk with " KEY_ ": \"1.17.1\""
#define ROOT_STUB "stub_zones: [{name: ., addresses: [127.0.0.1@5300]}]"

static const struct config_case old_library_cases[] = {
    {"an old resolver, enforced", PERSPECTIVE_3, "f.yaml:1: " KEY_ ": " OLD TAKE "\n"},
    {"another accepted", DNS("accept_library: 1.17.0"),
     "f.yaml:4: " KEY_ ": " OLD TAKE ", not \"1.17.0\"\n"},
    {"what is no version", DNS("accept_library: any"),
     "f.yaml:4: " KEY_ ": is \"any\"; write the version of libunbound that you accept, such as "
     "\"1.17.1\", or remove the line: 1.25.2 and later need none\n"},
    {"accepted", DNS("accept_library: 1.17.1"), ""},
    {"a laboratory with a root of its own", DNS(ROOT_STUB), ""},
    {"baseline warn", COORDINATOR_8 "  baseline: warn\n" PERSPECTIVE_3, ""},
    {"baseline off", COORDINATOR_8 "  baseline: off\n" PERSPECTIVE_3, ""},
    {"no resolver here", COORDINATOR_8, ""},
};

static const struct config_case new_library_cases[] = {
    {"a resolver at the floor", PERSPECTIVE_3, ""},
    {"an acceptance that is not needed any more", DNS("accept_library: 1.17.1"), ""},
    {"an acceptance of what needs none", DNS("accept_library: 1.26.2"),
     "f.yaml:4: " KEY_ ": is \"1.26.2\"; write the version of libunbound that you accept, such as "
     "\"1.17.1\", or remove the line: 1.25.2 and later need none\n"},
};

static void test_old_library_must_be_accepted_by_its_version(void **state)
{
    (void)state;
    resolver_version = "1.17.1";
    check_cases(old_library_cases, COUNT(old_library_cases));
    struct reading r = read_text(DNS("accept_library: 1.17.1"));
    assert_int_equal(r.config->resolver_ruling.standing, LIBRARY_ACCEPTED);
    assert_string_equal(r.config->resolver_ruling.text, OLD "accepted by " KEY_ ", better " MEND);
    assert_string_equal(r.config->resolver_version, "1.17.1");
    clear(&r);
    r = read_text(DNS(ROOT_STUB));
    assert_int_equal(r.config->resolver_ruling.standing, LIBRARY_REFUSED);
    clear(&r);
    resolver_version = "1.25.2";
    check_cases(new_library_cases, COUNT(new_library_cases));
    resolver_version = NULL;
}

static const struct config_case case_exempt_cases[] = {
    {"zones without 0x20", DNS("case_exempt_zones: [Example.COM, b.example]"), ""},
    {"the root without 0x20", DNS("case_exempt_zones: [.]"),
     "f.yaml:4: perspective.dns.case_exempt_zones[0]: is the root: then no question would be "
     "protected; name the zones whose servers do not keep the case\n"},
};

static void test_case_exempt_zones_are_names_below_the_root(void **state)
{
    (void)state;
    check_cases(case_exempt_cases, COUNT(case_exempt_cases));
    struct reading r = read_text(case_exempt_cases[0].text);
    assert_int_equal(r.config->dns.case_exempt_count, 2);
    assert_string_equal(r.config->dns.case_exempt_zones[0], "example.com");
    clear(&r);
}

static void test_bad_zone_name_says_why(void **state)
{
    (void)state;
    struct reading r = read_text(DNS("insecure_zones: [\"a..b\"]"));
    assert_int_equal(r.mistakes.errors, 1);
    assert_non_null(strstr(buf_str(&r.lines),
                           "f.yaml:4: perspective.dns.insecure_zones[0]: is \"a..b\", which is no "
                           "name of a zone: "));
    clear(&r);
}

static void test_anchor_file_must_have_anchors(void **state)
{
    (void)state;
    write_file("good.key", "; comment\n\n. 86400 IN DS 20326 8 2 E06D44B8\n", 0644);
    write_file("none.key", "; . IN DS 1 2 3 4\nexample. IN NS a.example.\n", 0644);
    struct reading r = read_text(DNS("trust_anchor_file: good.key"));
    assert_string_equal(buf_str(&r.lines), "");
    assert_true(strstr(r.config->dns.trust_anchor_file, folder) == r.config->dns.trust_anchor_file);
    clear(&r);
    r = read_text(DNS("trust_anchor_file: none.key"));
    assert_non_null(strstr(buf_str(&r.lines),
                           "f.yaml:4: perspective.dns.trust_anchor_file: has no trust anchor in "));
    assert_null(r.config);
    clear(&r);
    r = read_text(DNS("trust_anchor_file: missing.key"));
    assert_non_null(strstr(buf_str(&r.lines), "/missing.key: No such file or directory; install "
                                              "the package dns-root-data"));
    assert_null(r.config);
    clear(&r);
}

static bool never_asks(const struct dns_settings *dns, const char *text)
{
    struct address address;
    assert_true(address_parse(text, strlen(text), &address));
    for (size_t i = 0; i < dns->never_ask_count; i++)
        if (cidr_contains(&dns->never_ask[i], &address))
            return true;
    return false;
}

static void test_name_servers_inside_are_never_asked_but_for_those_named(void **state)
{
    (void)state;
    struct reading r =
        read_text(DNS("stub_zones: [{name: lab.example, addresses: [127.0.0.1@5300]}], forward_to: "
                      "[10.0.0.7]") "  network: {allow_addresses: [192.168.0.0/16]}\n");
    assert_non_null(r.config);
    const struct dns_settings *dns = &r.config->dns;
    assert_false(never_asks(dns, "127.0.0.1"));
    assert_true(never_asks(dns, "127.0.0.2"));
    assert_false(never_asks(dns, "10.0.0.7"));
    assert_true(never_asks(dns, "10.0.0.6"));
    assert_false(never_asks(dns, "192.168.3.4"));
    assert_true(never_asks(dns, "169.254.169.254"));
    assert_true(never_asks(dns, "fe80::1"));
    assert_true(never_asks(dns, "198.18.0.7")); /* this machine */
    assert_false(never_asks(dns, "192.0.1.1"));
    clear(&r);

    /* Own addresses are special only as long as nobody exempts them. */
    r = read_text(PERSPECTIVE_3 "  network: {allow_addresses: [198.18.0.0/15]}\n");
    assert_non_null(r.config);
    assert_false(never_asks(&r.config->dns, "198.18.0.7"));
    assert_int_equal(r.config->locals[0].addresses.allowed_count, 1);
    assert_int_equal(r.config->locals[0].addresses.own_count, 1);
    clear(&r);
}

static void test_lab_settings_are_reported_as_local_policy(void **state)
{
    (void)state;
    struct reading r =
        read_text(DNS("forward_to: [10.0.0.7], " ANCHOR
                      ", stub_zones: [{name: a.example, addresses: [127.0.0.1]}, {name: ., "
                      "addresses: [127.0.0.1]}]"));
    assert_non_null(r.config);
    const struct strv *policy = &r.config->locals[0].lab_policy;
    assert_int_equal(policy->count, 3);
    assert_string_equal(policy->items[0], "dns.forward_to");
    assert_string_equal(policy->items[1], "dns.trust_anchors");
    assert_string_equal(policy->items[2], "dns.stub_zones");
    assert_string_equal(r.config->dns.stub_zones[0].name, "a.example");
    assert_string_equal(r.config->dns.stub_zones[1].name, ".");
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_section_perspective_gives_its_lines),
        cmocka_unit_test(test_bad_blocks_are_refused_each_at_its_line),
        cmocka_unit_test(test_section_dns_gives_its_lines),
        cmocka_unit_test(test_old_library_must_be_accepted_by_its_version),
        cmocka_unit_test(test_case_exempt_zones_are_names_below_the_root),
        cmocka_unit_test(test_bad_zone_name_says_why),
        cmocka_unit_test(test_anchor_file_must_have_anchors),
        cmocka_unit_test(test_name_servers_inside_are_never_asked_but_for_those_named),
        cmocka_unit_test(test_lab_settings_are_reported_as_local_policy),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
