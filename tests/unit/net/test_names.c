/* net/names with a getaddrinfo() of our own: names that are found, lost, and never answered. */
#define _GNU_SOURCE

#include "net/names.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of names that begin with "silent": until it is over. */
static atomic_bool is_silent;
static atomic_uint asked;

static struct addrinfo *make_entry(const char *text, struct addrinfo *next)
{
    struct {
        struct addrinfo info;
        struct sockaddr_in6 address;
    } *entry = xcalloc(1, sizeof *entry);
    bool is_v6 = strchr(text, ':') != NULL;
    struct sockaddr_in *v4 = (void *)&entry->address;
    entry->info = (struct addrinfo){.ai_family = is_v6 ? AF_INET6 : AF_INET,
                                    .ai_addr = (void *)&entry->address,
                                    .ai_next = next};
    inet_pton(entry->info.ai_family, text,
              is_v6 ? (void *)&entry->address.sin6_addr : (void *)&v4->sin_addr);
    return &entry->info;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    (void)service, (void)hints;
    atomic_fetch_add(&asked, 1);
    while (strncmp(name, "silent", 6) == 0 && atomic_load(&is_silent))
        raw_sleep_ms(5);
    if (strncmp(name, "found", 5) != 0)
        return EAI_NONAME;
    *list = make_entry("192.0.2.1", make_entry("2001:db8::1", NULL));
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

static size_t count_entries(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static struct names *start(const char *const *hosts, size_t count)
{
    const struct strv list = {.items = hosts, .count = count, .present = true};
    return names_new(&list);
}

static void test_name_has_its_addresses_in_order(void **state)
{
    (void)state;
    static const char *const hosts[] = {"found.example", "FOUND.example", "lost.example"};
    struct names *names = start(hosts, 3);
    struct arena *arena = arena_new();
    names_wait(names, RAW_WAIT_MS);
    struct strv found = names_get(names, "Found.Example", arena);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[0], "192.0.2.1");
    assert_string_equal(found.items[1], "2001:db8::1");
    assert_int_equal(names_get(names, "lost.example", arena).count, 0);
    assert_int_equal(names_get(names, "unknown.example", arena).count, 0);
    names_free(names);
    arena_free(arena);
}

/* A silent resolver costs a fixed number of threads, and nobody waits for them. */
static void test_silent_resolver_costs_a_few_threads(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static char texts[MANY][32];
    static const char *hosts[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "silent%d.example", i);
        hosts[i] = texts[i];
    }
    atomic_store(&is_silent, true);
    size_t before = count_entries("/proc/self/task");
    struct names *names = start(hosts, MANY);
    struct arena *arena = arena_new();
    uint64_t begin_ms = raw_now_ms();
    names_wait(names, 100);
    assert_in_range(raw_now_ms() - begin_ms, 90, 2000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(names_get(names, hosts[i % MANY], arena).count, 0);
    assert_true(count_entries("/proc/self/task") <= before + NAMES_THREADS);
    begin_ms = raw_now_ms();
    names_free(names); /* does not wait */
    assert_true(raw_now_ms() - begin_ms < 1000);
    atomic_store(&is_silent, false);
    for (int i = 0; i < 1000 && count_entries("/proc/self/task") > before; i++)
        raw_sleep_ms(5);
    assert_true(count_entries("/proc/self/task") <= before);
    arena_free(arena);
}

static void test_no_names_need_no_threads(void **state)
{
    (void)state;
    size_t before = count_entries("/proc/self/task");
    struct names *names = start(NULL, 0);
    names_wait(names, RAW_WAIT_MS);
    assert_true(count_entries("/proc/self/task") <= before);
    names_free(names);
    names_free(NULL);
}

int main(void)
{
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_has_its_addresses_in_order),
        cmocka_unit_test(test_silent_resolver_costs_a_few_threads),
        cmocka_unit_test(test_no_names_need_no_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
