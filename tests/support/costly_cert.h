/* A certificate that nobody needs, and that takes OpenSSL a quarter of a second to read. */
#pragma once

#include "base/bytes.h"

/* Static DER. */
struct bytes costly_curve_certificate(void);
