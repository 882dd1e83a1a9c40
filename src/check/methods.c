/* Which machine runs a check: one for each kind of method (core/method/method.h). */
#include "check/machine.h"

static const struct check_machine machines[] = {
    [METHOD_CAA] = {caa_run, caa_collect},
    [METHOD_RECORD] = {record_run, record_collect},
    [METHOD_HTTP] = {http_run, http_collect},
    [METHOD_TLS_ALPN] = {tls_alpn_run, tls_alpn_collect},
};

const struct check_machine *check_machine_get(const struct check_request *request)
{
    const struct method *method = method_of_request(request);
    bool is_method = (request->check_type == CHECK_CAA) == (method->kind == METHOD_CAA);
    return is_method ? &machines[method->kind] : NULL;
}
