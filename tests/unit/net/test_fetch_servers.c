/* net/fetch against real servers: nginx for TLS and kept connections, our own for a crowd. */
#define _XOPEN_SOURCE 700 /* mkdtemp */

#include "net/fetch.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/httpd.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fetch_run run;

/* One nginx and its certificates for the whole program, in a directory of its own. */
static struct {
    char dir[64];
    pid_t pid;
    uint16_t plain, tls, tls_12, mutual;
} nginx;

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", nginx.dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static const char *file_of(const char *name)
{
    return arena_printf(run.arena, "%s/%s", nginx.dir, name);
}

/* ca.pem and, signed by it, server.pem for host.test and localhost, and client.pem. */
static void make_certificates(void)
{
    write_file("make.sh",
               "set -e; cd \"$(dirname \"$0\")\"\n"
               "new='req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'\n"
               "openssl $new -keyout ca.key -out ca.pem -subj '/CN=test CA'\n"
               "openssl $new -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem"
               " -subj '/CN=x' -addext subjectAltName=DNS:host.test,DNS:localhost"
               " -addext basicConstraints=critical,CA:FALSE\n"
               "openssl $new -CA ca.pem -CAkey ca.key -keyout client.key -out client.pem"
               " -subj '/CN=coordinator' -addext basicConstraints=critical,CA:FALSE\n"
               "openssl ec -in client.key -aes128 -passout pass:secret -out locked.key\n");
    char command[160];
    snprintf(command, sizeof command, "sh %s/make.sh >%s/make.log 2>&1", nginx.dir, nginx.dir);
    assert_int_equal(system(command), 0);
}

static void write_nginx_conf(void)
{
    struct buf conf = {0};
    buf_printf(&conf, "daemon off; master_process off; pid nginx.pid; error_log error.log;\n"
                      "events { worker_connections 64; }\n"
                      "http { access_log off; client_body_temp_path t; proxy_temp_path t;\n"
                      " fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;\n"
                      " keepalive_requests 1000; ssl_certificate server.pem;\n"
                      " ssl_certificate_key server.key; ssl_client_certificate ca.pem;\n"
                      " ssl_protocols TLSv1.2 TLSv1.3; default_type text/plain;\n");
    const char *facts = "$connection/$connection_requests sni=$ssl_server_name "
                        "alpn=$ssl_alpn_protocol reused=$ssl_session_reused "
                        "client=$ssl_client_s_dn";
    const struct {
        uint16_t port;
        const char *options;
    } servers[] = {
        {nginx.plain, ""},
        {nginx.tls, "ssl"},
        {nginx.tls_12, "ssl"},
        {nginx.mutual, "ssl"},
    };
    const char *extras[] = {"", "", "ssl_protocols TLSv1.2;", "ssl_verify_client on;"};
    for (size_t i = 0; i < 4; i++)
        buf_printf(&conf, " server { listen 127.0.0.1:%u %s; %s\n  return 200 \"%s\"; }\n",
                   servers[i].port, servers[i].options, extras[i], facts);
    buf_printf(&conf, "}\n");
    write_file("nginx.conf", buf_str(&conf));
    buf_clear(&conf);
}

static void start_nginx(void)
{
    nginx.pid = fork();
    assert_true(nginx.pid >= 0);
    if (nginx.pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl("/usr/sbin/nginx", "nginx", "-p", nginx.dir, "-c", "nginx.conf", (char *)NULL);
        _exit(127);
    }
}

static void await_nginx(void)
{
    for (uint64_t end = raw_now_ms() + RAW_WAIT_MS; raw_now_ms() < end; raw_sleep_ms(20)) {
        if (fetch_run_get(&run, nginx.mutual, "/", 1000)->status != PEER_CONNECT_FAILED)
            return;
    }
    fail_msg("nginx does not start: see %s/error.log", nginx.dir);
}

static int setup_nginx(void **state)
{
    (void)state;
    snprintf(nginx.dir, sizeof nginx.dir, "/tmp/mpic-nginx-XXXXXX");
    assert_non_null(mkdtemp(nginx.dir));
    uint16_t *const ports[] = {&nginx.plain, &nginx.tls, &nginx.tls_12, &nginx.mutual};
    int listeners[4];
    for (size_t i = 0; i < 4; i++)
        listeners[i] = raw_listen(ports[i]); /* all at once, so that they differ */
    for (size_t i = 0; i < 4; i++)
        close(listeners[i]);
    make_certificates();
    write_nginx_conf();
    start_nginx();
    fetch_run_init(&run);
    await_nginx();
    fetch_run_clear(&run);
    return 0;
}

static int teardown_nginx(void **state)
{
    (void)state;
    if (nginx.pid > 0) {
        kill(nginx.pid, SIGTERM);
        waitpid(nginx.pid, NULL, 0);
    }
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", nginx.dir);
    return system(command);
}

static int setup(void **state)
{
    (void)state;
    fetch_run_init(&run);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_run_clear(&run);
    return 0;
}

static const char *url_of(const char *scheme, const char *host, uint16_t port)
{
    return arena_printf(run.arena, "%s://%s:%u/", scheme, host, port);
}

static void assert_body_has(const struct fetch_result *r, const char *text)
{
    if (r->status != PEER_OK || !strstr((const char *)r->body.p, text))
        fail_msg("%s, \"%s\", not \"%s\": %s", peer_status_str(r->status), (const char *)r->body.p,
                 text, r->error_text);
}

/* ---- checks of servers ---- */

static struct fetch_request pinned(const struct fetch_pin *pin, const char *url)
{
    return (struct fetch_request){
        .method = "GET", .url = url, .pin = pin, .alpn_http1 = true, .body_max_bytes = 500};
}

static void test_pinned_tls_takes_any_certificate_unless_told(void **state)
{
    (void)state;
    struct fetch_tls ours = {.ca_file = file_of("ca.pem")};
    struct fetch_pin pin = {"127.0.0.1", nginx.tls};
    struct fetch_request request = pinned(&pin, "https://host.test/");
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_body_has(r, " sni=host.test alpn=http/1.1 reused=. client=");
    assert_string_equal(r->tls_version, "TLSv1.3");
    assert_string_equal(r->address, "127.0.0.1");
    assert_int_equal(r->port, nginx.tls);

    request.verify_tls = true;
    r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, PEER_TLS_FAILED);
    assert_string_equal(r->address, "127.0.0.1");
    assert_true(r->error_text[0] != '\0' && !r->has_response);
    request.tls = &ours;
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_OK);
    request.url = "https://other.test/";
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_TLS_FAILED);
    request.verify_tls = false;
    assert_body_has(fetch_run(&run, &request, 8000), " sni=other.test ");
}

static void test_address_in_url_has_no_sni_and_alpn_is_optional(void **state)
{
    (void)state;
    struct fetch_pin pin = {"127.0.0.1", nginx.tls_12};
    struct fetch_request request = pinned(&pin, "https://192.0.2.1/");
    request.alpn_http1 = false;
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_body_has(r, " sni= alpn= ");
    assert_string_equal(r->tls_version, "TLSv1.2");
}

static void test_pinned_connections_share_nothing(void **state)
{
    (void)state;
    struct fetch_pin pin = {"127.0.0.1", nginx.tls};
    struct fetch_request request = pinned(&pin, "https://host.test/");
    for (int i = 0; i < 3; i++) {
        const struct fetch_result *r = fetch_run(&run, &request, 8000);
        assert_body_has(r, "/1 sni="); /* the first request of its connection */
        assert_body_has(r, " reused=. ");
        assert_true(r->connect_us > 0);
    }
}

static void test_wrong_side_of_tls_is_named(void **state)
{
    (void)state;
    struct fetch_pin pin = {"127.0.0.1", nginx.plain};
    struct fetch_request request = pinned(&pin, "https://host.test/");
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, PEER_TLS_FAILED);
    assert_string_equal(r->error_text, "the server does not speak TLS on this port");
    assert_null(r->tls_version);
    /* nginx notices, and says so in HTTP. */
    pin.port = nginx.tls;
    request.url = "http://host.test/";
    r = fetch_run(&run, &request, 8000);
    assert_true(r->status == PEER_OK && r->status_code == 400);
}

/* ---- calls to perspectives ---- */

static void test_calls_are_verified_and_kept_alive(void **state)
{
    (void)state;
    struct fetch_tls tls = {.ca_file = file_of("ca.pem")};
    struct fetch_request request = {.method = "POST",
                                    .url = url_of("https", "localhost", nginx.tls),
                                    .body = bytes_of("{}"),
                                    .tls = &tls,
                                    .body_max_bytes = 500};
    char first[600];
    for (int i = 1; i <= 3; i++) {
        const struct fetch_result *r = fetch_run(&run, &request, 8000);
        char count[40];
        snprintf(count, sizeof count, "/%d sni=localhost alpn= ", i);
        assert_body_has(r, count);
        assert_string_equal(r->tls_version, "TLSv1.3");
        assert_string_equal(r->address, "127.0.0.1");
        assert_int_equal(r->connect_us > 0, i == 1);
        char *end = strchr((char *)r->body.p, '/');
        *end = '\0';
        if (i == 1)
            snprintf(first, sizeof first, "%s", (const char *)r->body.p);
        assert_string_equal((const char *)r->body.p, first); /* the same connection */
    }
    /* Neither the system's trust store nor another name will do; nor is a connection that was
     * verified otherwise used. */
    request.tls = NULL;
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_TLS_FAILED);
    request.tls = &tls;
    request.url = url_of("https", "127.0.0.1", nginx.tls);
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_TLS_FAILED);
}

static void test_pinned_check_does_not_use_a_kept_connection(void **state)
{
    (void)state;
    struct fetch_request call = {
        .method = "GET", .url = url_of("http", "127.0.0.1", nginx.plain), .body_max_bytes = 500};
    assert_body_has(fetch_run(&run, &call, 8000), "/1 sni=");
    assert_body_has(fetch_run(&run, &call, 8000), "/2 sni=");
    struct fetch_pin pin = {"127.0.0.1", nginx.plain};
    struct fetch_request check = pinned(&pin, call.url);
    assert_body_has(fetch_run(&run, &check, 8000), "/1 sni=");
    assert_body_has(fetch_run(&run, &call, 8000), "/3 sni=");
}

static void test_mutual_tls_shows_the_certificate(void **state)
{
    (void)state;
    struct fetch_tls tls = {file_of("client.pem"), file_of("client.key"), file_of("ca.pem")};
    struct fetch_request request = {.method = "GET",
                                    .url = url_of("https", "localhost", nginx.mutual),
                                    .tls = &tls,
                                    .body_max_bytes = 500};
    assert_body_has(fetch_run(&run, &request, 8000), "client=CN=coordinator");
    const struct {
        const char *certificate, *key, *ca;
    } wrong[] = {
        {"missing.pem", "client.key", "ca.pem"}, {"client.pem", "missing.key", "ca.pem"},
        {"client.pem", "server.key", "ca.pem"},  {"client.pem", "locked.key", "ca.pem"},
        {"client.pem", "client.key", "missing"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fetch_run_clear(&run); /* the kept connection would do */
        fetch_run_init(&run);
        request.url = url_of("https", "localhost", nginx.mutual);
        tls = (struct fetch_tls){file_of(wrong[i].certificate), file_of(wrong[i].key),
                                 file_of(wrong[i].ca)};
        const struct fetch_result *r = fetch_run(&run, &request, 8000);
        if (r->status != PEER_LOCAL)
            fail_msg("row %zu: %s, %s", i, peer_status_str(r->status), r->error_text);
    }
    tls = (struct fetch_tls){.ca_file = file_of("ca.pem")};
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_true(r->status == PEER_OK && r->status_code == 400); /* nginx: no certificate */
}

/* ---- a crowd ---- */

enum { CROWD = 1000 };

struct crowd_server {
    struct loop *loop;
    struct httpd *httpd;
    struct httpd_request *held[CROWD];
    size_t held_count;
};

/* Nobody is answered before all are there. */
static void on_crowd_request(struct httpd_request *request, void *arg)
{
    struct crowd_server *server = arg;
    server->held[server->held_count++] = request;
    if (server->held_count < CROWD)
        return;
    for (size_t i = 0; i < CROWD; i++)
        httpd_reply(server->held[i], 200, NULL, httpd_body(server->held[i]), NULL);
}

static void *run_server(void *arg)
{
    struct crowd_server *server = arg;
    loop_run(server->loop);
    return NULL;
}

static void on_server_stop(void *arg)
{
    struct crowd_server *server = arg;
    loop_stop(server->loop);
}

struct crowd {
    size_t done, ok;
    struct loop *loop;
};

static void on_crowd_done(const struct fetch_result *result, void *arg)
{
    struct crowd *crowd = arg;
    crowd->ok += result->status == PEER_OK && bytes_eq(result->body, bytes_of("hello"));
    if (++crowd->done == CROWD)
        loop_stop(crowd->loop);
}

static void test_a_thousand_requests_at_once_are_served(void **state)
{
    (void)state;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &files);
    assert_true(files.rlim_cur >= 2 * CROWD + 100);

    struct err err;
    struct crowd_server *server = xcalloc(1, sizeof *server);
    struct httpd_settings settings = {.listen = "127.0.0.1:0",
                                      .max_body_bytes = 100,
                                      .max_connections = CROWD,
                                      .max_in_flight = CROWD,
                                      .idle_timeout_s = 60};
    server->loop = loop_new();
    server->httpd = httpd_new(server->loop, &settings, on_crowd_request, server, &err);
    struct loop_notifier *stop = loop_notifier_new(server->loop, on_server_stop, server);
    pthread_t thread;
    pthread_create(&thread, NULL, run_server, server);

    struct crowd crowd = {.loop = run.loop};
    struct fetch_pin pin = {"127.0.0.1", httpd_port(server->httpd)};
    struct fetch_request request = {.method = "POST",
                                    .url = "http://host.test/",
                                    .pin = &pin,
                                    .body = bytes_of("hello"),
                                    .body_max_bytes = 100};
    for (int i = 0; i < CROWD; i++)
        fetch_start(run.fetch, &request, NULL, loop_now_ms(run.loop) + 30000, on_crowd_done,
                    &crowd);
    loop_run(run.loop);
    assert_int_equal(crowd.ok, CROWD);

    loop_notifier_signal(stop);
    pthread_join(thread, NULL);
    loop_notifier_free(stop);
    httpd_free(server->httpd);
    loop_free(server->loop);
    free(server);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_pinned_tls_takes_any_certificate_unless_told),
        CASE(test_address_in_url_has_no_sni_and_alpn_is_optional),
        CASE(test_pinned_connections_share_nothing),
        CASE(test_wrong_side_of_tls_is_named),
        CASE(test_calls_are_verified_and_kept_alive),
        CASE(test_pinned_check_does_not_use_a_kept_connection),
        CASE(test_mutual_tls_shows_the_certificate),
        CASE(test_a_thousand_requests_at_once_are_served),
    };
    return cmocka_run_group_tests(tests, setup_nginx, teardown_nginx);
}
