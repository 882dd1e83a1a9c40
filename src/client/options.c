#include "client/options.h"

#include "base/str.h"
#include "wire/wire.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Which methods take an option: one bit per method, bit 0 (DCV_NONE) is the CAA check. */
#define M(method) (1u << (method))
enum {
    ANY = -1,
    CAA = M(DCV_NONE),
    CONTACT = M(DCV_CONTACT_EMAIL_TXT) | M(DCV_CONTACT_PHONE_TXT) | M(DCV_CONTACT_EMAIL_CAA) |
              M(DCV_CONTACT_PHONE_CAA),
    VALUE = M(DCV_WEBSITE_CHANGE) | M(DCV_DNS_CHANGE) | CONTACT | M(DCV_IP_ADDRESS) |
            M(DCV_REVERSE_ADDRESS_LOOKUP),
    HTTP = M(DCV_WEBSITE_CHANGE) | M(DCV_ACME_HTTP_01),
    HASH = M(DCV_ACME_DNS_01) | M(DCV_DNS_ACCOUNT_01) | M(DCV_ACME_TLS_ALPN_01),
};

/* Only for `check`, only for `probe`, or for both. */
enum scope { BOTH, CHECK_ONLY, PROBE_ONLY };

/* Takes the option's value (NULL for a flag) into `out`. */
typedef bool take_fn(struct client_options *out, const char *value, size_t offset,
                     struct arena *arena);

struct option_row {
    const char *name;
    const char *value_name; /* NULL: a flag */
    enum scope scope;
    int methods;
    take_fn *take;
    size_t offset;
    const char *help;
    bool required; /* by each method that takes it */
};

static void *member(struct client_options *out, size_t offset)
{
    return (char *)out + offset;
}

static bool take_text(struct client_options *out, const char *value, size_t offset,
                      struct arena *arena)
{
    (void)arena;
    *(const char **)member(out, offset) = value;
    return true;
}

static bool take_true(struct client_options *out, const char *value, size_t offset,
                      struct arena *arena)
{
    (void)value;
    (void)arena;
    *(bool *)member(out, offset) = true;
    return true;
}

static bool take_false(struct client_options *out, const char *value, size_t offset,
                       struct arena *arena)
{
    (void)value;
    (void)arena;
    *(bool *)member(out, offset) = false;
    return true;
}

static bool take_list(struct client_options *out, const char *value, size_t offset,
                      struct arena *arena)
{
    struct strv *list = member(out, offset);
    const char **items = arena_array(arena, list->count + 1, sizeof *items);
    for (size_t i = 0; i < list->count; i++)
        items[i] = list->items[i];
    items[list->count] = value;
    *list = (struct strv){.items = items, .count = list->count + 1, .present = true};
    return true;
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
static bool take_orchestration(struct client_options *out, const char *value, size_t offset,
                               struct arena *arena)
{
    (void)arena;
    long number = 0;
    if (!parse_number(value, &number))
        return false;
    *(struct opt_int *)member(out, offset) = OPT_INT(number);
    out->request.has_orchestration = true;
    return true;
}

static bool take_timeout(struct client_options *out, const char *value, size_t offset,
                         struct arena *arena)
{
    (void)arena;
    long number = 0;
    if (!parse_number(value, &number) || number < 1 || number > 3600)
        return false;
    *(unsigned *)member(out, offset) = (unsigned)number;
    return true;
}

static bool take_certificate_type(struct client_options *out, const char *value, size_t offset,
                                  struct arena *arena)
{
    (void)arena;
    return certificate_type_parse(value, member(out, offset));
}

static bool take_record_type(struct client_options *out, const char *value, size_t offset,
                             struct arena *arena)
{
    (void)arena;
    return dcv_record_type_parse(value, member(out, offset));
}

static bool take_scheme(struct client_options *out, const char *value, size_t offset,
                        struct arena *arena)
{
    (void)arena;
    bool https = str_eq(value, "https");
    *(enum url_scheme *)member(out, offset) = https ? SCHEME_HTTPS : SCHEME_HTTP;
    return https || str_eq(value, "http");
}

static bool take_wildcard_policy(struct client_options *out, const char *value, size_t offset,
                                 struct arena *arena)
{
    (void)arena;
    bool required = str_eq(value, "required");
    *(enum wildcard_policy *)member(out, offset) = required ? WILDCARD_REQUIRED : WILDCARD_BASELINE;
    return required || str_eq(value, "baseline");
}

static bool take_header(struct client_options *out, const char *value, size_t offset,
                        struct arena *arena)
{
    (void)offset;
    struct dcv_params *dcv = &out->request.check.dcv;
    const char *colon = strchr(value, ':');
    if (!colon || colon == value)
        return false;
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
    return true;
}

#define AT(path)  offsetof(struct client_options, path)
#define CAA_AT(m) AT(request.check.caa.m)
#define DCV_AT(m) AT(request.check.dcv.m)
#define ORC_AT(m) AT(request.orchestration.m)

static const struct option_row options[] = {
    {"url", "URL", CHECK_ONLY, ANY, take_text, AT(url),
     "the coordinator (default: $MPIC_URL, else http://127.0.0.1:8000)"},
    {"api-key-file", "FILE", CHECK_ONLY, ANY, take_text, AT(api_key_file),
     "send the first line of FILE as x-api-key"},
    {"config", "FILE", PROBE_ONLY, ANY, take_text, AT(config_file),
     "resolver and limits from the `perspective` section of FILE"},
    {"json", NULL, BOTH, ANY, take_true, AT(wants_json), "print the JSON answer and nothing else"},
    {"timeout", "SECONDS", BOTH, ANY, take_timeout, AT(timeout_s),
     "give up after that long (default 60)"},
    {"trace-identifier", "TEXT", BOTH, ANY, take_text, AT(request.check.trace_identifier),
     "an identifier of yours, for logs and the answer"},
    {"perspective-count", "N", CHECK_ONLY, ANY, take_orchestration, ORC_AT(perspective_count),
     "ask N perspectives (default: the coordinator's)"},
    {"quorum-count", "N", CHECK_ONLY, ANY, take_orchestration, ORC_AT(quorum_count),
     "N of them must corroborate (default: as the Baseline Requirements)"},
    {"max-attempts", "N", CHECK_ONLY, ANY, take_orchestration, ORC_AT(max_attempts),
     "try up to N cohorts (default 1)"},
    {"cohort", "K", CHECK_ONLY, ANY, take_orchestration, ORC_AT(cohort_for_single_attempt),
     "ask exactly the K-th cohort of this name"},

    {"caa-domain", "DOMAIN", BOTH, CAA, take_list, CAA_AT(caa_domains),
     "an issuer domain name of the CA; repeatable"},
    {"certificate-type", "TYPE", BOTH, CAA, take_certificate_type, CAA_AT(certificate_type),
     "tls-server (default), s-mime or mark"},
    {"allow-lookup-failure", NULL, BOTH, CAA, take_true, CAA_AT(allow_lookup_failure),
     "accept a failure as BR 4.2.2.1 permits: repeated, and the name proven Insecure"},
    {"caa-account-uri", "URI", BOTH, CAA, take_list, CAA_AT(account_uris),
     "the requesting account (RFC 8657); repeatable"},
    {"validation-method-label", "LABEL", BOTH, CAA, take_list, CAA_AT(validation_method_labels),
     "a label of the validation method used (RFC 8657); repeatable"},
    {"validation-method", "METHOD", BOTH, CAA, take_text, CAA_AT(validation_method),
     "the validation method used, by the name of its check; its labels follow"},

    {"challenge-value", "TEXT", BOTH, VALUE, take_text, DCV_AT(challenge_value),
     "what must be found", true},
    {"ignore-case", NULL, BOTH, M(DCV_WEBSITE_CHANGE) | M(DCV_DNS_CHANGE), take_false,
     DCV_AT(require_exact_case), "compare without regard to the case of ASCII letters"},
    {"http-token-path", "PATH", BOTH, M(DCV_WEBSITE_CHANGE), take_text, DCV_AT(http_token_path),
     "the file below /.well-known/pki-validation/", true},
    {"url-scheme", "SCHEME", BOTH, M(DCV_WEBSITE_CHANGE), take_scheme, DCV_AT(url_scheme),
     "http (default) or https"},
    {"http-header", "NAME: VALUE", BOTH, HTTP, take_header, 0,
     "a header of the request; repeatable"},
    {"match-regex", "REGEX", BOTH, M(DCV_WEBSITE_CHANGE), take_text, DCV_AT(match_regex),
     "the file must match this as well (PCRE2)"},
    {"dns-record-type", "TYPE", BOTH, M(DCV_DNS_CHANGE) | M(DCV_IP_ADDRESS), take_record_type,
     DCV_AT(dns_record_type), "TXT, CNAME or CAA; for ip-address A or AAAA"},
    {"dns-name-prefix", "LABEL", BOTH, M(DCV_DNS_CHANGE), take_text, DCV_AT(dns_name_prefix),
     "one label in front of the name, with an underscore"},
    {"exact-match", NULL, BOTH, M(DCV_DNS_CHANGE), take_true, DCV_AT(require_exact_match),
     "the whole record must equal the value (default: contain it)"},
    {"issuer-domain-name", "DOMAIN", BOTH, M(DCV_DNS_PERSISTENT), take_list,
     DCV_AT(issuer_domain_names), "an issuer domain name of the CA; repeatable", true},
    {"expected-account-uri", "URI", BOTH, M(DCV_DNS_PERSISTENT), take_text,
     DCV_AT(expected_account_uri), "the account that the record must name", true},
    {"wildcard-policy", "POLICY", BOTH, M(DCV_DNS_PERSISTENT), take_wildcard_policy,
     DCV_AT(wildcard_policy), "baseline (default) or required"},
    {"token", "TEXT", BOTH, M(DCV_ACME_HTTP_01), take_text, DCV_AT(token), "the ACME token", true},
    {"key-authorization", "TEXT", BOTH, M(DCV_ACME_HTTP_01), take_text, DCV_AT(key_authorization),
     "the ACME key authorization", true},
    {"key-authorization-hash", "TEXT", BOTH, HASH, take_text, DCV_AT(key_authorization_hash),
     "its SHA-256: base64url, for acme-tls-alpn-01 hexadecimal", true},
    {"account-uri", "URI", BOTH, M(DCV_DNS_ACCOUNT_01), take_text, DCV_AT(account_uri),
     "the ACME account", true},
};

enum { OPTION_ROWS = sizeof options / sizeof *options };

const char *client_command_str(enum client_command command)
{
    return command == CLIENT_CHECK ? "check" : "probe";
}

static bool applies(const struct option_row *row, enum client_command command,
                    const struct method *method)
{
    if (row->scope == (command == CLIENT_CHECK ? PROBE_ONLY : CHECK_ONLY))
        return false;
    return !method || row->methods == ANY || (row->methods & (int)M(method->method)) != 0;
}

static const struct option_row *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

/* The defaults of the wire. It has none for a record type, but people mean the usual one. */
static void set_defaults(struct client_options *out, const struct method *method)
{
    struct check_request *check = &out->request.check;
    check->check_type = method->method == DCV_NONE ? CHECK_CAA : CHECK_DCV;
    check->has_caa_params = check->check_type == CHECK_CAA;
    if (check->check_type == CHECK_DCV)
        wire_init_dcv_params(&check->dcv, method->method);
    if (method_has_choice_of_type(method))
        check->dcv.dns_record_type = method->record.usual_type;
}

struct parse {
    int count;
    char *const *words;
    int at;
    struct arena *arena;
    struct client_options *out;
    const struct method *method;
    bool given[OPTION_ROWS];
};

static bool take_option(struct parse *p, struct err *err)
{
    const char *word = p->words[p->at++] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_row *row = find_option(word, length);
    if (!row || !applies(row, p->out->command, NULL))
        return err_set(err, ERR_PARSE, "unknown option --%.*s", (int)length, word);
    if (!applies(row, p->out->command, p->method))
        return err_set(err, ERR_PARSE, "--%s is not an option of %s", row->name, p->method->name);
    const char *value = equals ? equals + 1 : NULL;
    if (!row->value_name && value)
        return err_set(err, ERR_PARSE, "--%s takes no value", row->name);
    if (row->value_name && !value) {
        if (p->at == p->count)
            return err_set(err, ERR_PARSE, "--%s needs a value: %s", row->name, row->value_name);
        value = p->words[p->at++];
    }
    if (!row->take(p->out, value, row->offset, p->arena))
        return err_set(err, ERR_PARSE, "--%s cannot be \"%s\": %s", row->name, value, row->help);
    p->given[row - options] = true;
    return true;
}

static bool take_target(struct parse *p, struct err *err)
{
    const char *word = p->words[p->at++];
    if (p->out->request.check.target)
        return err_set(err, ERR_PARSE, "one target at a time: \"%s\" is the second", word);
    p->out->request.check.target = word;
    return true;
}

static bool check_complete(const struct parse *p, struct err *err)
{
    if (!p->out->request.check.target)
        return err_set(err, ERR_PARSE, "the target is missing: a domain name or an IP address");
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &options[i];
        if (row->required && !p->given[i] && applies(row, p->out->command, p->method))
            return err_set(err, ERR_PARSE, "%s needs --%s %s: %s", p->method->name, row->name,
                           row->value_name, row->help);
    }
    return true;
}

static bool is_help(const char *word)
{
    return str_eq(word, "--help") || str_eq(word, "-h");
}

bool client_options_parse(enum client_command command, int count, char *const *words,
                          struct arena *arena, struct client_options *out, struct err *err)
{
    *out = (struct client_options){.command = command, .timeout_s = 60};
    if (count > 0 && is_help(words[0])) {
        out->wants_help = true;
        return true;
    }
    if (count < 1 || words[0][0] == '-')
        return err_set(err, ERR_PARSE, "what to check is missing: caa or a validation method");
    struct parse parse = {.count = count, .words = words, .at = 1, .arena = arena, .out = out};
    parse.method = method_find(words[0]);
    if (!parse.method)
        return err_set(err, ERR_PARSE, "unknown method \"%s\"; \"mpic %s --help\" lists them",
                       words[0], client_command_str(command));
    set_defaults(out, parse.method);
    bool only_targets = false; /* after "--" */
    while (parse.at < count) {
        const char *word = words[parse.at];
        bool is_option = !only_targets && word[0] == '-';
        if (is_option && is_help(word)) {
            out->wants_help = true;
            return true;
        }
        if (is_option && str_eq(word, "--")) {
            only_targets = true;
            parse.at++;
        } else if (is_option && !str_starts_with(word, "--")) {
            return err_set(err, ERR_PARSE, "unknown option %s", word);
        } else if (!(is_option ? take_option(&parse, err) : take_target(&parse, err))) {
            return false;
        }
    }
    if (!check_complete(&parse, err))
        return false;
    wire_choose_dcv_prefix(&out->request.check); /* no option sets one for dns-persistent */
    return true;
}

static void help_options(enum client_command command, const struct method *method, struct buf *out)
{
    buf_printf(out, "\nOptions:\n");
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &options[i];
        if (!applies(row, command, method))
            continue;
        /* Without a method only what all have in common. */
        if (!method && row->methods != ANY)
            continue;
        struct buf left = {0};
        buf_printf(&left, "--%s%s%s", row->name, row->value_name ? " " : "",
                   row->value_name ? row->value_name : "");
        buf_printf(out, "  %-30s %s\n", buf_str(&left), row->help);
        buf_clear(&left);
    }
}

void client_help(enum client_command command, const char *method_text, struct buf *out)
{
    const struct method *method = method_text ? method_find(method_text) : NULL;
    const char *name = client_command_str(command);
    buf_printf(out, "Usage: mpic %s %s TARGET [options]\n", name, method ? method->name : "METHOD");
    buf_printf(
        out,
        command == CLIENT_CHECK
            ? "Asks a coordinator to check TARGET from several perspectives.\n"
            : "Runs the check from this machine, with no server: one place only, so it corroborates nothing.\n");
    if (method) {
        buf_printf(out, "\n%s: %s\n\nExample:\n  mpic %s %s %s\n", method->name, method->summary,
                   name, method->name, method->example);
    } else {
        buf_printf(
            out,
            "\nMethods (\"mpic %s METHOD --help\" shows the options of one, and an example):\n",
            name);
        size_t count;
        const struct method *rows = method_rows(&count);
        for (size_t i = 0; i < count; i++)
            buf_printf(out, "  %-24s %s\n", rows[i].name, rows[i].summary);
    }
    help_options(command, method, out);
    buf_printf(out, "\nExit status: 0 %s, 1 not, 2 could not tell, 64 wrong usage.\n",
               command == CLIENT_CHECK ? "corroborated" : "passed");
}
