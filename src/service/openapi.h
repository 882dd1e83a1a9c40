/* The description of our HTTP interface, docs/openapi.json, as GET /openapi.json serves it. */
#pragma once

#include "base/bytes.h"

/* The file, byte for byte; tools/embed makes it a part of the program. */
extern const struct bytes openapi_document;
