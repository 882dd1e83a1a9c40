/* How a reader says what is wrong with a value, and where. Inside wire only. */
#pragma once

#include "wire/wire.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* JSON can say it, but no name, URI or token of ours can hold it: cutting would be a lie. */
#define WIRE_NO_NUL "the character U+0000 is not allowed"

/* One step from the root of the body to the value. */
struct issue_step {
    const char *name; /* property, class of the reference, or method; NULL: `index` */
    size_t index;
};

struct issue_context {
    const char *key;
    const char *value;
};

struct issue {
    const char *type; /* of pydantic's list: "missing", "string_type", … */
    const char *message;
    const struct json_t *input;      /* the offending value; for "missing" the enclosing object */
    struct issue_context context[3]; /* ends with a NULL key, or is full */
    /* Where a rule of core is broken that the shape already tells: its name and its sentence, for
     * the keys of the rule kind. NULL: `type` and `message`. */
    const char *rule_type, *rule_message;
};

/* Adds an issue of the model kind with the reference's keys and ours. */
void issues_add(struct wire_issues *issues, const struct issue *issue,
                const struct issue_step *steps, size_t step_count);
/* The body is not JSON at all. */
void issues_add_invalid_json(struct wire_issues *issues, const char *text, size_t position);
/* The body of a request; NULL after an issue: there is nothing to read, or U+0000 in the string that the issue names. */
struct json_t *issues_load_json(struct bytes body, struct wire_issues *issues);
/* "orchestration_parameters.perspective_count: Input should be a valid integer" */
void issue_describe(const struct issue *issue, const struct issue_step *steps, size_t step_count,
                    struct buf *out);
