/*
 * Contact values in DNS records (BR appendix A). Only these can be compared: a value that is no
 * address and no number cannot be used to reach anybody.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

/*
 * An e-mail address: addr-spec of RFC 5322 section 3.4.1 as RFC 6532 section 3.2 extends it by
 * UTF-8, "with no additional padding or structure" (BR appendix A.1.1): no display name, comment or
 * folding white space, and no obsolete forms.
 */
bool contact_email_is_valid(struct bytes value);
/*
 * A Global Number (RFC 3966 section 5.1.4): '+', a country code, which has no leading zero, and up
 * to 15 digits in all (ITU-T E.164); visual separators "-.()" and, as BR appendix A.1.2 has them,
 * spaces in between.
 */
bool contact_phone_is_valid(struct bytes value);
