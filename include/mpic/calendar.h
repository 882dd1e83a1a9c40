/* What the Baseline Requirements demand on a day, and what they will change. */
#ifndef MPIC_CALENDAR_H
#define MPIC_CALENDAR_H

#include <mpic/error.h>
#include <mpic/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mpic_calendar;

/* `wall_s`: seconds since 1970-01-01 UTC. Never NULL. */
MPIC_API struct mpic_calendar *mpic_calendar_new(int64_t wall_s);
MPIC_API void mpic_calendar_free(struct mpic_calendar *calendar);

/* The version in force, "2.2.8". */
MPIC_API const char *mpic_calendar_br_version(const struct mpic_calendar *calendar);
/* BR 3.2.2.9: remote Network Perspectives that must be used; 0 before MPIC began. */
MPIC_API size_t mpic_calendar_min_perspectives(const struct mpic_calendar *calendar);
/* BR 4.2.1: days for which a validated name may be used. */
MPIC_API unsigned mpic_calendar_reuse_days(const struct mpic_calendar *calendar);

enum mpic_method_status {
    MPIC_METHOD_ALLOWED = 0,
    MPIC_METHOD_SHOULD_NOT = 1,
    MPIC_METHOD_MUST_NOT = 2,
    MPIC_METHOD_UNKNOWN = 3 /* no method has that name */
};
/* Of a validation_method, "acme-http-01", on that day. */
MPIC_API enum mpic_method_status mpic_calendar_method_status(const struct mpic_calendar *calendar,
                                                             const char *validation_method);

/* Changes after that day, in the order of their days. */
MPIC_API size_t mpic_calendar_change_count(const struct mpic_calendar *calendar);
/* "2027-03-15"; NULL where there is none. */
MPIC_API const char *mpic_calendar_change_date(const struct mpic_calendar *calendar, size_t change);
/* What is demanded from then on, with its clause, for people; NULL where there is none. */
MPIC_API const char *mpic_calendar_change_text(const struct mpic_calendar *calendar, size_t change);

/* BR 3.2.2.9, table "Quorum Requirements": how many of them must corroborate at least; 0 for fewer than two, of which
 * nothing can be corroborated. */
MPIC_API size_t mpic_quorum_required(size_t perspectives);

#ifdef __cplusplus
}
#endif

#endif
