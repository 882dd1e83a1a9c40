/*
 * acme-tls-alpn-01 (BR 3.2.2.4.20, BR 3.2.2.5.7, RFC 8737 section 3, RFC 8738 section 6).
 *
 *   STARTING --> SHAKING (check/dial.h) --(handshake)--> JUDGING --> concluded
 *                   \--(no connection, no handshake)-----------------> concluded
 */
#include "core/rules/tls_alpn.h"
#include "base/limits.h"
#include "base/str.h"
#include "check/dial.h"
#include "core/rules/report.h"
#include "crypto/cert.h"
#include "crypto/cert_cost.h"
#include "crypto/digest.h"

/* A certificate that passes must be in the evidence: the adapter accepts none that is longer. */
enum { CERTIFICATE_REPORT_BYTES = CERT_COST_BYTES, NAMES_SHOWN = 3 };

enum { STARTING, SHAKING, JUDGING };

struct challenge {
    struct dial dial;
    const char *address_used;
    const struct tls_result *handshake; /* borrowed while it is judged */
};

static void collect(struct check_job *check)
{
    const struct challenge *challenge = check->data;
    if (challenge)
        check->result->details.tls_alpn.connection =
            dial_report(&challenge->dial, challenge->address_used);
}

static const char *text_in_time(const struct dial *dial, enum problem problem, const char *text)
{
    if (!dial_is_about_time(problem))
        return text;
    return arena_printf(dial->check->arena, "%s; %s", text, dial_time_account(dial));
}

static void on_unreachable(struct dial *dial, enum problem problem, const char *text)
{
    check_finish_problem(dial->check, problem, text_in_time(dial, problem, text));
}

/* Who was asked for what, for people. */
static const char *place_of(const struct check_job *check)
{
    const struct challenge *challenge = check->data;
    return arena_printf(check->arena, "%s port %u, asked by TLS for %s with acme-tls/1",
                        challenge->dial.address, (unsigned)check->env->settings->tls_alpn_port,
                        check->result->details.tls_alpn.sni);
}

/* Whose certificate is it? That tells which server answered. */
static const char *certificate_text(const struct check_job *check, bool is_readable)
{
    const struct tls_alpn_details *details = &check->result->details.tls_alpn;
    const char *text = "";
    if (!is_readable)
        return "";
    for (size_t i = 0; i < details->san.count && i < NAMES_SHOWN; i++)
        text = arena_printf(
            check->arena, "%s%s%s", text, i ? ", " : " Its certificate is for ",
            str_report(check->arena, bytes_of(details->san.items[i]), LIMIT_MESSAGE_OUTSIDE_BYTES));
    if (details->san.count > NAMES_SHOWN)
        return arena_printf(check->arena, "%s and others.", text);
    if (details->san.count > 0)
        return arena_printf(check->arena, "%s.", text);
    return details->common_name
               ? arena_printf(check->arena, " Its certificate has the common name \"%s\".",
                              str_report(check->arena, bytes_of(details->common_name),
                                         LIMIT_MESSAGE_OUTSIDE_BYTES))
               : "";
}

static void enter_judging(struct check_job *check)
{
    const struct challenge *challenge = check->data;
    const struct tls_result *handshake = challenge->handshake;
    struct tls_alpn_details *details = &check->result->details.tls_alpn;
    struct cert_facts facts;
    bool readable = cert_facts_read(handshake->certificate, check->arena, &facts);
    const struct tls_alpn_query query = {
        .target = check->target,
        .key_authorization_hash = check->request->dcv.key_authorization_hash,
        .alpn = handshake->alpn,
        .facts = readable ? &facts : NULL,
    };
    struct tls_alpn_judgement judgement = tls_alpn_judge(&query, check->arena);
    if (handshake->certificate.n > 0 && handshake->certificate.n <= CERTIFICATE_REPORT_BYTES)
        details->certificate = base64_format(check->arena, handshake->certificate);
    details->common_name = readable ? facts.common_name : NULL;
    details->san = judgement.san;
    details->digest_seen = judgement.digest_seen;
    if (judgement.fault_count == 0) {
        check_finish_pass(check, NULL);
        return;
    }
    /* The first fault names the problem; every fault is listed. */
    const char *reason = NULL;
    for (size_t i = 0; i < judgement.fault_count; i++) {
        report_problem(check->result, check->request, check->arena, judgement.faults[i].problem,
                       judgement.faults[i].text);
        reason = report_join(check->arena, reason, judgement.faults[i].text);
    }
    reason = arena_printf(check->arena, "%s answered, but does not prove control: %s%s",
                          place_of(check), reason, certificate_text(check, readable));
    check_result_problem(check->result, judgement.faults[0].problem, reason);
    check_finish(check);
}

/* The handshake was not completed, if there was one. */
static void conclude_failed(struct check_job *check, enum problem problem,
                            const struct tls_result *handshake)
{
    const struct challenge *challenge = check->data;
    const char *why = handshake->error_text;
    if (handshake->alpn_refused)
        why = "the server does not speak acme-tls/1 (alert no_application_protocol): nothing that "
              "answers this challenge runs there, or something before it answers in its place";
    const char *text = arena_printf(check->arena, "%s: %s", place_of(check), why);
    check_finish_problem(check, problem, text_in_time(&challenge->dial, problem, text));
}

static void on_shaken(const struct tls_result *handshake, void *arg)
{
    struct check_job *check = arg;
    struct challenge *challenge = check->data;
    struct dial_end end;
    if (!dial_ended(&challenge->dial, handshake->status, &end))
        return;
    challenge->address_used = end.used;
    struct tls_alpn_details *details = &check->result->details.tls_alpn;
    details->tls_version = arena_strdup(check->arena, handshake->version);
    if (handshake->alpn.n > 0)
        details->alpn = str_report(check->arena, handshake->alpn, UINT8_MAX);
    if (end.problem != PROBLEM_NONE) {
        conclude_failed(check, end.problem, handshake);
        return;
    }
    challenge->handshake = handshake;
    check_enter(check, JUDGING);
}

static void shake(struct dial *dial, const char *address)
{
    struct check_job *check = dial->check;
    const struct check_settings *settings = check->env->settings;
    if (settings->tls_alpn_port != 443)
        check_add_local_policy(check, "tls_alpn.port");
    const struct tls_request request = {
        .address = address,
        .port = settings->tls_alpn_port,
        .sni = check->result->details.tls_alpn.sni,
        .alpn = "acme-tls/1", /* RFC 8737 section 6.2 */
        .connect_deadline_ms = dial_connect_deadline(dial),
    };
    tls_start(check->env->tls, &request, &check->children, dial->deadline_ms, on_shaken, check);
}

static void enter_shaking(struct check_job *check)
{
    struct challenge *challenge = check->data;
    challenge->dial = (struct dial){.check = check,
                                    .host = check->target->canonical,
                                    .deadline_ms = check_connection_deadline(check),
                                    .connect = shake,
                                    .failed = on_unreachable};
    dial_start(&challenge->dial);
}

static void enter_starting(struct check_job *check)
{
    check->data = arena_alloc(check->arena, sizeof(struct challenge));
    check->result->details.tls_alpn.sni = tls_alpn_sni(check->target, check->arena);
    check_enter(check, SHAKING);
}

static const struct check_state states[] = {[STARTING] = {"starting", enter_starting},
                                            [SHAKING] = {"shaking hands", enter_shaking},
                                            [JUDGING] = {"judging", enter_judging}};

const struct check_machine tls_alpn_machine = {states, collect};
