"""Sentences to compare sentiment on: drawn from a seed, to meet each rule of the method often."""

import random

from millrace import ROOT

LEXICON = ROOT / "data/reviews/handler/lexicon.txt"

PLAIN = """the a this that it was is room food staff camera service we they again while table phone
    delivery on of in night with and I you my hotel battery after before very-much 2nd 10 x é naïve
    日本 e-mail well-made""".split()
IDIOMS = ["the shit", "the bomb", "bad ass", "yeah right", "cut the mustard", "kiss of death",
          "hand to mouth", "Yeah right", "THE BOMB"]
RULES = ["but", "BUT", "But", "but,", "least", "at least", "very least", "LEAST", "never", "never so",
         "never this", "NEVER SO", "so", "this", "kind of", "Kind of", "kind-of", "sort of",
         "just enough", "Just enough", "without", "nor", "won't", "ain't", "AIN'T", "n't", "don't,",
         "couldn't've", "no", "less", "not", "NOT", "not only"]
MARKS = ["", "", "", "", ".", ",", "!", "!!", "!!!", "!!!!", "?", "??", "???", "????", "?!?", "!?!",
         "?!?!", "!?!?", "...", ";", ":", "-", "'", '"', ")", "*", "!?"]
EMOJI = ["😀", "😡 😡", "❤", "👍🏽", ":)", ":-(", ":D", ";-)", "<3", "XD", "(-:", ":'("]
FRAMES = [
    "The {plain} was {boost} {word}{mark}", "I {negate} think the {plain} is {word}{mark}",
    "{word} {plain}, but the {plain} was {boost} {word}{mark}", "It is {negate} {boost} {word}{mark}",
    "{idiom} {plain} of the {word} {plain}{mark}", "At least the {plain} was {word}{mark} {emoji}",
    "We {plain} {word} and {word} {emoji}{mark}", "never so {word}, never this {word}{mark}",
    "The {plain} is kind of {word} and sort of {word}{mark}", "{rule} {word} {rule} {word}{mark}",
]
BLANKS = [" "] * 30 + ["  ", "\t", "\n", "\r\n", "\v", "\f", "\u00a0", "\u2000", "\u2003", "\u200a", "\u3000", "\ufeff",
                       "\u2028", "\u1680", "\u200b", "\u0085", "\x1f", "\u202f", "\u205f"]
ODD = ["\u212aind", "oo\u212a", "LO\u212aL", "İ", "ß", "ﬁne", "𝔤ood", "\ufffd", "a", "é", "—", "“good”",
       "(good)", "good...", "__proto__", "constructor", "hasOwnProperty", "toString!", "l", "l!!", "'tis",
       "!good", "!!good", "!good!", "-bad", "--bad", "'great'", "GOOD:)", ":)GOOD", "GréAT", "$$$",
       "disadvantageousness", "disadvantageousnesses", "x" * 300]


def words():
    """The lexicon's words, and those with a role: {role: [word]}."""
    found = {"rated": [], "boosts": [], "dampens": [], "negates": []}
    for line in LEXICON.read_text(encoding="utf-8").splitlines():
        word, tab, what = line.partition("\t")
        if tab == "":
            continue
        found[what if what in found else "rated"].append(word)
    return found


def cased(rng, word):
    kind = rng.random()
    return word.upper() if kind < 0.15 else word.capitalize() if kind < 0.3 else word


def drawn(rng, known):
    """One item of a random sentence."""
    kind = rng.random()
    if kind < 0.3:
        item = cased(rng, rng.choice(known["rated"]))
    elif kind < 0.5:
        item = cased(rng, rng.choice(PLAIN))
    elif kind < 0.65:
        item = cased(rng, rng.choice(known["boosts"] + known["dampens"]))
    elif kind < 0.75:
        item = cased(rng, rng.choice(known["negates"]))
    else:
        item = rng.choice(rng.choice([RULES, RULES, IDIOMS, IDIOMS, EMOJI, ODD]))
    mark = rng.choice(MARKS)
    return mark + item if rng.random() < 0.05 else item + mark if rng.random() < 0.4 else item


def framed(rng, known):
    return rng.choice(FRAMES).format(
        plain=rng.choice(PLAIN), word=cased(rng, rng.choice(known["rated"])), mark=rng.choice(MARKS),
        boost=cased(rng, rng.choice(known["boosts"] + known["dampens"])), emoji=rng.choice(EMOJI),
        negate=cased(rng, rng.choice(known["negates"])), idiom=rng.choice(IDIOMS), rule=rng.choice(RULES))


def sentences(seed, count):
    """So many texts as bytes, some of them not UTF-8; none holds a NUL."""
    rng, known, made = random.Random(seed), words(), []
    for number in range(count):
        kind = number % 10
        if kind < 4:
            text = framed(rng, known)
        elif kind < 9:
            text = "".join(drawn(rng, known) + rng.choice(BLANKS) for _ in range(rng.randrange(1, 14)))
        else:
            text = " ".join([framed(rng, known) for _ in range(rng.randrange(2, 9))])
        data = text.encode()
        if number % 25 == 24:  # damaged
            place = rng.randrange(len(data))
            data = data[:place] + bytes([rng.randrange(1, 256)]) * rng.randrange(3) + data[place + 1:]
        made.append(data)
    return made + [word.encode() for words_of in known.values() for word in words_of] + [
        b"", b" ", b"!", b"?? ??", b"a b c", b"\xff\xfe", b"good\xff", b"\xe2\x84\xaaind of"]
