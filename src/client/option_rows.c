#include "client/option_rows.h"

#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void *member(struct client_options *out, const struct option_row *row)
{
    return (char *)out + row->offset;
}

static const char *take_text(struct client_options *out, const char *value,
                             const struct option_row *row, struct arena *arena)
{
    (void)arena;
    *(const char **)member(out, row) = value;
    return NULL;
}

static const char *take_true(struct client_options *out, const char *value,
                             const struct option_row *row, struct arena *arena)
{
    (void)value;
    (void)arena;
    *(bool *)member(out, row) = true;
    return NULL;
}

/* A flag of a method turns the default around. */
static const char *take_flag(struct client_options *out, const char *value,
                             const struct option_row *row, struct arena *arena)
{
    (void)value;
    (void)arena;
    const struct method *method = method_of_request(&out->request.check);
    *(bool *)member(out, row) = !method_param(method, row->param)->value;
    return NULL;
}

static const char *take_list(struct client_options *out, const char *value,
                             const struct option_row *row, struct arena *arena)
{
    struct strv *list = member(out, row);
    const char **items = arena_array(arena, list->count + 1, sizeof *items);
    for (size_t i = 0; i < list->count; i++)
        items[i] = list->items[i];
    items[list->count] = value;
    *list = (struct strv){.items = items, .count = list->count + 1, .present = true};
    return NULL;
}

static bool parse_number(const char *value, long *number)
{
    char *end = NULL;
    errno = 0;
    *number = strtol(value, &end, 10);
    /* strtol() would take blanks and "+" as well. */
    return errno == 0 && *end == '\0' && (value[0] == '-' || ascii_is_digit(value[0])) &&
           ascii_is_digit(end[-1]);
}

/* An orchestration parameter: sending one makes the whole object present. */
static const char *take_orchestration(struct client_options *out, const char *value,
                                      const struct option_row *row, struct arena *arena)
{
    (void)arena;
    long number = 0;
    if (!parse_number(value, &number))
        return "a whole number";
    *(struct opt_int *)member(out, row) = OPT_INT(number);
    out->request.has_orchestration = true;
    return NULL;
}

static const char *take_timeout(struct client_options *out, const char *value,
                                const struct option_row *row, struct arena *arena)
{
    (void)arena;
    long number = 0;
    if (!parse_number(value, &number) || number < 1 || number > 3600)
        return "seconds, from 1 to 3600";
    *(unsigned *)member(out, row) = (unsigned)number;
    return NULL;
}

static const char *take_certificate_type(struct client_options *out, const char *value,
                                         const struct option_row *row, struct arena *arena)
{
    (void)arena;
    return certificate_type_parse(value, member(out, row)) ? NULL : "tls-server, s-mime or mark";
}

static const char *take_record_type(struct client_options *out, const char *value,
                                    const struct option_row *row, struct arena *arena)
{
    (void)arena;
    return dcv_record_type_parse(value, member(out, row)) ? NULL : row->help;
}

static const char *take_scheme(struct client_options *out, const char *value,
                               const struct option_row *row, struct arena *arena)
{
    (void)arena;
    bool https = str_eq(value, "https");
    *(enum url_scheme *)member(out, row) = https ? SCHEME_HTTPS : SCHEME_HTTP;
    return https || str_eq(value, "http") ? NULL : "http or https";
}

static const char *take_wildcard_policy(struct client_options *out, const char *value,
                                        const struct option_row *row, struct arena *arena)
{
    (void)arena;
    bool required = str_eq(value, "required");
    *(enum wildcard_policy *)member(out, row) = required ? WILDCARD_REQUIRED : WILDCARD_BASELINE;
    return required || str_eq(value, "baseline") ? NULL : "baseline or required";
}

static const char *take_header(struct client_options *out, const char *value,
                               const struct option_row *row, struct arena *arena)
{
    (void)row;
    struct dcv_params *dcv = &out->request.check.dcv;
    const char *colon = strchr(value, ':');
    if (!colon || colon == value)
        return "a name, a colon and a value";
    const char *text = colon + 1 + strspn(colon + 1, " \t");
    struct http_header_param *headers =
        arena_array(arena, dcv->http_header_count + 1, sizeof *headers);
    for (size_t i = 0; i < dcv->http_header_count; i++)
        headers[i] = dcv->http_headers[i];
    headers[dcv->http_header_count] = (struct http_header_param){
        .name = arena_strndup(arena, value, (size_t)(colon - value)), .value = text};
    dcv->http_headers = headers;
    dcv->http_header_count++;
    dcv->has_http_headers = true;
    return NULL;
}

#define AT(path)  offsetof(struct client_options, path)
#define CAA_AT(m) AT(request.check.caa.m)
#define ORC_AT(m) AT(request.orchestration.m)

static const struct option_row rows[] = {
    {"url", "URL", .take = take_text, .offset = AT(url),
     .help = "the coordinator (default: $MPIC_URL, else http://127.0.0.1:8000)",
     .not_for_probe = true},
    {"api-key-file", "FILE", .take = take_text, .offset = AT(api_key_file),
     .help = "send the first line of FILE as x-api-key", .not_for_probe = true},
    {"config", "FILE", .take = take_text, .offset = AT(config_file),
     .help = "resolver and limits from the `perspective` section of FILE", .not_for_check = true},
    {"json", NULL, .take = take_true, .offset = AT(wants_json),
     .help = "print the JSON answer and nothing else"},
    {"timeout", "SECONDS", .take = take_timeout, .offset = AT(timeout_s),
     .help = "give up after that long (default 60)"},
    {"trace-identifier", "TEXT", .take = take_text, .offset = AT(request.check.trace_identifier),
     .help = "an identifier of yours, for logs and the answer"},
    {"perspective-count", "N", .take = take_orchestration, .offset = ORC_AT(perspective_count),
     .help = "ask N perspectives (default: the coordinator's)", .not_for_probe = true},
    {"quorum-count", "N", .take = take_orchestration, .offset = ORC_AT(quorum_count),
     .help = "N of them must corroborate (default: as the Baseline Requirements)",
     .not_for_probe = true},
    {"max-attempts", "N", .take = take_orchestration, .offset = ORC_AT(max_attempts),
     .help = "try up to N cohorts (default 1)", .not_for_probe = true},
    {"cohort", "K", .take = take_orchestration, .offset = ORC_AT(cohort_for_single_attempt),
     .help = "ask exactly the K-th cohort of this name", .not_for_probe = true},

    {"caa-domain", "DOMAIN", OPTION_OF_CAA, .take = take_list, .offset = CAA_AT(caa_domains),
     .help = "an issuer domain name of the CA; repeatable"},
    {"certificate-type", "TYPE", OPTION_OF_CAA, .take = take_certificate_type,
     .offset = CAA_AT(certificate_type), .help = "tls-server (default), s-mime or mark"},
    {"allow-lookup-failure", NULL, OPTION_OF_CAA, .take = take_true,
     .offset = CAA_AT(allow_lookup_failure),
     .help = "accept a failure as BR 4.2.2.1 permits: repeated, and the name proven Insecure"},
    {"caa-account-uri", "URI", OPTION_OF_CAA, .take = take_list, .offset = CAA_AT(account_uris),
     .help = "the requesting account (RFC 8657); repeatable"},
    {"validation-method-label", "LABEL", OPTION_OF_CAA, .take = take_list,
     .offset = CAA_AT(validation_method_labels),
     .help = "a label of the validation method used (RFC 8657); repeatable"},
    {"validation-method", "METHOD", OPTION_OF_CAA, .take = take_text,
     .offset = CAA_AT(validation_method),
     .help = "the validation method used, by the name of its check; its labels follow"},
};

enum { ROWS = sizeof rows / sizeof *rows };
static_assert(ROWS + PARAM_COUNT <= OPTION_ROWS_MAX, "a place for each row");

/* How the kinds of parameters are taken. */
static const char *(*const takes[PARAM_KIND_COUNT])(struct client_options *, const char *,
                                                    const struct option_row *, struct arena *) = {
    [PARAM_KIND_TEXT] = take_text,
    [PARAM_KIND_TEXTS] = take_list,
    [PARAM_KIND_FLAG] = take_flag,
    [PARAM_KIND_HEADERS] = take_header,
    [PARAM_KIND_RECORD_TYPE] = take_record_type,
    [PARAM_KIND_URL_SCHEME] = take_scheme,
    [PARAM_KIND_WILDCARD_POLICY] = take_wildcard_policy,
};

static struct option_row row_of(enum param param)
{
    const struct param_info *info = param_info(param);
    return (struct option_row){
        .name = info->option,
        .value_name = info->option_value,
        .of = OPTION_OF_PARAM,
        .param = param,
        .take = takes[info->kind],
        .offset = AT(request.check.dcv) + info->offset,
        .help = info->help,
    };
}

bool option_row_at(size_t i, struct option_row *out)
{
    if (i >= ROWS + PARAM_COUNT)
        return false;
    *out = i < ROWS ? rows[i] : row_of((enum param)(i - ROWS));
    return true;
}

bool option_row_applies(const struct option_row *row, enum client_command command,
                        const struct method *method)
{
    if (command == CLIENT_CHECK ? row->not_for_check : row->not_for_probe)
        return false;
    if (!method || row->of == OPTION_OF_ANY)
        return true;
    if (row->of == OPTION_OF_CAA)
        return method->kind == METHOD_CAA;
    const struct method_param *param = method_param(method, row->param);
    return param && (param->presence == PARAM_REQUIRED || param->presence == PARAM_OPTIONAL);
}

bool option_row_is_required(const struct option_row *row, const struct method *method)
{
    const struct method_param *param =
        row->of == OPTION_OF_PARAM ? method_param(method, row->param) : NULL;
    /* For a record type people mean the usual one if they say nothing. */
    return param && param->presence == PARAM_REQUIRED &&
           param_info(row->param)->kind != PARAM_KIND_RECORD_TYPE;
}
