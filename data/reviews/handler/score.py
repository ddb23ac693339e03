"""Adds the sentiment of a review to its record, for Amazon Data Firehose: a JSON object in, the same
object in one line out, with a label and scores. The label is given as a partition key too, so that the
delivery stream has an object for each. A record that is no JSON object with a review in it is answered
as ProcessingFailed, so that Firehose keeps it below its error output prefix.

The Builtin in template.yaml writes the same bytes: members go from the record to the line as they
stand, and only blanks between tokens are left out.
"""

import base64
import json
import re

from sentiment import label_of, scores_of

FIELD = "review"
LABEL = "sentiment"
SCORES = "sentiment_scores"
PARTITION_KEY = "label"
DEPTH_MAX = 64

BLANKS = re.compile(r"[ \t\n\r]*")
STRING_OR_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\n\r]+', re.DOTALL)


def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}


def answer(record):
    try:
        line, label = score(base64.b64decode(record["data"]).decode("utf-8", "replace"))
    except (ValueError, RecursionError) as problem:
        print(f"{record['recordId']}: {problem}")
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
    return {
        "recordId": record["recordId"],
        "result": "Ok",
        "data": base64.b64encode(line.encode("utf-8")).decode("ascii"),
        "metadata": {"partitionKeys": {PARTITION_KEY: label}},
    }


def score(text):
    """The line for the record, and its label."""
    review, kept = None, []
    for name, value, raw in members(text):
        if name in (LABEL, SCORES):
            continue
        if name == FIELD:
            review = value  # of one given twice the last counts
        kept.append(raw)
    if not isinstance(review, Text):
        raise ValueError(f"the record has no {FIELD}")
    scores = scores_of(review)
    label = label_of(scores)
    added = f'"{LABEL}":"{label}","{SCORES}":{{'
    added += ",".join(f'"{name}":{number(value)}' for name, value in scores.items()) + "}"
    return "{" + ",".join([*kept, added]) + "}\n", label


class Text(str):
    """A string of the record. (Numbers are kept as plain str, with all their digits.)"""


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=refuse)


def members(text):
    """The members of a JSON object: name, value, and how both stand in it, without blanks."""
    at = past_blanks(text, 0)
    at = past_blanks(text, past(text, at, "{"))
    while text[at : at + 1] != "}":
        start = at
        name, at = value_at(text, at)
        if not isinstance(name, Text):
            raise ValueError("a name is a string")
        raw_name = text[start:at]
        start = past_blanks(text, past(text, past_blanks(text, at), ":"))
        value, at = value_at(text, start)
        yield name, value, raw_name + ":" + compact(text[start:at])
        at = past_blanks(text, at)
        if text[at : at + 1] != "}":
            at = past_blanks(text, past(text, at, ","))
            if text[at : at + 1] == "}":
                raise ValueError("a comma before }")
    if past_blanks(text, at + 1) != len(text):
        raise ValueError("more than one JSON object")


def past_blanks(text, at):
    return BLANKS.match(text, at).end()


def past(text, at, mark):
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark} at character {at}")
    return at + 1


def value_at(text, at):
    value, end = DECODER.raw_decode(text, at)
    if text[at] == '"':
        return Text(value), end
    if text[at] in "[{":
        check_depth(text[at:end])
    return value, end


def check_depth(raw):
    """The object around it is a level too."""
    depth = 1
    for bracket in re.findall(r"[\[\]{}]", STRING_OR_BLANKS.sub("", raw)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEPTH_MAX:
            raise ValueError(f"nested deeper than {DEPTH_MAX} levels")


def compact(raw):
    return STRING_OR_BLANKS.sub(lambda found: found[1] or "", raw)


def number(value):
    """As JavaScript prints it; the scores have four decimals at most."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
