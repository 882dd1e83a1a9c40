/* NSEC and NSEC3 RDATA in the denial of a DS question. An insecure answer is no proof by an NSEC. */
#include "core/rules/caa.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char zone[] = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example";
    static const char span[] = "35mthgpgcu1qg68fab165klnsnk3dpvl.example";
    size_t half = size / 2;
    struct dns_record nsec3[] = {{.owner = zone, .type = 50, .rdata = {data, half}},
                                 {.owner = span, .type = 50, .rdata = {data + half, size - half}}};
    struct dns_record nsec = {.owner = "c.example", .type = 47, .rdata = {data, size}};
    struct lookup ds = {.name = "c.example", .type_code = 43, .outcome = DNS_NODATA};
    for (ds.dnssec = DNSSEC_SECURE; ds.dnssec <= DNSSEC_BOGUS; ds.dnssec++) {
        ds.denial = nsec3;
        ds.denial_count = 2;
        assert(!ds_denial_proves_insecure(&ds) || ds.dnssec <= DNSSEC_INSECURE);
        ds.denial = &nsec;
        ds.denial_count = 1;
        assert(!ds_denial_proves_insecure(&ds) || ds.dnssec == DNSSEC_SECURE);
    }
    return 0;
}
