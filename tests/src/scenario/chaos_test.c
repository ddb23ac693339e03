/* chaos_test.c - what chaos draws: the same for one seed, everything for many, and nothing that
 * the plan does not have or that a pipeline would not survive. */
#include "src/scenario/chaos.h"

#include "sim/base/timefmt.h"
#include "tests/src/config/plan_help.h"

#define SEEDS  500
#define MINUTE (60 * MR_US_PER_SECOND)
#define HOUR   (60 * MINUTE)

static const char template_text[] =
    "Resources:\n"
    "  One: {Type: AWS::Kinesis::Stream, Properties: {Name: one, ShardCount: 1}}\n"
    "  Three: {Type: AWS::Kinesis::Stream, Properties: {Name: three, ShardCount: 3}}\n"
    "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n"
    "  D:\n"
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"
    "    Properties:\n"
    "      DeliveryStreamType: KinesisStreamAsSource\n"
    "      KinesisStreamSourceConfiguration:\n"
    "        KinesisStreamARN: !GetAtt Three.Arn\n"
    "        RoleARN: r\n"
    "      ExtendedS3DestinationConfiguration:\n"
    "        BucketARN: !GetAtt B.Arn\n"
    "        RoleARN: r\n"
    "        ProcessingConfiguration:\n"
    "          Enabled: true\n"
    "          Processors:\n"
    "            - {Type: Lambda, Parameters: [{ParameterName: LambdaArn, "
    "ParameterValue: !GetAtt Used.Arn}]}\n"
    "  Used:\n"
    "    Type: AWS::Lambda::Function\n"
    "    Properties: {FunctionName: used, Runtime: python3.12, Handler: index.handler, Role: r, "
    "Code: {ZipFile: 'x'}}\n"
    "  Unused:\n"
    "    Type: AWS::Lambda::Function\n"
    "    Properties: {FunctionName: use, Runtime: python3.12, Handler: index.handler, Role: r, "
    "Code: {ZipFile: 'x'}}\n";

static const mr_plan_input inputs[2];
static const mr_scenario_fault own[] = {
    {.kind = MR_SCENARIO_SPLIT, .line = 7, .stream = "one", .at_us = MINUTE},
};

static mr_scenario scenario_of(mr_plan *plan)
{
    CHECK_INT("the template is sound", plan->error_count, 0);
    return (mr_scenario){.plan = plan,
                         .inputs = inputs,
                         .input_count = MR_COUNT(inputs),
                         .faults = own,
                         .fault_count = MR_COUNT(own)};
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same(const mr_scenario_fault *a, const mr_scenario_fault *b)
{
    return a->kind == b->kind && a->at_us == b->at_us && a->for_us == b->for_us &&
           a->first == b->first && a->every == b->every && a->most == b->most &&
           (int)(a->probability * 10) == (int)(b->probability * 10) &&
           a->rule_kind == b->rule_kind && same_text(a->target, b->target) &&
           a->delay_us == b->delay_us && same_text(a->text, b->text) &&
           same_text(a->stream, b->stream) && a->shard == b->shard &&
           a->other_shard == b->other_shard && a->shard_count == b->shard_count &&
           a->jump_us == b->jump_us && a->input == b->input && (int)a->rate == (int)b->rate;
}

static void test_one_seed_draws_the_same_each_time_and_another_something_else(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    int different = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        mr_chaos a, b, c;
        mr_chaos_make(&scenario, seed, &a);
        mr_chaos_make(&scenario, seed, &b);
        mr_chaos_make(&scenario, seed + 1, &c);
        CHECK_INT("as many", a.fault_count, b.fault_count);
        for (size_t i = 0; i < a.fault_count; i++) {
            CHECK_TRUE("the same fault", same(&a.faults[i], &b.faults[i]));
        }
        size_t last = a.fault_count - 1;
        different += c.fault_count != a.fault_count || c.faults[last].at_us != a.faults[last].at_us;
        mr_chaos_deinit(&a);
        mr_chaos_deinit(&b);
        mr_chaos_deinit(&c);
    }
    CHECK_TRUE("seeds differ", different > 40);
    mr_plan_free(plan);
}

static void test_the_scenarios_own_faults_come_first_and_untouched(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        mr_chaos chaos;
        mr_chaos_make(&scenario, seed, &chaos);
        CHECK_INT("own", chaos.own_count, 1);
        CHECK_INT("its line", chaos.faults[0].line, 7);
        CHECK_TRUE("1 to 6 more", chaos.fault_count >= 2 && chaos.fault_count <= 7);
        for (size_t i = 1; i < chaos.fault_count; i++) {
            CHECK_INT("no line", chaos.faults[i].line, 0);
        }
        mr_chaos_deinit(&chaos);
    }
    mr_plan_free(plan);
}

typedef struct seen {
    bool kinds[MR_SCENARIO_FAULT_KIND_COUNT];
    bool rules[MR_FAULT_KIND_COUNT];
} seen;

static seen see(const mr_scenario *scenario)
{
    seen all = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        mr_chaos chaos;
        mr_chaos_make(scenario, seed, &chaos);
        for (size_t i = chaos.own_count; i < chaos.fault_count; i++) {
            all.kinds[chaos.faults[i].kind] = true;
            all.rules[chaos.faults[i].rule_kind] = true;
        }
        mr_chaos_deinit(&chaos);
    }
    return all;
}

static void test_every_kind_is_drawn_within_500_seeds(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    seen all = see(&scenario);
    for (int kind = 0; kind < MR_SCENARIO_FAULT_KIND_COUNT; kind++) {
        CHECK_TRUE("a kind of fault", all.kinds[kind]);
    }
    for (int rule = MR_FAULT_NONE + 1; rule < MR_FAULT_KIND_COUNT; rule++) {
        CHECK_TRUE(mr_fault_kind_name((mr_fault_kind)rule), all.rules[rule]);
    }
    mr_plan_free(plan);
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text != NULL && strcmp(text, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void check_target(const mr_scenario_fault *fault)
{
    static const char *const rule_targets[] = {
        "one",
        "three",
        "one/*",
        "three/*",
        "one/shardId-000000000000",
        "used",
        "data/*",
        "three/shardId-000000000000",
        "three/shardId-000000000001",
        "three/shardId-000000000002",
    };
    if (fault->kind == MR_SCENARIO_RULE) {
        CHECK_TRUE(fault->target, is_one_of(fault->target, rule_targets, MR_COUNT(rule_targets)));
    } else {
        CHECK_TRUE("no target", fault->target == NULL);
    }
    if (fault->kind == MR_SCENARIO_SPLIT) { /* "one" is split by the scenario itself */
        CHECK_STR("split", fault->stream, "three");
        CHECK_TRUE("one of its shards", fault->shard < 3);
    } else if (fault->kind == MR_SCENARIO_MERGE) {
        CHECK_STR("merge", fault->stream, "three");
        CHECK_TRUE("neighbours", fault->other_shard == fault->shard + 1 && fault->other_shard < 3);
    } else if (fault->kind == MR_SCENARIO_RESHARD) {
        CHECK_STR("reshard", fault->stream, "three");
        CHECK_TRUE("to 1..8", fault->shard_count >= 1 && fault->shard_count <= 8);
    }
    CHECK_TRUE("an input", fault->input < MR_COUNT(inputs));
}

static void test_every_target_is_in_the_plan(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        mr_chaos chaos;
        mr_chaos_make(&scenario, seed, &chaos);
        int named = 0, counted = 0;
        for (size_t i = chaos.own_count; i < chaos.fault_count; i++) {
            check_target(&chaos.faults[i]);
            named += chaos.faults[i].kind == MR_SCENARIO_SPLIT ||
                     chaos.faults[i].kind == MR_SCENARIO_MERGE;
            counted += chaos.faults[i].kind == MR_SCENARIO_RESHARD;
        }
        CHECK_TRUE("shards that are named are still there", named <= 1 && named * counted == 0);
        mr_chaos_deinit(&chaos);
    }
    mr_plan_free(plan);
}

static void check_end(const mr_scenario_fault *fault)
{
    CHECK_TRUE("it begins in time", fault->at_us >= 0 && fault->at_us <= 10 * MINUTE);
    bool ends = fault->for_us > 0 || fault->most > 0;
    switch (fault->kind) {
    case MR_SCENARIO_RULE:
        CHECK_TRUE("a rule ends", ends);
        CHECK_TRUE("an outage of 6 h at most", fault->for_us <= 6 * HOUR);
        break;
    case MR_SCENARIO_KILL_FLUSH:
    case MR_SCENARIO_KILL_WRITE:
        CHECK_TRUE("kills are few", fault->most >= 1 && fault->most <= 3);
        CHECK_TRUE("and not late", fault->first >= 1 && fault->first <= 2000);
        CHECK_TRUE("the scenario is run once", !fault->in_turn);
        break;
    case MR_SCENARIO_RATE:
        CHECK_TRUE("a rate", fault->rate >= 1 && ends);
        break;
    case MR_SCENARIO_PAUSE:
        CHECK_TRUE("a pause ends", ends);
        break;
    default:
        break;
    }
}

static void test_every_fault_ends_and_all_together_stay_within_a_day(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        mr_chaos chaos;
        mr_chaos_make(&scenario, seed, &chaos);
        int64_t total_us = 0;
        for (size_t i = chaos.own_count; i < chaos.fault_count; i++) {
            const mr_scenario_fault *fault = &chaos.faults[i];
            check_end(fault);
            int64_t jump_us = fault->jump_us < 0 ? -fault->jump_us : fault->jump_us;
            CHECK_TRUE("10 s..2 h",
                       jump_us == 0 || (jump_us >= 10 * MR_US_PER_SECOND && jump_us <= 2 * HOUR));
            total_us += fault->for_us + jump_us;
        }
        CHECK_TRUE("inside the retention", total_us < 12 * HOUR);
        mr_chaos_deinit(&chaos);
    }
    mr_plan_free(plan);
}

static void test_what_the_plan_has_nothing_for_is_not_drawn(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Resources:\n"
                            "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n");
    mr_scenario scenario = {.plan = plan};
    seen all = see(&scenario);
    for (int kind = 0; kind < MR_SCENARIO_FAULT_KIND_COUNT; kind++) {
        bool is_possible = kind == MR_SCENARIO_RULE || kind == MR_SCENARIO_JUMP ||
                           kind == MR_SCENARIO_KILL || kind == MR_SCENARIO_KILL_FLUSH ||
                           kind == MR_SCENARIO_KILL_WRITE;
        CHECK_INT("a kind", all.kinds[kind], is_possible);
    }
    for (int rule = MR_FAULT_NONE + 1; rule < MR_FAULT_KIND_COUNT; rule++) {
        const char *name = mr_fault_kind_name((mr_fault_kind)rule);
        CHECK_INT(name, all.rules[rule], strncmp(name, "store-", strlen("store-")) == 0);
    }
    mr_plan_free(plan);
}

static void test_the_schedule_is_written_as_lines_of_a_scenario(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_scenario scenario = scenario_of(plan);
    const mr_scenario_fault faults[] = {
        {.kind = MR_SCENARIO_KILL, .at_us = MINUTE},
        {.kind = MR_SCENARIO_KILL, .at_us = 2 * MINUTE},
    };
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED), want = out;
    mr_chaos_write(&scenario, faults, MR_COUNT(faults), &out);
    for (size_t i = 0; i < MR_COUNT(faults); i++) {
        mr_strbuf_append_text(&want, "  - ");
        mr_scenario_fault_write(&scenario, &faults[i], &want);
        mr_strbuf_append_text(&want, "\n");
    }
    CHECK_STR("lines", mr_strbuf_text(&out), mr_strbuf_text(&want));
    CHECK_HAS("in flow style", mr_strbuf_text(&out), "  - {");
    mr_strbuf_deinit(&out);
    mr_strbuf_deinit(&want);
    mr_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_seed_draws_the_same_each_time_and_another_something_else),
        cmocka_unit_test(test_the_scenarios_own_faults_come_first_and_untouched),
        cmocka_unit_test(test_every_kind_is_drawn_within_500_seeds),
        cmocka_unit_test(test_every_target_is_in_the_plan),
        cmocka_unit_test(test_every_fault_ends_and_all_together_stay_within_a_day),
        cmocka_unit_test(test_what_the_plan_has_nothing_for_is_not_drawn),
        cmocka_unit_test(test_the_schedule_is_written_as_lines_of_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
