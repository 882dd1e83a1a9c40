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

/* The character that begins at `p`, of well-formed UTF-8; its length goes to `length`. */
static uint32_t character_at(const char *p, size_t *length)
{
    const unsigned char *b = (const unsigned char *)p;
    *length = b[0] < 0x80 ? 1 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    uint32_t c = *length == 1 ? b[0] : b[0] & (0x7Fu >> *length);
    for (size_t i = 1; i < *length; i++)
        c = c << 6 | (b[i] & 0x3F);
    return c;
}

/* Control characters, what ends a line, and what YAML does not take for a character. */
static bool needs_escape(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
           c == 0xFFFE || c == 0xFFFF;
}

void yaml_put_text(struct buf *out, const char *text)
{
    if (is_plain(text)) {
        buf_printf(out, "%s", text);
        return;
    }
    size_t length;
    buf_printf(out, "\"");
    for (const char *p = text; *p; p += length) {
        uint32_t c = character_at(p, &length);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (needs_escape(c))
            buf_printf(out, "\\u%04X", (unsigned)c);
        else
            buf_append(out, p, length);
    }
    buf_printf(out, "\"");
}
