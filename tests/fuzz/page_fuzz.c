/*
 * page_fuzz.c - any bytes as the address of a page of the console, "view?query", over a small world
 * that has one of each thing, some of them with names that would be markup.
 *
 * What must hold: a page is no longer than its address can make it; it is UTF-8; and its tags are
 * those that pages are made of, open and close in order, and have no attribute but those that pages
 * have. So no '<' of an address, a name or a record is ever a tag's.
 */
#include "sim/base/timefmt.h"
#include "src/app/pipeline.h"
#include "src/web/page.h"
#include "tests/fuzz/fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOSTILE        "<script>alert(1)</script>&\"'>"
#define WORLD_PAGE_MAX (128 * MR_KIB) /* the longest page of this world */
#define BYTE_GROWTH    64             /* a byte is shown a few times, as "&quot;" at most */
#define OPEN_MAX       16             /* elements in each other */
#define PUTS           40             /* of one record: more than a page has */

/* ---- the world ---- */

static const char template_text[] =
    "Metadata:\n"
    "  Millrace:\n"
    "    Inputs: [{Stream: Ticks, File: ticks.csv, PartitionKey: 'column:name', Encode: csv}]\n"
    "    Queries: {all: 'SELECT * FROM shop.ticks'}\n"
    "Resources:\n"
    "  Ticks: {Type: AWS::Kinesis::Stream, Properties: {Name: ticks, ShardCount: 2}}\n"
    "  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n"
    "  Decode:\n"
    "    Type: AWS::Lambda::Function\n"
    "    Metadata:\n"
    "      Millrace:\n"
    "        Builtin: {Kind: delimited-to-json, Delimiter: ',', Columns: [{Name: name, Type: "
    "string, "
    "From: 1}]}\n"
    "    Properties: {FunctionName: decode, Runtime: python3.12, Handler: a.b, Role: "
    "'arn:aws:iam::000000000000:role/r', Code: {ZipFile: 'x'}}\n"
    "  Delivery:\n"
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"
    "    Properties:\n"
    "      DeliveryStreamName: delivery\n"
    "      DeliveryStreamType: KinesisStreamAsSource\n"
    "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Ticks.Arn, RoleARN: "
    "'arn:aws:iam::000000000000:role/r'}\n"
    "      ExtendedS3DestinationConfiguration:\n"
    "        BucketARN: !GetAtt Data.Arn\n"
    "        RoleARN: 'arn:aws:iam::000000000000:role/r'\n"
    "        Prefix: ticks/\n"
    "        ProcessingConfiguration:\n"
    "          Enabled: true\n"
    "          Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, "
    "ParameterValue: !GetAtt Decode.Arn}]}]\n"
    "  Shop: {Type: AWS::Glue::Database, Properties: {CatalogId: '000000000000', DatabaseInput: "
    "{Name: shop}}}\n"
    "  Table:\n"
    "    Type: AWS::Glue::Table\n"
    "    Properties:\n"
    "      CatalogId: '000000000000'\n"
    "      DatabaseName: !Ref Shop\n"
    "      TableInput:\n"
    "        Name: ticks\n"
    "        TableType: EXTERNAL_TABLE\n"
    "        StorageDescriptor: {Location: 's3://data/ticks/', Columns: [{Name: name, Type: "
    "string}], InputFormat: org.apache.hadoop.mapred.TextInputFormat, OutputFormat: "
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat, SerdeInfo: {SerializationLibrary: "
    "org.openx.data.jsonserde.JsonSerDe}}\n";

static const char lesson_text[] =
    "template: ../template.yaml\n"
    "name: first\n"
    "inputs: [{stream: Ticks, file: ../ticks.csv}]\n"
    "lesson:\n"
    "  title: '<script>a title</script>'\n"
    "  prose: Look.\n"
    "  goal: See.\n"
    "  hint: Look again.\n"
    "  steps: [{say: '<script>a step</script>', event: {type: stream.created}}]\n"
    "expect: [{lost: 0}]\n";

#define TICKS "name,price\na,1\nb,2\nc,3\n\"<script>\",4\n"

typedef struct world {
    char *folder, *state; /* the template's and the state directory in it */
    mr_plan *plan;
    mr_sim *sim;
    uv_loop_t loop;
    mr_time_control *time;
    mr_web *web; /* NULL: there is no world yet */
    mr_pipeline *pipeline;
} world;

static world the_world; /* from input to input: pages only read it */

static void close_world(void)
{
    world *w = &the_world;
    mr_time_control_free(w->time);
    mr_web_set_pipeline(w->web, NULL);
    mr_web_free(w->web);
    mr_pipeline_free(w->pipeline);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    MR_ASSERT(uv_loop_close(&w->loop) == 0);
    mr_sim_close(w->sim);
    mr_plan_free(w->plan);
    mr_free(w->state);
    fuzz_folder_remove(w->folder);
}

static void load_plan(world *w)
{
    mr_error err;
    fuzz_write_file(w->folder, "template/ticks.csv", mr_bytes_of(TICKS));
    fuzz_write_file(w->folder, "template/template.yaml", mr_bytes_of(template_text));
    fuzz_write_file(w->folder, "template/lessons/first.yaml", mr_bytes_of(lesson_text));
    char *file = mr_format("%s/template/template.yaml", w->folder);
    const mr_plan_options options = {.file = file, .inputs = MR_PLAN_INPUTS_UNUSED};
    fuzz_must(mr_plan_load(&options, &w->plan, &err), &err);
    for (size_t i = 0; i < w->plan->error_count; i++) {
        (void)fprintf(stderr, "%s: %s\n", w->plan->findings[i].path, w->plan->findings[i].message);
    }
    MR_ASSERT(w->plan->error_count == 0);
    mr_free(file);
}

static void put(mr_sim *sim, const char *data)
{
    mr_error err;
    mr_stream *stream = NULL;
    mr_put_result result;
    size_t failed;
    const mr_record record = {.partition_key = mr_bytes_of(HOSTILE), .data = mr_bytes_of(data)};
    fuzz_must(mr_streams_require(mr_sim_streams(sim), mr_bytes_of("ticks"), &stream, &err), &err);
    for (int i = 0; i < PUTS; i++) {
        fuzz_must(mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    }
}

/* What no template makes: names and bytes that would be markup. */
static void add_hostile_things(world *w)
{
    mr_error err;
    char *bucket = mr_format("%s/s3/data", w->state);
    fuzz_write_file(bucket, "dir/one.json", mr_bytes_of("{\"a\":\"" HOSTILE "\"}{\"a\":2}\n"));
    fuzz_write_file(bucket, "dir/two.csv", mr_bytes_of("a,b\n\"<script>\",2\n"));
    fuzz_write_file(bucket, "dir/binary", mr_bytes_make("\0\1\2", 3));
    fuzz_write_file(bucket, "<script>", mr_bytes_of(HOSTILE));
    fuzz_write_file(bucket, "<script>a/b", mr_bytes_of(HOSTILE));
    mr_free(bucket);
    put(w->sim, HOSTILE);
    put(w->sim, "\x01\xff");
    mr_trace_emit(mr_sim_trace(w->sim), &(mr_event){.type = MR_EVENT_WARNING, .message = HOSTILE});
    const mr_fault_rule rule = {
        .kind = MR_FAULT_STORE_REFUSED, .target = HOSTILE, .until_us = INT64_MAX};
    fuzz_must(mr_faults_add(mr_sim_faults(w->sim), &rule, &err), &err);
}

static void deliver(mr_sim *sim)
{
    const mr_clock *clock = mr_sim_clock(sim);
    const int64_t until_us = mr_clock_now_us(clock) + 600 * MR_US_PER_SECOND;
    while (mr_clock_next_due_us(clock) <= until_us) {
        (void)mr_sim_step(sim, NULL);
        MR_ASSERT(mr_sim_fatal(sim) == NULL);
    }
}

static void open_world(void)
{
    world *w = &the_world;
    mr_error err;
    if (w->web != NULL) {
        return;
    }
    w->folder = fuzz_folder_make();
    load_plan(w);
    w->state = mr_format("%s/state", w->folder);
    fuzz_must(mr_platform_fs()->make_directories(mr_platform_fs(), w->state, &err), &err);
    w->sim = fuzz_world_open(w->state, (mr_sim_options){.limits = false});
    uv_loop_init(&w->loop);
    w->time = mr_time_control_new(&(mr_time_control_options){.sim = w->sim, .loop = &w->loop});
    w->web = mr_web_new(&(mr_web_options){.sim = w->sim,
                                          .loop = &w->loop,
                                          .state_directory = w->state,
                                          .plan = w->plan,
                                          .time = w->time,
                                          .host = "127.0.0.1"});
    const mr_pipeline_options options = {.sim = w->sim,
                                         .loop = &w->loop,
                                         .plan = w->plan,
                                         .state_directory = w->state,
                                         .resume = true};
    fuzz_must(mr_pipeline_new(&options, &w->pipeline, &err), &err);
    mr_web_set_pipeline(w->web, w->pipeline);
    mr_web_set_phase(w->web, MR_WEB_READY);
    add_hostile_things(w);
    deliver(w->sim);
    (void)atexit(close_world);
}

/* ---- a page ---- */

static mr_bytes take(mr_bytes *rest, size_t len)
{
    const mr_bytes front = mr_bytes_make(rest->at, len);
    *rest = mr_bytes_make(rest->at + len, rest->len - len);
    return front;
}

static bool is_one_of(mr_bytes word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mr_bytes_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* ' href="/_millrace/console/shards"': what stands behind an element's name, one by one. */
static void check_attributes(mr_bytes rest)
{
    static const char *const names[] = {"aria-label", "aria-current", "href", "scope"};
    static const char inside[] = "/_millrace/";
    while (rest.len > 0) {
        MR_ASSERT(take(&rest, 1).at[0] == ' ');
        const mr_bytes name = take(&rest, mr_bytes_find(rest, '='));
        MR_ASSERT(is_one_of(name, names, MR_COUNT(names)));
        MR_ASSERT(rest.len > 2 && mr_bytes_is(take(&rest, 2), "=\""));
        const mr_bytes value = take(&rest, mr_bytes_find(rest, '"'));
        MR_ASSERT(!mr_bytes_is(name, "href") || mr_bytes_starts_with(value, mr_bytes_of(inside)));
        MR_ASSERT(mr_bytes_find(value, '<') == value.len);
        MR_ASSERT(rest.len > 0);
        (void)take(&rest, 1);
    }
}

typedef struct elements {
    mr_bytes open[OPEN_MAX];
    size_t count;
} elements;

/* tag: what stands between '<' and '>'. */
static void check_tag(elements *e, mr_bytes tag)
{
    static const char *const names[] = {"a",   "caption", "h1",   "h2",    "li",    "main",
                                        "nav", "p",       "pre",  "table", "tbody", "td",
                                        "th",  "thead",   "time", "tr",    "ul"};
    MR_ASSERT(tag.len > 0);
    if (tag.at[0] == '/') {
        (void)take(&tag, 1);
        MR_ASSERT(e->count > 0 && mr_bytes_equal(e->open[--e->count], tag));
        return;
    }
    const mr_bytes name = take(&tag, mr_bytes_find(tag, ' '));
    MR_ASSERT(is_one_of(name, names, MR_COUNT(names)));
    MR_ASSERT(e->count < OPEN_MAX);
    e->open[e->count++] = name;
    check_attributes(tag);
}

/* "&lt;" and its kin: a reference is a short word, and it ends. */
static void check_text(mr_bytes text)
{
    MR_ASSERT(mr_bytes_find(text, '>') == text.len);
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        MR_ASSERT(c >= ' ' || c == '\n' || c == '\r' || c == '\t');
        if (c == '&') {
            const mr_bytes rest = mr_bytes_make(text.at + i, text.len - i);
            const size_t end = mr_bytes_find(rest, ';');
            MR_ASSERT(end > 1 && end < rest.len && end < 8);
        }
    }
}

static void check_markup(mr_bytes page)
{
    elements e = {.count = 0};
    MR_ASSERT(mr_bytes_is_utf8(page));
    while (page.len > 0) {
        check_text(take(&page, mr_bytes_find(page, '<')));
        if (page.len > 0) {
            (void)take(&page, 1);
            const size_t end = mr_bytes_find(page, '>');
            MR_ASSERT(end < page.len);
            check_tag(&e, take(&page, end));
            (void)take(&page, 1);
        }
    }
    MR_ASSERT(e.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_world();
    mr_bytes query = mr_bytes_make(data, size);
    const mr_bytes view = take(&query, mr_bytes_find(query, '?'));
    if (query.len > 0) {
        (void)take(&query, 1);
    }
    mr_strbuf page = mr_strbuf_make(MR_PAGE_BYTES_MAX);
    mr_page_render(the_world.web, view, query, &page);
    MR_ASSERT(!page.overflowed && page.len <= WORLD_PAGE_MAX + BYTE_GROWTH * size);
    check_markup(mr_strbuf_bytes(&page));
    mr_strbuf_deinit(&page);
    return 0;
}
