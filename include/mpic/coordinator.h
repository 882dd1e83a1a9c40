/* Whom a coordinator may ask, and by which rules it decides; and the cohorts that follow from it. */
#ifndef MPIC_COORDINATOR_H
#define MPIC_COORDINATOR_H

#include <mpic/error.h>
#include <mpic/request.h>
#include <mpic/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MPIC_PERSPECTIVES_MAX 256
#define MPIC_SECRET_MIN_BYTES 16
#define MPIC_SECRET_MAX_BYTES 4096

/* A Network Perspective: where it is, and in the region of which registry. */
struct mpic_perspective {
    size_t size;      /* sizeof(struct mpic_perspective) */
    const char *code; /* up to 64 letters, digits, '.', '_', '-', the first a letter or digit */
    const char *name; /* for people; may be NULL */
    const char
        *rir; /* "AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE NCC"; NULL for the primary only */
    int has_coordinates;
    double latitude, longitude; /* degrees, WGS 84 */
    /* Codes of those that are too close by declaration; NULL: nothing is declared. */
    const char *const *too_close_codes;
    size_t too_close_code_count;
    /* Its answers do not say which question they belong to, as those of Open MPIC's reference: then the transport
     * alone keeps answers and questions together. */
    int is_unbound;
};

/* How a breach of the Baseline Requirements of the day is treated. None relaxes what proves control, nor the quorum. */
enum mpic_baseline { MPIC_BASELINE_ENFORCE = 0, MPIC_BASELINE_WARN = 1, MPIC_BASELINE_OFF = 2 };

/* Members and defaults are those of the section `coordinator` of mpicd.yaml(5). */
struct mpic_settings {
    size_t size; /* sizeof(struct mpic_settings) */
    const struct mpic_perspective *const *perspectives;
    size_t perspective_count; /* 2 to MPIC_PERSPECTIVES_MAX */
    /* Whoever knows it can foretell which perspectives will check a name. */
    const void *secret;
    size_t secret_length;               /* MPIC_SECRET_MIN_BYTES to MPIC_SECRET_MAX_BYTES */
    uint32_t default_perspective_count; /* 0: 5 */
    uint32_t absolute_max_attempts;     /* up to 100; 0: 3 */
    uint32_t perspective_timeout_ms;    /* of one attempt, 100 to 120,000; 0: 14,000 */
    uint32_t request_timeout_ms;        /* of all attempts together, 100 to 600,000; 0: 30,000 */
    enum mpic_baseline baseline;
    const char *br_version; /* of the Baseline Requirements; NULL: the one of the day */
    int returns_early; /* once the verdict is certain, stragglers get return_early_grace_ms, up to 60,000 */
    uint32_t return_early_grace_ms;
    /* The Primary Network Perspective, if the caller asks it through the library as well: the answer is not valid
     * without its yes. NULL: the caller makes that check elsewhere. */
    const struct mpic_perspective *primary;
};

struct mpic_coordinator;

/*
 * All is copied. NULL with `error` (MPIC_ERROR_SETTINGS, one line for each mistake) if the settings cannot be used. A
 * coordinator never changes: any number of threads and runs may use it at once.
 */
MPIC_API struct mpic_coordinator *mpic_coordinator_new(const struct mpic_settings *settings,
                                                       struct mpic_error **error);
/* After all its runs and plans. */
MPIC_API void mpic_coordinator_free(struct mpic_coordinator *coordinator);

/*
 * The cohorts that a name gets: disjoint sets of perspectives, none too close to another, from two registries' regions
 * at least, always the same for one name, and unforeseeable without the secret. Attempt n of a request uses cohort n,
 * and they take turns.
 */
struct mpic_plan;

/* `perspective_count` 0: the default. NULL with `error` for a count that no cohort can have (MPIC_ERROR_MISUSE). There
 * may be no cohort at all. */
MPIC_API struct mpic_plan *mpic_plan_new(const struct mpic_coordinator *coordinator,
                                         const char *domain_or_ip_target, size_t perspective_count,
                                         struct mpic_error **error);
MPIC_API size_t mpic_plan_cohort_count(const struct mpic_plan *plan);
/* Perspectives in each of them. */
MPIC_API size_t mpic_plan_cohort_size(const struct mpic_plan *plan);
/* The code of a perspective, both numbers from 0; NULL where there is none. */
MPIC_API const char *mpic_plan_member(const struct mpic_plan *plan, size_t cohort, size_t member);
MPIC_API void mpic_plan_free(struct mpic_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
