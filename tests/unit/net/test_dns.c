/* net/dns on the real libunbound, asked by way of a stub zone from a server of the test's own. */
#include "net/dns.h"

#include "base/str.h"
#include "support/dns_ask.h"
#include "support/dns_message.h"
#include "support/dns_server.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of a zone that plays no part here: without any anchor there is no resolver. */
#define OTHER_ANCHOR                                                                               \
    "elsewhere. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

enum { TIMEOUT_MS = 1500 };

#define LABEL_50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_NAME LABEL_50 "." LABEL_50 "." LABEL_50 "." LABEL_50 ".lab" /* 209 bytes */

struct fixture {
    struct loop *loop;
    struct arena *arena;
    struct dns_server *server;
    struct dns *dns;
    struct dns_settings settings;
    const char *anchors[1];
    const char *addresses[1];
    struct dns_stub stubs[2];
    int servfails_left; /* "flaky.lab" fails so often, then answers */
    bool answer_twice;  /* "forged.lab": first a wrong answer, then the right one */
};

static void answer_servfail(const struct dns_server_query *query, struct buf *reply)
{
    message_begin(reply, query->id, MESSAGE_QR | MESSAGE_AA | 2, query->sent_name, query->type);
}

static void answer_nodata(const struct dns_server_query *query, struct buf *reply)
{
    message_begin(reply, query->id, MESSAGE_QR | MESSAGE_AA, query->sent_name, query->type);
    message_add_soa(reply, str_ends_with(query->name, "lab") ? "lab" : ".");
}

static void answer_address(const struct dns_server_query *query, struct buf *reply, uint8_t octet)
{
    if (query->type != DNS_A) {
        answer_nodata(query, reply);
        return;
    }
    message_begin(reply, query->id, MESSAGE_QR | MESSAGE_AA, query->sent_name, query->type);
    message_add_a(reply, query->sent_name, octet);
}

static void answer_alias(const struct dns_server_query *query, struct buf *reply,
                         const char *target)
{
    message_begin(reply, query->id, MESSAGE_QR | MESSAGE_AA, query->sent_name, query->type);
    message_add_name(reply, MESSAGE_ANSWER, query->sent_name, DNS_CNAME, target);
}

/* A TXT set of `count` records of 250 bytes: over UDP only its header, with the TC bit. */
static void answer_huge(const struct dns_server_query *query, struct buf *reply, int count)
{
    uint16_t flags = MESSAGE_QR | MESSAGE_AA;
    message_begin(reply, query->id, query->is_tcp ? flags : flags | MESSAGE_TC, query->sent_name,
                  query->type);
    char text[251];
    memset(text, 't', sizeof text - 1);
    text[250] = '\0';
    for (int i = 0; query->is_tcp && i < count; i++) {
        snprintf(text, 5, "%04d", i);
        text[4] = 't';
        message_add_txt(reply, query->sent_name, text);
    }
}

/* What "WHAT.….lab" gets. */
static void serve(const struct dns_server_query *query, struct buf *reply, void *arg)
{
    struct fixture *f = arg;
    const char *name = query->name;
    uint16_t flags = MESSAGE_QR | MESSAGE_AA;
    if (str_starts_with(name, "silent")) {
        return;
    } else if (str_starts_with(name, "halfsilent") && query->type == DNS_CNAME) {
        return;
    } else if (str_starts_with(name, "servfail") || str_starts_with(name, "halfsilent")) {
        answer_servfail(query, reply);
    } else if (str_starts_with(name, "flaky") && f->servfails_left > 0) {
        f->servfails_left--;
        answer_servfail(query, reply);
    } else if (str_starts_with(name, "refused")) {
        message_begin(reply, query->id, MESSAGE_QR | 5, query->sent_name, query->type);
    } else if (str_starts_with(name, "notimp")) {
        message_begin(reply, query->id, MESSAGE_QR | 4, query->sent_name, query->type);
    } else if (str_starts_with(name, "nx")) {
        message_begin(reply, query->id, flags | 3, query->sent_name, query->type);
        message_add_soa(reply, "lab");
    } else if (str_starts_with(name, "yx")) {
        message_begin(reply, query->id, flags | 6, query->sent_name, query->type);
        message_add_name(reply, MESSAGE_ANSWER, "long.lab", DNS_DNAME, LONG_NAME);
    } else if (str_starts_with(name, "truncated")) {
        message_begin(reply, query->id, flags | MESSAGE_TC, query->sent_name, query->type);
    } else if (str_starts_with(name, "garbage")) {
        message_begin(reply, query->id, flags, query->sent_name, query->type);
        message_add_a(reply, query->sent_name, 1);
        message_set_u16(reply, 6, 9); /* nine answers, it says */
    } else if (str_starts_with(name, "wrongid")) {
        message_begin(reply, query->id ^ 1, flags, query->sent_name, query->type);
        message_add_a(reply, query->sent_name, 66);
    } else if (str_starts_with(name, "othername")) {
        message_begin(reply, query->id, flags, "evil.lab", query->type);
        message_add_a(reply, "evil.lab", 66);
    } else if (str_starts_with(name, "lowercase")) {
        message_begin(reply, query->id, flags, query->name, query->type);
        message_add_a(reply, query->name, 1);
    } else if (str_eq(name, "alias.lab")) {
        answer_alias(query, reply, "www.lab");
    } else if (str_eq(name, "aliasnx.lab")) {
        answer_alias(query, reply, "nx.lab");
    } else if (str_eq(name, "selfloop.lab")) {
        answer_alias(query, reply, "selfloop.lab");
    } else if (str_eq(name, "loopa.lab")) {
        answer_alias(query, reply, "loopb.lab");
    } else if (str_eq(name, "loopb.lab")) {
        answer_alias(query, reply, "loopa.lab");
    } else if (str_eq(name, "oneloop.lab")) {
        answer_alias(query, reply, "otherloop.lab");
        message_add_name(reply, MESSAGE_ANSWER, "otherloop.lab", DNS_CNAME, "oneloop.lab");
    } else if (str_eq(name, "otherloop.lab")) {
        answer_alias(query, reply, "oneloop.lab");
        message_add_name(reply, MESSAGE_ANSWER, "oneloop.lab", DNS_CNAME, "otherloop.lab");
    } else if (str_eq(name, "brokenalias.lab")) {
        answer_alias(query, reply, "servfails.lab");
    } else if (str_starts_with(name, "chain") && query->name[5] >= '0' && query->name[5] <= '9') {
        char target[32];
        snprintf(target, sizeof target, "chain%d.lab", atoi(name + 5) + 1);
        answer_alias(query, reply, target);
    } else if (str_starts_with(name, "short") && atoi(name + 5) < 10) {
        char target[32];
        snprintf(target, sizeof target, "short%d.lab", atoi(name + 5) + 1);
        answer_alias(query, reply, target);
    } else if (str_starts_with(name, "huge") && query->type == DNS_TXT) {
        answer_huge(query, reply, 200);
    } else if (str_starts_with(name, "nodata") || !strchr(name, '.')) {
        answer_nodata(query, reply);
    } else {
        answer_address(query, reply, (uint8_t)strlen(name));
    }
}

static struct dns *new_dns(struct fixture *f)
{
    struct err err = {0};
    struct dns *dns = dns_new(f->loop, &f->settings, &err);
    if (!dns)
        fail_msg("%s", err.text);
    return dns;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->loop = loop_new();
    f->arena = arena_new();
    f->server = dns_server_new(f->loop, "127.0.0.1", serve, f);
    f->anchors[0] = OTHER_ANCHOR;
    f->addresses[0] = dns_server_address(f->server);
    f->stubs[0] = (struct dns_stub){.name = "lab", .addresses = f->addresses, .address_count = 1};
    f->settings = (struct dns_settings){
        .timeout_ms = TIMEOUT_MS,
        .trust_anchors = f->anchors,
        .trust_anchor_count = 1,
        .stub_zones = f->stubs,
        .stub_count = 1,
        .cache_max_ttl_s = 60,
        .cache_max_negative_ttl_s = 5,
    };
    f->dns = new_dns(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    dns_free(f->dns);
    dns_server_free(f->server);
    loop_free(f->loop);
    arena_free(f->arena);
    free(f);
    return 0;
}

static struct dns_answer ask(struct fixture *f, const char *name, uint16_t type)
{
    return dns_ask(f->arena, f->loop, f->dns, &(struct dns_query){.name = name, .type = type});
}

static struct dns_answer ask_again(struct fixture *f, const char *name, uint16_t type)
{
    return dns_ask(f->arena, f->loop, f->dns,
                   &(struct dns_query){.name = name, .type = type, .fresh = dns_fresh(f->dns)});
}

static void test_question_with_records_is_ok(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "WWW.Lab.", DNS_A);
    assert_string_equal(answer.name, "www.lab");
    assert_int_equal(answer.type, DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_int_equal(answer.dnssec, DNSSEC_INDETERMINATE); /* no anchor reaches it */
    assert_true(answer.stub_zone);
    assert_true(answer.rcode.present);
    assert_int_equal(answer.record_count, 1);
    assert_string_equal(answer.records[0].owner, "www.lab");
    assert_int_equal(answer.records[0].type, DNS_A);
    assert_memory_equal(answer.records[0].rdata.p, "\xc0\0\2\7", 4);
    assert_int_equal(answer.records[0].ttl_s, 60); /* the zone says 300: cache_max_ttl_s */
    assert_int_equal(answer.extended_error_count, 0);
    assert_true(answer.duration_us > 0 && answer.duration_us < TIMEOUT_MS * 1000);
}

/* The RCODE of libunbound's callback is 0 for all of these: it stands in the packet only. */
static void test_question_without_records_is_nodata_or_nxdomain(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 2; round++) { /* from the network, then from the cache */
        struct dns_answer answer = ask(f, "nodata.lab", DNS_CAA);
        assert_int_equal(answer.outcome, DNS_NODATA);
        assert_int_equal(answer.rcode.value, 0);
        assert_int_equal(answer.denial_count, 1);
        assert_int_equal(answer.denial[0].type, DNS_SOA);
        assert_string_equal(answer.denial[0].owner, "lab");
        answer = ask(f, "nx.lab", DNS_CAA);
        assert_int_equal(answer.outcome, DNS_NXDOMAIN);
        assert_int_equal(answer.rcode.value, 3);
        assert_int_equal(answer.denial_count, 1);
    }
    assert_int_equal(dns_server_count(f->server, "nx.lab", DNS_CAA), 1);
}

static const struct {
    const char *why;
    const char *name;
    enum dns_outcome status;
    int rcode; /* -1: nobody said one */
    enum dns_cause cause;
    const char *reason; /* a part of it */
} failures[] = {
    {"SERVFAIL: no packet comes out of libunbound", "servfail.lab", DNS_SERVFAIL, 2,
     DNS_CAUSE_RCODE, "a name server of the zone lab answered SERVFAIL"},
    {"the same from its cache: with a packet", "servfail.lab", DNS_SERVFAIL, 2,
     DNS_CAUSE_REMEMBERED, ""},
    {"REFUSED by the authority is SERVFAIL to whoever asked libunbound", "refused.lab", DNS_REFUSED,
     5, DNS_CAUSE_RCODE, "answered REFUSED"},
    {"NOTIMP as well", "notimp.lab", DNS_SERVFAIL, 4, DNS_CAUSE_RCODE, "answered NOTIMPL"},
    /* Since 1.25 libunbound believes it only of a DNAME. */
    {"YXDOMAIN: a name that grew too long", "yx" LABEL_50 ".long.lab", DNS_ALIAS, 6, DNS_CAUSE_NONE,
     ""},
    {"TC over TCP too", "truncated.lab", DNS_SERVFAIL, -1, DNS_CAUSE_LAME, "without content"},
    {"counts that lie", "garbage.lab", DNS_MALFORMED, -1, DNS_CAUSE_MALFORMED, "malformed"},
    {"an alias whose target fails", "brokenalias.lab", DNS_SERVFAIL, 2, DNS_CAUSE_RCODE,
     "the zone lab answered SERVFAIL"},
};

static void test_question_that_fails_has_no_records(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        print_message("# %s\n", failures[i].why);
        struct dns_answer answer = ask(f, failures[i].name, DNS_A);
        print_message("# %s, %d: %s\n", dns_outcome_str(answer.outcome), answer.cause,
                      answer.reason);
        assert_int_equal(answer.outcome, failures[i].status);
        assert_int_equal(answer.cause, failures[i].cause);
        assert_non_null(strstr(answer.reason, failures[i].reason));
        assert_int_equal(answer.rcode.present, failures[i].rcode >= 0);
        if (answer.rcode.present)
            assert_int_equal(answer.rcode.value, failures[i].rcode);
        assert_int_equal(answer.denial_count, 0);
    }
}

/* Answers that do not belong to the question are dropped: nobody answered. */
static void test_answer_of_somebody_else_is_no_answer(void **state)
{
    struct fixture *f = *state;
    const char *const names[] = {"wrongid.lab", "othername.lab"};
    for (size_t i = 0; i < 2; i++) {
        print_message("# %s\n", names[i]);
        struct dns_answer answer = ask(f, names[i], DNS_A);
        assert_int_not_equal(answer.outcome, DNS_OK);
        assert_int_equal(answer.record_count, 0);
    }
}

static void test_silent_server_is_a_timeout_after_timeout_ms(void **state)
{
    struct fixture *f = *state;
    uint64_t before_ms = loop_now_ms(f->loop);
    struct dns_answer answer = ask(f, "silent.lab", DNS_A);
    uint64_t took_ms = loop_now_ms(f->loop) - before_ms;
    assert_int_equal(answer.outcome, DNS_TIMEOUT);
    assert_int_equal(answer.end, DNS_END_TIMEOUT);
    assert_false(answer.rcode.present);
    assert_true(took_ms >= TIMEOUT_MS && took_ms < TIMEOUT_MS + 1000);
}

/* Nobody looks for aliases then: libunbound has said that it is not for them. */
static void test_failure_that_is_explained_needs_no_search_for_aliases(void **state)
{
    struct fixture *f = *state;
    /* libunbound gives up by itself after 1.1 s (1.26) or 1.5 s (1.17). */
    f->settings.timeout_ms = 500;
    dns_free(f->dns);
    f->dns = new_dns(f);
    struct dns_answer answer = ask(f, "halfsilent.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_SERVFAIL);
    assert_int_equal(answer.cause, DNS_CAUSE_RCODE);
    assert_int_equal(answer.end, DNS_END_RESOLVER);
    assert_int_equal(dns_server_count(f->server, "halfsilent.lab", DNS_CNAME), 0);
}

static void test_deadline_of_the_caller_only_shortens(void **state)
{
    struct fixture *f = *state;
    struct dns_asked asked = {.arena = f->arena, .loop = f->loop};
    struct dns_query query = {.name = "silent.lab", .type = DNS_A};
    uint64_t before_ms = loop_now_ms(f->loop);
    dns_start(f->dns, &query, NULL, before_ms + 200, dns_ask_done, &asked);
    dns_ask_wait(f->loop, 5000);
    assert_int_equal(asked.answer.outcome, DNS_TIMEOUT);
    assert_int_equal(asked.answer.end, DNS_END_LIMIT);
    assert_true(loop_now_ms(f->loop) - before_ms < 1000);
}

static void test_server_that_lowers_the_case_is_understood(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "lowercase.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
}

static void test_truncated_answer_is_fetched_over_tcp(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "huge.lab", DNS_TXT);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_int_equal(answer.record_count, 200);
    for (size_t i = 0; i < 200; i++) {
        char number[5];
        snprintf(number, sizeof number, "%04zu", i);
        assert_int_equal(answer.records[i].rdata.n, 251);
        assert_memory_equal(answer.records[i].rdata.p + 1, number, 4); /* in the server's order */
    }
}

static void test_aliases_are_followed_and_shown(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "alias.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_int_equal(answer.cname_count, 1);
    assert_string_equal(answer.cname_chain[0], "www.lab");
    assert_string_equal(answer.records[0].owner, "www.lab");
    answer = ask(f, "aliasnx.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_NXDOMAIN);
    assert_int_equal(answer.cname_count, 1);
    answer = ask(f, "alias.lab", DNS_CNAME);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_int_equal(answer.cname_count, 0);
    assert_memory_equal(answer.records[0].rdata.p, "\3www\3lab", 9);
    answer = ask(f, "short0.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_int_equal(answer.cname_count, 10);
}

/* libunbound says SERVFAIL to all of them. */
static void test_endless_aliases_are_told_from_other_failures(void **state)
{
    struct fixture *f = *state;
    const char *const names[] = {"selfloop.lab", "loopa.lab", "chain0.lab", "oneloop.lab"};
    for (size_t i = 0; i < 4; i++) {
        print_message("# %s\n", names[i]);
        struct dns_answer answer = ask(f, names[i], DNS_A);
        assert_int_equal(answer.outcome, DNS_ALIAS);
        assert_int_equal(answer.dnssec, DNSSEC_INDETERMINATE);
        assert_true(answer.cname_count >= 1 && answer.cname_count <= 24);
    }
    /* Also when the failure comes out of the cache. */
    assert_int_equal(ask(f, "loopa.lab", DNS_A).outcome, DNS_ALIAS);
    assert_int_equal(ask_again(f, "loopa.lab", DNS_A).outcome, DNS_ALIAS);
}

static void test_name_that_cannot_be_asked_is_malformed(void **state)
{
    struct fixture *f = *state;
    const char *const names[] = {"", "a..lab", "a\\3.lab"};
    for (size_t i = 0; i < 3; i++) {
        struct dns_answer answer = ask(f, names[i], DNS_A);
        assert_int_equal(answer.outcome, DNS_MALFORMED);
        assert_string_equal(answer.name, names[i]);
    }
    char long_name[300];
    memset(long_name, 'a', sizeof long_name);
    for (size_t i = 50; i < sizeof long_name; i += 50)
        long_name[i] = '.';
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(ask(f, long_name, DNS_A).outcome, DNS_MALFORMED);
}

static void test_name_of_odd_bytes_is_asked_as_it_is(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "\\042.a\\032b.lab", DNS_A).outcome, DNS_OK);
    assert_int_equal(dns_server_count(f->server, "*.a b.lab", DNS_A), 1);
}

/* libunbound remembers a SERVFAIL for 5 seconds, and knows no way to forget it. */
static void test_retry_asks_the_network_anew_every_time(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "servfail.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(ask(f, "servfail.lab", DNS_A).outcome,
                     DNS_SERVFAIL); /* and those on their way */
    size_t seen = dns_server_count(f->server, "servfail.lab", DNS_A);
    assert_true(seen > 0);
    assert_int_equal(ask(f, "servfail.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(dns_server_count(f->server, "servfail.lab", DNS_A), seen); /* the cache */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask_again(f, "servfail.lab", DNS_A).outcome, DNS_SERVFAIL);
        assert_true(dns_server_count(f->server, "servfail.lab", DNS_A) > seen);
        seen = dns_server_count(f->server, "servfail.lab", DNS_A);
    }
}

static void test_retry_sees_that_the_server_has_recovered(void **state)
{
    struct fixture *f = *state;
    f->servfails_left = 1000;
    assert_int_equal(ask(f, "flaky.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(ask_again(f, "flaky.lab", DNS_A).outcome, DNS_SERVFAIL);
    f->servfails_left = 0;
    assert_int_equal(ask_again(f, "flaky.lab", DNS_A).outcome, DNS_OK);
}

/* And it gives up asking a server that was silent for some time. */
static void test_retry_asks_a_server_that_was_silent(void **state)
{
    struct fixture *f = *state;
    ask(f, "silent.lab", DNS_A);
    for (int i = 0; i < 2; i++) {
        size_t seen = dns_server_count(f->server, NULL, 0);
        enum dns_outcome status = ask_again(f, "silent.lab", DNS_A).outcome;
        assert_true(status == DNS_TIMEOUT || status == DNS_SERVFAIL);
        assert_true(dns_server_count(f->server, NULL, 0) > seen);
    }
    assert_int_equal(ask_again(f, "www.lab", DNS_A).outcome, DNS_OK);
}

/* Answers of the cache come inside ub_resolve_event(), in a buffer that the next one overwrites. */
static void test_cached_answers_of_one_turn_are_kept_apart(void **state)
{
    struct fixture *f = *state;
    ask(f, "one.lab", DNS_A);
    ask(f, "three.lab", DNS_A);
    size_t seen = dns_server_count(f->server, NULL, 0);
    struct dns_asked one = {.arena = f->arena}, three = {.arena = f->arena, .loop = f->loop};
    struct dns_query query = {.name = "one.lab", .type = DNS_A};
    dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &one);
    query.name = "three.lab";
    dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &three);
    assert_int_equal(one.times + three.times, 0);
    dns_ask_wait(f->loop, 5000);
    assert_int_equal(one.times, 1);
    assert_int_equal(three.times, 1);
    assert_int_equal(dns_server_count(f->server, NULL, 0), seen);
    assert_int_equal(one.answer.records[0].rdata.p[3], strlen("one.lab"));
    assert_int_equal(three.answer.records[0].rdata.p[3], strlen("three.lab"));
}

static void ask_from_done(const struct dns_answer *answer, void *arg)
{
    struct fixture *f = arg;
    assert_int_equal(answer->record_count, 1);
    struct dns_asked *asked = arena_alloc(f->arena, sizeof *asked);
    *asked = (struct dns_asked){.arena = f->arena, .loop = f->loop};
    struct dns_query query = {.name = "three.lab", .type = DNS_A};
    dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, asked);
    assert_int_equal(answer->records[0].rdata.p[3], strlen("one.lab"));
}

static void test_question_started_in_done_leaves_the_answer_alone(void **state)
{
    struct fixture *f = *state;
    ask(f, "three.lab", DNS_A);
    struct dns_query query = {.name = "one.lab", .type = DNS_A};
    dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, ask_from_done, f);
    dns_ask_wait(f->loop, 5000);
}

static void test_cancelled_question_is_silent(void **state)
{
    struct fixture *f = *state;
    struct dns_asked asked = {.arena = f->arena};
    struct dns_query query = {.name = "one.lab", .type = DNS_A};
    struct dns_job *job = dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked);
    dns_cancel(job); /* under way */
    dns_ask_wait(f->loop, 100);
    assert_int_equal(asked.times, 0);
    ask(f, "one.lab", DNS_A);
    job = dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked);
    dns_cancel(job); /* answered from the cache, not delivered */
    job = dns_start(f->dns, &(struct dns_query){.name = "loopa.lab", .type = DNS_A}, NULL,
                    JOB_NO_DEADLINE, dns_ask_done, &asked);
    dns_ask_wait(f->loop, 1);
    dns_ask_wait(f->loop, 1);
    if (asked.times == 0)
        dns_cancel(job); /* anywhere on its way through the aliases */
    size_t times = asked.times;
    dns_ask_wait(f->loop, 100);
    assert_int_equal(asked.times, times);
}

/* ub_ctx_delete() would call the callbacks of live questions. */
static void test_free_after_cancel_calls_nobody(void **state)
{
    struct fixture *f = *state;
    struct dns_asked asked = {.arena = f->arena};
    struct job_group group;
    job_group_init(&group);
    for (int i = 0; i < 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "silent%d.lab", i);
        struct dns_query query = {
            .name = name, .type = DNS_A, .fresh = i % 2 ? dns_fresh(f->dns) : 0};
        dns_start(f->dns, &query, &group, JOB_NO_DEADLINE, dns_ask_done, &asked);
    }
    dns_ask_wait(f->loop, 50);
    job_group_cancel(&group);
    dns_free(f->dns);
    f->dns = NULL;
    assert_int_equal(asked.times, 0);
}

static void test_more_questions_than_sockets_are_all_answered(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 800 };
    struct dns_asked *asked = arena_array(f->arena, COUNT, sizeof *asked);
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = 4096; /* an eighth of it are sockets for questions */
    setrlimit(RLIMIT_NOFILE, &low);
    f->settings.timeout_ms = 15000;
    dns_free(f->dns);
    f->dns = new_dns(f);
    setrlimit(RLIMIT_NOFILE, &before);
    /* In portions that the socket of the test's server can take, and answered so late that all are
     * under way at once. libunbound learns from the first how late that is: else it would ask again
     * and again, and take the server for dead. */
    dns_server_set_delay(f->server, 300);
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
    for (int i = 0; i < COUNT; i++) {
        asked[i] = (struct dns_asked){.arena = f->arena};
        char name[32];
        snprintf(name, sizeof name, "n%d.lab", i);
        struct dns_query query = {.name = name, .type = DNS_A};
        dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked[i]);
        if (i % 50 == 49)
            dns_ask_wait(f->loop, 1);
    }
    size_t answered = 0;
    for (int i = 0; i < 150 && answered < COUNT; i++) {
        dns_ask_wait(f->loop, 100);
        answered = 0;
        for (int j = 0; j < COUNT; j++)
            answered += asked[j].times;
    }
    assert_int_equal(answered, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(asked[i].answer.outcome, DNS_OK);
}

static void test_cache_ttl_of_zero_asks_every_time(void **state)
{
    struct fixture *f = *state;
    dns_free(f->dns);
    f->settings.cache_max_ttl_s = 0;
    f->settings.cache_max_negative_ttl_s = 0;
    f->dns = new_dns(f);
    for (size_t i = 1; i <= 3; i++) {
        assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
        assert_int_equal(dns_server_count(f->server, "www.lab", DNS_A), i);
        assert_int_equal(ask(f, "nx.lab", DNS_TXT).outcome, DNS_NXDOMAIN);
        assert_int_equal(dns_server_count(f->server, "nx.lab", DNS_TXT), i);
    }
}

static void test_resolvers_share_no_cache(void **state)
{
    struct fixture *f = *state;
    struct dns *other = new_dns(f);
    ask(f, "www.lab", DNS_A);
    dns_ask(f->arena, f->loop, other, &(struct dns_query){.name = "www.lab", .type = DNS_A});
    assert_int_equal(dns_server_count(f->server, "www.lab", DNS_A), 2);
    dns_free(other);
}

/* Unbound has built-in data for these; all of them must be asked for. */
static void test_built_in_names_are_asked_for(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "localhost",
        "a.localhost",
        "x.test",
        "a.invalid",
        "x.home.arpa",
        "1.0.0.127.in-addr.arpa",
        "1.0.0.10.in-addr.arpa",
        "1.1.16.172.in-addr.arpa",
        "1.1.168.192.in-addr.arpa",
        "1.1.254.169.in-addr.arpa",
        "1.2.0.192.in-addr.arpa",
        "1.100.51.198.in-addr.arpa",
        "1.113.0.203.in-addr.arpa",
        "255.255.255.255.in-addr.arpa",
        "1.0.64.100.in-addr.arpa",
        "1.0.0.0.in-addr.arpa",
        "a.d.f.ip6.arpa",
        "a.8.e.f.ip6.arpa",
        "a.8.b.d.0.1.0.0.2.ip6.arpa",
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
        "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
        "a.example",
        "a.local",
        "root-key-sentinel-is-ta-20326.example",
    };
    f->settings.forward_to = f->addresses;
    f->settings.forward_count = 1;
    dns_free(f->dns);
    f->dns = new_dns(f);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t seen = dns_server_count(f->server, names[i], 0);
        ask(f, names[i], DNS_TXT);
        if (dns_server_count(f->server, names[i], 0) == seen)
            fail_msg("%s was answered from built-in data", names[i]);
    }
    /* RFC 7686 section 2: "MUST generate NXDOMAIN". */
    struct dns_answer answer = ask(f, "a.onion", DNS_A);
    assert_int_equal(answer.outcome, DNS_NXDOMAIN);
    assert_int_equal(dns_server_count(f->server, "a.onion", 0), 0);
}

static void test_forwarder_is_asked_for_everything(void **state)
{
    struct fixture *f = *state;
    f->settings.forward_to = f->addresses;
    f->settings.forward_count = 1;
    f->settings.stub_count = 0;
    dns_free(f->dns);
    f->dns = new_dns(f);
    struct dns_answer answer = ask(f, "www.example", DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_false(answer.stub_zone);
    size_t seen = dns_server_count(f->server, NULL, 0);
    assert_int_equal(ask_again(f, "www.example", DNS_A).outcome, DNS_OK);
    assert_int_equal(dns_server_count(f->server, NULL, 0), seen + 1); /* nobody.… is not asked */
    /* It may be ours, answers from its cache, and has limits of its own: nothing is shown by it. */
    assert_int_equal(ask(f, "servfail.lab", DNS_A).cause, DNS_CAUSE_FORWARDER);
    assert_int_equal(ask(f, "refused.lab", DNS_A).cause, DNS_CAUSE_FORWARDER);
    assert_int_equal(ask(f, "silent.lab", DNS_A).cause, DNS_CAUSE_FORWARDER);
}

static void test_root_stub_gives_the_servers_of_the_root(void **state)
{
    struct fixture *f = *state;
    f->stubs[0].name = ".";
    f->stubs[1] = (struct dns_stub){.name = "Lab.", .addresses = f->addresses, .address_count = 1};
    f->settings.stub_count = 2;
    dns_free(f->dns);
    f->dns = new_dns(f);
    /* libunbound first asks the root's servers for their names: this one has no root. */
    assert_false(ask(f, "www.example", DNS_A).stub_zone);
    assert_true(dns_server_count(f->server, ".", DNS_NS) > 0);
    struct dns_answer answer = ask(f, "www.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_OK);
    assert_true(answer.stub_zone);
}

static void test_servers_never_to_be_asked_are_not_asked(void **state)
{
    struct fixture *f = *state;
    const struct cidr loopback = {.address = {.family = 4, .bytes = {127}}, .prefix_bits = 8};
    f->settings.never_ask = &loopback;
    f->settings.never_ask_count = 1;
    dns_free(f->dns);
    f->dns = new_dns(f);
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(ask_again(f, "www.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(dns_server_count(f->server, NULL, 0), 0);
}

/* This machine got an address, and lost it. */
static void test_servers_never_to_be_asked_may_change(void **state)
{
    struct fixture *f = *state;
    const struct cidr loopback = {.address = {.family = 4, .bytes = {127}}, .prefix_bits = 8};
    struct err err;
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
    size_t asked = dns_server_count(f->server, NULL, 0);
    assert_true(asked > 0);
    assert_true(dns_set_never_ask(f->dns, &loopback, 1, &err));
    dns_ask_wait(f->loop, 50);
    assert_int_equal(ask(f, "www.lab", DNS_AAAA).outcome, DNS_SERVFAIL);
    assert_int_equal(ask_again(f, "www.lab", DNS_A).outcome, DNS_SERVFAIL);
    assert_int_equal(dns_server_count(f->server, NULL, 0), asked);
    assert_true(dns_set_never_ask(f->dns, NULL, 0, &err));
    dns_ask_wait(f->loop, 2500); /* the next exchange is not at once */
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
    const struct cidr none = {.address = {.family = 5}};
    assert_false(dns_set_never_ask(f->dns, &none, 1, &err));
    assert_non_null(strstr(err.text, "never_ask"));
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
}

/* Connecting to the broadcast address is refused on every machine. */
static void test_machine_without_route_is_a_local_failure(void **state)
{
    struct fixture *f = *state;
    f->addresses[0] = "255.255.255.255@53";
    dns_free(f->dns);
    f->dns = new_dns(f);
    struct dns_answer answer = ask(f, "www.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_LOCAL);
    assert_false(answer.rcode.present);
}

static void test_settings_that_cannot_work_are_refused(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct dns_settings settings = f->settings;
    settings.trust_anchor_count = 0;
    assert_null(dns_new(f->loop, &settings, &err));
    assert_non_null(strstr(err.text, "no DNSSEC trust anchor"));

    settings = f->settings;
    settings.trust_anchor_file = "/nonexistent/root.key";
    assert_null(dns_new(f->loop, &settings, &err));
    assert_non_null(strstr(err.text, "/nonexistent/root.key: No such file"));

    settings = f->settings;
    f->anchors[0] = "lab. DS 1 8 2 nothex";
    assert_null(dns_new(f->loop, &settings, &err));
    assert_non_null(strstr(err.text, "lab. DS 1 8 2 nothex"));

    /* Such an anchor is ignored by libunbound, with a warning: then nothing would be validated. */
    f->anchors[0] =
        "lab. DS 1 99 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
    assert_null(dns_new(f->loop, &settings, &err));
    assert_non_null(strstr(err.text, "no supported algorithms"));
    f->anchors[0] = OTHER_ANCHOR;

    f->addresses[0] = "127.0.0.1@0";
    assert_null(dns_new(f->loop, &settings, &err));
    assert_non_null(strstr(err.text, "127.0.0.1@0"));
}

static void test_library_version_is_known(void **state)
{
    (void)state;
    assert_true(strlen(dns_library_version()) >= 3);
}

static void test_libunbound_writes_nothing_to_stderr(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/test_dns.stderr.XXXXXX";
    int file = mkstemp(path);
    int saved = dup(STDERR_FILENO);
    assert_true(file >= 0 && saved >= 0);
    dup2(file, STDERR_FILENO);
    const char *const names[] = {"www.lab",       "servfail.lab", "garbage.lab", "wrongid.lab",
                                 "truncated.lab", "selfloop.lab", "silent.lab",  "refused.lab"};
    size_t count = sizeof names / sizeof *names;
    struct dns_asked asked[sizeof names / sizeof *names];
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct dns_asked){.arena = f->arena};
        struct dns_query query = {
            .name = names[i], .type = DNS_A, .fresh = i % 2 ? dns_fresh(f->dns) : 0};
        dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked[i]);
    }
    dns_ask_wait(f->loop, TIMEOUT_MS + 500);
    struct dns_settings settings = f->settings;
    f->anchors[0] = "lab. DS 1 8 2 nothex";
    struct err err;
    assert_null(dns_new(f->loop, &settings, &err));
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    char text[1000];
    ssize_t n = pread(file, text, sizeof text, 0);
    close(file);
    unlink(path);
    if (n != 0)
        fail_msg("%.*s", (int)n, text);
}

static struct dns_answer ask_on(struct fixture *f, struct dns_account *account, const char *name)
{
    return dns_ask(f->arena, f->loop, f->dns,
                   &(struct dns_query){.name = name, .type = DNS_A, .account = account});
}

/* perspective.dns.fresh_cache: what one check was told, the next does not hear. */
static void test_fresh_cache_begins_with_each_account(void **state)
{
    struct fixture *f = *state;
    for (int fresh = 0; fresh < 2; fresh++) {
        dns_free(f->dns);
        f->settings.fresh_cache = fresh;
        f->dns = new_dns(f);
        size_t before = dns_server_count(f->server, "www.lab", DNS_A);
        for (int check = 0; check < 3; check++) {
            struct dns_account *account = dns_account_new(f->dns);
            assert_int_equal(ask_on(f, account, "www.lab").outcome, DNS_OK);
            assert_int_equal(ask_on(f, account, "www.lab").outcome, DNS_OK);
            dns_account_free(account);
        }
        size_t asked = dns_server_count(f->server, "www.lab", DNS_A) - before;
        assert_int_equal(asked, fresh ? 3 : 1);
    }
}

/* ub_cancel() only marks: without an end of our own, packets go on for minutes. */
static void test_packets_of_questions_given_up_end(void **state)
{
    struct fixture *f = *state;
    struct dns_counters counters = {0};
    dns_free(f->dns);
    f->settings.counters = &counters;
    f->settings.timeout_ms = 500;
    f->dns = new_dns(f);
    struct dns_asked asked = {.arena = f->arena};
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "silent%d.lab", i);
        struct dns_query query = {.name = name, .type = DNS_A};
        dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, &asked);
    }
    dns_ask_wait(f->loop, 300);
    assert_int_equal(counters.under_way, 200);
    dns_ask_wait(f->loop, 8000); /* longer than any of them may go on */
    assert_int_equal(asked.times, 200);
    assert_int_equal(counters.under_way, 0);
    assert_int_equal(counters.given_up, 0);
    assert_true(counters.replaced > 0);
    size_t packets = dns_server_count(f->server, NULL, 0);
    dns_ask_wait(f->loop, 2000);
    assert_int_equal(dns_server_count(f->server, NULL, 0), packets);
    assert_int_equal(ask(f, "www.lab", DNS_A).outcome, DNS_OK);
    dns_free(f->dns);
    f->dns = NULL;
    assert_int_equal(counters.waiting, 0);
}

/* A question that did not get its turn: nobody may take it for the silence of a server (C13). */
static void test_question_that_waits_in_vain_is_ended_by_us(void **state)
{
    struct fixture *f = *state;
    struct dns_account *account = dns_account_new(f->dns);
    struct dns_asked asked[9];
    for (int i = 0; i < 9; i++) {
        char name[32];
        snprintf(name, sizeof name, i < 8 ? "silent%d.lab" : "www%d.lab", i);
        asked[i] = (struct dns_asked){.arena = f->arena};
        struct dns_query query = {.name = name, .type = DNS_A, .account = account};
        dns_start(f->dns, &query, NULL, loop_now_ms(f->loop) + 300, dns_ask_done, &asked[i]);
    }
    dns_ask_wait(f->loop, 600);
    assert_int_equal(asked[8].times, 1);
    assert_int_equal(asked[8].answer.outcome, DNS_TIMEOUT);
    assert_int_equal(asked[8].answer.end, DNS_END_LIMIT);
    assert_int_equal(dns_server_count(f->server, "www8.lab", DNS_A), 0);
    dns_account_free(account);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_fresh_cache_begins_with_each_account),
        CASE(test_packets_of_questions_given_up_end),
        CASE(test_question_that_waits_in_vain_is_ended_by_us),
        CASE(test_question_with_records_is_ok),
        CASE(test_question_without_records_is_nodata_or_nxdomain),
        CASE(test_question_that_fails_has_no_records),
        CASE(test_answer_of_somebody_else_is_no_answer),
        CASE(test_silent_server_is_a_timeout_after_timeout_ms),
        CASE(test_failure_that_is_explained_needs_no_search_for_aliases),
        CASE(test_deadline_of_the_caller_only_shortens),
        CASE(test_server_that_lowers_the_case_is_understood),
        CASE(test_truncated_answer_is_fetched_over_tcp),
        CASE(test_aliases_are_followed_and_shown),
        CASE(test_endless_aliases_are_told_from_other_failures),
        CASE(test_name_that_cannot_be_asked_is_malformed),
        CASE(test_name_of_odd_bytes_is_asked_as_it_is),
        CASE(test_retry_asks_the_network_anew_every_time),
        CASE(test_retry_sees_that_the_server_has_recovered),
        CASE(test_retry_asks_a_server_that_was_silent),
        CASE(test_cached_answers_of_one_turn_are_kept_apart),
        CASE(test_question_started_in_done_leaves_the_answer_alone),
        CASE(test_cancelled_question_is_silent),
        CASE(test_free_after_cancel_calls_nobody),
        CASE(test_more_questions_than_sockets_are_all_answered),
        CASE(test_cache_ttl_of_zero_asks_every_time),
        CASE(test_resolvers_share_no_cache),
        CASE(test_built_in_names_are_asked_for),
        CASE(test_forwarder_is_asked_for_everything),
        CASE(test_root_stub_gives_the_servers_of_the_root),
        CASE(test_servers_never_to_be_asked_are_not_asked),
        CASE(test_servers_never_to_be_asked_may_change),
        CASE(test_machine_without_route_is_a_local_failure),
        CASE(test_settings_that_cannot_work_are_refused),
        cmocka_unit_test(test_library_version_is_known),
        CASE(test_libunbound_writes_nothing_to_stderr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
