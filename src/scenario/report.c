/* report.c - see report.h: what every report needs. */
#include "src/scenario/report.h"

#include "src/scenario/scenario_files.h"

#include <stdio.h>
#include <string.h>

#define NAME_COLUMNS 9 /* "expected " */

void mr_report_add(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result)
{
    report->add(report, task, result);
}

void mr_report_end(mr_report *report, const mr_suite_counts *counts)
{
    report->end(report, counts);
}

void mr_report_free(mr_report *report)
{
    if (report != NULL) {
        mr_strbuf_deinit(&report->out);
        report->free(report);
    }
}

void mr_report_title(const mr_suite_task *task, const mr_scenario_result *result, mr_strbuf *out)
{
    if (result->name[0] != '\0') {
        mr_strbuf_append_text(out, result->name);
    } else {
        mr_strbuf_append_bytes(out, mr_scenario_file_stem(task->file));
    }
    if (task->has_seed) {
        mr_strbuf_appendf(out, " (seed %llu)", (unsigned long long)task->seed);
    }
}

void mr_report_place(const mr_scenario_result *result, const mr_scenario_failure *failure,
                     mr_strbuf *out)
{
    mr_strbuf_append_text(out, result->file);
    if (failure->line > 0) {
        mr_strbuf_appendf(out, ":%d", failure->line);
    }
    mr_strbuf_appendf(out, ": %s", failure->what);
}

void mr_report_error(const mr_suite_task *task, const mr_scenario_result *result, mr_strbuf *out)
{
    mr_bytes message = mr_bytes_of(result->error.message);
    mr_bytes file = mr_bytes_of(task->file);
    mr_bytes note = mr_bytes_of(result->note == NULL ? "" : result->note);
    if (mr_bytes_starts_with(note, message)) { /* the mistakes of a scenario, each with its place */
        mr_report_indent(result->note, "millrace: ", out);
        return;
    }
    bool has_place = mr_bytes_starts_with(message, file) && message.at[file.len] == ':';
    mr_strbuf_appendf(out, "millrace: %s%s%s", has_place ? "" : task->file, has_place ? "" : ": ",
                      result->error.message);
    if (task->has_seed && !has_place) { /* this run's own; the next seed may do */
        mr_strbuf_appendf(out, " (seed %llu)", (unsigned long long)task->seed);
    }
    mr_strbuf_append_char(out, '\n');
}

/* A word for a POSIX shell: as it is when it is harmless, in single quotes otherwise. */
static void append_word(mr_strbuf *out, const char *word)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-./:=@%+,";
    if (word[0] != '\0' && word[strspn(word, harmless)] == '\0') {
        mr_strbuf_append_text(out, word);
        return;
    }
    mr_strbuf_append_char(out, '\'');
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') {
            mr_strbuf_append_text(out, "'\\''");
        } else {
            mr_strbuf_append_char(out, *at);
        }
    }
    mr_strbuf_append_char(out, '\'');
}

void mr_report_replay(const mr_suite_task *task, mr_strbuf *out)
{
    mr_strbuf_append_text(out, task->is_recording ? "millrace test --replay " : "millrace test ");
    append_word(out, task->file);
    if (task->has_seed) {
        mr_strbuf_appendf(out, " --seed %llu", (unsigned long long)task->seed);
    }
    if (task->chaos) {
        mr_strbuf_append_text(out, " --chaos");
    }
    if (task->twice) {
        mr_strbuf_append_text(out, " --twice");
    }
}

void mr_report_item(const char *indentation, const char *name, const char *value, mr_strbuf *out)
{
    char margin[64];
    (void)snprintf(margin, sizeof(margin), "%s%*s", indentation, NAME_COLUMNS + 1, "");
    size_t len = mr_bytes_find(mr_bytes_of(value), '\n');
    mr_strbuf_appendf(out, "%s%-*s %.*s\n", indentation, NAME_COLUMNS, name, (int)len, value);
    mr_report_indent(value + len + (value[len] == '\n' ? 1 : 0), margin, out);
}

void mr_report_indent(const char *text, const char *indentation, mr_strbuf *out)
{
    for (mr_bytes rest = mr_bytes_of(text); rest.len > 0;) {
        size_t len = mr_bytes_find(rest, '\n');
        mr_strbuf_append_text(out, indentation);
        mr_strbuf_append(out, rest.at, len);
        mr_strbuf_append_char(out, '\n');
        size_t taken = mr_min_size(len + 1, rest.len);
        rest = mr_bytes_make(rest.at + taken, rest.len - taken);
    }
}
