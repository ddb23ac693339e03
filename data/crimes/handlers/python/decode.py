"""Decodes crime reports for Amazon Data Firehose: delimited text in, one JSON object a line out.

A record is a row of crimes.csv with '|' between its fields and the time of loading at the end. It
becomes a JSON object with typed members; year, month and day are taken out of the time of the
crime, for whoever wants to partition by them. A record that does not read as a report is answered
as ProcessingFailed, so that Firehose keeps it below its error output prefix.

handlers/node/decode.js and the Builtin in template.yaml write the same bytes.
"""

import base64
import json
import math
import re

BLANKS = " \t\r\n\f\v"
INTEGER = re.compile(r"[+-]?[0-9]+\Z")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
TIME = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}) ([0-9]{1,2}):([0-9]{2})\Z")
DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
FIELDS = 10


def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}


def answer(record):
    try:
        line = decode(base64.b64decode(record["data"]).decode("utf-8", "replace"))
    except ValueError as problem:
        print(f"{record['recordId']}: {problem}")
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
    data = base64.b64encode(line.encode("utf-8")).decode("ascii")
    return {"recordId": record["recordId"], "result": "Ok", "data": data}


def decode(text):
    fields = [field.strip(BLANKS) for field in text.split("|")]
    if len(fields) < FIELDS:
        raise ValueError(f"{len(fields)} fields; a report has {FIELDS}")
    year, month, day = date_of(fields[0])
    members = [
        ("crime_time", string(fields[0])),
        ("address", string(fields[1])),
        ("district", integer(fields[2])),
        ("beat", string(fields[3])),
        ("grid", integer(fields[4])),
        ("description", string(fields[5])),
        ("ucr_ncic_code", integer(fields[6])),
        ("location", '{"lat":' + number(fields[7]) + ',"lon":' + number(fields[8]) + "}"),
        ("loaded_at", string(fields[9])),
        ("crime_year", year),
        ("crime_month", month),
        ("crime_day", day),
    ]
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}\n"


def string(text):
    return json.dumps(text, ensure_ascii=False)


def integer(text):
    """A 32-bit integer as JSON; null for an empty field."""
    if text == "":
        return "null"
    if not INTEGER.match(text) or not -(2**31) <= int(text) < 2**31:
        raise ValueError(f"{text!r} is not an int")
    return str(int(text))


def number(text):
    """A double as JSON; null for an empty field."""
    if text == "":
        return "null"
    if not NUMBER.match(text) or math.isinf(float(text)):
        raise ValueError(f"{text!r} is not a number")
    return shortest(float(text))


def shortest(value):
    """A number as JavaScript prints it: the digits of repr(), the exponent only past 1e21 and
    below 1e-6, and nothing after the point where there is nothing to say."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # value = 0.digits x 10^point
    digits = digits.rstrip("0")

    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = f"e{point - 1:+d}"
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + power


def date_of(text):
    """The year, month and day of M/d/yy H:mm as JSON strings; null for an empty field."""
    if text == "":
        return "null", "null", "null"
    found = TIME.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a time such as 1/31/06 23:59")
    month, day, year, hour, minute = (int(part) for part in found.groups())
    year += 2000
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or hour > 23 or minute > 59:
        raise ValueError(f"{text!r} is not a time such as 1/31/06 23:59")
    if not 1 <= day <= DAYS_IN_MONTH[month - 1] + (1 if leap and month == 2 else 0):
        raise ValueError(f"{text!r} is not a day of the calendar")
    return f'"{year:04d}"', f'"{month:02d}"', f'"{day:02d}"'
