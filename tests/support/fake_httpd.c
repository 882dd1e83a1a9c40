#include "support/fake_httpd.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct httpd_request {
    struct httpd_request *next;
    const char *method, *content_type, *body;
    char *path;
    const char *query; /* in `path`, or NULL */
    struct httpd_header extra;
    bool is_answered;
    char *reply_body;
    struct fake_reply reply;
};

static struct httpd_request *requests;
static struct httpd_header extra;

void fake_httpd_header(const char *name, const char *value)
{
    extra = (struct httpd_header){name, value};
}

struct httpd_request *fake_httpd_request(const char *method, const char *path,
                                         const char *content_type, const char *body)
{
    struct httpd_request *request = xcalloc(1, sizeof *request);
    *request = (struct httpd_request){.next = requests,
                                      .method = method,
                                      .path = xstrdup(path),
                                      .content_type = content_type,
                                      .extra = extra,
                                      .body = body};
    char *mark = strchr(request->path, '?');
    if (mark) {
        *mark = '\0';
        request->query = mark + 1;
    }
    requests = request;
    return request;
}

const struct fake_reply *fake_httpd_reply(const struct httpd_request *request)
{
    return request->is_answered ? &request->reply : NULL;
}

void fake_httpd_reset(void)
{
    extra = (struct httpd_header){0};
    while (requests) {
        struct httpd_request *next = requests->next;
        free(requests->reply_body);
        free(requests->path);
        free(requests);
        requests = next;
    }
}

const char *httpd_method(const struct httpd_request *request)
{
    return request->method;
}

const char *httpd_path(const struct httpd_request *request)
{
    return request->path;
}

const char *httpd_query(const struct httpd_request *request)
{
    return request->query;
}

const char *httpd_header(const struct httpd_request *request, const char *name)
{
    if (request->extra.name && str_eq_nocase(name, request->extra.name))
        return request->extra.value;
    return str_eq_nocase(name, "Content-Type") ? request->content_type : NULL;
}

struct bytes httpd_body(const struct httpd_request *request)
{
    return bytes_of(request->body);
}

const char *httpd_peer(const struct httpd_request *request)
{
    (void)request;
    return "192.0.2.9";
}

void httpd_reply(struct httpd_request *request, int status, const char *content_type,
                 struct bytes body, const struct httpd_header *headers)
{
    assert(!request->is_answered);
    request->is_answered = true;
    request->reply_body = xstrndup(body.n ? (const char *)body.p : "", body.n);
    request->reply = (struct fake_reply){
        .status = status, .content_type = content_type, .body = request->reply_body};
    for (; headers && headers->name; headers++) {
        if (str_eq_nocase(headers->name, "Allow"))
            request->reply.allow = headers->value;
        if (str_eq_nocase(headers->name, "Retry-After"))
            request->reply.retry_after = headers->value;
    }
}
