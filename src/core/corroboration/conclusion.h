/* The answer to one MPIC request in words for people. Pure. */
#pragma once

#include "base/arena.h"
#include "core/corroboration/mpic.h"

/*
 * One line: how many perspectives corroborate and how many are needed, what else stands against the
 * verdict, and what those say that do not corroborate, the primary first. For one of each kind (a no,
 * "could not tell", a yes that does not count) its own reason; the others are counted.
 *
 * Over the last attempt, and `findings`, if they are there. Lives in the arena; 1 KiB at most.
 */
const char *conclusion_of(const struct mpic_response *response, struct arena *arena);
