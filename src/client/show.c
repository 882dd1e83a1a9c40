#include "client/show.h"

#include "base/str.h"

#include <string.h>

#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

enum { SHOWN_BYTES = 300, REASON_BYTES = 2048 };

static const char *shown(struct arena *arena, const char *text)
{
    return text ? str_report(arena, bytes_of(text), SHOWN_BYTES) : "";
}

static const char *color_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return GREEN;
    case VERDICT_FAIL:
        return RED;
    case VERDICT_UNKNOWN:
        break;
    }
    return YELLOW;
}

static void put_colored(struct buf *out, bool color, enum verdict verdict, const char *text)
{
    buf_printf(out, "%s%s%s", color ? color_of(verdict) : "", text, color ? PLAIN : "");
}

/* Too many perspectives without an answer: nobody can say that control was disproved. An answer
 * that is valid without being complete contradicts itself, and is no yes. */
static enum verdict verdict_of_view(const struct wire_mpic_view *view)
{
    if (!view->mpic_completed)
        return VERDICT_UNKNOWN;
    return view->is_valid ? VERDICT_PASS : VERDICT_FAIL;
}

static int exit_status_of_verdict(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return 0;
    case VERDICT_FAIL:
        return 1;
    case VERDICT_UNKNOWN:
        break;
    }
    return 2;
}

int exit_status_of_view(const struct wire_mpic_view *view)
{
    return exit_status_of_verdict(verdict_of_view(view));
}

int exit_status_of_result(const struct check_result *result)
{
    return exit_status_of_verdict(result->verdict);
}

static const char *joined(struct arena *arena, const struct strv *v)
{
    struct buf text = {0};
    for (size_t i = 0; i < v->count; i++)
        buf_printf(&text, "%s%s", i ? ", " : "", shown(arena, v->items[i]));
    const char *copy = arena_strdup(arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

/* One line that tells what this perspective saw. */
static const char *observation(const struct check_result *result, struct arena *arena)
{
    /* The reason says what the error says, without its frame. */
    if (result->details.reason)
        return shown(arena, result->details.reason);
    if (result->error_count > 0)
        return shown(arena, result->errors[0].message);
    const struct caa_details *caa = &result->details.caa;
    if (caa->caa_record_present.present && !caa->caa_record_present.value)
        return "no CAA records";
    const struct strv *seen =
        result->check_type == CHECK_CAA ? &caa->records_seen : &result->details.record.records_seen;
    if (seen->present)
        return arena_printf(arena, "saw %s", seen->count ? joined(arena, seen) : "no records");
    if (result->details.http.response_url)
        return arena_printf(arena, "answered at %s",
                            shown(arena, result->details.http.response_url));
    const struct strv *names = &result->details.tls_alpn.san;
    if (names->present)
        return arena_printf(arena, "certificate for %s",
                            names->count ? joined(arena, names) : "nobody");
    return "";
}

static void put_row(struct buf *out, bool color, struct arena *arena,
                    const struct perspective_result *row)
{
    const struct check_result *result = &row->result;
    const char *dnssec = dnssec_str(result->details.dnssec);
    struct buf time = {0};
    if (result->details.duration_ms.present)
        buf_printf(&time, "%lld ms", (long long)result->details.duration_ms.value);
    buf_printf(out, "  %-16s ", shown(arena, row->code));
    char padded[16] = "";
    const char *verdict = verdict_str(result->verdict);
    memcpy(padded, "        ", 8);
    memcpy(padded, verdict, strlen(verdict));
    put_colored(out, color, result->verdict, padded);
    buf_printf(out, " %-13s %8s  %s\n", dnssec ? dnssec : "-", buf_str(&time),
               observation(result, arena));
    buf_clear(&time);
}

void show_corroboration(const struct mpic_request *request, const struct wire_mpic_view *view,
                        bool color, struct arena *arena, struct buf *out)
{
    static const char *const texts[] = {[VERDICT_PASS] = "corroborated",
                                        [VERDICT_FAIL] = "NOT corroborated",
                                        [VERDICT_UNKNOWN] = "could not tell"};
    enum verdict verdict = verdict_of_view(view);
    buf_printf(out, "%s %s: ", method_of_request(&request->check)->name,
               shown(arena, request->check.target));
    put_colored(out, color, verdict, texts[verdict]);
    if (view->corroborating.present && view->required.present)
        buf_printf(out, " (%lld of %lld perspectives agree, %lld required%s%s)",
                   (long long)view->corroborating.value, (long long)view->perspective_count.value,
                   (long long)view->required.value, view->rirs.count ? "; " : "",
                   joined(arena, &view->rirs));
    buf_printf(out, "\n");
    if (view->reason)
        buf_printf(out, "  %s\n", str_report(arena, bytes_of(view->reason), REASON_BYTES));
    buf_printf(out, "  %-16s %-8s %-13s %8s  %s\n", "PERSPECTIVE", "VERDICT", "DNSSEC", "TIME",
               "WHAT IT SAW");
    for (size_t i = 0; i < view->count; i++)
        put_row(out, color, arena, &view->perspectives[i]);
    for (size_t i = 0; i < view->finding_count; i++)
        buf_printf(out, "  %s: %s (%s)\n", shown(arena, view->findings[i].level),
                   shown(arena, view->findings[i].message), shown(arena, view->findings[i].clause));
}

/* What was asked on the way, and where aliases led: the records there are somebody's own. */
static void put_lookups(struct buf *out, struct arena *arena, const struct lookup_report *lookups,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct lookup_report *lookup = &lookups[i];
        buf_printf(out, "    %-4s %-40s %-10s %s", lookup->type ? lookup->type : "",
                   shown(arena, lookup->name), lookup->outcome ? lookup->outcome : "",
                   lookup->status ? lookup->status : "");
        if (lookup->cname_chain.count)
            buf_printf(out, " by aliases: %s", joined(arena, &lookup->cname_chain));
        buf_printf(out, "\n");
    }
}

static void put_all_lookups(struct buf *out, struct arena *arena,
                            const struct check_details *details)
{
    const struct connection_report *connection = &details->tls_alpn.connection;
    put_lookups(out, arena, details->caa.lookups, details->caa.lookup_count);
    put_lookups(out, arena, details->record.lookups, details->record.lookup_count);
    put_lookups(out, arena, connection->lookups, connection->lookup_count);
    for (size_t i = 0; i < details->http.hop_count; i++) {
        connection = &details->http.hops[i].connection;
        put_lookups(out, arena, connection->lookups, connection->lookup_count);
    }
    if (details->record.cname_chain.count)
        buf_printf(out, "    by aliases: %s\n", joined(arena, &details->record.cname_chain));
}

void show_probe(const struct check_request *request, const struct check_result *result, bool color,
                struct arena *arena, struct buf *out)
{
    buf_printf(out, "%s %s: ", method_of_request(request)->name, shown(arena, request->target));
    put_colored(out, color, result->verdict,
                result->verdict == VERDICT_UNKNOWN ? "could not tell"
                                                   : verdict_str(result->verdict));
    buf_printf(out, " (seen from here only: no corroboration)\n");
    const struct perspective_result row = {.code = "here", .result = *result};
    put_row(out, color, arena, &row);
    const struct check_details *details = &result->details;
    put_all_lookups(out, arena, details);
    const struct strv *seen = request->check_type == CHECK_CAA ? &details->caa.records_seen
                                                               : &details->record.records_seen;
    for (size_t i = 0; i < seen->count; i++)
        buf_printf(out, "    record %s\n", shown(arena, seen->items[i]));
    for (size_t i = 1; i < result->error_count; i++)
        buf_printf(out, "    %s\n", shown(arena, result->errors[i].message));
}
