/* What the kernel would do with a packet, asked without sending one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * True if this machine would deliver packets to the address (`family` 4 or 6) to itself: an address
 * of one of its interfaces, or one that a route makes its own. A socket that is connected to such an
 * address has it for its own one, too; that is what is looked at. False if it is not, or if there is
 * no way to it at all. Three system calls.
 */
bool own_route_is_local(int family, const uint8_t bytes[16]);
