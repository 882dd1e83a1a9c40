#include "check/dial.h"

#include <string.h>

enum { AAAA, A };

static void finish_plan(struct dial *dial)
{
    struct check_job *check = dial->check;
    for (size_t i = 0; i < 2; i++)
        if (dial->plan.used[i])
            check_use_lookup(check, dial->plan.used[i]);
    if (dial->plan.exempted)
        check_add_local_policy(check, "network.allow_addresses");
}

static void on_answer(const struct dns_answer *answer, void *arg)
{
    struct dial *dial = arg;
    struct check_job *check = dial->check;
    size_t slot = answer->type == DNS_AAAA ? AAAA : A;
    lookup_from_answer(check->arena, answer, &dial->answers[slot]);
    if (--dial->pending > 0)
        return;
    connection_plan_make(dial->host, &dial->answers[AAAA], &dial->answers[A],
                         &check->env->settings->addresses, check->arena, &dial->plan);
    finish_plan(dial);
    dial->done(dial);
}

bool dial_start(struct dial *dial, struct check_job *check, const char *host, uint64_t deadline_ms,
                void (*done)(struct dial *dial))
{
    *dial = (struct dial){
        .check = check, .host = host, .deadline_ms = deadline_ms, .pending = 2, .done = done};
    struct address literal;
    if (address_parse(host, strlen(host), &literal)) {
        connection_plan_literal(&literal, &check->env->settings->addresses, check->arena,
                                &dial->plan);
        finish_plan(dial);
        return true;
    }
    static const uint16_t types[] = {DNS_AAAA, DNS_A};
    for (size_t i = 0; i < 2; i++) {
        const struct dns_query query = {.name = host, .type = types[i]};
        dns_start(check->env->dns, &query, &check->children, deadline_ms, on_answer, dial);
    }
    return false;
}

const char *dial_next(struct dial *dial)
{
    if (dial->next == dial->plan.count)
        return NULL;
    char text[ADDRESS_TEXT_MAX];
    return arena_strdup(dial->check->arena,
                        address_format(&dial->plan.candidates[dial->next++], text));
}

uint64_t dial_connect_deadline(const struct dial *dial)
{
    uint64_t now_ms = loop_now_ms(dial->check->env->loop);
    if (dial->next == dial->plan.count || dial->deadline_ms <= now_ms)
        return dial->deadline_ms;
    return now_ms + (dial->deadline_ms - now_ms) / 2;
}

void dial_note(struct dial *dial, const char *address, const char *outcome)
{
    dial->tries[dial->try_count++] = (struct address_try){.address = address, .outcome = outcome};
}

struct connection_report dial_report(const struct dial *dial, const char *used)
{
    return connection_report_with(&dial->plan, dial->tries, dial->try_count, used,
                                  dial->check->arena);
}
