/* The parts of net/fetch.h without I/O: shared by the adapter and the tests' fake. */
#include "net/fetch.h"

#include "base/str.h"

const char *fetch_header_get(const struct fetch_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(headers[i].name, name))
            return headers[i].value;
    }
    return NULL;
}

size_t fetch_header_count(const struct fetch_header *headers, size_t count, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += str_eq_nocase(headers[i].name, name);
    return found;
}

static const struct fetch_tls *copy_tls(struct arena *arena, const struct fetch_tls *tls)
{
    if (!tls)
        return NULL;
    struct fetch_tls *copy = arena_alloc(arena, sizeof *copy);
    copy->certificate_file = arena_strdup(arena, tls->certificate_file);
    copy->key_file = arena_strdup(arena, tls->key_file);
    copy->ca_file = arena_strdup(arena, tls->ca_file);
    return copy;
}

static const struct fetch_pin *copy_pin(struct arena *arena, const struct fetch_pin *pin)
{
    if (!pin)
        return NULL;
    struct fetch_pin *copy = arena_alloc(arena, sizeof *copy);
    copy->address = arena_strdup(arena, pin->address);
    copy->port = pin->port;
    return copy;
}

static const struct fetch_addresses *copy_addresses(struct arena *arena,
                                                    const struct fetch_addresses *addresses)
{
    if (!addresses)
        return NULL;
    struct fetch_addresses *copy = arena_alloc(arena, sizeof *copy);
    const char **items = arena_array(arena, addresses->list.count, sizeof *items);
    *copy = *addresses;
    copy->host = arena_strdup(arena, addresses->host);
    for (size_t i = 0; i < addresses->list.count; i++)
        items[i] = arena_strdup(arena, addresses->list.items[i]);
    copy->list.items = items;
    return copy;
}

struct fetch_request *fetch_request_copy(struct arena *arena, const struct fetch_request *request)
{
    struct fetch_request *copy = arena_alloc(arena, sizeof *copy);
    *copy = *request;
    copy->method = arena_strdup(arena, request->method);
    copy->url = arena_strdup(arena, request->url);
    copy->user_agent = arena_strdup(arena, request->user_agent);
    copy->body = arena_bytes(arena, request->body);
    copy->pin = copy_pin(arena, request->pin);
    copy->addresses = copy_addresses(arena, request->addresses);
    copy->tls = copy_tls(arena, request->tls);
    struct fetch_header *headers = arena_array(arena, request->header_count, sizeof *headers);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].name = arena_strdup(arena, request->headers[i].name);
        headers[i].value = arena_strdup(arena, request->headers[i].value);
    }
    copy->headers = headers;
    return copy;
}
