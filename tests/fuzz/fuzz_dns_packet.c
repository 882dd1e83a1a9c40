/* A response from the network: no packet crashes the reader, and only an answer that is OK has
 * records. The input's first byte says which type was asked, at the name of the packet's question.
 */
#include "dns/packet.h"
#include "net/dns_answer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_CNAME, DNS_TXT, DNS_CAA, DNS_PTR, DNS_DS};
    struct arena *arena = arena_new();
    struct bytes bytes = {data + (size > 0), size - (size > 0)};
    struct dns_packet packet;
    struct err err;
    struct dns_answer answer = {.type = types[size ? data[0] % 7 : 0], .name = "a.example"};
    if (dns_packet_parse(arena, bytes, &packet, &err))
        answer.name = packet.name;
    dns_answer_read(arena, bytes, &answer);
    assert((answer.outcome == DNS_OK) == (answer.record_count > 0));
    assert((answer.outcome == DNS_OK) == (answer.reason[0] == '\0'));
    assert(arena_used(arena) <= 200 * size + 64 * 1024); /* names may be 127 times their pointer */
    arena_free(arena);
    return 0;
}
