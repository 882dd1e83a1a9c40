/* Workers with all their libraries, on loopback: start, serve, drain, end. */
#include "unit/config/config_case.h"

#include "net/aside.h"
#include "service/metrics.h"
#include "service/worker.h"
#include "support/raw_tcp.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* A root that never answers: a socket that nobody reads. */
static int open_silent_server(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

struct crew {
    struct reading reading;
    struct metrics *metrics;
    struct aside_pool *asides;
    struct worker *workers[2];
    size_t count;
    int silent_fd;
};

static struct crew start_crew(size_t count, unsigned check_timeout_ms)
{
    struct crew crew = {.count = count};
    uint16_t silent_port;
    struct err err;
    crew.silent_fd = open_silent_server(&silent_port);
    struct arena *arena = arena_new();
    crew.reading = read_text(arena_printf(
        arena,
        "server: {listen: \"127.0.0.1:0\"}\n"
        "perspective:\n"
        "  code: a\n"
        "  caa_domains: [ca.example]\n"
        "  check_timeout_ms: %u\n"
        "  dns: {stub_zones: [{name: ., addresses: [127.0.0.1@%u]}]}\n"
        "coordinator:\n"
        "  hash_secret: 0123456789abcdef0123456789abcdef\n"
        "  baseline: off\n"
        "  default_perspective_count: 2\n"
        "  perspectives:\n"
        "    - {code: a, rir: ARIN, latitude: 1, longitude: 2, local: true}\n"
        "    - {code: b, rir: APNIC, latitude: 50, longitude: 2, url: \"http://127.0.0.1:%u\"}\n",
        check_timeout_ms, silent_port, raw_closed_port()));
    assert_non_null(crew.reading.config);
    crew.metrics = metrics_new(NULL, 0);
    crew.asides = aside_pool_new();
    for (size_t i = 0; i < count; i++) {
        uint16_t port = i ? worker_port(crew.workers[0]) : 0;
        const struct worker_shared shared = {.metrics = crew.metrics, .asides = crew.asides};
        crew.workers[i] = worker_new(crew.reading.config, &shared, port, &err);
        if (!crew.workers[i])
            fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < count; i++)
        assert_true(worker_start(crew.workers[i], &err));
    arena_free(arena);
    return crew;
}

static void stop(struct crew *crew, unsigned grace_ms)
{
    for (size_t i = 0; i < crew->count; i++)
        worker_stop(crew->workers[i], grace_ms);
}

static void end_crew(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++)
        worker_join(crew->workers[i]);
    for (size_t i = 0; i < crew->count; i++)
        worker_free(crew->workers[i]);
    metrics_free(crew->metrics);
    aside_pool_free(crew->asides);
    close(crew->silent_fd);
    clear(&crew->reading);
}

static void send_post(int fd, const char *path, const char *body)
{
    struct buf text = {0};
    buf_printf(&text, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s", path,
               strlen(body), body);
    raw_send(fd, buf_str(&text));
    buf_clear(&text);
}

static void test_workers_share_a_port_and_end_in_order(void **state)
{
    (void)state;
    struct crew crew = start_crew(2, 8000);
    assert_int_equal(worker_port(crew.workers[0]), worker_port(crew.workers[1]));
    struct buf text = {0};
    for (int i = 0; i < 8; i++) {
        int fd = raw_connect(worker_port(crew.workers[0]));
        raw_send(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        raw_read_response(fd, &text);
        assert_non_null(strstr(buf_str(&text), "{\"status\":\"healthy\"}"));
        close(fd);
    }
    /* A local perspective, and one that cannot be reached. */
    int fd = raw_connect(worker_port(crew.workers[0]));
    send_post(fd, "/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"192.0.0.8\"}");
    raw_read_response(fd, &text);
    assert_non_null(strstr(buf_str(&text), "\"corroborating\":1,\"perspectives_used\":2"));
    close(fd);
    buf_clear(&text);
    uint64_t before_ms = raw_now_ms();
    stop(&crew, 10000);
    end_crew(&crew);
    assert_true(raw_now_ms() - before_ms < 5000); /* nothing was in flight */
}

static void test_request_in_flight_is_answered_before_the_end(void **state)
{
    (void)state;
    struct crew crew = start_crew(1, 1000);
    struct buf text = {0};
    int fd = raw_connect(worker_port(crew.workers[0]));
    send_post(fd, "/caa", "{\"domain_or_ip_target\":\"example.com\"}");
    raw_sleep_ms(200);
    stop(&crew, 10000);
    raw_read_response(fd, &text);
    assert_non_null(strstr(buf_str(&text), "HTTP/1.1 200 "));
    assert_non_null(strstr(buf_str(&text), "{\"check_completed\":false,\"check_passed\":false,"));
    end_crew(&crew);
    close(fd);
    buf_clear(&text);
}

static void test_request_after_the_grace_is_503(void **state)
{
    (void)state;
    struct crew crew = start_crew(1, 30000);
    struct buf text = {0};
    int fd = raw_connect(worker_port(crew.workers[0]));
    send_post(fd, "/caa", "{\"domain_or_ip_target\":\"example.com\"}");
    raw_sleep_ms(200);
    stop(&crew, 300);
    end_crew(&crew);
    raw_read_response(fd, &text);
    assert_non_null(strstr(buf_str(&text), "HTTP/1.1 503 "));
    close(fd);
    buf_clear(&text);
}

static void test_worker_that_cannot_listen_is_not_made(void **state)
{
    (void)state;
    uint16_t port;
    struct err err;
    int taken = raw_listen(&port);
    struct reading r = read_text("server: {listen: \"127.0.0.1:0\"}\n" PERSPECTIVE_3);
    assert_non_null(r.config);
    assert_null(worker_new(r.config, &(struct worker_shared){0}, port, &err));
    assert_non_null(strstr(err.text, "Address already in use"));
    close(taken);
    clear(&r);
}

static void test_worker_that_was_never_started_is_freed(void **state)
{
    (void)state;
    struct err err;
    struct reading r = read_text("server: {listen: \"[::1]:0\"}\n" PERSPECTIVE_3);
    assert_non_null(r.config);
    struct worker *worker = worker_new(r.config, &(struct worker_shared){0}, 0, &err);
    if (!worker) /* a machine without IPv6 */
        assert_non_null(strstr(err.text, "cannot listen on [::1]:0"));
    worker_free(worker);
    worker_free(NULL);
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers_share_a_port_and_end_in_order),
        cmocka_unit_test(test_request_in_flight_is_answered_before_the_end),
        cmocka_unit_test(test_request_after_the_grace_is_503),
        cmocka_unit_test(test_worker_that_cannot_listen_is_not_made),
        cmocka_unit_test(test_worker_that_was_never_started_is_freed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
