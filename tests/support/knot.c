#define _GNU_SOURCE /* nftw(), SO_RCVTIMEO with struct timeval */
#include "support/knot.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "support/dns_message.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct knot {
    struct arena *arena;
    char directory[64];
    uint16_t port;
    const char *address;
    pid_t pid;
    const struct knot_zone *zones; /* of the caller, who keeps them */
    size_t zone_count;
    const char **ds;
};

/* Starts a program: its output goes to the file `output`, its errors to the log. */
static pid_t start(const struct knot *knot, const char *output, const char *const *argv)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *log = arena_printf(knot->arena, "%s/log", knot->directory);
        int out = open(output ? output : log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        int err = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (out < 0 || err < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
            _exit(126);
        setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

static const char *read_text(struct arena *arena, const char *path)
{
    struct buf text = {0};
    char piece[4096];
    FILE *file = fopen(path, "r");
    size_t n;
    while (file && (n = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(&text, piece, n);
    if (file)
        fclose(file);
    const char *copy = arena_strdup(arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

static void fail_with_log(const struct knot *knot, const char *what)
{
    fail_msg("%s: %s", what,
             read_text(knot->arena, arena_printf(knot->arena, "%s/log", knot->directory)));
}

static void run(const struct knot *knot, const char *output, const char *const *argv)
{
    int status = 0;
    assert_true(waitpid(start(knot, output, argv), &status, 0) > 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_with_log(knot, argv[0]);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Free in UDP and TCP a moment ago. */
static uint16_t find_port(void)
{
    for (int tries = 0; tries < 20; tries++) {
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof name;
        int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
        bool is_free = bind(udp, (struct sockaddr *)&name, sizeof name) == 0 &&
                       getsockname(udp, (struct sockaddr *)&name, &size) == 0 &&
                       bind(tcp, (struct sockaddr *)&name, sizeof name) == 0;
        close(udp);
        close(tcp);
        if (is_free)
            return ntohs(name.sin_port);
    }
    fail_msg("no free port");
    return 0;
}

static const char *path_of(const struct knot *knot, const char *name)
{
    return arena_printf(knot->arena, "%s/%s", knot->directory, name);
}

static void write_config(const struct knot *knot)
{
    static const char *const policies[] = {
        [KNOT_NSEC] = "nsec", [KNOT_NSEC3] = "nsec3", [KNOT_OPT_OUT] = "optout"};
    struct buf text = {0};
    const char *directory = knot->directory;
    buf_printf(&text, "server:\n  listen: 127.0.0.1@%u\n  rundir: \"%s\"\n", knot->port, directory);
    buf_printf(&text, "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n");
    buf_printf(&text, "log:\n  - target: stderr\n    any: notice\n");
    buf_printf(&text, "database:\n  storage: \"%s\"\n", directory);
    buf_printf(&text, "policy:\n");
    buf_printf(&text, "  - id: nsec\n    manual: on\n    single-type-signing: on\n");
    buf_printf(&text,
               "  - id: nsec3\n    manual: on\n    single-type-signing: on\n    nsec3: on\n");
    buf_printf(&text, "  - id: optout\n    manual: on\n    single-type-signing: on\n    nsec3: on\n"
                      "    nsec3-opt-out: on\n");
    buf_printf(&text,
               "template:\n  - id: default\n    storage: \"%s\"\n    zonefile-sync: -1\n"
               "    journal-content: none\nzone:\n",
               directory);
    for (size_t i = 0; i < knot->zone_count; i++) {
        const struct knot_zone *zone = &knot->zones[i];
        buf_printf(&text, "  - domain: %s.\n    file: \"%s.zone\"\n", zone->name, zone->name);
        if (zone->signing != KNOT_UNSIGNED)
            buf_printf(&text, "    dnssec-signing: on\n    dnssec-policy: %s\n",
                       policies[zone->signing]);
    }
    write_text(path_of(knot, "knot.conf"), buf_str(&text));
    buf_clear(&text);
}

static void make_key(struct knot *knot, size_t index)
{
    const char *conf = path_of(knot, "knot.conf");
    const char *zone = arena_printf(knot->arena, "%s.", knot->zones[index].name);
    const char *out = path_of(knot, arena_printf(knot->arena, "%s.ds", knot->zones[index].name));
    run(knot, NULL,
        (const char *const[]){"keymgr", "-c", conf, zone, "generate", "algorithm=ecdsap256sha256",
                              "ksk=yes", "zsk=yes", NULL});
    run(knot, out, (const char *const[]){"keymgr", "-c", conf, zone, "ds", NULL});
    const char *text = read_text(knot->arena, out); /* one line a digest; the first is SHA-256 */
    knot->ds[index] = arena_strndup(knot->arena, text, strcspn(text, "\n"));
}

const char *knot_ds(const struct knot *knot, const char *zone)
{
    for (size_t i = 0; i < knot->zone_count; i++)
        if (str_eq(knot->zones[i].name, zone) && knot->ds[i])
            return knot->ds[i];
    fail_msg("no DS of %s", zone);
    return NULL;
}

static void write_zone(const struct knot *knot, const struct knot_zone *zone)
{
    struct buf text = {0};
    buf_printf(&text, "$TTL 300\n@ SOA ns.%s. hostmaster.%s. 1 3600 600 86400 300\n", zone->name,
               zone->name);
    buf_printf(&text, "@ NS ns.%s.\nns.%s. A 127.0.0.1\n", zone->name, zone->name);
    for (const char *p = zone->records; *p;) {
        if (!str_starts_with(p, "%DS ")) {
            buf_append(&text, p++, 1);
            continue;
        }
        size_t n = strcspn(p + 4, "%");
        buf_printf(&text, "%s\n", knot_ds(knot, arena_strndup(knot->arena, p + 4, n)));
        p += 4 + n + 1;
    }
    write_text(path_of(knot, arena_printf(knot->arena, "%s.zone", zone->name)), buf_str(&text));
    buf_clear(&text);
}

/* Whether the zone is answered for, with signatures if it has them. */
static bool is_served(const struct knot *knot, const struct knot_zone *zone)
{
    struct buf query = {0};
    struct sockaddr_in peer = {.sin_family = AF_INET,
                               .sin_port = htons(knot->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    message_begin(&query, 1, 0, zone->name, zone->signing == KNOT_UNSIGNED ? 6 : 48);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval wait = {.tv_usec = 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    uint8_t reply[2000];
    ssize_t n = -1;
    if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0 &&
        send(fd, query.p, query.n, 0) == (ssize_t)query.n)
        n = recv(fd, reply, sizeof reply, 0);
    close(fd);
    buf_clear(&query);
    return n > 12 && (reply[3] & 15) == 0 && reply[7] > 0;
}

/* False if knotd ended: somebody took its port between our looking and its binding. */
static bool wait_until_served(struct knot *knot)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    for (size_t i = 0; i < knot->zone_count; i++) {
        int tries = 0;
        while (!is_served(knot, &knot->zones[i])) {
            if (waitpid(knot->pid, NULL, WNOHANG) == knot->pid) {
                knot->pid = 0;
                return false;
            }
            if (++tries > 500)
                fail_with_log(knot, knot->zones[i].name);
            nanosleep(&pause, NULL);
        }
    }
    return true;
}

/* Takes a free port; other tests ask the DNS from random ones at the same time, so it may be lost again. */
static void choose_port(struct knot *knot)
{
    knot->port = find_port();
    knot->address = arena_printf(knot->arena, "127.0.0.1@%u", knot->port);
    write_config(knot);
}

struct knot *knot_new(const struct knot_zone *zones, size_t count)
{
    struct knot *knot = xcalloc(1, sizeof *knot);
    knot->arena = arena_new();
    snprintf(knot->directory, sizeof knot->directory, "/tmp/mpic-knot-XXXXXX");
    assert_non_null(mkdtemp(knot->directory));
    knot->zones = zones;
    knot->zone_count = count;
    knot->ds = arena_array(knot->arena, count, sizeof *knot->ds);
    choose_port(knot);
    for (size_t i = 0; i < count; i++)
        if (zones[i].signing != KNOT_UNSIGNED)
            make_key(knot, i);
    for (size_t i = 0; i < count; i++)
        write_zone(knot, &zones[i]);
    const char *conf = path_of(knot, "knot.conf");
    for (int tries = 0; tries < 10; tries++) {
        knot->pid = start(knot, NULL, (const char *const[]){"knotd", "-c", conf, NULL});
        if (wait_until_served(knot))
            return knot;
        choose_port(knot);
    }
    fail_with_log(knot, "knotd does not start");
    return NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

void knot_free(struct knot *knot)
{
    if (!knot)
        return;
    if (knot->pid > 0) {
        kill(knot->pid, SIGTERM);
        waitpid(knot->pid, NULL, 0);
    }
    nftw(knot->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(knot->arena);
    free(knot);
}

uint16_t knot_port(const struct knot *knot)
{
    return knot->port;
}

const char *knot_address(const struct knot *knot)
{
    return knot->address;
}
