/* Open MPIC's settings as a configuration of mpicd: what is written, dropped and left to decide. */
#include "client/import.h"

#include "base/str.h"
#include "client/import_notes.h"
#include "config/yaml.h"
#include "support/unit.h"

#include <string.h>

static struct world {
    struct arena *arena;
    struct buf out;
    struct region_list regions;
    size_t decisions;
    struct err err;
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&w.out);
    arena_free(w.arena);
    return 0;
}

/* NULL if it was refused. */
static const char *imported(const char *app_conf)
{
    struct dotenv settings = dotenv_read(bytes_of(app_conf), NULL, w.arena);
    const struct import import = {
        .source = "app.conf", .settings = &settings, .regions = &w.regions};
    buf_clear(&w.out);
    return import_config(&import, w.arena, &w.out, &w.decisions, &w.err) ? buf_str(&w.out) : NULL;
}

static const char *value(const char *text, const char *path)
{
    struct mistakes mistakes;
    mistakes_init(&mistakes, w.arena);
    const struct yaml_node *root = yaml_read(bytes_of(text), "out", &mistakes);
    assert_non_null(root);
    assert_int_equal(mistakes.errors, 0);
    const struct yaml_node *node = yaml_find(root, path);
    return node ? node->text : NULL;
}

static void assert_has(const char *text, const char *part)
{
    assert_non_null(text);
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

#define SECRET              "0123456789abcdef0123"
#define ENDPOINT(kind, url) "\"" kind "_endpoint_info\":{\"url\":\"" url "\""
#define KEY_HEADER          ",\"headers\":{\"x-api-key\":\"" SECRET "\"}}"
#define PERSPECTIVES(caa, caa_rest, dcv, dcv_rest)                                                 \
    "perspectives={\"eu-west-2\":{" ENDPOINT("caa", caa) caa_rest "," ENDPOINT("dcv", dcv)         \
        dcv_rest "}}\n"
#define FIRST "coordinator.perspectives[0]."

static const struct {
    const char *why, *app_conf, *path, *value;
} rows[] = {
    {"the count", "default_perspective_count=6", "coordinator.default_perspective_count", "6"},
    {"attempts", "absolute_max_attempts=2", "coordinator.absolute_max_attempts", "2"},
    {"too many attempts", "absolute_max_attempts=1000", "coordinator.absolute_max_attempts", "100"},
    {"no attempts", "absolute_max_attempts=0", "coordinator.absolute_max_attempts", "3"},
    {"a secret", "hash_secret=\"a: b\"", "coordinator.hash_secret", "a: b"},
    {"a placeholder", "hash_secret=HASH_SECRET_STRING", "coordinator.hash_secret_file",
     "hash-secret"},
    {"how long the coordinator waits", "hash_secret=x\nhttp_client_timeout_seconds=2.5",
     "coordinator.perspective_timeout_ms", "2500"},
    {"as long as Open MPIC does", "hash_secret=x", "coordinator.perspective_timeout_ms", "5000"},
    {"no number of seconds", "hash_secret=x\nhttp_client_timeout_seconds=<int>",
     "coordinator.perspective_timeout_ms", "5000"},
    {"nothing as seconds",
     "hash_secret=x\nhttp_client_timeout_seconds=", "coordinator.perspective_timeout_ms", "5000"},
    {"the least", "hash_secret=x\nhttp_client_timeout_seconds=0.01",
     "coordinator.perspective_timeout_ms", "100"},
    {"a fetch", "verify_ssl=True\nhttp_client_timeout_seconds=35", "perspective.http.timeout_ms",
     "35000"},
    {"a check", "verify_ssl=True\nhttp_client_timeout_seconds=35", "perspective.check_timeout_ms",
     "40000"},
    {"the longest fetch", "verify_ssl=True\nhttp_client_timeout_seconds=600",
     "perspective.check_timeout_ms", "60000"},
    {"0 means the default", "verify_ssl=True\nhttp_client_timeout_seconds=0",
     "perspective.http.timeout_ms", "30000"},
    {"a lookup", "dns_resolution_lifetime_seconds=3", "perspective.dns.timeout_ms", "3000"},
    {"certificates are verified", "verify_ssl=True", "perspective.http.verify_tls", "true"},
    {"by default too", "dns_timeout_seconds=1", "perspective.http.verify_tls", "true"},
    {"or not", "verify_ssl=False", "perspective.http.verify_tls", "false"},
    {"any other word", "verify_ssl=true", "perspective.http.verify_tls", "false"},
    {"issuer domains", "default_caa_domains=a.example|b.example", "perspective.caa_domains[1]",
     "b.example"},
    {"the code", "verify_ssl=True\ncode=eu-west-2", "perspective.code", "eu-west-2"},
    {"idle connections", "hash_secret=x\nuvicorn_server_timeout_keep_alive=61",
     "server.idle_timeout_s", "61"},
    {"the level", "hash_secret=x\nlog_level=WARNING", "log.level", "warn"},
    {"one URL for both", PERSPECTIVES("https://a/x/caa", KEY_HEADER, "https://a/x/dcv", KEY_HEADER),
     FIRST "url", "https://a/x"},
    {"two URLs", PERSPECTIVES("https://a/1/caa", KEY_HEADER, "https://a/2/dcv", KEY_HEADER),
     FIRST "caa_url", "https://a/1/caa"},
    {"URLs of another form", PERSPECTIVES("https://a/c", KEY_HEADER, "https://a/d", KEY_HEADER),
     FIRST "dcv_url", "https://a/d"},
    {"a header", PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER),
     FIRST "headers.x-api-key", SECRET},
    {"no binding", PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER),
     FIRST "binding", "none"},
};

static void test_settings_become_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = imported(rows[i].app_conf);
        if (!text)
            fail_msg("%s: %s", rows[i].why, w.err.text);
        const char *got = value(text, rows[i].path);
        if (!str_eq(got, rows[i].value))
            fail_msg("%s: %s in:\n%s", rows[i].why, got ? got : "NULL", text);
    }
}

static const struct {
    const char *why, *app_conf, *comment;
} notes[] = {
    {"no limit of attempts", "hash_secret=x", "absolute_max_attempts: Open MPIC has no limit"},
    {"more attempts than there are", "absolute_max_attempts=101",
     "#   - absolute_max_attempts was 101, and 100 is the most here\n"},
    {"placeholder", "default_perspective_count=<int>", "default_perspective_count: was no number"},
    {"no count", "hash_secret=x", "default_perspective_count: is missing"},
    {"no secret", "default_perspective_count=5", "hash_secret is missing"},
    {"placeholder of a secret", "hash_secret=HASH_SECRET_STRING", "is Open MPIC's placeholder"},
    {"no TLS", PERSPECTIVES("http://a/caa", KEY_HEADER, "http://a/dcv", KEY_HEADER),
     "http://a is not encrypted (BR 3.2.2.9)"},
    {"no URL", PERSPECTIVES("a", KEY_HEADER, "b", KEY_HEADER), "DECIDE"},
    {"no secret header", PERSPECTIVES("https://a/caa", "}", "https://a/dcv", "}"),
     "headers of eu-west-2: give it a secret of 16 characters"},
    {"different headers", PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", "}"),
     "headers of eu-west-2: Open MPIC had others for /dcv"},
    {"different values of headers",
     PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv",
                  ",\"headers\":{\"x-api-key\":\"b\"}}"),
     "headers of eu-west-2: Open MPIC had others for /dcv"},
    {"Lambda",
     "perspectives={\"eu-west-2\":{\"caa_endpoint_info\":{\"arn\":\"x\"},\"dcv_endpoint_info\":{"
     "\"arn\":\"y\"}}}",
     "url of eu-west-2: it is a Lambda function"},
    {"no region", PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER),
     "rir of eu-west-2: AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC"},
    {"answers that nothing binds",
     PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER),
     "binding: Open MPIC's perspectives cannot say which question they answer"},
    {"no coordinates", PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER),
     "place of eu-west-2: write its coordinates"},
    {"no perspectives", "perspectives={}", "coordinator.perspectives: there are none"},
    {"no issuer domains", "default_caa_domains=", "default_caa_domains is empty"},
    {"not even empty", "verify_ssl=True", "default_caa_domains is missing"},
    {"no code", "verify_ssl=True", "perspective.code: Open MPIC's checkers do not know their code"},
    {"another word for off", "verify_ssl=yes", "verify_ssl was \"yes\""},
    {"each try", "dns_timeout_seconds=1", "dns_timeout_seconds: dns.timeout_ms limits"},
    {"keep-alive", "http_client_keepalive_timeout_seconds=60", "it has no counterpart"},
    {"no number", "hash_secret=x\nhttp_client_timeout_seconds=soon",
     "was \"soon\", which is no number of seconds"},
    {"too long", "hash_secret=x\nhttp_client_timeout_seconds=600",
     "was 600 s, and 120 s is the most"},
    {"no level", "hash_secret=x\nlog_level=LOUD", "log_level was \"LOUD\""},
    {"not ours", "hash_secret=x\nrir_region=a\n",
     "#   - rir_region: Open MPIC has no such setting"},
    {"no line", "hash_secret=x\n=\n", "line 2 of app.conf is no \"key=value\""},
    {"set nowhere", "hash_secret=${A}", "${A} in hash_secret is set nowhere"},
};

static void test_what_is_not_carried_over_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        const char *text = imported(notes[i].app_conf);
        if (!text || !strstr(text, notes[i].comment))
            fail_msg("%s: %s", notes[i].why, text ? text : w.err.text);
    }
}

static void test_decisions_are_numbered_where_they_are_made(void **state)
{
    (void)state;
    const char *text = imported("verify_ssl=True\ndefault_caa_domains=a.example");
    assert_int_equal(w.decisions, 2);
    assert_has(text, "#  1. server.listen: ");
    assert_has(text, "  listen: 127.0.0.1:8000  # DECIDE 1\n");
    assert_has(text, "#  2. perspective.code: ");
    assert_has(text, "  code:  # DECIDE 2\n");
    assert_lacks(text, "#  3. ");
    assert_lacks(text, "\ncoordinator:");
}

static void test_regions_complete_the_perspectives(void **state)
{
    (void)state;
    static const char *const close[] = {"eu-west-2", "eu-west-3"};
    const struct region regions[] = {
        {.code = "eu-west-1", .rir = "ARIN"},
        {.code = "eu-west-2",
         .name = "Europe: London",
         .rir = "RIPE NCC",
         .too_close_codes = {.items = close, .count = 2, .present = true}},
    };
    w.regions = (struct region_list){.items = regions, .count = 2};
    const char *text =
        imported(PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER));
    assert_string_equal(value(text, FIRST "name"), "Europe: London");
    assert_string_equal(value(text, FIRST "rir"), "RIPE NCC");
    /* Of the regions that are asked only. */
    assert_string_equal(value(text, FIRST "too_close_codes[0]"), "eu-west-2");
    assert_null(value(text, FIRST "too_close_codes[1]"));
    assert_lacks(text, "rir of eu-west-2");
    /* What Open MPIC has by default declares nothing. */
    const struct region silent = {
        .code = "eu-west-2", .rir = "RIPE NCC", .too_close_codes = {.present = true}};
    w.regions = (struct region_list){.items = &silent, .count = 1};
    text = imported(PERSPECTIVES("https://a/caa", KEY_HEADER, "https://a/dcv", KEY_HEADER));
    assert_lacks(text, "too_close_codes");
}

static void test_settings_of_somebody_else_are_refused(void **state)
{
    (void)state;
    assert_null(imported("log_level=INFO\n"));
    assert_string_equal(w.err.text, "none of Open MPIC's settings is there");
    assert_null(imported("hash_secret=a\xff\n"));
    assert_string_equal(w.err.text, "hash_secret is not UTF-8");
    assert_null(imported("perspectives={\"a\":{}}"));
    assert_string_equal(w.err.text, "perspectives: a: caa_endpoint_info is missing");
}

static void test_outside_text_stays_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain",
                                        "a b",
                                        "true",
                                        "No",
                                        "null",
                                        "1e3",
                                        "0x1",
                                        "-",
                                        "- a",
                                        "a: b",
                                        "a:",
                                        "a #b",
                                        "\"a\\b\"",
                                        "{a}",
                                        "[a",
                                        "a\nb",
                                        "a\tb",
                                        "\x7f",
                                        "caf\xc3\xa9",
                                        "https://a.example/b",
                                        "!tag",
                                        "&anchor",
                                        "*alias",
                                        "%",
                                        "@",
                                        "`",
                                        "a, b",
                                        "",
                                        "\xc2\x85",
                                        "a\xe2\x80\xa8 b",
                                        "\xef\xbb\xbf",
                                        "\xef\xbf\xbf",
                                        "\xf0\x9f\x98\x80",
                                        "~",
                                        " a",
                                        "a "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf text = {0};
        buf_printf(&text, "k: [");
        yaml_put_text(&text, texts[i]);
        buf_printf(&text, "]\n");
        if (!str_eq(value(buf_str(&text), "k[0]"), texts[i]))
            fail_msg("%s", buf_str(&text));
        buf_clear(&text);
    }
    /* A comment has one line, whatever is in it. */
    const char *text = imported("hash_secret=x\nlog_level=\"a\\nserver: b\"");
    assert_has(text, "log_level was \"a\\010server: b\"");
}

static void test_settings_are_listed(void **state)
{
    (void)state;
    size_t count = 0;
    while (import_setting(count))
        count++;
    assert_int_equal(count, 13);
    assert_null(import_setting(count + 1));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_settings_become_keys),
        CASE(test_what_is_not_carried_over_is_said),
        CASE(test_decisions_are_numbered_where_they_are_made),
        CASE(test_regions_complete_the_perspectives),
        CASE(test_settings_of_somebody_else_are_refused),
        CASE(test_outside_text_stays_text),
        CASE(test_settings_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
