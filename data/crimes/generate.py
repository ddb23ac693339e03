#!/usr/bin/env python3
"""Makes a synthetic crimes.csv: a month of police reports in a city that never was.

The columns, the widths and the habits (a padded beat, descriptions that begin with a code,
intersections as addresses, coordinates cut to a few digits) are those of city open data of the
kind; streets, places and events are invented. The same rows and seed give the same bytes with any
Python from 3.8 on: only random.Random.random() is used, whose sequence Python promises to keep.

    ./generate.py > crimes.csv                    the committed file: 7584 rows, seed 1
    ./generate.py --rows 1500000 --seed 7 --output big.csv
"""

import argparse
import bisect
import itertools
import random
import sys

HEADER = "cdatetime,address,district,beat,grid,crimedescr,ucr_ncic_code,latitude,longitude"

DAYS = 31  # January 2006

# Reports by hour of the day: few before dawn, most in the late afternoon.
HOUR_WEIGHTS = [46, 24, 19, 14, 10, 9, 13, 24, 36, 34, 36, 37, 44, 41, 45, 48, 51, 57, 55, 47, 44, 42, 43, 32]
# January 2006 began on a Sunday.
WEEKDAY_WEIGHTS = [92, 104, 110, 112, 108, 113, 98]

DISTRICTS = [  # weight, beats, south-west corner and size of the district's box in degrees
    (868, "ABC", (38.612, -121.498), (0.066, 0.083)),
    (1462, "ABC", (38.601, -121.452), (0.052, 0.072)),
    (1575, "ABCM", (38.556, -121.508), (0.040, 0.096)),
    (1161, "ABC", (38.470, -121.545), (0.072, 0.048)),
    (1159, "ABC", (38.446, -121.496), (0.068, 0.059)),
    (1359, "ABC", (38.508, -121.470), (0.058, 0.071)),
]
GRIDS_PER_DISTRICT = 90

NAME_FIRST = ["ALDER", "AMBER", "BASALT", "BEACON", "BIRCH", "BRIAR", "CANNERY", "CINDER", "CLOVER",
              "COPPER", "CYPRESS", "DRIFT", "EGRET", "ELDER", "FALCON", "FENNEL", "FOXGLOVE", "GARNET",
              "GRANGE", "HARVEST", "HERON", "HOLLOW", "INDIGO", "IRON", "JUNIPER", "KESTREL", "LANTERN",
              "LEVEE", "LINDEN", "MALLARD", "MARSH", "MILLRACE", "OTTER", "PEBBLE", "PLOVER", "POPPY",
              "QUARRY", "REED", "RUSSET", "SALTGRASS", "SORREL", "SPARROW", "STURGEON", "TANAGER",
              "TEASEL", "TULE", "VALLEY", "WALNUT", "WILLET", "YARROW"]
NAME_SECOND = ["", "", "", " BEND", " BLUFF", " CREEK", " FERRY", " FIELD", " GLEN", " GROVE",
               " HILL", " LANDING", " MEADOW", " OAK", " POINT", " RIDGE", " SHORE", " SPRING"]
NAME_KIND = [" ST", " ST", " AVE", " AVE", " DR", " WAY", " WAY", " CT", " LN", " BLVD", " CIR", " RD"]

# Weight, description, code. Descriptions carry the section of the law that they are filed under.
OFFENCES = [
    (60, "10851(A)VC TAKE VEH W/O OWNER", 2404), (44, "TOWED/STORED VEH-14602.6", 7000),
    (44, "459 PC  BURGLARY VEHICLE", 2299), (40, "TOWED/STORED VEHICLE", 7000),
    (35, "459 PC  BURGLARY RESIDENCE", 2204), (26, "MISSING PERSON", 7000),
    (21, "10851 VC AUTO THEFT LOCATE", 2404), (19, "594(B)(2)(A) VANDALISM/ -$400", 2999),
    (18, "TRAFFIC-ACCIDENT INJURY", 5400), (17, "TRAFFIC-ACCIDENT-NON INJURY", 5400),
    (14, "459 PC  BURGLARY BUSINESS", 2203), (12, "484 PETTY THEFT/LICENSE PLATE", 2399),
    (12, "594(B)(1)PC  VANDALISM +$400", 2999), (12, "CASUALTY REPORT", 7000),
    (11, "5150 WI DANGER SELF/OTHERS", 7000), (10, "20002(A) HIT/RUN", 5401),
    (10, "484 PC   PETTY THEFT/INSIDE", 2308), (10, "211 PC  ROBBERY UNSPECIFIED", 1299),
    (10, "11364 HS POSS DRUG PARAPH", 3550), (9, "NON INJ HR/MAIL OUT REPORT", 5400),
    (9, "242 PC  BATTERY CIVILIAN", 1313), (9, "484 PETTY THEFT-SHOPLIFT", 2303),
    (8, "487(A) PC GRAND THEFT", 2399), (8, "23152(A) VC DUI-ALCOHOL/DRUGS", 5404),
    (8, "484 PC PETTY THEFT", 2399), (8, "647(F) PC DRUNK IN PUBLIC", 5399),
    (7, "FOUND PROPERTY", 7000), (7, "11377(A) HS POSS CNTL SUB", 3599),
    (6, "273.5(A) PC INFLICT INJURY SPOUSE", 1310), (6, "243(E)(1) BATTERY:SPOUSE/DATE", 1313),
    (6, "487(D)(1) PC GRAND THEFT AUTO", 2404), (5, "417(A)(1) PC BRANDISH WEAPON", 1315),
    (5, "245(A)(1)AWDW/NO FIREARM/CIV", 1315), (5, "530.5 PC USE PERSONAL ID INFO", 2604),
    (5, "470(D) PC FORGERY", 2589), (4, "422 PC THREATEN CRIME W/INTENT", 1602),
    (4, "SUSP PERS-NO CRIME", 7000), (4, "653M(A) PC OBSCENE/THREAT CALL", 5309),
    (3, "451(D) PC ARSON:PROPERTY", 2099), (3, "INJURED/SICK PERSON ASSIST", 7000),
    (2, "374.3 PC DUMPING WASTE", 6601), (2, "12020(A) PC POSS DANGEROUS WEAPON", 5202),
    (1, "664/459 PC ATTEMPT BURGLARY", 2299), (1, "207(A) PC KIDNAP", 1099),
]


class Weighted:
    """Draws items, each as often as its weight says."""

    def __init__(self, weights, items):
        self.sums = list(itertools.accumulate(weights))
        self.items = list(items)

    def draw(self, rng):
        at = bisect.bisect_right(self.sums, rng.random() * self.sums[-1])
        return self.items[min(at, len(self.items) - 1)]


def below(rng, bound):
    return int(rng.random() * bound)


def one_of(rng, items):
    return items[below(rng, len(items))]


class City:
    """Streets and grids, drawn once; reports then happen on them."""

    def __init__(self, rng):
        names = sorted({f + s for f in NAME_FIRST for s in NAME_SECOND})
        self.streets = [name + one_of(rng, NAME_KIND) for name in names]
        self.streets += [f"{n}{ordinal(n)} ST" for n in range(2, 60)]
        self.streets += [f"{letter} ST" for letter in "BCDEGHKLMNOPQRSTUVW"]
        self.districts = Weighted([d[0] for d in DISTRICTS], range(len(DISTRICTS)))
        self.offences = Weighted([o[0] for o in OFFENCES], [o[1:] for o in OFFENCES])
        self.grids = []  # by district: (number, beat, latitude, longitude)
        for d, (_, beats, (south, west), (height, width)) in enumerate(DISTRICTS):
            grids = []
            for g in range(GRIDS_PER_DISTRICT):
                number = 100 + d * 260 + g * 2 + below(rng, 2)
                grids.append((number, one_of(rng, beats), south + height * rng.random(),
                              west + width * rng.random()))
            self.grids.append(grids)


def ordinal(n):
    if 10 <= n % 100 <= 20:
        return "TH"
    return {1: "ST", 2: "ND", 3: "RD"}.get(n % 10, "TH")


def times(rng, rows):
    """Minutes since 1 January 2006 00:00, in order."""
    days = Weighted([WEEKDAY_WEIGHTS[day % 7] for day in range(DAYS)], range(DAYS))
    hours = Weighted(HOUR_WEIGHTS, range(24))
    minutes = []
    for _ in range(rows):
        day, hour = days.draw(rng), hours.draw(rng)
        # People remember the hour, half of the time, or the quarter.
        kind = rng.random()
        minute = 0 if kind < 0.4 else 15 * below(rng, 4) if kind < 0.65 else below(rng, 60)
        minutes.append((day * 24 + hour) * 60 + minute)
    minutes.sort()
    return minutes


def address(rng, city):
    street = one_of(rng, city.streets)
    if rng.random() < 0.12:
        return f"{street} / {one_of(rng, city.streets)}"
    return f"{1 + below(rng, 8400)} {street}"


def cut(value, digits):
    """As the source's single-precision coordinates print: no zeros at the end."""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def report(rng, city, minute):
    day, clock = divmod(minute, 24 * 60)
    d = city.districts.draw(rng)
    number, beat, latitude, longitude = one_of(rng, city.grids[d])
    description, code = city.offences.draw(rng)
    # A few reports were filed without a beat; the field is ten wide either way.
    beat_text = "" if rng.random() < 0.005 else f"{d + 1}{beat}"
    return ",".join([
        f"1/{day + 1}/06 {clock // 60}:{clock % 60:02d}",
        address(rng, city),
        str(d + 1),
        f"{beat_text:<10}",
        str(number),
        description,
        str(code),
        cut(latitude + (rng.random() - 0.5) * 0.006, 8),
        cut(longitude + (rng.random() - 0.5) * 0.006, 7),
    ])


def main():
    parser = argparse.ArgumentParser(description="Makes a synthetic crimes.csv.")
    parser.add_argument("--rows", type=int, default=7584)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", default="-", help="a file; '-' is standard output")
    options = parser.parse_args()

    rng = random.Random(options.seed)
    city = City(rng)
    out = sys.stdout if options.output == "-" else open(options.output, "w", newline="")
    out.write(HEADER + "\n")
    for minute in times(rng, options.rows):
        out.write(report(rng, city, minute) + "\n")
    if out is not sys.stdout:
        out.close()


if __name__ == "__main__":
    main()
