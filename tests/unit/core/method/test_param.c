/* Each row of the table of parameters is whole, and methods take parameters in ways that make sense. */
#include "core/method/param.h"

#include "base/str.h"
#include "core/method/check.h"
#include "support/unit.h"

#include <string.h>

static void get_no_param(void *param)
{
    param_info(*(enum param *)param);
}

static void test_value_that_is_no_parameter_ends_the_process(void **state)
{
    (void)state;
    enum param param = PARAM_COUNT;
    unit_assert_dies(get_no_param, &param);
}

static void test_each_parameter_has_a_row_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < PARAM_COUNT; i++) {
        const struct param_info *info = param_info((enum param)i);
        assert_true(info->name && *info->name && info->option && *info->option);
        assert_true(info->help && *info->help);
        assert_int_equal(info->option_value == NULL, info->kind == PARAM_KIND_FLAG);
        assert_true(info->offset > 0 && info->offset < sizeof(struct dcv_params));
        for (int k = 0; k < i; k++) {
            const struct param_info *other = param_info((enum param)k);
            assert_string_not_equal(info->name, other->name);
            assert_string_not_equal(info->option, other->option);
            assert_int_not_equal(info->offset, other->offset);
        }
    }
}

/* Outside text that nobody looked at could be found in anything, or stand in what is asked. */
static void test_each_text_has_a_rule(void **state)
{
    (void)state;
    for (int i = 0; i < PARAM_COUNT; i++) {
        const struct param_info *info = param_info((enum param)i);
        if (info->kind == PARAM_KIND_TEXT || info->kind == PARAM_KIND_TEXTS ||
            info->kind == PARAM_KIND_HEADERS)
            assert_int_not_equal(info->rule, RULE_NONE);
    }
}

static void test_what_proves_a_pending_challenge_of_acme_is_secret(void **state)
{
    (void)state;
    for (int i = 0; i < PARAM_COUNT; i++) {
        bool is_secret =
            i == PARAM_TOKEN || i == PARAM_KEY_AUTHORIZATION || i == PARAM_HTTP_HEADERS;
        assert_int_equal(param_info((enum param)i)->is_secret, is_secret);
    }
}

static void check_fixed(const struct method *method, const struct method_param *param)
{
    switch (param_info(param->param)->kind) {
    case PARAM_KIND_FLAG:
        return;
    case PARAM_KIND_RECORD_TYPE:
        assert_false(method_has_choice_of_type(method));
        return;
    case PARAM_KIND_TEXT: /* the one text that a method fixes */
        assert_int_equal(param->param, PARAM_DNS_NAME_PREFIX);
        assert_true(method->record.prefix && !method->record.has_account_label);
        return;
    case PARAM_KIND_TEXTS:
    case PARAM_KIND_HEADERS:
    case PARAM_KIND_URL_SCHEME:
    case PARAM_KIND_WILDCARD_POLICY:
    case PARAM_KIND_COUNT:
        break;
    }
    fail_msg("%s fixes %s", method->name, param_info(param->param)->name);
}

static void check_use(const struct method *method, const struct method_param *param)
{
    const struct param_info *info = param_info(param->param);
    assert_ptr_equal(method_param(method, param->param), param); /* taken once */
    bool has_default = info->kind == PARAM_KIND_FLAG || info->kind == PARAM_KIND_URL_SCHEME ||
                       info->kind == PARAM_KIND_WILDCARD_POLICY;
    if (param->presence == PARAM_FIXED)
        check_fixed(method, param);
    if (param->presence == PARAM_DERIVED)
        assert_int_equal(param->param, PARAM_DNS_NAME_PREFIX);
    if (param->presence == PARAM_REQUIRED)
        assert_false(has_default);
    if (!has_default)
        assert_int_equal(param->value, 0);
    /* An exception from the rule of the parameter is for the same kind of value. */
    if (param->rule)
        assert_int_not_equal(param->rule, info->rule);
    assert_int_equal(method_param_rule(param), param->rule ? param->rule : info->rule);
}

static void test_methods_take_parameters_in_ways_that_fit(void **state)
{
    (void)state;
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        size_t taken = 0;
        while (taken < METHOD_PARAMS_MAX && rows[i].params[taken].presence)
            check_use(&rows[i], &rows[i].params[taken++]);
        for (size_t k = taken; k < METHOD_PARAMS_MAX; k++) /* no holes */
            assert_int_equal(rows[i].params[k].presence, PARAM_NOT_TAKEN);
        assert_int_equal(taken == 0, rows[i].kind == METHOD_CAA);
    }
}

static bool takes(const struct method *method, enum param param)
{
    return method_param(method, param) != NULL;
}

/* What an expectation compares with must be asked for, and must follow a rule. */
static void test_methods_take_what_they_expect(void **state)
{
    (void)state;
    static const enum param values[EXPECTS_COUNT] = {
        [EXPECTS_CHANGE] = PARAM_CHALLENGE_VALUE,
        [EXPECTS_DIGEST] = PARAM_KEY_AUTHORIZATION_HASH,
        [EXPECTS_PERSISTENT] = PARAM_EXPECTED_ACCOUNT_URI,
        [EXPECTS_EMAIL] = PARAM_CHALLENGE_VALUE,
        [EXPECTS_PHONE] = PARAM_CHALLENGE_VALUE,
        [EXPECTS_ADDRESS] = PARAM_CHALLENGE_VALUE,
        [EXPECTS_NAME] = PARAM_CHALLENGE_VALUE,
    };
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind != METHOD_RECORD)
            continue;
        const struct method_param *value = method_param(&rows[i], values[rows[i].record.expects]);
        assert_non_null(value);
        assert_int_equal(value->presence, PARAM_REQUIRED);
        assert_int_not_equal(method_param_rule(value), RULE_NONE);
        assert_true(takes(&rows[i], PARAM_DNS_NAME_PREFIX) &&
                    takes(&rows[i], PARAM_DNS_RECORD_TYPE));
        assert_int_equal(takes(&rows[i], PARAM_ACCOUNT_URI), rows[i].record.has_account_label);
        assert_int_equal(method_param(&rows[i], PARAM_DNS_NAME_PREFIX)->presence == PARAM_OPTIONAL,
                         rows[i].record.takes_label);
        assert_int_equal(method_param(&rows[i], PARAM_DNS_RECORD_TYPE)->presence == PARAM_REQUIRED,
                         method_has_choice_of_type(&rows[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_that_is_no_parameter_ends_the_process),
        cmocka_unit_test(test_each_parameter_has_a_row_of_its_own),
        cmocka_unit_test(test_each_text_has_a_rule),
        cmocka_unit_test(test_what_proves_a_pending_challenge_of_acme_is_secret),
        cmocka_unit_test(test_methods_take_parameters_in_ways_that_fit),
        cmocka_unit_test(test_methods_take_what_they_expect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
