/*
 * query_bench.c - the three queries of the sample data set over JSON lines, on one core and two.
 *
 *   bench.query [ROWS] [DIRECTORY]
 *
 * Writes ROWS (1,500,000) crime reports as JSON lines, two objects a day under 31 Hive
 * partitions dt=2006-01-01.., makes the catalog, and times each query from mr_query_open() to
 * mr_query_close(), the best of five. DIRECTORY is kept when named, so that a second call
 * measures alone; otherwise it is a temporary one.
 *
 * When there is a sqlite3 shell in PATH, its times over the same rows as an imported table are
 * printed beside (MILLRACE_BENCH_SQLITE=1: the import takes a while).
 */
#include "sim/base/alloc.h"
#include "sim/catalog/catalog.h"
#include "sim/query/query.h"
#include "sim/time/rng.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define DAYS            31
#define OBJECTS_PER_DAY 2
#define ROUNDS          5

static const int64_t now_us = INT64_C(1735689600000000);

static void require(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        fprintf(stderr, "query_bench: %s\n", err->message);
        exit(3);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of all threads; what a busy machine takes away shows in the difference to the wall. */
static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- the data ---- */

static void append_row(mr_strbuf *out, mr_prng *prng, int day)
{
    static const char *const streets[] = {"OCCIDENTAL DR", "N ST / 24TH ST", "FLORIN RD",
                                          "STOCKTON BLVD", "22ND ST"};
    static const char *const kinds[] = {
        "10851(A)VC TAKE VEH W/O OWNER", "459 PC  BURGLARY RESIDENCE", "TRESPASS",
        "484J PC PUBLISH CARD INFO", "THREATEN SCHOOL OFFICIAL/CLASS-I"};
    unsigned district = (unsigned)mr_prng_below(prng, 6) + 1;
    mr_strbuf_appendf(
        out,
        "{\"crime_time\":\"1/%d/06 %u:%02u\",\"address\":\"%u %s\",\"district\":%u,"
        "\"beat\":\"%u%c        \",\"grid\":%u,\"description\":\"%s\",\"ucr_ncic_code\":%u,"
        "\"location\":{\"lat\":%.8f,\"lon\":%.7f},\"loaded_at\":\"2025-01-01T00:00:00.000Z\","
        "\"crime_year\":\"2006\"}\n",
        day, (unsigned)mr_prng_below(prng, 24), (unsigned)mr_prng_below(prng, 60),
        (unsigned)mr_prng_below(prng, 9990) + 10, streets[mr_prng_below(prng, MR_COUNT(streets))],
        district, district, (char)('A' + mr_prng_below(prng, 3)),
        (unsigned)mr_prng_below(prng, 1600) + 100, kinds[mr_prng_below(prng, MR_COUNT(kinds))],
        (unsigned)mr_prng_below(prng, 7000) + 900, 38.4 + mr_prng_unit(prng) / 4,
        -121.3 - mr_prng_unit(prng) / 4);
}

static void write_object(const char *directory, int day, int object, uint64_t rows, mr_prng *prng)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    char *folder = mr_format("%s/s3/crime-data/crimes/dt=2006-01-%02d", directory, day);
    char *path = mr_format("%s/part-%d.json", folder, object);
    mr_file *file;
    mr_strbuf rows_text = mr_strbuf_make(64 * MR_MIB);
    uint64_t offset = 0;
    require(fs->make_directories(fs, folder, &err), &err);
    require(fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    for (uint64_t row = 0; row < rows; row++) {
        append_row(&rows_text, prng, day);
        if (rows_text.len > 4 * MR_MIB || row + 1 == rows) {
            require(fs->write_at(fs, file, mr_strbuf_bytes(&rows_text), offset, &err), &err);
            offset += rows_text.len;
            mr_strbuf_reset(&rows_text);
        }
    }
    fs->close(fs, file);
    mr_strbuf_deinit(&rows_text);
    mr_free(path);
    mr_free(folder);
}

static void write_data(const char *directory, uint64_t rows)
{
    mr_prng prng = mr_prng_named(1, "query bench");
    uint64_t objects = DAYS * OBJECTS_PER_DAY;
    for (uint64_t i = 0; i < objects; i++) {
        uint64_t here = rows / objects + (i < rows % objects);
        write_object(directory, (int)(i / OBJECTS_PER_DAY) + 1, (int)(i % OBJECTS_PER_DAY), here,
                     &prng);
    }
}

/* ---- the catalog ---- */

/* The catalog copies what it is given; its structs are those that it gives out. */
static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static void make_catalog(const char *path)
{
    static const char *const names[][2] = {
        {"crime_time", "string"}, {"address", "string"},
        {"district", "int"},      {"beat", "string"},
        {"grid", "int"},          {"description", "string"},
        {"ucr_ncic_code", "int"}, {"location", "struct<lat:double,lon:double>"},
        {"loaded_at", "string"},  {"crime_year", "string"},
    };
    mr_column columns[MR_COUNT(names)] = {0};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        columns[i].name = text(names[i][0]);
        columns[i].type = text(names[i][1]);
    }
    mr_column key = {.name = text("dt"), .type = text("string")};
    mr_table table = {
        .database = text("crimes"),
        .name = text("crime_events"),
        .table_type = text("EXTERNAL_TABLE"),
        .columns = columns,
        .column_count = MR_COUNT(columns),
        .partition_keys = &key,
        .partition_key_count = 1,
        .location = text("s3://crime-data/crimes/"),
        .input_format = text("org.apache.hadoop.mapred.TextInputFormat"),
        .output_format = text("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"),
        .serde = text("org.openx.data.jsonserde.JsonSerDe"),
    };
    mr_error err;
    mr_clock *clock =
        mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = now_us});
    mr_db *db;
    require(mr_db_open(&(mr_db_options){.path = path, .clock = clock}, &db, &err), &err);
    mr_catalog *catalog = mr_catalog_new(db, NULL);
    require(mr_catalog_create_database(catalog, "crimes", NULL, &err), &err);
    require(mr_catalog_create_table(catalog, &table, &err), &err);
    for (int day = 1; day <= DAYS; day++) {
        char value[16], location[80];
        snprintf(value, sizeof(value), "2006-01-%02d", day);
        snprintf(location, sizeof(location), "s3://crime-data/crimes/dt=%s/", value);
        const char *values[] = {value};
        require(
            mr_catalog_add_partition(catalog, "crimes", "crime_events", values, 1, location, &err),
            &err);
    }
    mr_catalog_free(catalog);
    mr_db_close(db);
    mr_clock_free(clock);
}

/* ---- the queries ---- */

static bool on_row(void *context, const mr_value *values, size_t count)
{
    uint64_t *sum = context;
    int64_t value = 0;
    if (mr_bytes_to_int64(values[count - 1].text, &value)) {
        *sum += (uint64_t)value;
    }
    return true;
}

static double run_once(const char *directory, const char *sql, unsigned threads,
                       mr_query_stats *stats, uint64_t *sum)
{
    mr_error err;
    uv_loop_t loop;
    double start = seconds();
    uv_loop_init(&loop);
    mr_offloader *offloader = threads > 1 ? mr_platform_offloader_new(&loop) : NULL;
    char *catalog = mr_format("%s/catalog.db", directory);
    char *store = mr_format("%s/s3", directory);
    mr_query_options options = {.catalog_path = catalog,
                                .store_path = store,
                                .fs = mr_platform_fs(),
                                .now_us = now_us,
                                .threads = threads,
                                .offloader = offloader};
    mr_query_session *session;
    require(mr_query_open(&options, &session, &err), &err);
    *sum = 0;
    mr_query_handlers handlers = {.row = on_row, .context = sum};
    require(mr_query_run(session, sql, &handlers, stats, &err), &err);
    mr_query_close(session);
    mr_free(catalog);
    mr_free(store);
    if (offloader != NULL) {
        uv_run(&loop, UV_RUN_DEFAULT);
        mr_platform_offloader_free(offloader);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return seconds() - start;
}

typedef struct bench_query {
    const char *label, *sql;
    double most[3]; /* seconds allowed by threads; 0: none */
} bench_query;

static const bench_query queries[] = {
    {"group by, count",
     "SELECT district, count(*) FROM crime_events GROUP BY district",
     {0, 0.9, 0.7}},
    {"filter int, count", "SELECT count(*) FROM crime_events WHERE district = 3", {0, 0.35, 0.35}},
    {"filter text, count",
     "SELECT count(*) FROM crime_events WHERE description = 'TRESPASS'",
     {0, 0.35, 0.35}},
    {"one partition of 31",
     "SELECT count(*) FROM crime_events WHERE dt = '2006-01-07' AND district = 3",
     {0, 0.03, 0.03}},
    {"count", "SELECT count(*) FROM crime_events", {0, 0, 0}},
    {"avg of a field, by text",
     "SELECT description, avg(location.lat) FROM crime_events GROUP BY description",
     {0, 0, 0}},
    {"rows to SQLite, filtered",
     "SELECT count(DISTINCT address) FROM crime_events WHERE district = 3 AND grid > 1600",
     {0, 0, 0}},
    {"distinct of many", "SELECT count(DISTINCT address) FROM crime_events", {0, 0, 0}},
};

static void run_query(const char *directory, const bench_query *query)
{
    for (unsigned threads = 1; threads <= 2; threads++) {
        mr_query_stats stats;
        uint64_t sum = 0;
        double best = 1e9, best_cpu = 1e9;
        for (int i = 0; i < ROUNDS; i++) {
            double cpu = cpu_seconds();
            double took = run_once(directory, query->sql, threads, &stats, &sum);
            cpu = cpu_seconds() - cpu;
            best = took < best ? took : best;
            best_cpu = cpu < best_cpu ? cpu : best_cpu;
        }
        printf("%-26s %u thread%s %7.3f s (cpu %.3f) %6.2f GB/s  %4llu MB of %llu objects  answer "
               "%llu",
               query->label, threads, threads == 1 ? " " : "s", best, best_cpu,
               (double)stats.bytes_scanned / best / 1e9,
               (unsigned long long)(stats.bytes_scanned / 1000000),
               (unsigned long long)stats.objects_scanned, (unsigned long long)sum);
        if (query->most[threads] > 0) {
            printf("  (at most %.2f: %s)", query->most[threads],
                   best <= query->most[threads] ? "ok" : "TOO SLOW");
        }
        printf("\n");
    }
}

/* The same rows in the sqlite3 shell, imported by itself. */
static void run_sqlite(const char *directory)
{
    char *command = mr_format(
        "command -v sqlite3 >/dev/null && cd '%s' && rm -f peer.db && cat "
        "s3/crime-data/crimes/*/*.json > peer.json && sqlite3 peer.db \""
        "CREATE TABLE r(j);\" '.mode tabs' '.separator \"\\001\" \"\\n\"' '.import peer.json r' \""
        "CREATE TABLE c AS SELECT j->>'district' district, j->>'description' description FROM r;\""
        " && echo 'sqlite3 shell, imported table (seconds):' && for q in "
        "'SELECT district, count(*) FROM c GROUP BY district' "
        "'SELECT count(*) FROM c WHERE district = 3'; do "
        "sqlite3 peer.db '.timer on' \"$q\" | grep Run; done; rm -f peer.json peer.db",
        directory);
    if (system(command) != 0) { /* NOLINT: the path is the bench's own */
        printf("sqlite3 shell: not compared\n");
    }
    mr_free(command);
}

int main(int argc, char **argv)
{
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 1500000;
    char temporary[] = "/tmp/millrace-query-bench-XXXXXX";
    bool keep = argc > 2;
    const char *directory = keep ? argv[2] : mkdtemp(temporary);
    mr_error err;
    if (directory == NULL) {
        perror("mkdtemp");
        return 3;
    }
    char *catalog = mr_format("%s/catalog.db", directory);
    if (access(catalog, R_OK) != 0) {
        double start = seconds();
        write_data(directory, rows);
        make_catalog(catalog);
        printf("made %llu rows in %.1f s\n", (unsigned long long)rows, seconds() - start);
    }
    for (size_t i = 0; i < MR_COUNT(queries); i++) {
        run_query(directory, &queries[i]);
    }
    if (getenv("MILLRACE_BENCH_SQLITE") != NULL) {
        run_sqlite(directory);
    }
    mr_free(catalog);
    if (!keep) {
        require(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    }
    return 0;
}
