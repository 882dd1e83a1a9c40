/* The text of an address parses to the same address, and reads as inet_pton() would read it. */
#include "base/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct address address, again;
    uint8_t theirs[16] = {0};
    char text[ADDRESS_TEXT_MAX], copy[64] = {0};
    if (!address_parse((const char *)data, size, &address))
        return 0;
    assert(size < sizeof copy);
    memcpy(copy, data, size);
    assert(inet_pton(address.family == 4 ? AF_INET : AF_INET6, copy, theirs) == 1);
    assert(memcmp(theirs, address.bytes, sizeof theirs) == 0);
    address_format(&address, text);
    assert(address_parse(text, strlen(text), &again) && address_eq(&address, &again));
    return 0;
}
