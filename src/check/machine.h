/*
 * What all check machines share; for files in check/ only.
 *
 *   check_start -> the method's run() -> … lookups and connections as children … -> check_finish()
 *
 * The result starts as UNKNOWN. A machine fills `check->result.details` as it learns things, so
 * that whatever ends it, the evidence so far is in the result. Every child job is in
 * `check->children`: it is cancelled when the check is, or when its deadline passes.
 */
#pragma once

#include "base/log.h"
#include "check/check.h"
#include "core/names/target.h"
#include "core/rules/lookup.h"

struct check_machine;

struct check_job {
    struct job job;
    const struct check_env *env;
    const struct check_request *request;
    const struct check_machine *machine;
    struct arena *arena;
    struct target *target; /* in the arena, too: the result points into its name */
    struct job_group children;
    struct dns_account *account; /* every question of the check counts on it: check_ask() */
    /* Of the children: a little before the check's own, so that the one that was waited for is named. */
    uint64_t deadline_ms;
    uint64_t started_us;
    struct check_result *result; /* in the arena: it outlives the check */
    unsigned state;              /* of the machine's enum */
    void *data;                  /* the machine's own, in the arena */
    check_done_fn *done;
    void *arg;
};

/* Entering a state starts what is waited for there; where nothing is, it leads on or ends the check. */
struct check_state {
    const char *name; /* in the log */
    void (*enter)(struct check_job *check);
};

/* One for each kind of method: check/methods.c. */
struct check_machine {
    /* By the enum of the machine, of which the first is entered when the check begins. Whatever the way, it
     * must lead to check_finish(). */
    const struct check_state *states;
    /* Puts into the result what was seen so far: called before check_finish() and when the deadline
     * passes. */
    void (*collect)(struct check_job *check);
};

/* NULL for a DCV check without method. */
const struct check_machine *check_machine_get(const struct check_request *request);

/* The one way from state to state, with a line in the log. The machine must not touch `check` after it. */
void check_enter(struct check_job *check, unsigned state);

/* What a machine asks the resolver: on the check's account, among its children. */
struct dns_job *check_ask(struct check_job *check, const struct dns_query *query,
                          uint64_t deadline_ms, dns_done_fn *done, void *arg);

/* The verdict stands: collect the evidence and deliver. The machine must not touch `check` after
 * it. */
void check_finish(struct check_job *check);
/* A problem with its error entry, then check_finish(). `text` is the sentence for people too. */
void check_finish_problem(struct check_job *check, enum problem problem, const char *text);
/* The same where the reference prescribes the words of the error entry: `reason` is the sentence
 * for people. */
void check_finish_explained(struct check_job *check, enum problem problem, const char *message,
                            const char *reason);
/* A parameter of the request cannot be used: UNKNOWN(parameter), then check_finish(). */
void check_finish_parameter(struct check_job *check, const char *property, const char *value,
                            const char *reason);
/* PASS with the evidence collected, then check_finish(): where passing demands what collect() adds.
 * `reason` as for check_result_pass(). */
void check_finish_pass(struct check_job *check, const char *reason);

/* check_job.deadline_ms for a check that ends at `deadline_ms`. */
uint64_t check_children_deadline(uint64_t deadline_ms);
/* When what connects to a server must be over: http.timeout_ms from now, or the check's own end. */
uint64_t check_connection_deadline(const struct check_job *check);

/* Adds a lab setting that touched this check to details.local_policy, once. */
void check_add_local_policy(struct check_job *check, const char *setting);
/* An answer was used: its DNSSEC status, extended errors and lab settings become part of the
 * result. */
void check_use_lookup(struct check_job *check, const struct lookup *lookup);

/* One line of the log for each transition, at debug: nothing is made for it while that is off. Without
 * paths of URLs, headers and what was read there: tokens stand in them. */
#define CHECK_LOG(check, event, ...)                                                               \
    LOG(LOG_DEBUG, event, {"trace", (check)->request->trace_identifier},                           \
        {"target", (check)->request->target}, __VA_ARGS__)
/* "12": milliseconds since the check began. */
const char *check_log_ms(const struct check_job *check);

/* A deep copy of what net/dns delivered to the check, in the words of the rules. */
void lookup_from_answer(const struct check_job *check, const struct dns_answer *answer,
                        struct lookup *out);

extern const struct check_machine caa_machine;
/* All methods that look at DNS records. */
extern const struct check_machine record_machine;
/* website-change and acme-http-01. */
extern const struct check_machine http_machine;
extern const struct check_machine tls_alpn_machine;
