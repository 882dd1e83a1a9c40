/*
 * net/httpd.h without a server, for tests of handlers: linked in place of src/net/httpd.c. It has
 * requests and takes replies; there are no connections.
 *
 *     struct httpd_request *request = fake_httpd_request("POST", "/caa", "application/json", "{}");
 *     routes_handle(request, routes);
 *     const struct fake_reply *reply = fake_httpd_reply(request);
 */
#pragma once

#include "net/httpd.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_reply {
    int status;
    const char *content_type;
    const char *body;        /* NUL-terminated copy */
    const char *allow;       /* the header, or NULL */
    const char *retry_after; /* likewise */
};

/* Lives until fake_httpd_reset(). Texts are borrowed; `path` may have a query; `content_type` and `body` may be NULL. */
struct httpd_request *fake_httpd_request(const char *method, const char *path,
                                         const char *content_type, const char *body);
/* One header beside the content type, for the requests made from now on; NULL: none, as at first. Texts are borrowed. */
void fake_httpd_header(const char *name, const char *value);
/* NULL as long as there is none. A second reply to the same request aborts the test. */
const struct fake_reply *fake_httpd_reply(const struct httpd_request *request);
/* Forgets all requests. Call it in the teardown of each test. */
void fake_httpd_reset(void);
