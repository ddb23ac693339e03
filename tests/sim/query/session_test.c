/* session_test.c - whole queries over small lakes: what a user asks and what Athena would say. */
#include "tests/check.h"
#include "tests/sim/query/lake.h"

#include "sim/base/alloc.h"

#include <zlib.h>

static const char crimes[] =
    "{\"crime_time\":\"1/1/06 0:00\",\"address\":\"3108 OCCIDENTAL DR\",\"district\":3,"
    "\"location\":{\"lat\":38.55042047,\"lon\":-121.3914158},\"open\":true}\n"
    "{\"crime_time\":\"1/2/06 0:00\",\"address\":\"2082 EXPEDITION WAY\",\"district\":5,"
    "\"location\":{\"lat\":38.5,\"lon\":-121.5},\"open\":false}\n"
    "{\"crime_time\":\"1/3/06 0:00\",\"address\":null,\"district\":3,"
    "\"location\":{\"lat\":38.6,\"lon\":-121.4},\"open\":true}\n";

static lake *crime_lake(void)
{
    lake *l = lake_new();
    lake_table(l, "crimes", SERDE_OPENX,
               "crime_time string;address string;district int;"
               "location struct<lat:double,lon:double>;open boolean",
               "", "");
    lake_object(l, "crimes/a.json", crimes);
    return l;
}

static void check_queries(lake *l, const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_STR(cases[i][0], lake_query(l, cases[i][0]), cases[i][1]);
    }
}

static void test_selects_answer_as_athena_does(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"SELECT * FROM crimes LIMIT 1",
         "crime_time|address|district|location|open\n"
         "1/1/06 0:00|3108 OCCIDENTAL DR|3|{lat=38.55042047, lon=-121.3914158}|true\n"},
        {"SELECT count(*) FROM crimes;", "_col0\n3\n"},
        {"SELECT district, count(*) AS n FROM crimes GROUP BY district ORDER BY n DESC, 1",
         "district|n\n3|2\n5|1\n"},
        {"select c.location.lat from crimes c order by location.lon", "lat\n38.5\n38.6\n"
                                                                      "38.55042047\n"},
        {"SELECT avg(location.lat) a FROM db.crimes", "a\n38.550140156666664\n"},
        {"SELECT address FROM \"db\".\"crimes\" ORDER BY address",
         "address\n2082 EXPEDITION WAY\n3108 OCCIDENTAL DR\nNULL\n"},
        {"SELECT address FROM awsdatacatalog.db.crimes ORDER BY address DESC",
         "address\n3108 OCCIDENTAL DR\n2082 EXPEDITION WAY\nNULL\n"},
        {"SELECT crimes.district FROM crimes WHERE open AND address IS NULL", "district\n3\n"},
        {"SELECT open, open = false, district > 3 FROM crimes LIMIT 1",
         "open|_col1|_col2\ntrue|false|false\n"},
        {"SELECT address FROM crimes WHERE address LIKE '%occidental%'", "address\n"},
        {"SELECT address FROM crimes WHERE address LIKE '3108 OCC%'",
         "address\n3108 OCCIDENTAL DR\n"},
        {"SELECT location.* FROM crimes WHERE district = 5", "lat|lon\n38.5|-121.5\n"},
        {"SELECT \"$path\", district FROM crimes WHERE district = 5",
         "$path|district\ns3://bucket/crimes/a.json|5\n"},
        {"SELECT 7/2, -7/2, 7%3, 7/2e0, 'a'||'b', 1.5, 1e7, true", "_col0|_col1|_col2|_col3|_col4|"
                                                                   "_col5|_col6|_col7\n"
                                                                   "3|-3|1|3.5|ab|1.5|1.0E7|"
                                                                   "true\n"},
        {"SELECT sum(district), min(address), max(location.lat), count(address) FROM crimes",
         "_col0|_col1|_col2|_col3\n11|2082 EXPEDITION WAY|38.6|2\n"},
        {"SELECT sum(district) FROM crimes WHERE district > 100", "_col0\nNULL\n"},
        {"SELECT count(*) FROM crimes WHERE district IN (5, 7) OR address IS NULL", "_col0\n2\n"},
        {"SELECT district FROM crimes WHERE district BETWEEN 4 AND 6", "district\n5\n"},
        {"WITH d AS (SELECT district x FROM crimes) SELECT x, count(*) FROM d GROUP BY x "
         "HAVING count(*) > 1",
         "x|_col1\n3|2\n"},
        {"SELECT a.district, b.n FROM crimes a JOIN (SELECT district, count(*) n FROM crimes "
         "GROUP BY district) b ON a.district = b.district WHERE a.open ORDER BY a.crime_time",
         "district|n\n3|2\n3|2\n"},
        {"SELECT count(*) FROM crimes a, crimes b WHERE a.district = b.district", "_col0\n5\n"},
        {"SELECT district FROM crimes UNION SELECT 9 ORDER BY 1 DESC", "district\n9\n5\n3\n"},
        {"SELECT CAST(district AS varchar) || 'x', CAST('12' AS int), TRY_CAST('z' AS int), "
         "CAST(3.7e0 AS bigint) FROM crimes LIMIT 1",
         "_col0|_col1|_col2|_col3\n3x|12|NULL|4\n"},
        {"SELECT district, row_number() OVER (PARTITION BY district ORDER BY crime_time) rn FROM "
         "crimes ORDER BY 1, 2",
         "district|rn\n3|1\n3|2\n5|1\n"},
        {"SELECT date '2006-01-31' + interval '1' month, timestamp '2006-01-01 10:00:00', "
         "date_diff('day', date '2006-01-01', date '2006-03-01'), current_date",
         "_col0|_col1|_col2|_col3\n2006-02-28|2006-01-01 10:00:00.000|59|2006-01-01\n"},
        {"SELECT date_parse(crime_time, '%c/%e/%y %k:%i') t FROM crimes WHERE district = 5",
         "t\n2006-01-02 00:00:00.000\n"},
        {"SELECT if(district = 3, 'three', 'other') FROM crimes LIMIT 1", "_col0\nthree\n"},
        {"SELECT CASE district WHEN 3 THEN 'a' WHEN 5 THEN 'b' END x FROM crimes", "x\na\nb\na\n"},
        {"SELECT DISTINCT district FROM crimes ORDER BY district OFFSET 1 LIMIT 1",
         "district\n5\n"},
        {"SELECT district, (SELECT max(b.district) FROM crimes b WHERE b.open) m FROM crimes "
         "WHERE district IN (SELECT district FROM crimes WHERE NOT open)",
         "district|m\n5|3\n"},
        {"SELECT count(DISTINCT district), count_if(open), approx_distinct(address) FROM crimes",
         "_col0|_col1|_col2\n2|2|2\n"},
        {"SELECT max(a.n) FROM (SELECT count(*) n FROM crimes GROUP BY district) a", "_col0\n2\n"},
        {"SELECT substr('abcdef', -3, 2), substr('abc', 0), split_part('a,b,c', ',', 2), "
         "length('\xc3\xa9t\xc3\xa9'), upper('\xc3\xa9'), round(2.5e0), round(-2.5e0), "
         "starts_with('abc', 'ab')",
         "_col0|_col1|_col2|_col3|_col4|_col5|_col6|_col7\nde||b|3|\xc3\x89|3.0|-3.0|true\n"},
    };
    lake *l = crime_lake();
    check_queries(l, cases, MR_COUNT(cases));
    lake_free(l);
}

static void test_what_athena_refuses_is_refused_in_its_words(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"SELECT distric FROM crimes",
         "error: COLUMN_NOT_FOUND: line 1:8: Column 'distric' cannot be resolved or requester is "
         "not authorized to access requested resources; did you mean 'district'?"},
        {"SELECT 1 FROM crime",
         "error: TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.crime' does not exist; did "
         "you mean 'crimes'?"},
        {"SELECT 1 FROM nodb.crimes",
         "error: SCHEMA_NOT_FOUND: line 1:15: Schema 'nodb' does not exist"},
        {"SELECT location.lot FROM crimes",
         "error: COLUMN_NOT_FOUND: line 1:8: Column 'location.lot' cannot be resolved or requester "
         "is not authorized to access requested resources; did you mean 'lat'?"},
        {"SELECT 1 FROM crimes WHERE address = 3",
         "error: TYPE_MISMATCH: line 1:36: Cannot apply operator: varchar = integer"},
        {"SELECT 1 FROM crimes WHERE district = '3'",
         "error: TYPE_MISMATCH: line 1:37: Cannot apply operator: integer = varchar(1)"},
        {"SELECT 'a' || 1",
         "error: TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) || integer"},
        {"SELECT 1/0", "error: DIVISION_BY_ZERO: Division by zero"},
        {"SELECT address, count(*) FROM crimes",
         "error: EXPRESSION_NOT_AGGREGATE: line 1:8: '\"address\"' must be an aggregate expression "
         "or appear in GROUP BY clause"},
        {"SELECT district d, count(*) FROM crimes GROUP BY d",
         "error: COLUMN_NOT_FOUND: line 1:50: Column 'd' cannot be resolved or requester is not "
         "authorized to access requested resources"},
        {"SELECT 1 FROM crimes WHERE count(*) > 1",
         "error: EXPRESSION_NOT_SCALAR: line 1:28: WHERE clause cannot contain aggregations, "
         "window functions or grouping operations: [count]"},
        {"SELECT \"nope\"",
         "error: COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not "
         "authorized to access requested resources"},
        {"SELECT `a`", "error: SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; "
                       "use double quotes to quote identifiers"},
        {"SELECT 1 WHERE 1 == 1", "error: SYNTAX_ERROR: line 1:19: mismatched input '='. "
                                  "Expecting: an expression; SQL compares with a single '='"},
        {"SELECT address FROM crimes WHERE address GLOB 'a*'",
         "error: SYNTAX_ERROR: line 1:42: mismatched input 'GLOB'. Expecting: 'LIKE'; Athena has "
         "no such operator"},
        {"SELECT 1 LIMIT 1, 2", "error: SYNTAX_ERROR: line 1:17: mismatched input ','. Expecting: "
                                "'<EOF>'; write OFFSET n LIMIT m"},
        {"PRAGMA journal_mode", "error: SYNTAX_ERROR: line 1:1: mismatched input 'PRAGMA'. "
                                "Expecting: 'SELECT', 'WITH'"},
        {"DELETE FROM crimes", "error: NOT_SUPPORTED: line 1:1: DELETE statements are not "
                               "supported by millrace yet; a query is SELECT or WITH, and tables "
                               "come from the template"},
        {"SELECT 1; SELECT 2", "error: SYNTAX_ERROR: line 1:11: Only one sql statement is allowed"},
        {"SELECT foo(1)", "error: FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered"},
        {"SELECT sqlite_version()",
         "error: FUNCTION_NOT_FOUND: line 1:8: Function 'sqlite_version' not registered"},
        {"SELECT 1.0/3",
         "error: NOT_SUPPORTED: line 1:11: decimal arithmetic (decimal(2,1) / integer) is not "
         "modelled by millrace; write doubles: 1.5e0, CAST(x AS double)"},
        {"SELECT CAST('x' AS int)", "error: INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"},
        {"SELECT a.district FROM crimes a JOIN crimes b ON district = 1",
         "error: AMBIGUOUS_NAME: line 1:50: Column 'district' is ambiguous"},
        {"SELECT name FROM sqlite_schema",
         "error: TABLE_NOT_FOUND: line 1:18: Table 'awsdatacatalog.db.sqlite_schema' does not "
         "exist"},
        {"SELECT district FROM crimes UNION SELECT 'a'",
         "error: TYPE_MISMATCH: line 1:1: column 1 in UNION query has incompatible types: "
         "integer, varchar"},
        {"", "error: SYNTAX_ERROR: line 1:1: mismatched input '<EOF>'. Expecting: 'SELECT', "
             "'WITH'"},
    };
    lake *l = crime_lake();
    check_queries(l, cases, MR_COUNT(cases));
    lake_free(l);
}

static lake *partitioned_lake(void)
{
    lake *l = lake_new();
    lake_table(l, "p", SERDE_OPENX, "x int", "dt string;n int", "");
    for (int i = 1; i <= 9; i++) {
        char values[40], location[80], key[80], text[80];
        snprintf(values, sizeof(values), "2006-01-0%d;%d", i, i);
        snprintf(location, sizeof(location), "s3://bucket/p/dt=2006-01-0%d/n=%d/", i, i);
        snprintf(key, sizeof(key), "p/dt=2006-01-0%d/n=%d/x.json", i, i);
        snprintf(text, sizeof(text), "{\"x\":%d}\n{\"x\":%d}\n", i, -i);
        lake_partition(l, "p", values, location);
        lake_object(l, key, text);
    }
    return l;
}

static void test_partitions_are_pruned_and_counted(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *want;
        uint64_t objects;
    } cases[] = {
        {"SELECT count(*) FROM p", "_col0\n18\n", 9},
        {"SELECT count(*) FROM p WHERE dt = '2006-01-03'", "_col0\n2\n", 1},
        {"SELECT count(*) FROM p WHERE dt >= '2006-01-08'", "_col0\n4\n", 2},
        {"SELECT count(*) FROM p WHERE dt BETWEEN '2006-01-02' AND '2006-01-04' AND n <> 3",
         "_col0\n4\n", 2},
        {"SELECT count(*) FROM p WHERE dt LIKE '2006-01-0%' AND n IN (1, 5, 77)", "_col0\n4\n", 2},
        {"SELECT count(*) FROM p WHERE dt IS NULL", "_col0\n0\n", 0},
        {"SELECT x FROM p WHERE n = 4 ORDER BY x", "x\n-4\n4\n", 1},
        {"SELECT x FROM p WHERE n IN (4, 5) AND x > 0 ORDER BY x", "x\n4\n5\n", 2},
        {"SELECT x, dt, n FROM p WHERE dt LIKE '%-09' AND x > 0", "x|dt|n\n9|2006-01-09|9\n", 1},
        {"SELECT dt, sum(x) FROM p WHERE n < 3 GROUP BY dt ORDER BY dt",
         "dt|_col1\n2006-01-01|0\n2006-01-02|0\n", 2},
        {"SELECT a.x FROM p a JOIN p b ON a.x = b.x WHERE a.n = 2 AND b.n = 2 AND a.x > 0",
         "x\n2\n", 2},
        {"SELECT count(*) FROM p WHERE \"$path\" = 's3://bucket/p/dt=2006-01-01/n=1/x.json'",
         "_col0\n2\n", 1},
    };
    lake *l = partitioned_lake();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_STR(cases[i].sql, lake_query(l, cases[i].sql), cases[i].want);
        CHECK_INT(cases[i].sql, l->stats.objects_scanned, cases[i].objects);
        CHECK_INT(cases[i].sql, l->stats.bytes_scanned, cases[i].objects * 17);
    }
    CHECK_INT("considered", l->stats.partitions_considered, 9);
    lake_free(l);
}

static void test_projection_reads_only_the_days_asked_for(void **state)
{
    (void)state;
    lake *l = lake_new();
    lake_table(l, "proj", SERDE_OPENX, "x int", "day string",
               "@projection.enabled=true;@projection.day.type=date;@projection.day.format="
               "yyyy/MM/dd;@projection.day.range=2005/12/25,NOW;@storage.location.template="
               "s3://bucket/proj/${day}/");
    lake_object(l, "proj/2005/12/30/a.json", "{\"x\":1}\n");
    lake_object(l, "proj/2005/12/31/a.json", "{\"x\":2}\n");
    lake_object(l, "proj/2006/01/01/a.json", "{\"x\":3}\n");
    lake_object(l, "proj/2006/01/02/a.json", "{\"x\":4}\n"); /* after NOW */
    CHECK_STR("all", lake_query(l, "SELECT day, x FROM proj ORDER BY x"),
              "day|x\n2005/12/30|1\n2005/12/31|2\n2006/01/01|3\n");
    CHECK_STR("some", lake_query(l, "SELECT sum(x) FROM proj WHERE day >= '2005/12/31'"),
              "_col0\n5\n");
    CHECK_INT("pruned", l->stats.objects_scanned, 2);
    CHECK_STR("one", lake_query(l, "SELECT x FROM proj WHERE day = '2005/12/30'"), "x\n1\n");
    CHECK_INT("one considered", l->stats.partitions_considered, 1);
    lake_free(l);
}

static void test_several_records_on_one_line_give_the_first_and_a_warning(void **state)
{
    (void)state;
    lake *l = lake_new();
    lake_table(l, "c", SERDE_OPENX, "x int", "", "");
    lake_object(l, "c/a.json", "{\"x\":1}{\"x\":2}{\"x\":3}");
    lake_object(l, "c/b.json", "{\"x\":4}\n{\"x\":5} \n");
    CHECK_STR("rows", lake_query(l, "SELECT x FROM c ORDER BY x"), "x\n1\n4\n5\n");
    CHECK_HAS("object", mr_strbuf_text(&l->warnings), "s3://bucket/c/a.json: 2 records are lost");
    CHECK_HAS("mend", mr_strbuf_text(&l->warnings), "AppendDelimiterToRecord");
    CHECK_STR("count", lake_query(l, "SELECT count(*) FROM c"), "_col0\n3\n");
    CHECK_HAS("again", mr_strbuf_text(&l->warnings), "2 records are lost");
    lake_free(l);
}

static void test_malformed_lines_fail_or_are_rows_of_nulls(void **state)
{
    (void)state;
    lake *l = lake_new();
    lake_table(l, "strict", SERDE_OPENX, "x int", "", "");
    lake_table(l, "soft", SERDE_OPENX, "x int", "", "ignore.malformed.json=true");
    lake_object(l, "strict/a.json", "{\"x\":1}\nrubbish\n");
    lake_object(l, "soft/a.json", "{\"x\":1}\nrubbish\n\n{\"x\":\n{\"x\":2}\n");
    const char *got = lake_query(l, "SELECT count(*) FROM strict");
    CHECK_HAS("words", got,
              "error: HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: ");
    CHECK_HAS("where", got, "s3://bucket/strict/a.json, line at byte 8");
    CHECK_STR("soft", lake_query(l, "SELECT x FROM soft"), "x\n1\nNULL\nNULL\nNULL\n2\n");
    CHECK_STR("counted", lake_query(l, "SELECT count(*), count(x) FROM soft"),
              "_col0|_col1\n5|2\n");
    lake_free(l);
}

static mr_bytes gzip_twice(const char *a, const char *b, unsigned char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? a : b;
        z_stream z = {0};
        deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        z.next_in = (unsigned char *)(uintptr_t)text;
        z.avail_in = (uInt)strlen(text);
        z.next_out = out + used;
        z.avail_out = (uInt)(size - used);
        deflate(&z, Z_FINISH);
        used += z.total_out;
        deflateEnd(&z);
    }
    return mr_bytes_make(out, used);
}

static void test_gzip_objects_of_several_members_are_read(void **state)
{
    (void)state;
    unsigned char packed[1000];
    lake *l = lake_new();
    lake_table(l, "z", SERDE_OPENX, "x int", "", "");
    mr_bytes body = gzip_twice("{\"x\":1}\n{\"x\":", "2}\n{\"x\":3}\n", packed, sizeof(packed));
    lake_object_bytes(l, "z/a.json.gz", body);
    lake_object(l, "z/_SUCCESS", "not data");
    lake_object(l, "z/.hidden/b.json", "not data");
    CHECK_STR("sum", lake_query(l, "SELECT sum(x), count(*) FROM z"), "_col0|_col1\n6|3\n");
    CHECK_INT("compressed size counts", l->stats.bytes_scanned, body.len);
    lake_object_bytes(l, "z/a.json.gz", mr_bytes_make(body.at, body.len - 5));
    CHECK_HAS("cut", lake_query(l, "SELECT x FROM z"),
              "error: HIVE_CURSOR_ERROR: Failed to read file s3://bucket/z/a.json.gz: the gzip "
              "stream ends too early");
    lake_object(l, "z/a.json.gz", "plain");
    CHECK_HAS("no gzip", lake_query(l, "SELECT x FROM z"), "incorrect header check");
    lake_object(l, "z/a.json.gz", "");
    lake_object(l, "z/b.json.zst", "x");
    CHECK_HAS("zstd", lake_query(l, "SELECT x FROM z"), "NOT_SUPPORTED: s3://bucket/z/b.json.zst");
    lake_free(l);
}

static void test_delimited_tables_follow_their_serde(void **state)
{
    (void)state;
    lake *l = lake_new();
    lake_table(l, "lazy", SERDE_LAZY,
               "a int;b string;c double;d boolean;e array<int>;f struct<p:int,q:string>", "",
               "field.delim=|;collection.delim=,;@skip.header.line.count=1");
    lake_object(l, "lazy/a.csv", "a|b|c|d|e|f\n1|x|1.5|TRUE|1,2|7,z\n\\N|\\N|bad|maybe||\nz\n");
    CHECK_STR("lazy", lake_query(l, "SELECT * FROM lazy"),
              "a|b|c|d|e|f\n1|x|1.5|true|[1, 2]|{p=7, q=z}\nNULL|NULL|NULL|NULL|NULL|NULL\n"
              "NULL|NULL|NULL|NULL|NULL|NULL\n");
    CHECK_STR("fields", lake_query(l, "SELECT f.q, f.p, a FROM lazy LIMIT 1"), "q|p|a\nz|7|1\n");
    CHECK_STR("pushed", lake_query(l, "SELECT count(*) FROM lazy WHERE f.p = 7"), "_col0\n1\n");

    lake_table(l, "csv", SERDE_CSV, "a string;b int;c string", "", "");
    lake_object(l, "csv/a.csv", "\"x, \"\"y\"\"\",1,\"\"\r\nplain,2\r\n");
    CHECK_STR("csv", lake_query(l, "SELECT * FROM csv"), "a|b|c\nx, \"y\"|1|\nplain|2|NULL\n");
    lake_object(l, "csv/b.csv", "q,,r\n");
    CHECK_HAS("empty number", lake_query(l, "SELECT b FROM csv"),
              "HIVE_BAD_DATA: Error parsing field value '' for field 1 (b)");
    CHECK_STR("not asked", lake_query(l, "SELECT a FROM csv WHERE c = 'r'"), "a\nq\n");
    lake_free(l);
}

static void test_null_rules_of_the_json_serdes(void **state)
{
    (void)state;
    lake *l = lake_new();
    static const char columns[] = "i int;s string;d double;b boolean;t timestamp;a array<string>;"
                                  "m map<string,int>;r struct<x:int,y:struct<z:string>>";
    lake_table(l, "o", SERDE_OPENX, columns, "", "");
    lake_object(
        l, "o/a.json",
        "{}\n"
        "{\"I\":\"12\",\"s\":{\"k\": [1, 2]},\"d\":\"x\",\"b\":\"TRUE\",\"t\":"
        "\"2006-01-02T03:04:05Z\",\"a\":\"one\",\"m\":{\"p\":1},\"r\":{\"y\":{\"z\":\"q\"}}}\n"
        "{\"i\":1.9e0,\"s\":true,\"d\":1e3,\"b\":\"yes\",\"t\":1136073600,\"a\":[\"u\",null],"
        "\"m\":\"\",\"r\":null}\n"
        "{\"i\":99999999999,\"s\":\"\\u00e9\\n\",\"i\":5,\"t\":1136073600123}\n");
    CHECK_STR("openx", lake_query(l, "SELECT * FROM o"),
              "i|s|d|b|t|a|m|r\n"
              "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n"
              "12|{\"k\":[1,2]}|NULL|true|2006-01-02 03:04:05.000|[one]|{p=1}|"
              "{x=null, y={z=q}}\n"
              "1|true|1000.0|false|2006-01-01 00:00:00.000|[u, null]|NULL|NULL\n"
              "5|\xc3\xa9\n|NULL|NULL|2006-01-01 00:00:00.123|NULL|NULL|NULL\n");
    CHECK_STR("deep", lake_query(l, "SELECT r.y.z, count(*) FROM o GROUP BY r.y.z ORDER BY 1"),
              "z|_col1\nq|1\nNULL|3\n");
    CHECK_STR("whole and part", lake_query(l, "SELECT r, r.y.z FROM o WHERE r.y.z = 'q'"),
              "r|z\n{x=null, y={z=q}}|q\n");
    lake_object(l, "o/b.json", "{\"i\":{}}\n");
    CHECK_HAS("object into number", lake_query(l, "SELECT i FROM o"), "error: HIVE_BAD_DATA: ");

    lake_table(l, "h", SERDE_HIVE, "i int;s string", "", "");
    lake_object(l, "h/a.json", "{\"_col0\":3,\"s\":4}\n{\"i\":null}\n");
    CHECK_STR("hive", lake_query(l, "SELECT i, s FROM h"), "i|s\n3|4\nNULL|NULL\n");
    lake_object(l, "h/a.json", "{\"i\":\"3\"}\n");
    CHECK_HAS("hive is strict", lake_query(l, "SELECT i FROM h"), "error: HIVE_BAD_DATA: ");
    lake_free(l);
}

static void test_threads_do_not_change_answers(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT g, count(*), sum(v), avg(v), min(s), max(s) FROM big GROUP BY g",
        "SELECT s, v FROM big WHERE g = 3 AND v > 9e2",
        "SELECT count(DISTINCT s) FROM big",
    };
    lake *l = lake_new();
    lake_table(l, "big", SERDE_OPENX, "g int;v double;s string", "", "");
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 250000; i++) {
        mr_strbuf_appendf(&text, "{\"g\":%d,\"v\":%d.%d,\"s\":\"text %d of some length\"}\n",
                          i * 7 % 11, i % 1000, i % 97, i % 1000);
    }
    lake_object_bytes(l, "big/a.json", mr_strbuf_bytes(&text));
    lake_object_bytes(l, "big/b.json", mr_bytes_make(text.at, text.len / 2 - 3));
    mr_strbuf_deinit(&text);
    /* The cut last line of b.json is malformed: leave it out by its own table setting. */
    for (size_t i = 0; i < MR_COUNT(queries); i++) {
        l->offloader = NULL;
        l->threads = 1;
        char *one = mr_strdup(lake_query(l, queries[i]));
        l->offloader = mr_offload_inline();
        l->threads = 3;
        CHECK_STR(queries[i], lake_query(l, queries[i]), one);
        mr_free(one);
    }
    lake_free(l);
}

static void test_a_catalog_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    lake *l = lake_new();
    mr_error err;
    mr_query_session *session;
    mr_query_options options = {.catalog_path = "/nonexistent/catalog.db", .store_path = "x"};
    CHECK_TRUE("fails", mr_query_open(&options, &session, &err) != MR_OK);
    CHECK_TRUE("nothing", session == NULL);
    lake_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selects_answer_as_athena_does),
        cmocka_unit_test(test_what_athena_refuses_is_refused_in_its_words),
        cmocka_unit_test(test_partitions_are_pruned_and_counted),
        cmocka_unit_test(test_projection_reads_only_the_days_asked_for),
        cmocka_unit_test(test_several_records_on_one_line_give_the_first_and_a_warning),
        cmocka_unit_test(test_malformed_lines_fail_or_are_rows_of_nulls),
        cmocka_unit_test(test_gzip_objects_of_several_members_are_read),
        cmocka_unit_test(test_delimited_tables_follow_their_serde),
        cmocka_unit_test(test_null_rules_of_the_json_serdes),
        cmocka_unit_test(test_threads_do_not_change_answers),
        cmocka_unit_test(test_a_catalog_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
