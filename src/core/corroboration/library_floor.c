#include "core/corroboration/library_floor.h"

#include "base/str.h"

const struct library_floor library_floor_unbound = {
    .library = "libunbound",
    .minimum = "1.25.2",
    .why = "lacks the security releases 1.25.1 and 1.25.2, which mend ways to poison its cache",
    .mend = "install 1.25.2 or later (Debian 13 has 1.26.2)",
};

enum { PARTS = 4, PART_MAX = 99999 };

struct version {
    long parts[PARTS];
    bool has_tail; /* something stands behind the numbers */
};

/* False for what does not begin with a number. */
static bool parse(const char *text, struct version *out)
{
    *out = (struct version){0};
    for (size_t part = 0; part < PARTS; part++) {
        if (!ascii_is_digit(*text))
            return false;
        for (; ascii_is_digit(*text); text++)
            if (out->parts[part] <= PART_MAX)
                out->parts[part] = out->parts[part] * 10 + (*text - '0');
        if (*text != '.')
            break;
        text++;
    }
    out->has_tail = *text != '\0';
    return true;
}

static bool is_below(const struct version *a, const struct version *b)
{
    for (size_t i = 0; i < PARTS; i++)
        if (a->parts[i] != b->parts[i])
            return a->parts[i] < b->parts[i];
    return a->has_tail && !b->has_tail;
}

static bool is_below_floor(const struct library_floor *floor, const char *text)
{
    struct version version, minimum;
    return !parse(text, &version) || !parse(floor->minimum, &minimum) ||
           is_below(&version, &minimum);
}

bool library_floor_can_accept(const struct library_floor *floor, const char *version)
{
    struct version parsed;
    return parse(version, &parsed) && !parsed.has_tail && is_below_floor(floor, version);
}

struct library_ruling library_floor_rule(const struct library_floor *floor, const char *version,
                                         const char *accepted, const char *key, struct arena *arena)
{
    if (!is_below_floor(floor, version))
        return (struct library_ruling){.standing = LIBRARY_CURRENT};
    const char *what = arena_printf(arena, "%s %s is older than %s: it %s", floor->library, version,
                                    floor->minimum, floor->why);
    if (accepted && str_eq(accepted, version))
        return (struct library_ruling){
            LIBRARY_ACCEPTED,
            arena_printf(arena, "%s; accepted by %s, better %s", what, key, floor->mend)};
    const char *named = accepted ? arena_printf(arena, ", not \"%s\"", accepted) : "";
    return (struct library_ruling){LIBRARY_REFUSED,
                                   arena_printf(arena, "%s; %s, or take the risk with %s: \"%s\"%s",
                                                what, floor->mend, key, version, named)};
}

const char *library_standing_str(enum library_standing standing)
{
    switch (standing) {
    case LIBRARY_CURRENT:
        return "current";
    case LIBRARY_ACCEPTED:
        return "accepted";
    case LIBRARY_REFUSED:
        break;
    }
    return "below";
}
