#include "support/fetch_run.h"

#include "support/unit.h"

void fetch_run_init(struct fetch_run *run)
{
    struct err err;
    *run = (struct fetch_run){.loop = loop_new(), .arena = arena_new()};
    run->fetch = fetch_new(run->loop, &err);
    assert_non_null(run->fetch);
}

void fetch_run_clear(struct fetch_run *run)
{
    fetch_free(run->fetch);
    loop_free(run->loop);
    arena_free(run->arena);
}

static void on_done(const struct fetch_result *result, void *arg)
{
    struct fetch_run *run = arg;
    struct fetch_result *copy = &run->result;
    *copy = *result;
    copy->error_text = arena_strdup(run->arena, result->error_text);
    copy->tls_version = arena_strdup(run->arena, result->tls_version);
    copy->address = arena_strdup(run->arena, result->address);
    copy->body = arena_bytes(run->arena, result->body);
    struct fetch_header *headers = arena_array(run->arena, result->header_count, sizeof *headers);
    for (size_t i = 0; i < result->header_count; i++) {
        headers[i].name = arena_strdup(run->arena, result->headers[i].name);
        headers[i].value = arena_strdup(run->arena, result->headers[i].value);
    }
    copy->headers = headers;
    run->done_count++;
    loop_stop(run->loop);
}

const struct fetch_result *fetch_run(struct fetch_run *run, const struct fetch_request *request,
                                     unsigned timeout_ms)
{
    int before = run->done_count;
    fetch_start(run->fetch, request, NULL, loop_now_ms(run->loop) + timeout_ms, on_done, run);
    assert_int_equal(run->done_count, before); /* never on the stack of start */
    loop_run(run->loop);
    assert_int_equal(run->done_count, before + 1);
    return &run->result;
}

const struct fetch_result *fetch_run_get(struct fetch_run *run, uint16_t port, const char *path,
                                         unsigned timeout_ms)
{
    struct fetch_pin pin = {"127.0.0.1", port};
    struct fetch_request request = {
        .method = "GET",
        .url = arena_printf(run->arena, "http://host.test:%u%s", port, path),
        .pin = &pin,
        .body_max_bytes = 1000,
    };
    return fetch_run(run, &request, timeout_ms);
}
