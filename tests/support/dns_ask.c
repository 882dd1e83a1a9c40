#include "support/dns_ask.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct dns_record *copy_records(struct arena *arena, const struct dns_record *records,
                                             size_t count)
{
    struct dns_record *copy = arena_array(arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = records[i];
        copy[i].owner = arena_strdup(arena, records[i].owner);
        copy[i].rdata = arena_bytes(arena, records[i].rdata);
    }
    return copy;
}

void dns_ask_done(const struct dns_answer *answer, void *arg)
{
    struct dns_asked *asked = arg;
    struct arena *arena = asked->arena;
    struct dns_answer *copy = &asked->answer;
    asked->times++;
    *copy = *answer;
    copy->name = arena_strdup(arena, answer->name);
    copy->reason = arena_strdup(arena, answer->reason);
    copy->records = copy_records(arena, answer->records, answer->record_count);
    copy->denial = copy_records(arena, answer->denial, answer->denial_count);
    copy->cname_chain =
        arena_strv(arena, (struct strv){.items = answer->cname_chain, .count = answer->cname_count})
            .items;
    struct dns_extended_error *errors =
        arena_array(arena, answer->extended_error_count, sizeof *errors);
    for (size_t i = 0; i < answer->extended_error_count; i++)
        errors[i] = (struct dns_extended_error){
            .code = answer->extended_errors[i].code,
            .text = arena_strdup(arena, answer->extended_errors[i].text)};
    copy->extended_errors = errors;
    if (asked->loop)
        loop_stop(asked->loop);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

void dns_ask_wait(struct loop *loop, unsigned ms)
{
    struct loop_timer timer = {0};
    loop_timer_start(loop, &timer, loop_now_ms(loop) + ms, stop_loop, loop);
    loop_run(loop);
    loop_timer_stop(&timer);
}

struct dns_answer dns_ask(struct arena *arena, struct loop *loop, struct dns *dns,
                          const struct dns_query *query)
{
    struct dns_asked asked = {.arena = arena, .loop = loop};
    dns_start(dns, query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked);
    assert_int_equal(asked.times, 0); /* never on the stack of start */
    dns_ask_wait(loop, 20000);
    assert_int_equal(asked.times, 1);
    assert_ptr_not_equal(asked.answer.reason, NULL);
    /* What holds for every answer. */
    assert_int_equal(asked.answer.record_count > 0, asked.answer.outcome == DNS_OK);
    assert_int_equal(*asked.answer.reason == '\0', asked.answer.outcome == DNS_OK);
    assert_int_equal(asked.answer.dnssec == DNSSEC_BOGUS, asked.answer.outcome == DNS_BOGUS);
    return asked.answer;
}
