#include "unit/config/config_case.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct config_case top_cases[] = {
    {"both roles, nothing else", PERSPECTIVE_3 COORDINATOR_8, ""},
    {"a perspective alone", PERSPECTIVE_3, ""},
    {"an empty file has no role", "",
     "f.yaml:1: has neither a section perspective nor a section coordinator; add one of them, or "
     "both\n"},
    {"a list is no configuration", "- server\n",
     "f.yaml:1: must be a section; its keys are server, perspective, coordinator, log, audit\n"
     "f.yaml:1: has neither a section perspective nor a section coordinator; add one of them, or "
     "both\n"},
    {"an empty section is a section with defaults, so its required keys are asked for",
     "perspective:\n",
     "f.yaml:1: perspective: code is missing; give it the code that the coordinator has for this "
     "perspective, such as eu-west-2\n"
     "f.yaml:1: warning: perspective.caa_domains: names no issuer domain: a request that names "
     "none either is refused by every issue record; list the names that the CA has in its CPS (BR "
     "2.2)\n"},
    {"a section with all its keys commented out is empty",
     PERSPECTIVE_3 "  dns:\n  #  timeout_ms: 1\nlog:\n", ""},
    {"a section that is a value", PERSPECTIVE_3 "log: debug\n",
     "f.yaml:4: log: must be a section; its keys are level, format\n"},
    {"no YAML: nothing else can be said", "perspective: [\n",
     "f.yaml:2: is not YAML: while parsing a flow node, did not find expected node content (column "
     "1); mend the line, or the one before it\n"},
    {"mistakes of all kinds at once, sorted by line",
     "log: {level: verbose, colour: true}\n"
     "server:\n"
     "  listen: 127.0.0.1\n"
     "  workers: many\n"
     "  workers: 3\n"
     "perspective:\n"
     "  code: \"eu west\"\n"
     "  caa_domains: [ca.example, \"\"]\n",
     "f.yaml:1: log.level: is \"verbose\"; write error, warn, info or debug\n"
     "f.yaml:1: log.colour: is an unknown key; the keys here are level, format\n"
     "f.yaml:3: server.listen: \"127.0.0.1\" is not ADDRESS:PORT or [ADDRESS]:PORT; write one such as 127.0.0.1:8000\n"
     "f.yaml:4: server.workers: is \"many\"; write a whole number from 0 to 64\n"
     "f.yaml:5: the key \"workers\" stands here a second time, after line 4; remove one\n"
     "f.yaml:7: perspective.code: is \"eu west\"; a code has up to 64 letters, digits, '.', '_' or "
     "'-' and begins with a letter or digit, such as eu-west-2\n"
     "f.yaml:8: perspective.caa_domains[1]: is \"\", which is no issuer domain name (RFC 8659 "
     "section 4.2); write one such as ca.example\n"},
};

static void test_whole_files_give_their_lines(void **state)
{
    (void)state;
    check_cases(top_cases, COUNT(top_cases));
}

static const struct config_case unknown_cases[] = {
    {"a slip of the pen", PERSPECTIVE_3 "  cheque_timeout_ms: 5\n",
     "f.yaml:4: perspective.cheque_timeout_ms: is an unknown key; did you mean "
     "check_timeout_ms?\n"},
    {"two letters swapped", PERSPECTIVE_3 "sevrer: {}\n",
     "f.yaml:4: sevrer: is an unknown key; did you mean server?\n"},
    {"far from everything", PERSPECTIVE_3 "zebra: 1\n",
     "f.yaml:4: zebra: is an unknown key; the keys here are server, perspective, coordinator, log, "
     "audit\n"},
    {"a key of another section", PERSPECTIVE_3 "listen: 127.0.0.1:1\n",
     "f.yaml:4: listen: is in the wrong section; it is server.listen\n"},
    {"a key of a list's section", PERSPECTIVE_3 "rir: ARIN\n",
     "f.yaml:4: rir: is in the wrong section; it is coordinator.perspectives[].rir\n"},
    {"Open MPIC's name for it", PERSPECTIVE_3 "default_caa_domains: ca.example\n",
     "f.yaml:4: default_caa_domains: is a key of Open MPIC; here it is perspective.caa_domains, a "
     "list\n"},
    {"outside bytes are cut and escaped",
     PERSPECTIVE_3 "\"x\\ty-0123456789012345678901234567890123456789012345678901234567890\": 1\n",
     "f.yaml:4: x\\009y-01234567890123456789012345678901234567890123456789012345...: is an "
     "unknown key; the keys here are server, perspective, coordinator, log, audit\n"},
    {"merge keys are not YAML 1.2, nor ours", PERSPECTIVE_3 "\"<<\": {}\n",
     "f.yaml:4: <<: is an unknown key; the keys here are server, perspective, coordinator, log, "
     "audit\n"},
};

static void test_unknown_keys_are_refused_with_a_suggestion(void **state)
{
    (void)state;
    check_cases(unknown_cases, COUNT(unknown_cases));
}

static const struct config_case later_cases[] = {
    {"TLS of the server", PERSPECTIVE_3 "server:\n  tls: {certificate: a.pem}\n",
     "f.yaml:5: server.tls: this version of mpicd does not have it; remove it, and let a proxy "
     "that speaks TLS stand in front\n"},
    {"even when empty", PERSPECTIVE_3 "server:\n  api_keys:\n",
     "f.yaml:5: server.api_keys: this version of mpicd does not have it; remove it, and let a "
     "proxy in front authenticate the callers\n"},
    {"client certificates", PERSPECTIVE_3 COORDINATOR_8 "  client_tls: {ca: a.pem}\n",
     "f.yaml:12: coordinator.client_tls: this version of mpicd does not have it; remove it, and "
     "give each perspective a secret in its headers\n"},
    {"an audit file without a coordinator", PERSPECTIVE_3 "audit: {file: a.jsonl}\n",
     "f.yaml:4: audit: is for a coordinator, and this file has none; remove it\n"},
};

static void test_keys_of_later_versions_are_refused(void **state)
{
    (void)state;
    check_cases(later_cases, COUNT(later_cases));
}

static const struct config_case type_cases[] = {
    {"a boolean of YAML 1.1", PERSPECTIVE_3 "server: {insecure: yes}\n",
     "f.yaml:4: server.insecure: is \"yes\"; write true or false\n"},
    {"a quoted boolean", PERSPECTIVE_3 "server: {insecure: \"true\"}\n",
     "f.yaml:4: server.insecure: is \"true\"; write true or false without quotes\n"},
    {"a list for a boolean", PERSPECTIVE_3 "server: {insecure: [true]}\n",
     "f.yaml:4: server.insecure: must be true or false, not a list\n"},
    {"a number with its unit", PERSPECTIVE_3 "  check_timeout_ms: 5s\n",
     "f.yaml:4: perspective.check_timeout_ms: is \"5s\"; write a whole number of milliseconds from "
     "100 to 60000\n"},
    {"below the range", PERSPECTIVE_3 "  check_timeout_ms: 99\n",
     "f.yaml:4: perspective.check_timeout_ms: is \"99\"; write a whole number of milliseconds from "
     "100 to 60000\n"},
    {"above the range", PERSPECTIVE_3 "server: {workers: 65}\n",
     "f.yaml:4: server.workers: is \"65\"; write a whole number from 0 to 64\n"},
    {"YAML 1.1 would read it as octal", PERSPECTIVE_3 "server: {workers: 010}\n",
     "f.yaml:4: server.workers: is \"010\"; write a whole number from 0 to 64\n"},
    {"negative", PERSPECTIVE_3 "server: {workers: -1}\n",
     "f.yaml:4: server.workers: is \"-1\"; write a whole number from 0 to 64\n"},
    {"larger than 64 bits", PERSPECTIVE_3 "server: {workers: 99999999999999999999}\n",
     "f.yaml:4: server.workers: is \"99999999999999999999\"; write a whole number from 0 to 64\n"},
    {"a quoted number", PERSPECTIVE_3 "server: {workers: \"2\"}\n",
     "f.yaml:4: server.workers: is \"2\"; write a whole number from 0 to 64\n"},
    {"a section for a number", PERSPECTIVE_3 "server: {workers: {a: 1}}\n",
     "f.yaml:4: server.workers: must be a whole number, not a section\n"},
    {"a key without a value", PERSPECTIVE_3 "server:\n  listen:\n",
     "f.yaml:5: server.listen: has no value; give it one, or remove the line\n"},
    {"empty text", PERSPECTIVE_3 "server: {listen: \"\"}\n",
     "f.yaml:4: server.listen: is empty; give it a value, or remove the line\n"},
    {"empty text where text is required", "perspective: {code: \"\", caa_domains: [ca.example]}\n",
     "f.yaml:1: perspective.code: is empty; give it a value\n"},
    {"a list for text", PERSPECTIVE_3 "server: {listen: [a]}\n",
     "f.yaml:4: server.listen: must be text, not a list\n"},
    {"a line feed in text", PERSPECTIVE_3 "  http: {user_agent: \"a\\r\\nHost: b\"}\n",
     "f.yaml:4: perspective.http.user_agent: contains a control character; remove it\n"},
    {"long text",
     PERSPECTIVE_3
     "server: {listen: "
     "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901}\n",
     "f.yaml:4: server.listen: is longer than 100 characters; shorten it\n"},
    {"a value where a list is meant", "perspective: {code: a, caa_domains: ca.example}\n",
     "f.yaml:1: perspective.caa_domains: must be a list; write [a, b], or one line with \"- \" for "
     "each\n"
     "f.yaml:1: warning: perspective.caa_domains: names no issuer domain: a request that names "
     "none either is refused by every issue record; list the names that the CA has in its CPS (BR "
     "2.2)\n"},
    {"a section in a list of texts", "perspective: {code: a, caa_domains: [a.example, {b: c}]}\n",
     "f.yaml:1: perspective.caa_domains[1]: must be text, not a section\n"},
    {"an empty item", PERSPECTIVE_3 "  dns: {forward_to: [\"\"]}\n",
     "f.yaml:4: perspective.dns.forward_to[0]: is empty; give it a value, or remove the line\n"},
    {"an unknown word", PERSPECTIVE_3 "log: {format: xml}\n",
     "f.yaml:4: log.format: is \"xml\"; write json or text\n"},
    {"a list for a word", PERSPECTIVE_3 "log: {format: [json]}\n",
     "f.yaml:4: log.format: must be json or text, not a list\n"},
};

static void test_wrong_types_and_ranges_are_refused(void **state)
{
    (void)state;
    check_cases(type_cases, COUNT(type_cases));
}

#define BASE_PATH(path) PERSPECTIVE_3 "server: {base_path: \"" path "\"}\n"
#define NO_BASE_PATH(shown)                                                                        \
    "f.yaml:4: server.base_path: is \"" shown "\"; write a path such as /v1, of letters, digits "  \
    "and - . _ ~, without a slash at its end\n"

static const struct config_case server_cases[] = {
    {"a path before all paths", BASE_PATH("/v1"), ""},
    {"of two segments", BASE_PATH("/open-mpic/v1.2_~"), ""},
    {"dots in a segment", BASE_PATH("/..v/v../..."), ""},
    {"no path", BASE_PATH("v1"), NO_BASE_PATH("v1")},
    {"the root", BASE_PATH("/"), NO_BASE_PATH("/")},
    {"a slash at the end", BASE_PATH("/v1/"), NO_BASE_PATH("/v1/")},
    {"an empty segment", BASE_PATH("//v1"), NO_BASE_PATH("//v1")},
    {"a dot segment", BASE_PATH("/v1/.."), NO_BASE_PATH("/v1/..")},
    {"a dot segment at the start", BASE_PATH("/./v1"), NO_BASE_PATH("/./v1")},
    {"an escape", BASE_PATH("/v%31"), NO_BASE_PATH("/v%31")},
    {"a query", BASE_PATH("/v1?a"), NO_BASE_PATH("/v1?a")},
    {"a URL", BASE_PATH("https://mpic.example/v1"), NO_BASE_PATH("https://mpic.example/v1")},
    {"the loopback network", PERSPECTIVE_3 "server: {listen: \"127.9.9.9:80\"}\n", ""},
    {"the IPv6 loopback", PERSPECTIVE_3 "server: {listen: \"[::1]:0\"}\n", ""},
    {"insecure on loopback changes nothing",
     PERSPECTIVE_3 "server: {listen: \"127.0.0.1:80\", insecure: true}\n", ""},
    {"all addresses", PERSPECTIVE_3 "server: {listen: \"0.0.0.0:80\"}\n",
     "f.yaml:4: server.listen: is \"0.0.0.0:80\", which other machines can reach, and there is "
     "neither TLS nor authentication of callers (BR 3.2.2.9); listen on 127.0.0.1 behind a proxy "
     "that has both, or set server.insecure: true\n"},
    {"all addresses, on purpose", PERSPECTIVE_3 "server: {listen: \"[::]:80\", insecure: true}\n",
     "f.yaml:4: warning: server.listen: other machines can reach it without TLS and without "
     "authentication (server.insecure); let only a proxy that has both connect\n"},
};

static void test_listening_beyond_loopback_is_a_decision(void **state)
{
    (void)state;
    check_cases(server_cases, COUNT(server_cases));
}

static void test_defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    struct reading r = read_text(PERSPECTIVE_3 COORDINATOR_8);
    const struct config *c = r.config;
    assert_non_null(c);
    assert_string_equal(c->listen, "127.0.0.1:8000");
    assert_int_equal(c->workers, 3); /* one per CPU */
    assert_int_equal(c->max_connections, 4096);
    assert_int_equal(c->max_in_flight, 2048);
    assert_int_equal(c->max_body_bytes, 65536);
    assert_int_equal(c->idle_timeout_s, 60);
    assert_int_equal(c->log_level, LOG_INFO);
    assert_int_equal(c->log_format, LOG_FORMAT_JSON);
    assert_int_equal(c->check_timeout_ms, 12000);
    assert_int_equal(c->dns.timeout_ms, 3500);
    assert_string_equal(c->dns.trust_anchor_file, "/usr/share/dns/root.key");
    assert_int_equal(c->dns.cache_max_ttl_s, 60);
    assert_int_equal(c->dns.cache_max_negative_ttl_s, 5);
    assert_false(c->dns.fresh_cache);
    assert_int_equal(c->coordinator.default_perspective_count, 5);
    assert_int_equal(c->coordinator.absolute_max_attempts, 3);
    assert_int_equal(c->coordinator.perspective_timeout_ms, 14000);
    assert_int_equal(c->coordinator.baseline, BASELINE_ENFORCE);
    assert_false(c->coordinator.from_one_place);
    const struct check_settings *check = &c->locals[0];
    assert_string_equal(check->http_user_agent, "mpic/" MPIC_VERSION);
    assert_int_equal(check->http_timeout_ms, 5000);
    assert_int_equal(check->http_port, 80);
    assert_int_equal(check->https_port, 443);
    assert_int_equal(check->tls_alpn_port, 443);
    assert_false(check->http_verify_tls);
    assert_false(check->caa_labels_ignore_case);
    assert_true(check->enforce_baseline);
    assert_int_equal(check->lab_policy.count, 0);
    clear(&r);
}

static void test_values_of_the_file_are_taken(void **state)
{
    (void)state;
    struct reading r = read_text(
        "server: {listen: \"[::1]:81\", workers: 2, max_connections: 5, max_in_flight: 6, "
        "max_body_bytes: 2048, idle_timeout_s: 7}\n"
        "log: {level: debug, format: text}\n" PERSPECTIVE_3 "  check_timeout_ms: 7000\n"
        "  caa_labels_ignore_case: true\n"
        "  http: {user_agent: ours, timeout_ms: 6000, verify_tls: true}\n");
    const struct config *c = r.config;
    assert_non_null(c);
    assert_string_equal(c->listen, "[::1]:81");
    assert_int_equal(c->workers, 2);
    assert_int_equal(c->max_connections, 5);
    assert_int_equal(c->max_in_flight, 6);
    assert_int_equal(c->max_body_bytes, 2048);
    assert_int_equal(c->idle_timeout_s, 7);
    assert_int_equal(c->log_level, LOG_DEBUG);
    assert_int_equal(c->log_format, LOG_FORMAT_TEXT);
    assert_true(c->serves_checks);
    assert_false(c->serves_mpic);
    assert_int_equal(c->local_count, 1);
    assert_int_equal(c->check_timeout_ms, 7000);
    assert_string_equal(c->locals[0].perspective_code, "eu-west-2");
    assert_string_equal(c->locals[0].caa_domains.items[0], "ca.example");
    assert_string_equal(c->locals[0].http_user_agent, "ours");
    assert_int_equal(c->locals[0].http_timeout_ms, 6000);
    assert_true(c->locals[0].http_verify_tls);
    assert_true(c->locals[0].caa_labels_ignore_case);
    clear(&r);
}

static void test_dev_configuration_is_six_perspectives_in_one_process(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    struct config_source source;
    struct err err;
    mistakes_init(&mistakes, arena);
    assert_true(config_source_dev(NULL, arena, &source, &err));
    assert_true(source.own_address_count > 0); /* the loopback interface at least */
    assert_true(source.cpus >= 1);
    assert_true(baseline_parse_date("2026-11-23", &source.now_s));
    const struct config *c = config_read(&source, &mistakes);
    assert_int_equal(mistakes.errors + mistakes.warnings, 0);
    assert_non_null(c);
    assert_true(c->is_dev);
    assert_string_equal(c->listen, "127.0.0.1:8000");
    assert_int_equal(c->workers, 1);
    assert_int_equal(c->local_count, 6);
    assert_int_equal(c->coordinator.perspective_count, 6);
    assert_true(c->coordinator.from_one_place);
    assert_int_equal(c->coordinator.baseline, BASELINE_WARN);
    assert_int_equal(c->coordinator.secret.n, 64);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(c->ways[i].local, i);
        assert_string_equal(c->locals[i].perspective_code, c->coordinator.perspectives[i].code);
    }

    struct config_source second;
    assert_true(config_source_dev("0.0.0.0:0", arena, &second, &err));
    assert_false(bytes_contain(second.text, c->coordinator.secret)); /* a fresh one each time */
    c = config_read(&second, &mistakes);
    assert_non_null(c);
    assert_string_equal(c->listen, "0.0.0.0:0");
    assert_int_equal(mistakes.warnings, 1); /* reachable by others */
    arena_free(arena);
}

static void test_probe_configuration_is_one_perspective_with_the_defaults(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    const struct config *config = config_load_probe(&mistakes);
    assert_non_null(config);
    assert_true(config->serves_checks);
    assert_false(config->serves_mpic);
    assert_int_equal(config->check_timeout_ms, 12000);
    assert_true(config->locals[0].addresses.own_count > 0);
    arena_free(arena);
}

static void test_file_with_secrets_should_be_closed_to_others(void **state)
{
    (void)state;
    char path[256];
    struct arena *arena = arena_new();
    snprintf(path, sizeof path, "%s/mpicd.yaml", folder);
    for (int is_open = 0; is_open < 2; is_open++) {
        struct mistakes mistakes;
        struct config_source source;
        struct err err;
        write_file("mpicd.yaml", COORDINATOR_8, is_open ? 0644 : 0600);
        mistakes_init(&mistakes, arena);
        assert_true(config_source_file(path, arena, &source, &err));
        assert_string_equal(source.folder, folder);
        assert_true(baseline_parse_date("2026-11-23", &source.now_s));
        assert_non_null(config_read(&source, &mistakes));
        struct buf lines = {0};
        mistakes_format(&mistakes, MISTAKES_ALL, &lines);
        assert_int_equal(strstr(buf_str(&lines), "yaml:1: warning: coordinator: everybody on this "
                                                 "machine can read this file") != NULL,
                         is_open);
        buf_clear(&lines);
    }
    arena_free(arena);
}

static void test_file_that_cannot_be_read_is_one_line(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    struct buf lines = {0};
    mistakes_init(&mistakes, arena);
    assert_null(config_load("/nonexistent/mpicd.yaml", NULL, &mistakes));
    assert_null(config_load(folder, NULL, &mistakes));
    mistakes_format(&mistakes, MISTAKES_ALL, &lines);
    assert_string_equal(buf_str(&lines),
                        arena_printf(arena,
                                     "/nonexistent/mpicd.yaml:1: cannot be read: No such file or "
                                     "directory\n%s:1: cannot be read: it is a folder\n",
                                     folder));
    buf_clear(&lines);
    arena_free(arena);
}

static void test_load_reads_a_file_and_the_built_in_text(void **state)
{
    (void)state;
    char path[256];
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    snprintf(path, sizeof path, "%s/load.yaml", folder);
    write_file("load.yaml", PERSPECTIVE_3, 0600);
    const struct config *config = config_load(path, NULL, &mistakes);
    assert_non_null(config);
    assert_string_equal(config->file, path);
    config = config_load_dev("127.0.0.1:0", "1.17.1", &mistakes);
    assert_non_null(config);
    assert_true(config->is_dev);
    assert_string_equal(config->listen, "127.0.0.1:0");
    assert_int_equal(mistakes.errors, 0);
    assert_null(config_load_dev("nowhere", NULL, &mistakes));
    assert_int_equal(mistakes.errors, 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_files_give_their_lines),
        cmocka_unit_test(test_unknown_keys_are_refused_with_a_suggestion),
        cmocka_unit_test(test_keys_of_later_versions_are_refused),
        cmocka_unit_test(test_wrong_types_and_ranges_are_refused),
        cmocka_unit_test(test_listening_beyond_loopback_is_a_decision),
        cmocka_unit_test(test_defaults_are_those_of_the_manual),
        cmocka_unit_test(test_values_of_the_file_are_taken),
        cmocka_unit_test(test_dev_configuration_is_six_perspectives_in_one_process),
        cmocka_unit_test(test_probe_configuration_is_one_perspective_with_the_defaults),
        cmocka_unit_test(test_file_with_secrets_should_be_closed_to_others),
        cmocka_unit_test(test_file_that_cannot_be_read_is_one_line),
        cmocka_unit_test(test_load_reads_a_file_and_the_built_in_text),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
