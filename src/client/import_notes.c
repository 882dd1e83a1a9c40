#include "client/import_notes.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

struct import_note {
    const char *text;
    struct import_note *next;
};

void notes_init(struct import_notes *notes, struct arena *arena)
{
    *notes = (struct import_notes){.arena = arena};
}

static void add(struct import_notes *notes, struct import_note **first, struct import_note **last,
                const char *text)
{
    struct import_note *note = arena_alloc(notes->arena, sizeof *note);
    note->text = text;
    if (*last)
        (*last)->next = note;
    else
        *first = note;
    *last = note;
}

size_t notes_decide(struct import_notes *notes, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(notes, &notes->first_decision, &notes->last_decision, arena_vprintf(notes->arena, fmt, ap));
    va_end(ap);
    return ++notes->decision_count;
}

void notes_drop(struct import_notes *notes, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(notes, &notes->first_drop, &notes->last_drop, arena_vprintf(notes->arena, fmt, ap));
    va_end(ap);
}

void notes_put(const struct import_notes *notes, struct buf *out)
{
    size_t number = 0;
    buf_printf(out, "# Look at it before it is used: mpicd --check-config FILE, mpic plan --config "
                    "FILE.\n");
    if (notes->first_decision)
        buf_printf(out, "#\n# To be decided, at the lines that are marked with DECIDE:\n");
    for (const struct import_note *note = notes->first_decision; note; note = note->next)
        buf_printf(out, "# %2zu. %s\n", ++number, note->text);
    if (notes->first_drop)
        buf_printf(out, "#\n# Not carried over:\n");
    for (const struct import_note *note = notes->first_drop; note; note = note->next)
        buf_printf(out, "#   - %s\n", note->text);
    buf_printf(out, "\n");
}

static bool is_plain(const char *text)
{
    static const char *const others[] = {"true", "false", "null", "yes", "no",
                                         "on",   "off",   "y",    "n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_eq_nocase(text, others[i]))
            return false;
    if (!ascii_is_alnum(text[0]) || ascii_is_digit(text[0]))
        return false;
    size_t n = strlen(text);
    for (const char *p = text; *p; p++)
        if (!ascii_is_alnum(*p) && !strchr(" ()._-/:", *p))
            return false;
    return text[n - 1] != ' ' && text[n - 1] != ':' && !strstr(text, ": ");
}

void yaml_put_text(struct buf *out, const char *text)
{
    if (is_plain(text)) {
        buf_printf(out, "%s", text);
        return;
    }
    bool is_utf8 = bytes_is_utf8(bytes_of(text));
    buf_printf(out, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F || (c > 0x7F && !is_utf8))
            buf_printf(out, "\\x%02X", c);
        else
            buf_append(out, p, 1);
    }
    buf_printf(out, "\"");
}
