/* Which machine runs a check: one for each kind of method (core/method/method.h). */
#include "check/machine.h"

static const struct check_machine *const machines[] = {
    [METHOD_CAA] = &caa_machine,
    [METHOD_RECORD] = &record_machine,
    [METHOD_HTTP] = &http_machine,
    [METHOD_TLS_ALPN] = &tls_alpn_machine,
};

const struct check_machine *check_machine_get(const struct check_request *request)
{
    const struct method *method = method_of_request(request);
    bool is_method = (request->check_type == CHECK_CAA) == (method->kind == METHOD_CAA);
    return is_method ? machines[method->kind] : NULL;
}
