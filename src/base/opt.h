/* Values that may be absent (JSON null). The zero value is "absent". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opt_bool {
    bool present;
    bool value;
};

struct opt_int {
    bool present;
    int64_t value;
};

#define OPT_BOOL(v) ((struct opt_bool){.present = true, .value = (v)})
#define OPT_INT(v)  ((struct opt_int){.present = true, .value = (v)})
