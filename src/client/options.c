#include "client/options.h"

#include "base/str.h"
#include "client/option_rows.h"
#include "wire/wire.h"

#include <string.h>

const char *client_command_str(enum client_command command)
{
    return command == CLIENT_CHECK ? "check" : "probe";
}

/* The place of the row with that name, which is put into `row`; OPTION_ROWS_MAX: there is none. */
static size_t find_option(const char *name, size_t length, struct option_row *row)
{
    for (size_t i = 0; option_row_at(i, row); i++)
        if (strlen(row->name) == length && memcmp(row->name, name, length) == 0)
            return i;
    return OPTION_ROWS_MAX;
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
    bool given[OPTION_ROWS_MAX];
};

static bool take_option(struct parse *p, struct err *err)
{
    const char *word = p->words[p->at++] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    struct option_row row;
    size_t place = find_option(word, length, &row);
    if (place == OPTION_ROWS_MAX || !option_row_applies(&row, p->out->command, NULL))
        return err_set(err, ERR_PARSE, "unknown option --%.*s", (int)length, word);
    if (!option_row_applies(&row, p->out->command, p->method))
        return err_set(err, ERR_PARSE, "--%s is not an option of %s", row.name, p->method->name);
    const char *value = equals ? equals + 1 : NULL;
    if (!row.value_name && value)
        return err_set(err, ERR_PARSE, "--%s takes no value", row.name);
    if (row.value_name && !value) {
        if (p->at == p->count)
            return err_set(err, ERR_PARSE, "--%s needs a value: %s", row.name, row.value_name);
        value = p->words[p->at++];
    }
    const char *wanted = row.take(p->out, value, &row, p->arena);
    if (wanted)
        return err_set(err, ERR_PARSE, "--%s cannot be \"%s\": it takes %s", row.name, value,
                       wanted);
    p->given[place] = true;
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
    struct option_row row;
    for (size_t i = 0; option_row_at(i, &row); i++)
        if (option_row_is_required(&row, p->method) && !p->given[i])
            return err_set(err, ERR_PARSE, "%s needs --%s %s: %s", p->method->name, row.name,
                           row.value_name, row.help);
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
    wire_choose_dcv_prefix(&out->request.check); /* no option sets a fixed one */
    return true;
}

static void help_options(enum client_command command, const struct method *method, struct buf *out)
{
    buf_printf(out, "\nOptions:\n");
    struct option_row row;
    for (size_t i = 0; option_row_at(i, &row); i++) {
        /* Without a method only what all have in common. */
        if (!option_row_applies(&row, command, method) || (!method && row.of != OPTION_OF_ANY))
            continue;
        struct buf left = {0};
        buf_printf(&left, "--%s%s%s", row.name, row.value_name ? " " : "",
                   row.value_name ? row.value_name : "");
        buf_printf(out, "  %-30s %s\n", buf_str(&left), row.help);
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
