/* audit_test.c - the books of commits against the records of the source. */
#include "tests/sim/firehose/delivery_world.h"

#include "sim/firehose/audit.h"

/* Settles what waits, and reads all of the log. */
static mr_audit *audit_of(world *w, mr_delivery *d)
{
    mr_error err;
    mr_audit *audit = mr_audit_new();
    CHECK_OK("settle", mr_delivery_settle(d, &err), &err);
    CHECK_OK("read", mr_audit_read(audit, w->db, NULL, NULL, &err), &err);
    return audit;
}

static void test_every_fate_of_a_record_is_in_the_books(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.backup_enabled = true;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    world_put(w, stream, "k", "before the delivery stream");
    mr_delivery *d = world_deliver(w, &options);
    const char *const records[] = {"x one", "d two", "f three", "x four"};
    for (size_t i = 0; i < MR_COUNT(records); i++) {
        world_put(w, stream, "k", records[i]);
    }
    mr_audit *audit = audit_of(w, d);
    CHECK_INT("all are pending", mr_audit_count(audit, d).pending, 4);
    CHECK_CODE("which is not right", mr_audit_check(audit, d, &err), MR_CORRUPT);
    CHECK_HAS("says how many", err.message, "4 of 4 records of its source are in no commit");
    mr_audit_free(audit);

    world_run_until_idle(w, d);
    audit = audit_of(w, d);
    mr_audit_counts counts = mr_audit_count(audit, d);
    CHECK_OK("right", mr_audit_check(audit, d, &err), &err);
    CHECK_INT("stored", counts.stored, 4);
    CHECK_INT("delivered", counts.delivered, 2);
    CHECK_INT("dropped", counts.dropped, 1);
    CHECK_INT("failed", counts.failed, 1);
    CHECK_INT("backed up", counts.backed_up, 4);
    CHECK_INT("pending", counts.pending + counts.backup_pending, 0);
    CHECK_INT("again", counts.again + counts.backup_again, 0);
    mr_audit_free(audit);
    world_close(w);
}

static void test_what_is_read_twice_is_counted_again(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one ");
    world_put(w, stream, "k", "two ");
    world_run_for(w, 2 * SECOND);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_READ_DUPLICATE, .most = 1});
    world_put(w, stream, "k", "three ");
    world_run_until_idle(w, d);
    mr_audit *audit = audit_of(w, d);
    mr_audit_counts counts = mr_audit_count(audit, d);
    CHECK_INT("stored", counts.stored, 3);
    CHECK_INT("delivered", counts.delivered, 5);
    CHECK_INT("again", counts.again, 2);
    CHECK_INT("out of order in one object", counts.disordered, 1);
    CHECK_INT("told by the delivery stream too", mr_delivery_count(d).repeated, 2);
    mr_audit_free(audit);
    world_close(w);
}

static void test_what_expired_is_in_the_books_even_without_a_later_commit(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_fault(
        w, (mr_fault_rule){.kind = MR_FAULT_READ_THROTTLED, .until_us = world_now(w) + 25 * HOUR});
    world_put(w, stream, "k", "gone");
    world_run_until_idle(w, d);
    mr_audit *audit = audit_of(w, d);
    CHECK_INT("expired", mr_audit_count(audit, d).expired, 1);
    CHECK_INT("not too early", mr_audit_expired_too_early(audit, d), 0);
    CHECK_OK("right", mr_audit_check(audit, d, &err), &err);
    mr_audit_free(audit);
    world_close(w);
}

static void test_an_error_object_that_is_given_up_did_not_fail_its_records(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED});
    const char *const records[] = {"x one", "f two", "f three"};
    for (size_t i = 0; i < MR_COUNT(records); i++) {
        world_put(w, stream, "k", records[i]);
    }
    world_run_until_idle(w, d);
    mr_audit *audit = audit_of(w, d);
    mr_audit_counts counts = mr_audit_count(audit, d);
    CHECK_OK("right", mr_audit_check(audit, d, &err), &err);
    CHECK_INT("discarded", counts.discarded, 3);
    CHECK_INT("failed", counts.failed, 0);
    CHECK_INT("delivered", counts.delivered, 0);
    mr_audit_free(audit);
    world_close(w);
}

static void test_a_commit_that_is_not_logged_or_does_not_read_is_found(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one ");
    world_run_until_idle(w, d);
    world_put(w, stream, "k", "two ");
    world_run_until_idle(w, d);
    CHECK_OK("forget", mr_db_exec(w->db, "DELETE FROM delivery_commits WHERE id = 2", &err), &err);
    mr_audit *audit = audit_of(w, d);
    CHECK_CODE("missing", mr_audit_check(audit, d, &err), MR_CORRUPT);
    CHECK_HAS("says how many", err.message, "1 of 2 records");
    mr_audit_free(audit);
    CHECK_OK("spoil", mr_db_exec(w->db, "UPDATE delivery_commits SET ranges = '5-'", &err), &err);
    audit = mr_audit_new();
    CHECK_CODE("spoilt", mr_audit_read(audit, w->db, NULL, NULL, &err), MR_CORRUPT);
    CHECK_HAS("says which", err.message, "commit 1 of delivery stream d does not read");
    mr_audit_free(audit);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fate_of_a_record_is_in_the_books),
        cmocka_unit_test(test_what_is_read_twice_is_counted_again),
        cmocka_unit_test(test_what_expired_is_in_the_books_even_without_a_later_commit),
        cmocka_unit_test(test_an_error_object_that_is_given_up_did_not_fail_its_records),
        cmocka_unit_test(test_a_commit_that_is_not_logged_or_does_not_read_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
