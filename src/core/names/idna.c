#include "core/names/idna.h"

#include "base/mem.h"
#include "base/str.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

/* U+1E9E became "ss" up to Unicode 15.0 and becomes "ß" since 15.1 (UTS #46, modifications): two
 * readers of one name would mean two domains. */
static const char CAPITAL_SHARP_S[] = "\xE1\xBA\x9E";

static const char TOO_LONG[] =
    "is longer than 63 octets in its encoded form (RFC 1035 section 2.3.4)";

static const char *describe(int code)
{
    switch (code) {
    case IDN2_PUNYCODE_BIG_OUTPUT:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_TOO_BIG_DOMAIN:
        return TOO_LONG;
    case IDN2_2HYPHEN:
        return "has \"--\" as its third and fourth character (RFC 5891 section 4.2.3.1)";
    case IDN2_HYPHEN_STARTEND:
        return "begins or ends with a hyphen (RFC 5891 section 4.2.3.1)";
    case IDN2_LEADING_COMBINING:
        return "begins with a combining mark (RFC 5891 section 4.2.3.2)";
    case IDN2_DISALLOWED:
    case IDN2_UNASSIGNED:
        return "holds a character that names must not have (RFC 5892)";
    case IDN2_CONTEXTJ:
        return "has an invisible joiner where none may be (RFC 5892 appendix A)";
    case IDN2_BIDI:
        return "mixes writing directions (RFC 5893 section 2)";
    default:
        return "is no valid international label (RFC 5891)";
    }
}

/*
 * IDN2_USE_STD3_ASCII_RULES is not set: libidn2 2.3.3 then *drops* forbidden ASCII silently, and
 * "_ü" would become the name "ü". Without it they stay, and are judged here and by the caller.
 */
bool idna_label_to_ascii(const char *label, size_t length, char out[LIMIT_LABEL_OCTETS + 1],
                         const char **problem)
{
    char *input = xstrndup(label, length);
    char *ascii = NULL;
    int code = idn2_to_ascii_8z(input, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    bool is_contested = strstr(input, CAPITAL_SHARP_S) != NULL;
    free(input);
    if (code == IDN2_MALLOC)
        abort(); /* as xmalloc() */
    size_t n = code == IDN2_OK ? strlen(ascii) : 0;
    *problem = NULL;
    if (is_contested)
        *problem = "holds a capital sharp s, which became \"ss\" once and \"\\195\\159\" later";
    else if (code != IDN2_OK)
        *problem = describe(code);
    else if (n > LIMIT_LABEL_OCTETS)
        *problem = TOO_LONG;
    else if (str_starts_with(ascii, "xn--") && strchr(ascii, '_'))
        /* Of ASCII, an international label may have letters, digits and hyphens only (RFC 5892
         * section 2.6). The ASCII part of an encoded label is plain to see, and "_" is no digit. */
        *problem = "has an underscore beside characters beyond ASCII (RFC 5892)";
    else
        memcpy(out, ascii, n + 1);
    idn2_free(ascii);
    return !*problem;
}
