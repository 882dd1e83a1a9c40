/* orchestration_parameters, caa_check_parameters and dcv_check_parameters: the tables for requests
 * and for their echo in a response. */
#pragma once

#include "wire/schema.h"

extern const struct schema ORCHESTRATION;       /* of struct orchestration */
extern const struct schema CAA_PARAMS;          /* of struct caa_params */
extern const struct field_kind KIND_DCV_PARAMS; /* struct dcv_params, by validation_method */

struct check_request;

/* wire_choose_dcv_prefix(), unless `body`, the JSON that `request` was read from, names a prefix. */
void params_choose_prefix(const struct json_t *body, struct check_request *request);
