/* Which library this is. */
#ifndef MPIC_VERSION_H
#define MPIC_VERSION_H

/* Every function of the library, and nothing else, is exported. */
#ifndef MPIC_API
#define MPIC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Of these headers. */
#define MPIC_VERSION_MAJOR 0
#define MPIC_VERSION_MINOR 1
#define MPIC_VERSION_PATCH 0
#define MPIC_VERSION_NUMBER                                                                        \
    (MPIC_VERSION_MAJOR * 1000000 + MPIC_VERSION_MINOR * 1000 + MPIC_VERSION_PATCH)

/* Of the library that runs: MPIC_VERSION_NUMBER as it was built, and "0.1.0". */
MPIC_API unsigned mpic_version_number(void);
MPIC_API const char *mpic_version(void);

#ifdef __cplusplus
}
#endif

#endif
