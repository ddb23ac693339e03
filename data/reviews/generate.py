#!/usr/bin/env python3
"""Makes a synthetic reviews.csv: what customers of a shop that never was wrote about what it sells.

Products, customers and words are invented. A review is put together from sentences of a mood, and the
stars go with the mood, mostly. The same rows and seed give the same bytes with any Python from 3.8
on: only random.Random.random() is used, whose sequence Python promises to keep.

    ./generate.py > reviews.csv                    the committed file: 400 rows, seed 1
    ./generate.py --rows 100000 --seed 7 --output big.csv
"""

import argparse
import csv
import datetime
import random
import sys

HEADER = ["review_id", "day", "product", "stars", "review"]
FIRST_DAY = datetime.date(2026, 3, 1)
DAYS = 31

# Of each product what is good, bad and plain about it, as clauses that go on from "the ...".
PRODUCTS = {
    "kettle": (
        ["lid closes with a lovely click", "water boils before the toast is done",
         "handle stays cool and feels great", "spout pours without a drip, which is a joy"],
        ["lid broke after nine days", "element smells horrible", "switch is dangerous when it is wet",
         "paint is ugly and comes off"],
        ["cord is ninety centimetres long", "tank holds a litre and a half"],
    ),
    "headset": (
        ["sound is rich and the bass is fantastic", "cushions are so comfortable that I forget them",
         "battery is amazing on long trains", "case is a clever little thing"],
        ["left side died in the second week", "microphone is useless outdoors",
         "hinge creaks and annoys everybody", "connection fails whenever I leave the room"],
        ["box has a cable and two adapters", "volume is set with a slider on the right"],
    ),
    "backpack": (
        ["straps are soft and the back is well padded", "pockets are a dream for tidy people",
         "zips run smoothly, even in the cold", "fabric kept everything dry and safe in a storm"],
        ["seams are weak and one tore on the first day", "buckle is cheap and keeps failing",
         "smell of glue is disgusting", "bottom leaks, so my notes were ruined"],
        ["main compartment takes a laptop of fifteen inches", "colour is between green and grey"],
    ),
    "board game": (
        ["rules are easy and the turns are fun", "artwork is beautiful on every card",
         "ending is tense and exciting each time", "children laugh and want to win again"],
        ["manual is confusing and contradicts itself", "dice are poor and roll off the table",
         "middle of the game drags terribly", "pieces were missing, a bad joke"],
        ["box holds sixty cards and four boards", "game takes about forty minutes"],
    ),
    "desk lamp": (
        ["light is warm and pleasant for reading", "arm moves with ease and stays where it is put",
         "dimmer is brilliant late at night", "base is solid and looks elegant"],
        ["bulb flickers and gives me a headache", "arm sinks slowly, how irritating",
         "plug got hot and scared me", "switch is awful to find in the dark"],
        ["shade is made of metal", "base is as wide as a saucer"],
    ),
    "coffee": (
        ["smell alone makes me happy in the morning", "taste is smooth, sweet and delicious",
         "beans are fresh and roasted with care", "second cup is even better"],
        ["beans were stale and bitter", "bag was torn, what a mess and a waste",
         "taste is sour and simply nasty", "grind is wrong for my machine and clogs it"],
        ["bag weighs half a kilo", "label says that it is from three farms"],
    ),
    "rain jacket": (
        ["hood is light and gives me confidence in any weather", "fit is perfect from the first walk",
         "cuffs hold well and never hurt", "lining is wonderfully soft"],
        ["zip came off and I nearly cried", "sleeves are too tight and painful",
         "lining is a disaster after rain", "colour faded and looks sad"],
        ["jacket weighs as much as a book", "hood rolls into the collar"],
    ),
    "phone stand": (
        ["joint is strong and holds any angle", "rubber feet are a good idea that works",
         "finish is neat and the price is fair", "design is simple and smart"],
        ["joint is loose and lets the phone drop", "edges are sharp and scratch the table",
         "glue failed within an hour", "stand wobbles, so calls are a pain"],
        ["slot fits a phone with a thin cover", "stand folds flat"],
    ),
}

GOOD_OPENINGS = [
    "I love this {product}", "This {product} is great", "What a wonderful {product}",
    "Really happy with this {product}", "A very good {product} for the price",
    "Best {product} I have had in years", "My sister was thrilled with the {product}",
    "I was never so pleased with a {product}", "Not bad at all, this {product}",
    "It is hard to dislike this {product}", "The {product} arrived early and in perfect shape",
]
BAD_OPENINGS = [
    "I hate this {product}", "This {product} is not good", "What a terrible {product}",
    "Very disappointed with this {product}", "The worst {product} I have ever bought",
    "I can't recommend this {product}", "Don't waste your money on this {product}",
    "Hardly a good {product}", "My brother was angry about the {product}",
    "The {product} isn't worth the trouble", "A {product} without any charm",
]
PLAIN_OPENINGS = [
    "I bought the {product} in February", "This {product} is for the office",
    "It is a {product}", "We have used the {product} for three weeks",
    "The {product} came in a brown box", "Second {product} from this shop",
]
GOOD_CLOSINGS = [
    "Highly recommended", "I would buy it again", "Thanks to the friendly people of the shop",
    "Five stars, easily", "It was a bargain", "Support answered at once and was very helpful",
    "I enjoy it every day :)", "LOVE it", "Totally worth it", "Great gift, too",
]
BAD_CLOSINGS = [
    "I want a refund", "Never again", "Support was rude", "It goes back tomorrow",
    "A complete waste", "Nobody answers my complaint :(", "AWFUL", "I feel cheated",
    "It was kind of a scam", "The least helpful shop I know",
]
PLAIN_CLOSINGS = [
    "That is all", "Ask me again in a year", "It stands in the hall now", "I have the blue one",
    "Delivery took four days", "The receipt was in the box",
]
JOINTS = ["and the", "because the", "as the"]
MOODS = [("good", 0.45), ("bad", 0.25), ("mixed", 0.18), ("plain", 0.12)]
STARS = {"good": [4, 5, 5, 5], "bad": [1, 1, 2, 2], "mixed": [2, 3, 3, 4], "plain": [3, 3, 4]}


def below(rng, bound):
    return int(rng.random() * bound)


def one_of(rng, items):
    return items[below(rng, len(items))]


def mood_of(rng):
    at = rng.random()
    for mood, weight in MOODS:
        at -= weight
        if at < 0:
            return mood
    return MOODS[-1][0]


def sentence(rng, text):
    """With the marks that people make."""
    kind = rng.random()
    mark = "!" if kind < 0.15 else "!!!" if kind < 0.2 else "..." if kind < 0.24 else "."
    if text[-1] in ":()":
        mark = ""
    text = text[0].upper() + text[1:]
    return (text.upper() if rng.random() < 0.03 else text) + mark


def opening(rng, mood, product):
    choices = {"good": GOOD_OPENINGS, "bad": BAD_OPENINGS, "plain": PLAIN_OPENINGS}[mood]
    return one_of(rng, choices).format(product=product)


def review(rng, mood, product):
    good, bad, plain = PRODUCTS[product]
    if mood == "plain":
        parts = [opening(rng, mood, product), "the " + one_of(rng, plain)]
        if rng.random() < 0.5:
            parts.append(one_of(rng, PLAIN_CLOSINGS))
    elif mood == "mixed":
        first, second = (good, bad) if rng.random() < 0.5 else (bad, good)
        parts = [f"the {one_of(rng, first)}, but the {one_of(rng, second)}"]
        if rng.random() < 0.6:
            parts.insert(0, opening(rng, "plain", product))
        if rng.random() < 0.3:
            parts.append(one_of(rng, PLAIN_CLOSINGS))
    else:
        clauses, closings = (good, GOOD_CLOSINGS) if mood == "good" else (bad, BAD_CLOSINGS)
        start, clause = opening(rng, mood, product), one_of(rng, clauses)
        if rng.random() < 0.4:
            parts = [f"{start}, {one_of(rng, JOINTS)} {clause}"]
        else:
            parts = [start, "the " + clause]
        if rng.random() < 0.35:
            parts.append("the " + one_of(rng, plain))
        if rng.random() < 0.65:
            parts.append(one_of(rng, closings))
    return " ".join(sentence(rng, part) for part in parts)


def main():
    parser = argparse.ArgumentParser(description="Makes a synthetic reviews.csv.")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", default="-", help="a file; '-' is standard output")
    options = parser.parse_args()

    rng = random.Random(options.seed)
    days = sorted(below(rng, DAYS) for _ in range(options.rows))
    out = sys.stdout if options.output == "-" else open(options.output, "w", newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    for number, day in enumerate(days, 1):
        mood = mood_of(rng)
        product = one_of(rng, sorted(PRODUCTS))
        stars = one_of(rng, STARS[mood])
        date = FIRST_DAY + datetime.timedelta(days=day)
        rows.writerow([f"r{number:05d}", date.isoformat(), product, stars, review(rng, mood, product)])
    if out is not sys.stdout:
        out.close()


if __name__ == "__main__":
    main()
