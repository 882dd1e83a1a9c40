/* Is the handshake of a TLS-ALPN check the asked one, and its certificate the applicant's? */
#include "core/corroboration/evidence_parts.h"

#include "base/str.h"
#include "core/rules/tls_alpn.h"
#include "crypto/cert.h"
#include "crypto/digest.h"

static const char *judge_handshake(const struct evidence_judge *j)
{
    const struct tls_alpn_details *tls = &j->result->details.tls_alpn;
    if (tls->sni && !evidence_is_name(tls->sni, tls_alpn_sni(j->target, j->arena)))
        return evidence_elsewhere(j, "sni", tls->sni);
    if (tls->alpn && !str_eq(tls->alpn, TLS_ALPN_PROTOCOL))
        return "alpn is not acme-tls/1";
    if (tls->tls_version && !evidence_is_tls_version(tls->tls_version))
        return arena_printf(j->arena, "tls_version is %s: TLS 1.2 is the least (RFC 8737)",
                            evidence_show(j, tls->tls_version));
    return evidence_of_connection(j, j->target->canonical, &tls->connection);
}

/* RFC 8737 section 3, RFC 8738 section 6: one name, the target; as tls_alpn_judge() tells it. */
static bool is_target_alone(const struct evidence_judge *j, const struct strv *san)
{
    const char *kind = target_is_ip(j->target) ? "IP" : "DNS";
    return san->count == 1 && str_eq_nocase(san->items[0], arena_printf(j->arena, "%s:%s", kind,
                                                                        j->target->canonical));
}

/* The facts that are told beside the certificate, and alone by some. */
static const char *judge_facts(const struct evidence_judge *j)
{
    const struct tls_alpn_details *tls = &j->result->details.tls_alpn;
    const char *digest = j->request->dcv.key_authorization_hash;
    if (tls->digest_seen && digest && !str_eq_nocase(tls->digest_seen, digest))
        return "digest_seen is not the digest that was asked for";
    if (tls->san.present && !is_target_alone(j, &tls->san))
        return "san is not the target alone";
    return NULL;
}

/* The certificate itself, by the same rules as in the perspective. */
static const char *judge_certificate(const struct evidence_judge *j)
{
    const struct tls_alpn_details *tls = &j->result->details.tls_alpn;
    const char *digest = j->request->dcv.key_authorization_hash;
    struct bytes der;
    struct cert_facts facts;
    if (!tls->certificate)
        return NULL;
    if (!base64_parse(j->arena, tls->certificate, &der) || !cert_facts_read(der, j->arena, &facts))
        return "certificate is none that can be read";
    const struct tls_alpn_query query = {.target = j->target,
                                         .key_authorization_hash = digest ? digest : "",
                                         .alpn = bytes_of(TLS_ALPN_PROTOCOL),
                                         .facts = &facts};
    const struct tls_alpn_judgement judgement = tls_alpn_judge(&query, j->arena);
    if (judgement.fault_count > 0)
        return arena_printf(j->arena, "certificate does not prove control: %s",
                            judgement.faults[0].text);
    return !tls->common_name || str_eq(tls->common_name, facts.common_name)
               ? NULL
               : "common_name is not that of certificate";
}

const char *evidence_of_tls_alpn(const struct evidence_judge *j)
{
    const char *fault = judge_handshake(j);
    if (!fault)
        fault = judge_facts(j);
    return fault ? fault : judge_certificate(j);
}
