#include "base/list.h"
#include "support/unit.h"

struct item {
    int number;
    struct list node;
};

static int number_of(struct list *node)
{
    return LIST_ENTRY(node, struct item, node)->number;
}

static void test_list_append_keeps_order(void **state)
{
    (void)state;
    struct list head;
    list_init(&head);
    assert_true(list_is_empty(&head));
    struct item a = {.number = 1}, b = {.number = 2};
    assert_false(list_is_linked(&a.node));
    list_append(&head, &a.node);
    list_append(&head, &b.node);
    assert_false(list_is_empty(&head));
    assert_true(list_is_linked(&a.node));
    assert_int_equal(number_of(head.next), 1);
    assert_int_equal(number_of(head.next->next), 2);
    assert_int_equal(number_of(head.prev), 2);
    assert_ptr_equal(head.next->next->next, &head);
}

static void test_list_remove_first_middle_last(void **state)
{
    (void)state;
    for (size_t gone = 0; gone < 3; gone++) {
        struct list head;
        list_init(&head);
        struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
        for (size_t i = 0; i < 3; i++)
            list_append(&head, &items[i].node);
        list_remove(&items[gone].node);
        assert_false(list_is_linked(&items[gone].node));
        list_remove(&items[gone].node); /* in no list: no effect */
        assert_int_equal(number_of(head.next), gone == 0 ? 1 : 0);
        assert_int_equal(number_of(head.prev), gone == 2 ? 1 : 2);
        assert_ptr_equal(head.next->next, head.prev);
        assert_ptr_equal(head.prev->prev, head.next);
    }
}

static void test_list_remove_the_only_one_empties(void **state)
{
    (void)state;
    struct list head;
    list_init(&head);
    struct item item = {0};
    list_append(&head, &item.node);
    list_remove(&item.node);
    assert_true(list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_append_keeps_order),
        cmocka_unit_test(test_list_remove_first_middle_last),
        cmocka_unit_test(test_list_remove_the_only_one_empties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
