/*
 * One check over fake adapters and virtual time, for flow tests. Each test sets `w.request`, scripts
 * the fakes, and runs it:
 *
 *     w.request.target = "www.example.com";
 *     fake_answer_txt(fake_dns_answer(w.dns, "www.example.com", DNS_TXT, DNS_OK), "x");
 *     const struct check_result *result = world_run();
 */
#pragma once

#include "check/check.h"
#include "support/fake_aside.h"
#include "support/fake_dns.h"
#include "support/fake_fetch.h"
#include "support/fake_loop.h"
#include "support/fake_tls.h"

#include "support/unit.h"

/* Time limits of the world, and addresses that no special-purpose block holds. */
enum { WORLD_DNS_MS = 5000, WORLD_HTTP_MS = 10000, WORLD_CHECK_MS = 30000 };
#define WORLD_IPV4  "93.184.216.34"
#define WORLD_IPV4B "93.184.216.35"
#define WORLD_IPV6  "2606:2800:220:1::34"
#define WORLD_IPV6B "2606:2800:220:1::35"

extern struct check_world {
    struct loop *loop;
    struct dns *dns;
    struct fetch *fetch;
    struct tls *tls;
    struct aside *aside;
    struct arena *arena;
    struct job_group group;
    struct check_settings settings;
    struct check_env env;
    struct check_request request;
    uint64_t check_ms; /* the deadline of the check, from its start */
    struct check_job *job;
    const struct check_result *result;
    int done_count;
} w;

int world_setup(void **state);
/* Fails if something is still pending. */
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* Starts the check; it is not done on return. */
void world_start(void);
/* Starts it and lets time pass until it is done; every result has its time and place. */
const struct check_result *world_run(void);
/* Starts it, lets `ms` pass, cancels it: nothing may be delivered, and nothing may be left. */
void world_cancel_after(uint64_t ms);

void assert_problem(const struct check_result *result, enum verdict verdict, enum problem problem);
/* Exactly one entry of `errors`, of this type, whose message holds `part`. */
void assert_one_error(const struct check_result *result, const char *type, const char *part);
