"""How positive or negative an English text is: the VADER method (Hutto and Gilbert, 2014), in plain
Python. Scores are those of the npm package vader-sentiment 1.1.3; sim/text/sentiment.c of millrace,
where the rules are explained, gives the same.

The sums are made in the order of the words and each rule is applied where the original applies it:
floating point gives the same digits in no other order.
"""

import pathlib
import re
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

BOOST = 0.293
CAPITALS = 0.733
NEGATION = -0.74
NEARNESS = {1: 1.0, 2: 0.95, 3: 0.9}

BLANKS = re.compile("[ \t-\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
MARK = r"[!-/:-@\[-`{-~]"
LOOSE = r"[.!?,;:\-'\"]|!!|!!!|\?\?|\?\?\?|\?!\?|!\?!|\?!\?!|!\?!\?"
MARKED = re.compile(rf"(?:{LOOSE})((?:(?!{MARK}).)+)|((?:(?!{MARK}).)+)(?:{LOOSE})", re.DOTALL)
IDIOMS = {
    "the shit": 3.0, "the bomb": 3.0, "bad ass": 1.5, "yeah right": -2.0, "cut the mustard": 2.0,
    "kiss of death": -1.5, "hand to mouth": -2.0,
}
PAIRS = {"just enough", "kind of", "sort of"}


def read_lexicon(path):
    ratings, boosts, negations = {}, {}, set()
    for line in path.read_text(encoding="utf-8").splitlines():
        word, tab, what = line.partition("\t")
        if tab == "":
            continue  # a comment
        if what == "boosts" or what == "dampens":
            boosts[word] = BOOST if what == "boosts" else -BOOST
        elif what == "negates":
            negations.add(word)
        else:
            ratings[word] = float(what)
    return ratings, boosts, negations


RATINGS, BOOSTS, NEGATIONS = read_lexicon(pathlib.Path(__file__).with_name("lexicon.txt"))


def is_word(text):
    """Of two characters, where one beyond the basic plane counts as two."""
    return len(text) > 1 or text > "\uffff"


def words_of(text):
    found = []
    for word in filter(is_word, BLANKS.split(text)):
        marked = MARKED.fullmatch(word)
        bare = marked and (marked[1] or marked[2])
        found.append(bare if bare and is_word(bare) else word)
    return found


def is_upper(word):
    return re.search("[A-Z]", word) is not None and re.search("[a-z]", word) is None


def negates(word):
    return word in NEGATIONS or "n't" in word


class Words:
    """The words of a text, each with its rating by the words around it."""

    def __init__(self, text):
        self.words = words_of(text)
        self.lower = [word.lower() for word in self.words]
        upper = sum(map(is_upper, self.words))
        self.has_both_cases = 0 < upper < len(self.words)

    def ratings(self):
        but = next((self.words.index(word) for word in ("but", "BUT") if word in self.words), None)
        for i in range(len(self.words)):
            rating = self.rate(i)
            if but is not None and i != but:
                rating *= 0.5 if i < but else 1.5
            yield rating

    def rate(self, i):
        word = self.lower[i]
        if word not in RATINGS or word in BOOSTS or self.lower[i : i + 2] == ["kind", "of"]:
            return 0.0
        rating = RATINGS[word]
        if self.has_both_cases and is_upper(self.words[i]):
            rating += CAPITALS if rating > 0 else -CAPITALS
        for distance in range(1, min(i, 3) + 1):
            if self.lower[i - distance] in RATINGS:
                continue
            rating += self.boost(i - distance, rating) * NEARNESS[distance]
            rating = self.negate(i, distance, rating)
            if distance == 3:
                rating = self.by_idioms(i, rating)
        if self.is_least(i):
            rating *= NEGATION
        return rating

    def boost(self, i, rating):
        boost = BOOSTS.get(self.lower[i])
        if boost is None:
            return 0.0
        if rating < 0:
            boost = -boost
        if self.has_both_cases and is_upper(self.words[i]):
            boost += CAPITALS if rating > 0 else -CAPITALS
        return boost

    def negate(self, i, distance, rating):
        before = self.words[i - distance]
        praised = ("so", "this")
        if distance == 2 and before == "never" and self.words[i - 1] in praised:
            return rating * 1.5
        if distance == 3 and (self.words[i - 1] in praised
                              or before == "never" and self.words[i - 2] in praised):
            return rating * 1.25
        return rating * NEGATION if negates(before) else rating

    def by_idioms(self, i, rating):
        """i: of a word that has three before it."""
        def at(start, end):
            return " ".join(self.words[start:end])

        before = [at(i - 1, i + 1), at(i - 2, i + 1), at(i - 2, i), at(i - 3, i), at(i - 3, i - 1)]
        rating = next((IDIOMS[text] for text in before if text in IDIOMS), rating)
        rating = IDIOMS.get(at(i, i + 2), rating)
        rating = IDIOMS.get(at(i, i + 3), rating)
        if at(i - 3, i - 1) in PAIRS or at(i - 2, i) in PAIRS:
            rating -= BOOST
        return rating

    def is_least(self, i):
        if i == 0 or self.lower[i - 1] != "least":
            return False
        return i == 1 or self.lower[i - 2] not in ("at", "very")


def emphasis_of(text):
    exclamations, questions = text.count("!"), text.count("?")
    emphasis = min(exclamations, 4) * 0.292
    if questions > 3:
        return emphasis + 0.96
    return emphasis + questions * 0.18 if questions > 1 else emphasis


def rounded(value, digits):
    """A tie goes away from zero, as in JavaScript's toFixed()."""
    return float(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)) + 0.0


def scores_of(text):
    """compound, from -1 to 1, and the positive, negative and neutral parts of the text."""
    total, positive, negative, neutral = 0.0, 0.0, 0.0, 0
    for rating in Words(text).ratings():
        total += rating
        if rating > 0:
            positive += rating + 1
        elif rating < 0:
            negative += rating - 1
        else:
            neutral += 1
    negative = abs(negative)
    if positive == negative == neutral == 0:
        return {"compound": 0.0, "positive": 0.0, "negative": 0.0, "neutral": 0.0}

    emphasis = emphasis_of(text)
    if total != 0:
        total += emphasis if total > 0 else -emphasis
    if positive > negative:
        positive += emphasis
    elif positive < negative:
        negative += emphasis
    whole = positive + negative + neutral
    return {
        "compound": rounded(total / sqrt(total * total + 15), 4),
        "positive": rounded(positive / whole, 3),
        "negative": rounded(negative / whole, 3),
        "neutral": rounded(neutral / whole, 3),
    }


def label_of(scores):
    if scores["compound"] >= 0.05:
        return "positive"
    return "negative" if scores["compound"] <= -0.05 else "neutral"
