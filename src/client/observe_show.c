#include "client/observe.h"

#include "base/str.h"
#include "client/post.h"

enum { SHOWN_BYTES = 200 };

static const char *shown(struct arena *arena, const char *text)
{
    return text ? str_escape(arena, bytes_of(text), SHOWN_BYTES) : "?";
}

static void show_records(const struct observed_dns *dns, struct arena *arena, struct buf *out)
{
    for (size_t i = 0; i < dns->record_count; i++)
        buf_printf(out, "    %s (TTL %lld)\n",
                   str_report(arena, bytes_of(dns->records[i].data), SHOWN_BYTES),
                   (long long)dns->records[i].ttl_s);
    if (dns->records_truncated)
        buf_printf(out, "    and more\n");
    if (dns->found_at)
        buf_printf(out, "    found at %s\n", shown(arena, dns->found_at));
}

static void show_file(const struct observed_file *file, struct arena *arena, struct buf *out)
{
    buf_printf(out, "    status %lld, %lld%s bytes, SHA-256 %s\n",
               (long long)file->status_code.value, (long long)file->body_bytes.value,
               file->body_truncated ? " or more" : "", shown(arena, file->body_sha256));
    if (file->final_url && !str_eq(file->final_url, file->url))
        buf_printf(out, "    at %s\n", shown(arena, file->final_url));
}

static void show_one(const struct observed *seen, const char *note, struct arena *arena,
                     struct buf *out)
{
    buf_printf(out, "  %-20s %s%s%s%s\n", shown(arena, seen->perspective_code),
               observe_outcome_str(seen->outcome), seen->dnssec ? ", DNSSEC " : "",
               seen->dnssec ? dnssec_str(seen->dnssec) : "", note);
    if (seen->outcome != OBSERVE_PRESENT)
        buf_printf(out, "    %s\n", shown(arena, seen->reason));
    else if (seen->has_dns)
        show_records(&seen->dns, arena, out);
    else
        show_file(&seen->file, arena, out);
}

void show_observations(const struct observe_request *request,
                       const struct observe_response *response, struct arena *arena,
                       struct buf *out)
{
    const struct observe_agreement *agreement = &response->agreement;
    if (request->url)
        buf_printf(out, "%s", shown(arena, request->url));
    else
        buf_printf(out, "%s of %s%s%s", observe_type_str(request->type),
                   request->dns_name_prefix ? shown(arena, request->dns_name_prefix) : "",
                   request->dns_name_prefix ? "." : "", shown(arena, request->target));
    if (agreement->with)
        buf_printf(out, ": %zu of %zu see the same as the %s\n", agreement->agreeing.count,
                   response->count, shown(arena, agreement->with));
    else
        buf_printf(out, ": no majority of %zu sees the same\n", response->count);
    for (size_t i = 0; i < response->count; i++) {
        const char *code = response->seen[i].perspective_code;
        bool agrees = code && strv_has(&agreement->agreeing, code);
        show_one(&response->seen[i], agrees || !agreement->with ? "" : " (differs)", arena, out);
    }
    if (response->primary)
        show_one(response->primary, " (primary)", arena, out);
    buf_printf(out, "This is an observation, no validation.\n");
}

/* Something was seen, by one at least; whatever it is. */
static bool anything_seen(const struct observe_response *response)
{
    for (size_t i = 0; i < response->count; i++)
        if (response->seen[i].outcome != OBSERVE_UNKNOWN)
            return true;
    return false;
}

int exit_status_of_observations(const struct observe_response *response)
{
    if (!anything_seen(response) ||
        (response->primary && response->primary->outcome == OBSERVE_UNKNOWN))
        return EXIT_UNKNOWN;
    bool agree =
        response->agreement.with && 2 * response->agreement.agreeing.count > response->count;
    return agree ? EXIT_CORROBORATED : EXIT_NOT;
}
