#include "library/library.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MPIC_PERSPECTIVES_MAX == LIMIT_PERSPECTIVES, "the public limit is ours");

enum { CODE_MAX_BYTES = 64, PATH_MAX_BYTES = 40, MISTAKES_MAX_BYTES = 4096 };

/* The settings of the caller on their way into a coordinator. */
struct making {
    struct mpic_settings from;
    struct mpic_coordinator *to;
    struct buf mistakes; /* a line for each */
};

static bool mistake(struct making *making, const char *member, const char *what)
{
    buf_printf(&making->mistakes, "%s%s %s", making->mistakes.n ? "\n" : "", member, what);
    return false;
}

/* --- one perspective --------------------------------------------------------------------------- */

static bool code_is_good(const char *code)
{
    size_t length = code ? strnlen(code, CODE_MAX_BYTES + 1) : 0;
    if (length == 0 || length > CODE_MAX_BYTES || !ascii_is_alnum(code[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!ascii_is_alnum(code[i]) && !strchr("._-", code[i]))
            return false;
    return true;
}

static bool place_is_good(const struct mpic_perspective *from)
{
    return isfinite(from->latitude) && isfinite(from->longitude) && fabs(from->latitude) <= 90 &&
           fabs(from->longitude) <= 180;
}

static bool take_codes(struct making *making, const char *member,
                       const struct mpic_perspective *from, struct strv *out)
{
    if (!from->too_close_codes)
        return from->too_close_code_count == 0 ||
               mistake(making, member, "has too_close_codes that are NULL");
    if (from->too_close_code_count > LIMIT_PERSPECTIVES)
        return mistake(making, member, "has too many too_close_codes");
    for (size_t i = 0; i < from->too_close_code_count; i++)
        if (!code_is_good(from->too_close_codes[i]))
            return mistake(making, member, "has too_close_codes with one that is no code");
    *out = arena_strv(making->to->arena,
                      (struct strv){from->too_close_codes, from->too_close_code_count, true});
    return true;
}

static bool take_perspective(struct making *making, const char *member,
                             const struct mpic_perspective *given, struct perspective_info *out)
{
    struct mpic_perspective from;
    if (!fields_take(&from, sizeof from, given))
        return mistake(making, member, "is NULL or has a size that is not known");
    if (!code_is_good(from.code))
        return mistake(making, member, "has a code that is none");
    if (!text_is_good(from.name))
        return mistake(making, member, "has a name that is not UTF-8");
    if (from.has_coordinates && !place_is_good(&from))
        return mistake(making, member, "has coordinates that are no place");
    *out = (struct perspective_info){
        .code = arena_strdup(making->to->arena, from.code),
        .name = arena_strdup(making->to->arena, from.name),
        .rir = from.rir ? rir_parse(from.rir) : RIR_NONE,
        .has_coordinates = from.has_coordinates,
        .latitude = from.has_coordinates ? from.latitude : 0,
        .longitude = from.has_coordinates ? from.longitude : 0,
        .is_unbound = from.is_unbound,
    };
    if (from.rir && out->rir == RIR_NONE)
        return mistake(making, member, "has an rir that is no Regional Internet Registry");
    return take_codes(making, member, &from, &out->too_close_codes);
}

/* --- all of them ------------------------------------------------------------------------------- */

static bool is_known_before(const struct perspective_info *infos, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(infos[i].code, code))
            return true;
    return false;
}

static void take_perspectives(struct making *making)
{
    const struct mpic_settings *from = &making->from;
    struct coordinator_settings *settings = &making->to->settings;
    if (!from->perspectives || from->perspective_count < 2 ||
        from->perspective_count > LIMIT_PERSPECTIVES) {
        mistake(making, "perspectives", "are not 2 to 256");
        return;
    }
    struct perspective_info *infos =
        arena_array(making->to->arena, from->perspective_count, sizeof *infos);
    for (size_t i = 0; i < from->perspective_count; i++) {
        char member[PATH_MAX_BYTES];
        snprintf(member, sizeof member, "perspectives[%zu]", i);
        if (!take_perspective(making, member, from->perspectives[i], &infos[i]))
            continue;
        if (is_known_before(infos, i, infos[i].code))
            mistake(making, member, "has the code of one before it");
        if (infos[i].rir == RIR_NONE)
            mistake(making, member, "has no rir");
    }
    settings->perspectives = infos;
    settings->perspective_count = from->perspective_count;
}

static void take_primary(struct making *making)
{
    struct coordinator_settings *settings = &making->to->settings;
    if (!making->from.primary)
        return;
    settings->has_primary = true;
    if (take_perspective(making, "primary", making->from.primary, &settings->primary) &&
        settings->perspectives &&
        is_known_before(settings->perspectives, settings->perspective_count,
                        settings->primary.code))
        mistake(making, "primary", "has the code of a perspective");
}

/* --- the rest ---------------------------------------------------------------------------------- */

static unsigned take_number(struct making *making, const char *member, uint32_t value,
                            const uint32_t limits[3])
{
    uint32_t least = limits[0], most = limits[1], if_none = limits[2];
    if (value == 0 && if_none > 0)
        return if_none;
    if (value < least || value > most)
        mistake(making, member, "is out of range");
    return value;
}

static void take_numbers(struct making *making)
{
    const struct mpic_settings *from = &making->from;
    struct coordinator_settings *to = &making->to->settings;
    /* Least, most, and what 0 stands for: as in the daemon (config/rows.c). */
    static const uint32_t counts[] = {2, LIMIT_PERSPECTIVES, 5};
    static const uint32_t attempts[] = {1, 100, 3};
    static const uint32_t perspective_ms[] = {100, 120000, 14000};
    static const uint32_t request_ms[] = {100, 600000, 30000};
    static const uint32_t grace_ms[] = {0, 60000, 0};
#define NUMBER(member, limits) take_number(making, #member, from->member, limits)
    to->default_perspective_count = NUMBER(default_perspective_count, counts);
    to->absolute_max_attempts = NUMBER(absolute_max_attempts, attempts);
    to->perspective_timeout_ms = NUMBER(perspective_timeout_ms, perspective_ms);
    to->request_timeout_ms = NUMBER(request_timeout_ms, request_ms);
    to->return_early_grace_ms = NUMBER(return_early_grace_ms, grace_ms);
#undef NUMBER
    to->returns_early = from->returns_early;
    if (to->perspectives && to->default_perspective_count > to->perspective_count)
        mistake(making, "default_perspective_count", "is more than there are perspectives");
}

static void take_rules(struct making *making)
{
    static const enum baseline_mode modes[] = {[MPIC_BASELINE_ENFORCE] = BASELINE_ENFORCE,
                                               [MPIC_BASELINE_WARN] = BASELINE_WARN,
                                               [MPIC_BASELINE_OFF] = BASELINE_OFF};
    const struct mpic_settings *from = &making->from;
    struct coordinator_settings *to = &making->to->settings;
    if ((unsigned)from->baseline < sizeof modes / sizeof *modes)
        to->baseline = modes[from->baseline];
    else
        mistake(making, "baseline", "is no mpic_baseline");
    if (from->br_version && !baseline_version_is_valid(from->br_version))
        mistake(making, "br_version", "is no version of the Baseline Requirements");
    to->br_version = arena_strdup(making->to->arena, from->br_version);
}

static void take_secret(struct making *making)
{
    const struct mpic_settings *from = &making->from;
    if (from->secret && from->secret_length >= MPIC_SECRET_MIN_BYTES &&
        from->secret_length <= MPIC_SECRET_MAX_BYTES)
        making->to->settings.secret =
            arena_bytes(making->to->arena, (struct bytes){from->secret, from->secret_length});
    else
        mistake(making, "secret", "does not have 16 to 4,096 bytes");
}

struct mpic_coordinator *mpic_coordinator_new(const struct mpic_settings *settings,
                                              struct mpic_error **error)
{
    struct making making = {.mistakes = {.max = MISTAKES_MAX_BYTES}};
    if (!fields_take(&making.from, sizeof making.from, settings)) {
        error_set(error, MPIC_ERROR_MISUSE, "settings is NULL or has a size that is not known");
        return NULL;
    }
    struct mpic_coordinator *made = making.to = xcalloc(1, sizeof *made);
    made->arena = arena_new();
    take_perspectives(&making);
    take_primary(&making);
    take_numbers(&making);
    take_rules(&making);
    take_secret(&making);
    if (making.mistakes.n > 0) {
        error_set(error, MPIC_ERROR_SETTINGS, "%s", buf_str(&making.mistakes));
        buf_clear(&making.mistakes);
        mpic_coordinator_free(made);
        return NULL;
    }
    made->pool = cohort_pool_new(made->settings.perspectives, made->settings.perspective_count,
                                 made->settings.secret);
    return made;
}

void mpic_coordinator_free(struct mpic_coordinator *coordinator)
{
    if (!coordinator)
        return;
    cohort_pool_free(coordinator->pool);
    arena_free(coordinator->arena);
    free(coordinator);
}

size_t coordinator_find(const struct mpic_coordinator *coordinator, const char *code)
{
    const struct coordinator_settings *settings = &coordinator->settings;
    for (size_t i = 0; i < settings->perspective_count; i++)
        if (str_eq(settings->perspectives[i].code, code))
            return i;
    return SIZE_MAX;
}
