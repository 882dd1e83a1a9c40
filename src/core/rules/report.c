#include "core/rules/report.h"

#include "base/limits.h"
#include "base/str.h"

#include <string.h>

/* Shown as the reference shows a missing trace identifier. */
static const char *trace_of(const struct check_request *request, struct arena *arena)
{
    return request->trace_identifier
               ? str_report(arena, bytes_of(request->trace_identifier), LIMIT_MESSAGE_OUTSIDE_BYTES)
               : "None";
}

static const char *target_of(const struct check_request *request, struct arena *arena)
{
    return str_report(arena, bytes_of(request->target), LIMIT_MESSAGE_OUTSIDE_BYTES);
}

static void add_caa_lookup_error(struct check_result *result, const struct check_request *request,
                                 struct arena *arena, const char *type, const char *text)
{
    check_result_error(result, arena, type,
                       "There was an error looking up the CAA record: Error during CAA lookup for "
                       "%s: %s. Trace ID: %s",
                       target_of(request, arena), text, trace_of(request, arena));
}

void report_problem(struct check_result *result, const struct check_request *request,
                    struct arena *arena, enum problem problem, const char *text)
{
    check_result_problem(result, problem, text);
    const struct problem_info *info = problem_info(problem);
    bool is_caa = request->check_type == CHECK_CAA;
    const char *type = is_caa ? info->caa_error_type : info->dcv_error_type;
    if (!type)
        return;
    if (is_caa)
        add_caa_lookup_error(result, request, arena, type, text);
    else if (info->token)
        check_result_error(result, arena, type,
                           "There was an error looking up the DCV record. Error type: %s, Error "
                           "message: %s",
                           info->token, text);
    else
        check_result_error(result, arena, type, "%s", text);
}

const char *report_join(struct arena *arena, const char *before, const char *text)
{
    return before ? arena_printf(arena, "%s %s", before, text) : text;
}

void report_invalid_target(struct check_result *result, const struct check_request *request,
                           struct arena *arena, const char *reason)
{
    check_result_problem(result, PROBLEM_PARAMETER,
                         arena_printf(arena, "The target %s is no usable name or address: %s.",
                                      target_of(request, arena), reason));
    if (request->check_type == CHECK_CAA) {
        /* The reference reports a name that it cannot prepare as a failed lookup. */
        add_caa_lookup_error(result, request, arena, "mpic_error:caa_checker:lookup",
                             arena_printf(arena, "Invalid domain name: %s", reason));
        return;
    }
    check_result_error(result, arena, problem_info(PROBLEM_PARAMETER)->dcv_error_type,
                       "The provided parameter was invalid: domain_or_ip_target: Invalid domain "
                       "name: %s, Value provided: %s",
                       reason, target_of(request, arena));
}

void report_invalid_parameter(struct check_result *result, const struct check_request *request,
                              struct arena *arena, const char *reason)
{
    check_result_problem(
        result, PROBLEM_PARAMETER,
        arena_printf(arena, "A parameter of the request cannot be used: %s.", reason));
    const struct problem_info *info = problem_info(PROBLEM_PARAMETER);
    bool is_caa = request->check_type == CHECK_CAA;
    check_result_error(result, arena, is_caa ? info->caa_error_type : info->dcv_error_type,
                       "The provided parameter was invalid: %s", reason);
}

static void add_remote_error(struct check_result *result, const struct check_request *request,
                             struct arena *arena, const char *code, const char *text)
{
    check_result_error(result, arena, "mpic_error:coordinator:remote_check",
                       "The remote check failed to complete: Check failed for perspective %s, "
                       "target %s: %s; trace ID: %s",
                       code, target_of(request, arena), text, trace_of(request, arena));
}

void report_remote_failure(struct check_result *result, const struct check_request *request,
                           struct arena *arena, const char *code, const char *text)
{
    check_result_problem(
        result, PROBLEM_REMOTE_CHECK,
        arena_printf(arena, "Perspective %s gave no usable answer: %s.", code, text));
    add_remote_error(result, request, arena, code, text);
}

void report_not_awaited(struct check_result *result, const struct check_request *request,
                        struct arena *arena, const char *code)
{
    static const char text[] = "not awaited, the verdict was certain without it";
    check_result_problem(result, PROBLEM_NOT_AWAITED,
                         arena_printf(arena, "Perspective %s was %s.", code, text));
    add_remote_error(result, request, arena, code, text);
}
