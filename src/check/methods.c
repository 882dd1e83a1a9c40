/* The one table of what can be checked from here. Adding a method is adding a row, a parser and an evaluator. */
#include "check/machine.h"

static const struct check_method methods[] = {
    {CHECK_CAA, DCV_NONE, caa_run, caa_collect}, /* BR 3.2.2.8 */
};

const struct check_method *check_method_get(const struct check_request *request)
{
    enum dcv_method method = request->check_type == CHECK_DCV ? request->dcv.method : DCV_NONE;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].check_type == request->check_type && methods[i].method == method)
            return &methods[i];
    return NULL;
}
