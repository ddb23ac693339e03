/* resources_athena_test.c - named queries of a template, and workgroups. */
#include "tests/src/config/plan_help.h"

static void test_named_queries_come_after_those_of_the_metadata(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Metadata: {Millrace: {Queries: {all: SELECT 1}}}\n"
                            "Resources:\n"
                            "  Second:\n"
                            "    Type: AWS::Athena::NamedQuery\n"
                            "    Properties: {Database: Sales, QueryString: SELECT 2}\n"
                            "  First:\n"
                            "    Type: AWS::Athena::NamedQuery\n"
                            "    Properties: {Name: by day, Database: d, QueryString: SELECT 3, "
                            "Description: x}\n");
    CHECK_INT("findings", plan->finding_count, 0);
    CHECK_INT("queries", plan->query_count, 3);
    CHECK_TRUE("of the Metadata", plan->queries[0].logical_id == NULL);
    CHECK_TRUE("no database", plan->queries[0].database == NULL);
    CHECK_STR("in the template's order", plan->queries[1].name, "Second");
    CHECK_STR("folded", plan->queries[1].database, "sales");
    CHECK_INT("line", plan->queries[1].line, 3);
    CHECK_STR("by logical id", mr_plan_find_query(plan, "First")->sql, "SELECT 3");
    CHECK_STR("by name", mr_plan_find_query(plan, "by day")->sql, "SELECT 3");
    CHECK_TRUE("neither", mr_plan_find_query(plan, "by month") == NULL);
    mr_plan_free(plan);
}

static void test_mistakes_in_queries_and_workgroups_are_named(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"no SQL",
         "Resources:\n"
         "  Q:\n"
         "    Type: AWS::Athena::NamedQuery\n"
         "    Properties: {Database: d, QueryString: ' '}\n",
         "E t.yaml:4: Resources.Q.Properties.QueryString: a query is SQL, as text"},
        {"no database",
         "Resources:\n"
         "  Q: {Type: AWS::Athena::NamedQuery, Properties: {QueryString: SELECT 1}}\n",
         "E t.yaml:2: Resources.Q.Properties: Properties validation failed for resource Q with "
         "message: #: required key [Database] not found"},
        {"two of one name",
         "Metadata: {Millrace: {Queries: {all: SELECT 1}}}\n"
         "Resources:\n"
         "  Q:\n"
         "    Type: AWS::Athena::NamedQuery\n"
         "    Properties: {Database: d, Name: all, QueryString: SELECT 2}\n",
         "W t.yaml:5: Resources.Q.Properties.Name: another query is called all; --query Q runs "
         "this one"},
        {"a workgroup, once, with nothing said of its properties",
         "Resources:\n"
         "  W:\n"
         "    Type: AWS::Athena::WorkGroup\n"
         "    Properties:\n"
         "      Name: w\n"
         "      RecursiveDeleteOption: true\n"
         "      WorkGroupConfiguration:\n"
         "        EnforceWorkGroupConfiguration: true\n"
         "        ResultConfiguration: {OutputLocation: 's3://b/results/'}\n"
         "  V: {Type: AWS::Athena::WorkGroup, Properties: {Name: v}}\n",
         "W t.yaml:3: Resources.W.Type: AWS::Athena::WorkGroup: queries run without a workgroup "
         "here: results go to standard output in the form of --output, to no OutputLocation"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_queries_come_after_those_of_the_metadata),
        cmocka_unit_test(test_mistakes_in_queries_and_workgroups_are_named),
    };
    return run_in_source_root(tests);
}
