/*
 * Running one check from here. A check is a job; which state machine runs it is decided by the kind
 * of its method (check/methods.c). The environment is made once per perspective and worker.
 */
#pragma once

#include "core/method/check.h"
#include "core/names/special_addresses.h"
#include "net/aside.h"
#include "net/dns.h"
#include "net/fetch.h"
#include "net/job.h"
#include "net/tls.h"

#include <stdbool.h>
#include <stdint.h>

struct check_settings {
    const char *perspective_code;
    struct strv caa_domains;     /* configured issuer domain names */
    bool caa_labels_ignore_case; /* validationmethods (BR 4.2.2.1.2) */
    unsigned http_timeout_ms;
    const char *http_user_agent;
    uint16_t http_port, https_port, tls_alpn_port;
    bool http_verify_tls;
    struct address_policy addresses;
    struct strv lab_policy; /* lab settings in force that touch every check: "forward_to", … */
    bool is_primary;        /* the Primary Network Perspective: must validate every answer */
    bool enforce_baseline;  /* for rules that begin on a day, such as C12.3 */
};

/* All members outlive every check. */
struct check_env {
    struct loop *loop;
    struct dns *dns;
    struct fetch *fetch;
    struct tls *tls;
    struct aside *aside;
    const struct check_settings *settings;
};

struct check_job;

/* `result` lives in the arena of the call. */
typedef void check_done_fn(const struct check_result *result, void *arg);

/* What to run. Everything must outlive the job. */
struct check_call {
    const struct check_request *request;
    struct arena *arena; /* the result and all that it points to live here */
    struct job_group *group;
    uint64_t deadline_ms;
};

/*
 * Runs the check that `call` asks for. Bad parameters and an unusable target arrive in `done` as
 * UNKNOWN(parameter); a method that cannot be run here likewise.
 */
struct check_job *check_start(const struct check_env *env, const struct check_call *call,
                              check_done_fn *done, void *arg);
void check_cancel(struct check_job *job);
