/* The one table of what can be checked from here. What machine runs each method. */
#include "check/machine.h"

static const struct check_method methods[] = {
    {CHECK_CAA, DCV_NONE, caa_run, caa_collect},                         /* BR 4.2.2.1 */
    {CHECK_DCV, DCV_WEBSITE_CHANGE, http_run, http_collect},             /* BR 3.2.2.4.18 */
    {CHECK_DCV, DCV_ACME_HTTP_01, http_run, http_collect},               /* BR 3.2.2.4.19 */
    {CHECK_DCV, DCV_ACME_TLS_ALPN_01, tls_alpn_run, tls_alpn_collect},   /* BR 3.2.2.4.20 */
    {CHECK_DCV, DCV_DNS_CHANGE, record_run, record_collect},             /* BR 3.2.2.4.7 */
    {CHECK_DCV, DCV_ACME_DNS_01, record_run, record_collect},            /* BR 3.2.2.4.7 */
    {CHECK_DCV, DCV_DNS_ACCOUNT_01, record_run, record_collect},         /* BR 3.2.2.4.21 */
    {CHECK_DCV, DCV_DNS_PERSISTENT, record_run, record_collect},         /* BR 3.2.2.4.22 */
    {CHECK_DCV, DCV_CONTACT_EMAIL_TXT, record_run, record_collect},      /* BR 3.2.2.4.14 */
    {CHECK_DCV, DCV_CONTACT_PHONE_TXT, record_run, record_collect},      /* BR 3.2.2.4.16 */
    {CHECK_DCV, DCV_CONTACT_EMAIL_CAA, record_run, record_collect},      /* BR 3.2.2.4.13 */
    {CHECK_DCV, DCV_CONTACT_PHONE_CAA, record_run, record_collect},      /* BR 3.2.2.4.17 */
    {CHECK_DCV, DCV_IP_ADDRESS, record_run, record_collect},             /* BR 3.2.2.4.8 */
    {CHECK_DCV, DCV_REVERSE_ADDRESS_LOOKUP, record_run, record_collect}, /* BR 3.2.2.5.3 */
};

const struct check_method *check_method_get(const struct check_request *request)
{
    enum dcv_method method = request->check_type == CHECK_DCV ? request->dcv.method : DCV_NONE;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].check_type == request->check_type && methods[i].method == method)
            return &methods[i];
    return NULL;
}
