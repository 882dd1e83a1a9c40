#include "unit/config/config_case.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* Entries begin at line 4; the sixth, which a case is about, at line 9. */
#define SIXTH(entry) COORDINATOR_8 "    - {" entry "}\n"
#define FRANKFURT    "code: eu-central-1, rir: RIPE NCC, latitude: 50.11, longitude: 8.68"
#define KEYED        ", headers: {authorization: Bearer 0123456789abcdef}"

static const struct config_case secret_cases[] = {
    {"none", "coordinator:\n  perspectives:\n" REMOTES_5,
     "f.yaml:1: coordinator: has neither hash_secret_file nor hash_secret; put 32 random bytes in a "
     "file with: openssl rand -hex 32, and name it\n"},
    {"both", COORDINATOR_8 "  hash_secret_file: secret\n",
     "f.yaml:2: coordinator.hash_secret: stands beside hash_secret_file; remove one of them\n"},
    {"empty", "coordinator:\n  hash_secret: \"\"\n  perspectives:\n" REMOTES_5,
     "f.yaml:2: coordinator.hash_secret: is empty; give it a value, or remove the line\n"},
    {"short", "coordinator:\n  hash_secret: secret\n  perspectives:\n" REMOTES_5,
     "f.yaml:2: warning: coordinator.hash_secret: is shorter than 16 bytes and could be guessed; "
     "make one with: openssl rand -hex 32\n"},
    {"the example's",
     "coordinator:\n  hash_secret: HASH_SECRET_STRING\n  perspectives:\n" REMOTES_5,
     "f.yaml:2: coordinator.hash_secret: is the placeholder of Open MPIC's example, which everybody "
     "knows; make one with: openssl rand -hex 32\n"},
};

static const struct config_case version_cases[] = {
    {"no version of the requirements", COORDINATOR_8 "  br_version: v2.2.8\n",
     "f.yaml:9: coordinator.br_version: is \"v2.2.8\", which is no version of the Baseline "
     "Requirements; write one such as 2.2.8, or remove it\n"},
};

static void test_version_of_the_requirements_is_three_numbers(void **state)
{
    (void)state;
    check_cases(version_cases, COUNT(version_cases));
    struct reading r = read_text(COORDINATOR_8 "  br_version: 2.2.10\n");
    assert_non_null(r.config);
    assert_string_equal(r.config->coordinator.br_version, "2.2.10");
    clear(&r);
    r = read_text(COORDINATOR_8);
    assert_null(r.config->coordinator.br_version);
    clear(&r);
}

static void test_secret_must_be_one_and_unguessable(void **state)
{
    (void)state;
    check_cases(secret_cases, COUNT(secret_cases));
}

static void test_secret_file_is_read_without_its_line_end(void **state)
{
    (void)state;
    write_file("secret", "0123456789abcdef0123456789abcdef\r\n", 0600);
    struct reading r =
        read_text("coordinator:\n  hash_secret_file: secret\n  perspectives:\n" REMOTES_5);
    assert_string_equal(buf_str(&r.lines), "");
    assert_true(
        bytes_eq(r.config->coordinator.secret, bytes_of("0123456789abcdef0123456789abcdef")));
    clear(&r);
}

static const struct {
    const char *why;
    const char *file;
    const char *content;
    mode_t mode;
    const char *part;
    bool is_usable;
} secret_files[] = {
    {"missing", "absent", NULL, 0, "f.yaml:2: coordinator.hash_secret_file: cannot be read: /",
     false},
    {"a folder", "..", NULL, 0, "it is a folder; make it with: openssl rand -hex 32, and let mpicd",
     false},
    {"empty", "empty", "\n", 0600, "coordinator.hash_secret_file: is an empty file, /", false},
    {"readable by all", "open", "0123456789abcdef0123456789abcdef\n", 0644,
     "f.yaml:2: warning: coordinator.hash_secret_file: everybody on this machine can read /", true},
    {"short", "short", "0123456789abcde\n", 0600,
     "f.yaml:2: warning: coordinator.hash_secret_file: is shorter than 16 bytes", true},
};

static void test_bad_secret_file_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(secret_files); i++) {
        if (secret_files[i].content)
            write_file(secret_files[i].file, secret_files[i].content, secret_files[i].mode);
        struct arena *arena = arena_new();
        struct reading r = read_text(
            arena_printf(arena, "coordinator:\n  hash_secret_file: %s\n  perspectives:\n%s",
                         secret_files[i].file, REMOTES_5));
        if (!strstr(buf_str(&r.lines), secret_files[i].part) ||
            (r.config != NULL) != secret_files[i].is_usable ||
            strchr(buf_str(&r.lines), '\n')[1] != '\0')
            fail_msg("%s: got\n%s", secret_files[i].why, buf_str(&r.lines));
        assert_null(strstr(buf_str(&r.lines), "0123456789")); /* never the secret */
        clear(&r);
        arena_free(arena);
    }
}

static const struct config_case remote_cases[] = {
    {"a sixth that is fine", SIXTH(FRANKFURT ", url: \"https://a.example\"" KEYED), ""},
    {"missing list", "coordinator:\n" SECRET_1,
     "f.yaml:1: coordinator: perspectives is missing; list the perspectives that are asked\n"},
    {"empty list", "coordinator:\n" SECRET_1 "  perspectives: []\n",
     "f.yaml:3: coordinator.perspectives: has 0 entries; corroboration needs at least 2 "
     "perspectives, add some\n"},
    {"one entry", "coordinator:\n" SECRET_1 "  perspectives:\n" REMOTE("a", "ARIN", "1", "2"),
     "f.yaml:3: coordinator.perspectives: has 1 entry; corroboration needs at least 2 "
     "perspectives, add some\n"},
    {"a section instead of a list", "coordinator:\n" SECRET_1 "  perspectives: {a: 1}\n",
     "f.yaml:3: coordinator.perspectives: must be a list; write [a, b], or one line with \"- \" "
     "for each\n"
     "f.yaml:3: coordinator.perspectives: has 0 entries; corroboration needs at least 2 "
     "perspectives, add some\n"},
    {"an entry with nothing", SIXTH(""),
     "f.yaml:9: coordinator.perspectives[5]: code is missing; give each perspective a code, such "
     "as eu-west-2\n"
     "f.yaml:9: coordinator.perspectives[5]: rir is missing; name the registry of its region "
     "(AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC), or list the code in "
     "coordinator.perspectives_file\n"
     "f.yaml:9: warning: coordinator.perspectives[5]: has neither latitude and longitude nor "
     "too_close_codes, so that it cannot be kept 500 km from the others (BR 3.2.2.9); give its "
     "coordinates\n"
     "f.yaml:9: coordinator.perspectives[5]: has no url; give it one, or caa_url and dcv_url, or "
     "local: true\n"},
    {"a code with a slash",
     SIXTH("code: a/b, rir: ARIN, latitude: 1, longitude: 2, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].code: is \"a/b\"; a code has up to 64 letters, digits, "
     "'.', '_' or '-' and begins with a letter or digit, such as eu-west-2\n"},
    {"a code twice",
     SIXTH("code: us-west-2, rir: RIPE NCC, latitude: 50, longitude: 8, url: "
           "\"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].code: is \"us-west-2\", as that of an entry above; "
     "each perspective has a code of its own\n"},
    {"an unknown registry",
     SIXTH("code: a, rir: RIPE, latitude: 50, longitude: 8, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].rir: is \"RIPE\"; write AFRINIC, APNIC, ARIN, LACNIC "
     "or RIPE NCC\n"},
    {"a registry in lower case",
     SIXTH("code: a, rir: ripe ncc, latitude: 50, longitude: 8, url: \"https://a.example\"" KEYED),
     ""},
    {"half a place", SIXTH("code: a, rir: ARIN, latitude: 50, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5]: has a latitude without a longitude; give both, in "
     "degrees\n"},
    {"the other half", SIXTH("code: a, rir: ARIN, longitude: 50, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5]: has a longitude without a latitude; give both, in "
     "degrees\n"},
    {"off the globe",
     SIXTH(
         "code: a, rir: ARIN, latitude: 90.01, longitude: -181, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].latitude: is \"90.01\"; write a number of degrees from "
     "-90 to 90\n"
     "f.yaml:9: coordinator.perspectives[5].longitude: is \"-181\"; write a number of degrees from "
     "-180 to 180\n"},
    {"no numbers",
     SIXTH("code: a, rir: ARIN, latitude: 50N, longitude: 1e1, url: \"https://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].latitude: is \"50N\"; write a number of degrees from "
     "-90 to 90\n"
     "f.yaml:9: coordinator.perspectives[5].longitude: is \"1e1\"; write a number of degrees from "
     "-180 to 180\n"},
    {"no place at all", SIXTH("code: a, rir: ARIN, url: \"https://a.example\"" KEYED),
     "f.yaml:9: warning: coordinator.perspectives[5]: has neither latitude and longitude nor "
     "too_close_codes, so that it cannot be kept 500 km from the others (BR 3.2.2.9); give its "
     "coordinates\n"},
    {"codes instead of a place, one of them nobody's",
     SIXTH("code: a, rir: ARIN, too_close_codes: [us-east-2, us-east-9], url: "
           "\"https://a.example\"" KEYED),
     "f.yaml:9: warning: coordinator.perspectives[5].too_close_codes[1]: is \"us-east-9\", and no "
     "perspective has that code; mend it, or remove it\n"},
};

static void test_entries_of_perspectives_give_their_lines(void **state)
{
    (void)state;
    check_cases(remote_cases, COUNT(remote_cases));
}

static const struct config_case reach_cases[] = {
    {"http to this machine is for trying out", SIXTH(FRANKFURT ", url: \"http://127.0.0.1:8001\""),
     ""},
    {"two URLs instead of one",
     SIXTH(FRANKFURT ", caa_url: \"https://a.example/caa-checker/caa?x=1\", dcv_url: "
                     "\"https://a.example/dcv\"" KEYED),
     ""},
    {"one of two URLs", SIXTH(FRANKFURT ", caa_url: \"https://a.example/caa\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5]: has no url; give it one, or caa_url and dcv_url, or "
     "local: true\n"},
    {"in the clear", SIXTH(FRANKFURT ", url: \"http://a.example\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].url: is not encrypted (BR 3.2.2.9); write an https:// "
     "URL, or set coordinator.baseline: warn for a lab\n"},
    {"anybody could ask, anybody could answer", SIXTH(FRANKFURT ", url: \"https://a.example\""),
     "f.yaml:9: coordinator.perspectives[5].url: leads to a perspective that cannot tell the "
     "coordinator from anybody else (BR 3.2.2.9); give it a secret of 16 characters or more in "
     "headers\n"},
    {"a header that is no secret",
     SIXTH(FRANKFURT ", url: \"https://a.example\", headers: {accept: text/plain}"),
     "f.yaml:9: coordinator.perspectives[5].url: leads to a perspective that cannot tell the "
     "coordinator from anybody else (BR 3.2.2.9); give it a secret of 16 characters or more in "
     "headers\n"},
    {"both warned about where it is not enforced",
     SIXTH(
         FRANKFURT
         ", caa_url: \"https://a.example/caa\", dcv_url: \"http://a.example/dcv\"") "  baseline: warn\n",
     "f.yaml:9: warning: coordinator.perspectives[5].caa_url: leads to a perspective that cannot "
     "tell the coordinator from anybody else (BR 3.2.2.9); give it a secret of 16 characters or "
     "more in headers\n"
     "f.yaml:9: warning: coordinator.perspectives[5].dcv_url: is not encrypted (BR 3.2.2.9); write "
     "an https:// URL\n"},
    {"no URL", SIXTH(FRANKFURT ", url: a.example" KEYED),
     "f.yaml:9: coordinator.perspectives[5].url: is \"a.example\", which does not begin with "
     "https://; write https://host:port\n"},
    {"a query in front of the path", SIXTH(FRANKFURT ", url: \"https://a.example/?k=1\"" KEYED),
     "f.yaml:9: coordinator.perspectives[5].url: has a query, behind which /caa and /dcv cannot be "
     "appended; write caa_url and dcv_url\n"},
    {"headers that are not ours to send",
     SIXTH(FRANKFURT ", url: \"https://a.example\", headers: {x-api-key: 0123456789abcdef, Host: "
                     "b.example, \"a b\": c, x-name: caf\u00e9}"),
     "f.yaml:9: coordinator.perspectives[5].headers.Host: is written by mpicd itself; remove it\n"
     "f.yaml:9: coordinator.perspectives[5].headers.a b: is no name of a header (RFC 9110 section "
     "5.6.2); use letters, digits and '-'\n"
     "f.yaml:9: coordinator.perspectives[5].headers.x-name: has a value that is not ASCII; encode "
     "it\n"},
    {"headers that are a list", SIXTH(FRANKFURT ", url: \"https://127.0.0.1\", headers: [a]"),
     "f.yaml:9: coordinator.perspectives[5].headers: must be a section of `name: value` lines\n"},
    {"a header that is a section",
     SIXTH(FRANKFURT ", url: \"https://[::1]\", headers: {a: {b: c}}"),
     "f.yaml:9: coordinator.perspectives[5].headers.a: must be text, not a section\n"},
    {"local without settings to run with", SIXTH(FRANKFURT ", local: true"),
     "f.yaml:9: coordinator.perspectives[5].local: needs the section perspective, whose settings "
     "it runs with; add it\n"},
    {"local and elsewhere", SIXTH(FRANKFURT ", local: true, url: \"http://127.0.0.1\""),
     "f.yaml:9: coordinator.perspectives[5].local: stands beside a URL; remove one of them\n"},
    {"local, and bound in another way",
     SIXTH(FRANKFURT ", local: true, binding: none") PERSPECTIVE_3,
     "f.yaml:9: coordinator.perspectives[5].binding: stands beside local: true, which needs none; "
     "remove it\n"
     "f.yaml:9: warning: coordinator.perspectives[5].local: is in this process, whose "
     "perspective.code is eu-west-2; use one code for one place\n"},
    {"a binding that is none of ours", SIXTH(FRANKFURT ", url: \"https://[::1]\", binding: no"),
     "f.yaml:9: coordinator.perspectives[5].binding: is \"no\"; write required or none\n"},
    {"local: false is as good as absent", SIXTH(FRANKFURT ", local: false"),
     "f.yaml:9: coordinator.perspectives[5]: has no url; give it one, or caa_url and dcv_url, or "
     "local: true\n"},
    {"local under another name", SIXTH(FRANKFURT ", local: true") PERSPECTIVE_3,
     "f.yaml:9: warning: coordinator.perspectives[5].local: is in this process, whose "
     "perspective.code is eu-west-2; use one code for one place\n"},
    {"local under its own name",
     SIXTH(FRANKFURT
           ", local: true") "perspective: {code: eu-central-1, caa_domains: [a.example]}\n",
     ""},
    {"local, and given up before it is done",
     SIXTH(FRANKFURT
           ", local: true") "  perspective_timeout_ms: 7000\n"
                            "perspective: {code: eu-central-1, caa_domains: [a.example]}\n",
     "f.yaml:10: warning: coordinator.perspective_timeout_ms: is 7000, under "
     "perspective.check_timeout_ms, 12000; raise it, or checks that are still running are given "
     "up\n"},
    {"two perspectives at one place",
     SIXTH(
         FRANKFURT
         ", local: true") "    - {code: af-south-1, rir: AFRINIC, latitude: -33.9, longitude: 18.4, local: true}\n" PERSPECTIVE_3,
     "f.yaml:10: coordinator.perspectives[6].local: makes 2 perspectives of this one place, but "
     "they must be 500 km apart to count (BR 3.2.2.9); let at most one be local\n"},
};

static void test_ways_to_perspectives_give_their_lines(void **state)
{
    (void)state;
    check_cases(reach_cases, COUNT(reach_cases));
}

static void test_ways_are_made_as_written(void **state)
{
    (void)state;
    struct reading r = read_text(
        COORDINATOR_8
        "    - {code: a, rir: ARIN, latitude: 1, longitude: 2, url: \"https://[::1]:8443/p/\", "
        "caa_url: \"https://[::1]/x\", headers: {a: b, x-api-key: k}, binding: none}\n"
        "    - {code: b, rir: APNIC, latitude: 20, longitude: 2, local: true}\n"
        "perspective: {code: b, caa_domains: [a.example]}\n");
    assert_string_equal(buf_str(&r.lines), "");
    const struct config *c = r.config;
    assert_int_equal(c->coordinator.perspective_count, 7);
    assert_string_equal(c->ways[0].http.caa_url, "https://us-east-2.example/caa");
    assert_string_equal(c->ways[0].http.dcv_url, "https://us-east-2.example/dcv");
    assert_int_equal(c->ways[0].local, CONFIG_NO_LOCAL);
    assert_string_equal(c->ways[5].http.code, "a");
    assert_string_equal(c->ways[5].http.caa_url, "https://[::1]/x");
    assert_string_equal(c->ways[5].http.dcv_url, "https://[::1]:8443/p/dcv");
    assert_int_equal(c->ways[5].http.header_count, 2);
    assert_true(c->ways[5].http.is_unbound);
    assert_true(c->coordinator.perspectives[5].is_unbound);
    assert_false(c->ways[0].http.is_unbound); /* the default */
    assert_false(c->coordinator.perspectives[0].is_unbound);
    assert_string_equal(c->ways[5].http.headers[1].name, "x-api-key");
    assert_string_equal(c->ways[5].http.headers[1].value, "k");
    assert_int_equal(c->ways[6].local, 0);
    assert_int_equal(c->local_count, 1);
    const struct perspective_info *first = &c->coordinator.perspectives[0];
    assert_string_equal(first->code, "us-east-2");
    assert_int_equal(first->rir, RIR_ARIN);
    assert_true(first->has_coordinates);
    assert_true(first->latitude > 39.9 && first->latitude < 40.0);
    assert_true(first->longitude > -83.1 && first->longitude < -82.9);
    clear(&r);
}

static const struct config_case count_cases[] = {
    {"more than there are", COORDINATOR_8 "  default_perspective_count: 6\n",
     "f.yaml:9: coordinator.default_perspective_count: is 6, but there are 5 perspectives; lower "
     "it, or add 1\n"},
    {"one corroborates nothing", COORDINATOR_8 "  default_perspective_count: 1\n",
     "f.yaml:9: coordinator.default_perspective_count: is \"1\"; write a whole number from 2 to "
     "256\n"},
    {"two at one place",
     "coordinator:\n" SECRET_1 "  perspectives:\n" REMOTE("a", "ARIN", "39.96", "-83.0")
         REMOTE("b", "RIPE NCC", "40", "-83.1") REMOTE("c", "RIPE NCC", "51.51", "-0.13")
             REMOTE("d", "APNIC", "35.68", "139.69") REMOTE("e", "LACNIC", "-23.55", "-46.63"),
     "f.yaml:1: coordinator.default_perspective_count: is 5, but of the 5 perspectives no 5 are "
     "500 km apart from each other and in at least two RIR regions (BR 3.2.2.9); add perspectives, "
     "or lower it\n"},
    {"one region",
     "coordinator:\n" SECRET_1 "  perspectives:\n" REMOTE("a", "ARIN", "10", "0")
         REMOTE("b", "ARIN", "20", "0") REMOTE("c", "ARIN", "30", "0")
             REMOTE("d", "ARIN", "40", "0") REMOTE("e", "ARIN", "50", "0"),
     "f.yaml:1: coordinator.default_perspective_count: is 5, but of the 5 perspectives no 5 are "
     "500 km apart from each other and in at least two RIR regions (BR 3.2.2.9); add perspectives, "
     "or lower it\n"},
    {"four today, and five in three weeks", COORDINATOR_8 "  default_perspective_count: 4\n",
     "f.yaml:9: warning: coordinator.default_perspective_count: is 4, but from 2026-12-15 on, in "
     "22 days, BR 3.2.2.9 demands at least 5 remote perspectives; raise it before\n"},
    {"three no longer", COORDINATOR_8 "  default_perspective_count: 3\n",
     "f.yaml:9: coordinator.default_perspective_count: is 3, but since 2026-06-15 BR 3.2.2.9 "
     "demands at least 4 remote perspectives; raise it, or set coordinator.baseline: warn where no "
     "certificates are issued\n"},
    {"three with a warning", COORDINATOR_8 "  default_perspective_count: 3\n  baseline: warn\n",
     "f.yaml:9: warning: coordinator.default_perspective_count: is 3, but since 2026-06-15 BR "
     "3.2.2.9 demands at least 4 remote perspectives; raise it\n"},
    {"three in silence", COORDINATOR_8 "  default_perspective_count: 3\n  baseline: off\n", ""},
    {"a mode that is none", COORDINATOR_8 "  baseline: strict\n",
     "f.yaml:9: coordinator.baseline: is \"strict\"; write enforce, warn or off\n"},
};

static void test_counts_and_calendar_give_their_lines(void **state)
{
    (void)state;
    check_cases(count_cases, COUNT(count_cases));
}

static void test_calendar_follows_the_day(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        const char *lines;
    } days[] = {
        {"2026-09-15", ""}, /* 91 days before */
        {"2026-09-16",
         "f.yaml:9: warning: coordinator.default_perspective_count: is 4, but from 2026-12-15 on, "
         "in 90 days, BR 3.2.2.9 demands at least 5 remote perspectives; raise it before\n"},
        {"2026-12-14",
         "f.yaml:9: warning: coordinator.default_perspective_count: is 4, but from 2026-12-15 on, "
         "in 1 day, BR 3.2.2.9 demands at least 5 remote perspectives; raise it before\n"},
        {"2026-12-15",
         "f.yaml:9: coordinator.default_perspective_count: is 4, but since 2026-12-15 BR 3.2.2.9 "
         "demands at least 5 remote perspectives; raise it, or set coordinator.baseline: warn "
         "where no certificates are issued\n"},
        {"2025-01-01", ""}, /* before MPIC began */
    };
    for (size_t i = 0; i < COUNT(days); i++) {
        struct reading r = read_at(COORDINATOR_8 "  default_perspective_count: 4\n", days[i].date);
        assert_string_equal(buf_str(&r.lines), days[i].lines);
        clear(&r);
    }
}

static void test_perspectives_file_fills_what_entries_lack(void **state)
{
    (void)state;
    write_file("regions.yaml",
               "available_regions:\n"
               "- {code: us-east-2, name: Ohio, rir: arin, too_close_codes: [us-east-1]}\n"
               "- {code: us-west-2, name: Oregon, rir: ARIN, too_close_codes: null, zone: x}\n"
               "- {code: eu-west-2, name: null, rir: RIPE NCC, too_close_codes: [eu-west-3]}\n"
               "- {code: us-east-1, rir: ARIN}\n",
               0644);
    struct reading r = read_text("coordinator:\n" SECRET_1 "  perspectives_file: regions.yaml\n"
                                 "  default_perspective_count: 2\n"
                                 "  baseline: off\n"
                                 "  perspectives:\n"
                                 "    - {code: us-east-2, url: \"http://127.0.0.1\"}\n"
                                 "    - {code: us-west-2, rir: APNIC, name: Mine, too_close_codes: "
                                 "[us-east-1], url: \"http://127.0.0.1\"}\n"
                                 "    - {code: eu-west-2, url: \"http://127.0.0.1\"}\n");
    assert_string_equal(buf_str(&r.lines), "");
    const struct perspective_info *infos = r.config->coordinator.perspectives;
    assert_int_equal(infos[0].rir, RIR_ARIN);
    assert_string_equal(infos[0].name, "Ohio");
    assert_string_equal(infos[0].too_close_codes.items[0], "us-east-1");
    assert_int_equal(infos[1].rir, RIR_APNIC);
    assert_string_equal(infos[1].name, "Mine");
    assert_int_equal(infos[2].rir, RIR_RIPE_NCC);
    assert_null(infos[2].name);
    assert_string_equal(infos[2].too_close_codes.items[0], "eu-west-3");
    clear(&r);
}

static const struct {
    const char *why;
    const char *content; /* NULL: no file */
    const char *part;
} regions_files[] = {
    {"missing", NULL, "f.yaml:9: coordinator.perspectives_file: cannot be read: /"},
    {"not that file", "a: 1\n",
     "f.yaml:9: coordinator.perspectives_file: has no list available_regions in /"},
    {"a region without registry", "available_regions:\n- {code: a}\n",
     "/regions-bad.yaml:2: available_regions[0]: rir is missing; name the region's registry: "
     "AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC\n"},
    {"no YAML", "available_regions: [\n", "/regions-bad.yaml:2: is not YAML: "},
};

static void test_bad_perspectives_file_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(regions_files); i++) {
        if (regions_files[i].content)
            write_file("regions-bad.yaml", regions_files[i].content, 0644);
        struct reading r = read_text(COORDINATOR_8 "  perspectives_file: regions-bad.yaml\n");
        if (!strstr(buf_str(&r.lines), regions_files[i].part) || r.mistakes.errors != 1)
            fail_msg("%s: got\n%s", regions_files[i].why, buf_str(&r.lines));
        clear(&r);
    }
}

static void test_regions_of_lambda_deployments_are_read_too(void **state)
{
    (void)state;
    write_file("aws.yaml", "aws_available_regions:\n- {code: a, rir: APNIC}\n", 0644);
    struct reading r =
        read_text(COORDINATOR_8 "    - {code: a, latitude: 0, longitude: 100, url: "
                                "\"http://127.0.0.1\"}\n  perspectives_file: aws.yaml\n");
    assert_string_equal(buf_str(&r.lines), "");
    assert_int_equal(r.config->coordinator.perspectives[5].rir, RIR_APNIC);
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_of_the_requirements_is_three_numbers),
        cmocka_unit_test(test_secret_must_be_one_and_unguessable),
        cmocka_unit_test(test_secret_file_is_read_without_its_line_end),
        cmocka_unit_test(test_bad_secret_file_says_what_is_wrong),
        cmocka_unit_test(test_entries_of_perspectives_give_their_lines),
        cmocka_unit_test(test_ways_to_perspectives_give_their_lines),
        cmocka_unit_test(test_ways_are_made_as_written),
        cmocka_unit_test(test_counts_and_calendar_give_their_lines),
        cmocka_unit_test(test_calendar_follows_the_day),
        cmocka_unit_test(test_perspectives_file_fills_what_entries_lack),
        cmocka_unit_test(test_bad_perspectives_file_is_refused),
        cmocka_unit_test(test_regions_of_lambda_deployments_are_read_too),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
