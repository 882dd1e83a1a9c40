#include "wire/exchange.h"

#include "base/limits.h"

enum {
    TIMEOUT_MARGIN_SHARE = 10,
    STATUS_TOO_MANY = 429,
    STATUS_UNAVAILABLE = 503,
};

const char *wire_check_path(enum check_type type)
{
    return type == CHECK_CAA ? "/caa" : "/dcv";
}

uint64_t wire_timeout_ms(uint64_t now_ms, uint64_t deadline_ms)
{
    uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    return left_ms - left_ms / TIMEOUT_MARGIN_SHARE;
}

static bool is_whole(const struct wire_reply *reply, struct wire_reading *reading)
{
    *reading = (struct wire_reading){WIRE_ANSWERED, NULL};
    if (reply->body_cut)
        *reading = (struct wire_reading){WIRE_UNUSABLE, "the answer is larger than 512 KiB"};
    return !reply->body_cut;
}

/* The HTTP status does not matter if the body is a complete answer: the reference sends 500 with
   plain negative results (wire contract B.1). */
static struct wire_reading unusable(const struct wire_reply *reply, const struct err *err,
                                    struct arena *arena)
{
    bool refuses_load =
        reply->status_code == STATUS_UNAVAILABLE || reply->status_code == STATUS_TOO_MANY;
    return (struct wire_reading){refuses_load ? WIRE_BUSY : WIRE_UNUSABLE,
                                 arena_printf(arena, "HTTP status %d with an unusable answer: %s",
                                              reply->status_code, err->text)};
}

struct wire_reading wire_read_check_reply(const struct wire_reply *reply,
                                          const struct wire_expectation *expected,
                                          struct arena *arena, struct check_result *out)
{
    struct wire_reading reading;
    struct err err;
    if (is_whole(reply, &reading) &&
        !wire_decode_check_result(reply->body, expected, arena, out, &err))
        reading = unusable(reply, &err, arena);
    return reading;
}

struct wire_reading wire_read_observe_reply(const struct wire_reply *reply,
                                            const struct wire_observe_expectation *expected,
                                            struct arena *arena, struct observed *out)
{
    struct wire_reading reading;
    struct err err;
    if (is_whole(reply, &reading) && !wire_decode_observed(reply->body, expected, arena, out, &err))
        reading = unusable(reply, &err, arena);
    return reading;
}
