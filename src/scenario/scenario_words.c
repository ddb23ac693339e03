/* scenario_words.c - the world's own faults, word by word: what reads them, writes them and
 * explains them goes by this table. */
#include "src/scenario/scenario_reader.h"

static const mr_rule_word words[] = {
    {"shard", "throttled", MR_RULE_WORD, "true", NULL, "shard-throttled",
     "puts on $ are throttled"},
    {"shard", "failed", MR_RULE_WORD, "true", NULL, "put-failed", "puts on $ fail"},
    {"shard", "slow", MR_RULE_DURATION, NULL, NULL, "read-slow", "reads of $ take # longer"},
    {"shard", "unreadable", MR_RULE_WORD, "true", NULL, "read-throttled",
     "reads of $ are throttled"},
    {"shard", "read-twice", MR_RULE_WORD, "true", NULL, "read-duplicate",
     "what is read of $ is read twice"},
    {"answer-lost", "", MR_RULE_NOTHING, NULL, NULL, "ack-lost",
     "the answer to a put on $ is lost"},
    {"poison", "data", MR_RULE_TEXT, NULL, NULL, "record-poisoned", "a record put on $ is poison%"},
    {"lambda", "error", MR_RULE_TEXT, NULL, NULL, "lambda-error", "$ fails with%"},
    {"lambda", "timeout", MR_RULE_WORD, "true", NULL, "lambda-timeout", "$ times out"},
    {"lambda", "crash", MR_RULE_WORD, "true", NULL, "lambda-crash", "$ crashes"},
    {"lambda", "slow", MR_RULE_DURATION, NULL, NULL, "lambda-slow", "$ takes # longer"},
    {"lambda", "slow-start", MR_RULE_DURATION, NULL, NULL, "lambda-slow-start",
     "a cold start of $ takes # longer"},
    {"lambda", "garbled", MR_RULE_WORD, "true", NULL, "lambda-garbled",
     "$ answers what is no JSON"},
    {"lambda", "throttled", MR_RULE_WORD, "true", NULL, "lambda-throttled", "$ is throttled"},
    {"lambda", "ids", MR_RULE_WORD, "missing", NULL, "lambda-ids-missing",
     "$ leaves out record ids"},
    {"lambda", "ids", MR_RULE_WORD, "repeated", NULL, "lambda-ids-repeated",
     "$ repeats record ids"},
    {"store", "refused", MR_RULE_WORD, "503", "SlowDown", "store-refused",
     "puts of $ are refused (503 SlowDown)"},
    {"store", "refused", MR_RULE_WORD, "500", "InternalError", "store-failed",
     "puts of $ fail (500 InternalError)"},
    {"store", "slow", MR_RULE_DURATION, NULL, NULL, "store-slow", "puts of $ take # longer"},
    {"store", "full", MR_RULE_WORD, "true", NULL, "store-full", "puts of $ find the disk full"},
};

const mr_rule_word *mr_rule_word_table(size_t *count)
{
    *count = MR_COUNT(words);
    return words;
}

const mr_rule_word *mr_rule_word_of(mr_fault_kind kind)
{
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (strcmp(words[i].fault, mr_fault_kind_name(kind)) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

static mr_bytes unless_any(mr_bytes text)
{
    return mr_bytes_is(text, "*") ? (mr_bytes){NULL, 0} : text;
}

static const char internal[] = "firehose:"; /* the data stream of a DirectPut delivery stream */

mr_rule_target mr_rule_target_of(const mr_scenario_fault *fault)
{
    mr_bytes target = mr_bytes_of(fault->target);
    size_t slash = mr_bytes_find(target, '/');
    mr_rule_target out = {.owner = unless_any((mr_bytes){target.at, slash})};
    if (mr_bytes_starts_with(out.owner, MR_BYTES_LITERAL(internal))) {
        out.owner.at += sizeof(internal) - 1;
        out.owner.len -= sizeof(internal) - 1;
    }
    if (slash < target.len) {
        out.part = unless_any((mr_bytes){target.at + slash + 1, target.len - slash - 1});
    }
    return out;
}
