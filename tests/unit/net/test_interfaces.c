/* net/interfaces, in a network of its own that the test makes: a namespace with a loopback interface
 * that gets addresses and loses them. Skipped where namespaces are not allowed. */
#define _GNU_SOURCE /* unshare() */

#include "net/interfaces.h"
#include "net/own_route.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_MS = 5000 };

static bool is_alone;

/* Before any thread: the rest of the process is in the new network. */
static int enter_own_network(void **state)
{
    (void)state;
    is_alone = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    return 0;
}

/* "lo:1" and so on: one IPv4 address each, of loopback or of any other block. */
static void set_address(const char *label, const char *text)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {0};
    struct sockaddr_in address = {.sin_family = AF_INET};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", label);
    assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
    memcpy(&request.ifr_addr, &address, sizeof address);
    assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
    close(fd);
}

static void unset_address(const char *label)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", label);
    assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags = (short)(request.ifr_flags & ~IFF_UP);
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
}

static struct followed {
    struct loop *loop;
    struct address list[32];
    size_t count;
    unsigned changes;
    const char *wanted; /* the loop ends when it is there, or not there */
    bool is_wanted;
} followed;

static bool has(const char *text)
{
    uint8_t bytes[16] = {0};
    assert_int_equal(inet_pton(AF_INET, text, bytes), 1);
    for (size_t i = 0; i < followed.count; i++)
        if (followed.list[i].family == 4 && memcmp(followed.list[i].bytes, bytes, 16) == 0)
            return true;
    return false;
}

static void on_change(const struct address *addresses, size_t count, void *arg)
{
    assert_ptr_equal(arg, &followed);
    assert_in_range(count, 0, 32);
    memcpy(followed.list, addresses, count * sizeof *addresses);
    followed.count = count;
    followed.changes++;
    if (followed.wanted && has(followed.wanted) == followed.is_wanted)
        loop_stop(followed.loop);
}

static void on_limit(void *arg)
{
    (void)arg;
    fail_msg("not told of %s", followed.wanted);
}

static void await(const char *address, bool is_wanted)
{
    struct loop_timer limit = {0};
    followed.wanted = address;
    followed.is_wanted = is_wanted;
    loop_timer_start(followed.loop, &limit, loop_now_ms(followed.loop) + LIMIT_MS, on_limit, NULL);
    loop_run(followed.loop);
    loop_timer_stop(&limit);
}

static void test_addresses_are_followed_as_they_change(void **state)
{
    (void)state;
    if (!is_alone)
        skip();
    followed = (struct followed){.loop = loop_new()};
    set_address("lo", "127.0.0.1");
    struct interfaces *interfaces = interfaces_follow(followed.loop, on_change, &followed);
    await("127.0.0.1", true); /* what is there at the start is told too */
    assert_int_equal(followed.changes, 1);
    set_address("lo:1", "198.51.100.7");
    await("198.51.100.7", true);
    assert_true(has("127.0.0.1"));
    set_address("lo:2", "203.0.113.9");
    await("203.0.113.9", true);
    unset_address("lo:1");
    await("198.51.100.7", false);
    assert_true(has("203.0.113.9"));
    interfaces_free(interfaces);
    interfaces_free(NULL);
    loop_free(followed.loop);
}

static bool is_local(const char *text)
{
    uint8_t bytes[16] = {0};
    int family = strchr(text, ':') ? 6 : 4;
    assert_int_equal(inet_pton(family == 6 ? AF_INET6 : AF_INET, text, bytes), 1);
    return own_route_is_local(family, bytes);
}

/* The network of the test before has lo with 203.0.113.9 left, and no way out. */
static void test_kernel_tells_what_is_this_machine(void **state)
{
    (void)state;
    if (!is_alone)
        skip();
    assert_true(is_local("127.0.0.1"));
    assert_true(is_local("203.0.113.9"));
    assert_false(is_local("198.51.100.7"));
    assert_false(is_local("192.0.2.1"));
    assert_false(is_local("2001:db8::1"));
    /* No interface has these: a route makes them ours. */
    if (system("ip route add local 192.0.2.0/24 dev lo 2>/dev/null") != 0)
        skip();
    assert_true(is_local("192.0.2.1"));
    assert_true(is_local("192.0.2.77"));
}

static void test_read_lists_what_is_there(void **state)
{
    (void)state;
    struct err err;
    size_t count = 0;
    struct address *list = interfaces_read(&count, &err);
    assert_non_null(list);
    for (size_t i = 0; i < count; i++)
        assert_true(list[i].family == 4 || list[i].family == 6);
    if (is_alone)
        assert_int_equal(count > 0, 1);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_followed_as_they_change),
        cmocka_unit_test(test_kernel_tells_what_is_this_machine),
        cmocka_unit_test(test_read_lists_what_is_there),
    };
    return cmocka_run_group_tests(tests, enter_own_network, NULL);
}
