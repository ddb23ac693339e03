/* variables.c - see variables.h. */
#include "src/runner/variables.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"

#include <stdlib.h>

typedef struct list {
    char **items;
    size_t count, capacity;
} list;

static bool list_has(const list *l, const char *name, size_t name_len)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strncmp(l->items[i], name, name_len) == 0 && l->items[i][name_len] == '=') {
            return true;
        }
    }
    return false;
}

/* Adds "NAME=value" unless there is one of that name: what is added first wins. Takes it over. */
static void add_owned(list *l, char *variable)
{
    const char *equals = strchr(variable, '=');
    if (equals == NULL || list_has(l, variable, (size_t)(equals - variable))) {
        mr_free(variable);
        return;
    }
    MR_GROW(l->items, l->count, l->capacity);
    l->items[l->count++] = variable;
}

static void add(list *l, const char *name, const char *value)
{
    add_owned(l, mr_format("%s=%s", name, value));
}

static const char *version_of(const mr_function_code *code)
{
    return code->published == NULL ? "$LATEST" : code->published;
}

/* yyyy/MM/dd/[$LATEST]<32 hex>: the same for the same environment of the same function. */
static void add_log_stream(list *l, const mr_variables_options *o)
{
    uint8_t digest[16];
    char hex[33];
    char *identity = mr_format("%s#%u", o->code->arn, o->environment);
    mr_md5(identity, strlen(identity), digest);
    mr_hex(digest, sizeof(digest), hex);
    mr_free(identity);
    mr_civil day = mr_civil_of(o->time_us);
    add_owned(l, mr_format("AWS_LAMBDA_LOG_STREAM_NAME=%04d/%02d/%02d/[%s]%s", day.year, day.month,
                           day.day, version_of(o->code), hex));
}

/* Those that a user cannot set. */
static void add_reserved(list *l, const mr_variables_options *o)
{
    const mr_function_code *code = o->code;
    add(l, "_HANDLER", code->handler == NULL ? "" : code->handler);
    add(l, "AWS_REGION", o->region);
    add(l, "AWS_DEFAULT_REGION", o->region);
    if (o->runtime != MR_RUNTIME_PROVIDED) {
        add_owned(l, mr_format("AWS_EXECUTION_ENV=AWS_Lambda_%s", code->runtime));
    }
    add(l, "AWS_LAMBDA_FUNCTION_NAME", code->name);
    add_owned(l, mr_format("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%u", code->memory_mib));
    add(l, "AWS_LAMBDA_FUNCTION_VERSION", version_of(code));
    add(l, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    add_owned(l, mr_format("AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/%s", code->name));
    add_log_stream(l, o);
    /* Never real ones: whatever a handler signs is for this machine. */
    add(l, "AWS_ACCESS_KEY_ID", "millrace");
    add(l, "AWS_SECRET_ACCESS_KEY", "millrace");
    add(l, "AWS_SESSION_TOKEN", "millrace");
    add_owned(l, mr_format("AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u", o->api_port));
    add(l, "LAMBDA_TASK_ROOT", o->task_root);
    add(l, "LAMBDA_RUNTIME_DIR", o->runtime_dir);
}

/* Those that a user's own replace. */
static void add_defaults(list *l, const mr_variables_options *o)
{
    const char *path = getenv("PATH");
    add(l, "PATH", path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
    add(l, "LANG", "en_US.UTF-8");
    add(l, "TZ", ":UTC");
    add(l, "PYTHONHASHSEED", "0");          /* the same order of sets in every run */
    add(l, "PYTHONDONTWRITEBYTECODE", "1"); /* the user's folder is not ours to write in */
    add(l, "PYTHONIOENCODING", "utf-8");    /* whatever locales this machine lacks */
    if (o->endpoint_url != NULL) {
        add(l, "AWS_ENDPOINT_URL", o->endpoint_url);
    }
}

char **mr_variables_make(const mr_variables_options *options)
{
    list l = {NULL, 0, 0};
    add_reserved(&l, options);
    for (const char *const *v = options->code->environment; v != NULL && *v != NULL; v++) {
        add_owned(&l, mr_strdup(*v));
    }
    add_defaults(&l, options);
    MR_GROW(l.items, l.count, l.capacity);
    l.items[l.count] = NULL;
    return l.items;
}

void mr_variables_free(char **variables)
{
    for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
        mr_free(variables[i]);
    }
    mr_free(variables);
}
