#include "net/dns_zones.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DS " DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

struct fixture {
    struct arena *arena;
    struct dns_zones zones;
    struct dns_settings settings;
    struct err err;
    char path[40];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    if (f->path[0])
        unlink(f->path);
    free(f);
    return 0;
}

static bool init(struct fixture *f)
{
    return dns_zones_init(&f->zones, f->arena, &f->settings, &f->err);
}

static void write_anchor_file(struct fixture *f, const char *text)
{
    snprintf(f->path, sizeof f->path, "/tmp/test_dns_zones.XXXXXX");
    int fd = mkstemp(f->path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    f->settings.trust_anchor_file = f->path;
}

static void test_zones_below_an_anchor_are_examined(void **state)
{
    struct fixture *f = *state;
    const char *const anchors[] = {"Lab." DS, "other.example" DS};
    const char *const insecure[] = {"Island.Lab"};
    f->settings.trust_anchors = anchors;
    f->settings.trust_anchor_count = 2;
    f->settings.insecure_zones = insecure;
    f->settings.insecure_count = 1;
    assert_true(init(f));
    assert_true(dns_zones_is_examined(&f->zones, "lab"));
    assert_true(dns_zones_is_examined(&f->zones, "a.b.lab"));
    assert_true(dns_zones_is_examined(&f->zones, "www.other.example"));
    assert_false(dns_zones_is_examined(&f->zones, "example"));
    assert_false(dns_zones_is_examined(&f->zones, "."));
    assert_false(dns_zones_is_examined(&f->zones, "collab"));
    assert_false(dns_zones_is_examined(&f->zones, "island.lab"));
    assert_false(dns_zones_is_examined(&f->zones, "www.island.lab"));
    assert_true(dns_zones_is_examined(&f->zones, "misland.lab"));
}

static void test_zones_take_anchors_from_a_file(void **state)
{
    struct fixture *f = *state;
    write_anchor_file(f, "; autotrust\r\n$ORIGIN .\n\nlab." DS " ;;state=2 [  VALID  ]\r\n"
                         "other 86400 IN DNSKEY 257 3 8 AAAA ; {id = 1 (ksk)}\n"
                         "last" DS); /* without a line feed */
    assert_true(init(f));
    assert_int_equal(f->zones.anchors.count, 3);
    assert_true(dns_zones_is_examined(&f->zones, "www.lab"));
    assert_true(dns_zones_is_examined(&f->zones, "www.other"));
    assert_true(dns_zones_is_examined(&f->zones, "last"));
    assert_false(dns_zones_is_examined(&f->zones, "example"));
}

static void test_zones_without_any_anchor_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "no DNSSEC trust anchor"));
    write_anchor_file(f, "; nothing\nlab A 192.0.2.1\n");
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "holds no DS or DNSKEY record"));
    assert_non_null(strstr(f->err.text, f->path));
    f->settings.trust_anchor_file = "/nonexistent";
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "/nonexistent: No such file"));
    f->settings.trust_anchor_file = "/tmp"; /* opens, but cannot be read */
    assert_false(init(f));
    const char *const anchors[] = {"lab A 192.0.2.1"};
    f->settings = (struct dns_settings){.trust_anchors = anchors, .trust_anchor_count = 1};
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "entry 1"));
}

static void test_zones_with_bad_names_are_refused(void **state)
{
    struct fixture *f = *state;
    const char *const anchors[] = {"." DS};
    const char *const bad[] = {"a..b"};
    const struct dns_stub stub = {"a..b", bad, 1};
    const struct dns_settings good = {.trust_anchors = anchors, .trust_anchor_count = 1};
    f->settings = good;
    f->settings.insecure_zones = bad;
    f->settings.insecure_count = 1;
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "insecure_zones"));
    f->settings = good;
    f->settings.stub_zones = &stub;
    f->settings.stub_count = 1;
    assert_false(init(f));
    assert_non_null(strstr(f->err.text, "stub_zones"));
}

static const char *const anchors_of_root[] = {"." DS};
/* Connecting to the broadcast address is refused on every machine, to loopback on none. */
static const char *const nowhere[] = {"255.255.255.255@53"};
static const char *const somewhere[] = {"255.255.255.255", "fe80::1@53", "127.0.0.1@9"};

static void test_stub_zone_is_any_but_the_root(void **state)
{
    struct fixture *f = *state;
    const struct dns_stub stubs[] = {{".", somewhere, 3}, {"Lab.", somewhere, 3}};
    f->settings = (struct dns_settings){.trust_anchors = anchors_of_root,
                                        .trust_anchor_count = 1,
                                        .stub_zones = stubs,
                                        .stub_count = 2};
    assert_true(init(f));
    assert_true(dns_zones_is_stub(&f->zones, "lab"));
    assert_true(dns_zones_is_stub(&f->zones, "www.lab"));
    assert_false(dns_zones_is_stub(&f->zones, "collab"));
    assert_false(dns_zones_is_stub(&f->zones, "."));
}

static void test_machine_is_cut_off_if_no_server_of_the_nearest_stub_can_be_reached(void **state)
{
    struct fixture *f = *state;
    const struct dns_stub stubs[] = {
        {"up.lab", somewhere, 3}, {"lab", nowhere, 1}, {"up.up.lab", nowhere, 1}};
    f->settings = (struct dns_settings){.trust_anchors = anchors_of_root,
                                        .trust_anchor_count = 1,
                                        .stub_zones = stubs,
                                        .stub_count = 3,
                                        .forward_to = somewhere,
                                        .forward_count = 3};
    assert_true(init(f));
    assert_true(dns_zones_is_cut_off(&f->zones, "www.lab"));
    assert_false(dns_zones_is_cut_off(&f->zones, "www.up.lab"));
    assert_true(dns_zones_is_cut_off(&f->zones, "www.up.up.lab"));
    assert_false(dns_zones_is_cut_off(&f->zones, "example")); /* the forwarder */
    assert_true(dns_zones_is_cut_off_from(&f->zones, "lab"));
    assert_false(dns_zones_is_cut_off_from(&f->zones, "up.lab"));
    assert_true(dns_zones_is_forwarded(&f->zones, "example"));
    assert_false(dns_zones_is_forwarded(&f->zones, "www.lab"));
    f->settings.forward_to = nowhere;
    f->settings.forward_count = 1;
    assert_true(init(f));
    assert_true(dns_zones_is_cut_off(&f->zones, "example"));
}

static void test_machine_without_descriptors_is_cut_off(void **state)
{
    struct fixture *f = *state;
    const struct dns_stub stub = {"lab", somewhere, 3};
    f->settings = (struct dns_settings){.trust_anchors = anchors_of_root,
                                        .trust_anchor_count = 1,
                                        .stub_zones = &stub,
                                        .stub_count = 1};
    assert_true(init(f));
    assert_false(dns_zones_is_cut_off(&f->zones, "www.lab"));
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool is_cut_off = dns_zones_is_cut_off(&f->zones, "www.lab");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(is_cut_off);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_zones_below_an_anchor_are_examined),
        CASE(test_zones_take_anchors_from_a_file),
        CASE(test_zones_without_any_anchor_are_refused),
        CASE(test_zones_with_bad_names_are_refused),
        CASE(test_stub_zone_is_any_but_the_root),
        CASE(test_machine_is_cut_off_if_no_server_of_the_nearest_stub_can_be_reached),
        CASE(test_machine_without_descriptors_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
