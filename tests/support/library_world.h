/* libmpic as its users see it: six perspectives, and what they would answer. Public headers only. */
#pragma once

#include <mpic/mpic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIBRARY_PLACES = 6, LIBRARY_BODY_BYTES = 2048 };

/* Settings that are good: what points elsewhere is static. Members can be changed before mpic_coordinator_new(). */
struct mpic_settings library_settings(void);
/* Likewise, at 2026-11-23 12:00 UTC and 0 ms. */
struct mpic_run_settings library_run_settings(void);
struct mpic_time library_time(uint64_t ms);

enum library_verdict { LIBRARY_PASS, LIBRARY_FAIL, LIBRARY_UNKNOWN };
/* The answer of the perspective that `question` is for, to a CAA check, bound as it asks. */
void library_answer(char body[LIBRARY_BODY_BYTES], const struct mpic_question *question,
                    enum library_verdict verdict);
