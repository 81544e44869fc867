"""From a prompt in English to the tokens of the closed world, and a fair account of what was not understood.

The network never sees a synonym, a plural form or a typing error: all of them are resolved here, by rules and tables
(`words`, `nouns`). A word that names nothing in this world becomes `<unk>` and is reported.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from imagend.sketch.nouns import EMPTY_PHRASES, FILLER, JOINERS, NOT_TYPOS, NOUNS
from imagend.sketch.vocabulary import KIND, MAX_QUOTES
from imagend.sketch.words import ANY, MEANINGS, PAD, PLURAL, START, TOKEN_ID, TOKENS, UNKNOWN

MAX_TOKENS = 48  # with the opening token
MAX_QUOTE_CHARACTERS = 60
_LONGEST_PHRASE = 6
_COUNTABLE = frozenset(KIND) | {"cloud", "window", "animal", "person", "vehicle", "building", "plant"}
#: Words whose neighbours are too often other English words to be taken for slips.
_NO_TARGETS = frozenset({
    "run", "sit", "sleep", "fly", "stand", "says", "wearing", "a", "and", "with", "in", "on", "at", "no", "some",
    "many", "few", "two", "three", "four", "five", "big", "small", "close", "wide", "medium", "warm", "cool", "near",
    "far", "at_center", "person",
})  # fmt: skip
_IRREGULAR = {
    "children": "child", "men": "man", "women": "woman", "mice": "mouse", "people": "person", "gentlemen": "gentleman",
    "snowmen": "snowman", "cacti": "cactus", "oxen": "ox", "calves": "calf", "shelves": "shelf", "geese": "goose",
    "ladies": "lady", "babies": "baby", "leaves": "leaf", "wolves": "wolf", "loaves": "loaf",
}  # fmt: skip
_QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|‘([^’]+)’|(?<!\w)\'([^\']+)\'(?!\w)')
_SAYS = (
    r"(?:saying|says?|(?:that |which )?reads?|reading|spelling|spells|labell?ed|(?:with|bearing) the (?:words?|text))"
)
_CAPITALS = re.compile(
    rf"(?i:\b{_SAYS}):?\s+((?:[A-Z0-9][A-Z0-9!?'&.\-]*)(?:\s+[A-Z0-9!?&][A-Z0-9!?'&.\-]*)*)(?![a-z])"
)
_PLAIN = re.compile(
    r"\b(?:that says|which says|saying|that reads|with the words?|with the text)\s+(?!quote[12]\b)"
    r"((?:(?!(?:in|on|at|with|and|next|near|by|under|behind|above|standing|to)\b)[\w!?']+\s*){1,4})",
    re.IGNORECASE,
)
_SAYS_QUOTE = re.compile(rf"\b{_SAYS}[:,]?\s+(?=quote[12]\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A prompt as the network reads it, and what the API tells about it."""

    tokens: tuple[int, ...]  # token ids, the opening token first, at most MAX_TOKENS, not padded
    quotes: tuple[str, ...]  # the strings behind quote1 and quote2
    understood: tuple[str, ...]  # words and phrases that mean something in this world
    unknown: tuple[str, ...]  # words that mean nothing here, in order, without repetition

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(TOKENS[token] for token in self.tokens)


def read(prompt: str, *, negative: bool = False) -> Words:
    """Tokens of a prompt; a negative prompt opens with `<any>`: "some of this is in the picture".

    Pure: the same prompt always gives the same tokens. An empty prompt gives the opening token alone.
    """
    text, quotes = _take_quotes(unicodedata.normalize("NFKC", prompt))
    names, understood, unknown = _translate(_split(text))
    opening = (START, ANY) if negative and names else (START,)
    tokens = tuple(TOKEN_ID[name] for name in (*opening, *names)[:MAX_TOKENS])
    return Words(tokens=tokens, quotes=quotes, understood=understood, unknown=unknown)


def padded(tokens: tuple[int, ...]) -> tuple[int, ...]:
    return tokens + (TOKEN_ID[PAD],) * (MAX_TOKENS - len(tokens))


def _take_quotes(prompt: str) -> tuple[str, tuple[str, ...]]:
    quotes: list[str] = []

    def keep(words: str) -> str:
        words = " ".join(words.split())[:MAX_QUOTE_CHARACTERS].strip(" .,;:")
        if not words:
            return " "
        if words not in quotes:
            quotes.append(words)
        return f" quote{quotes.index(words) + 1} " if quotes.index(words) < MAX_QUOTES else " "

    text = _QUOTED.sub(lambda match: keep(next(group for group in match.groups() if group)), prompt)
    text = _CAPITALS.sub(lambda match: " says " + keep(match.group(1)), text)
    text = _PLAIN.sub(lambda match: " says " + keep(match.group(1)), text)
    return _SAYS_QUOTE.sub(" says ", text), tuple(quotes[:MAX_QUOTES])


def _split(text: str) -> list[str]:
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    text = re.sub(r"\d+\.\d+", " ", text)
    text = re.sub(r"(?<=\w)['’]s\b|(?<=s)['’](?=\s|$)", "", text)
    text = re.sub(r"\bn['’]?t\b|n['’]t\b", " not", text)
    return re.findall(r"[^\W_]+|[,.;:!\n]|&", text)


def _translate(words: list[str]) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    understood: dict[str, None] = {}
    unknown: dict[str, None] = {}
    at = 0
    while at < len(words):
        length, found = _longest(words, at)
        phrase = " ".join(words[at : at + length])
        at += length
        if found and found != (",",):
            understood.setdefault(phrase)
        elif found is None:
            unknown.setdefault(phrase)
        for name in (UNKNOWN,) if found is None else found:
            if not names or names[-1] != name:
                names.append(name)
    return _trim(names), tuple(understood), tuple(unknown)


def _trim(names: list[str]) -> list[str]:
    while names and names[-1] in {",", "and", "with", "in", "a"}:
        names.pop()
    while names and names[0] == ",":
        names.pop(0)
    return names


def _longest(words: list[str], at: int) -> tuple[int, tuple[str, ...] | None]:
    """How many words the longest known phrase at `at` takes, and its tokens; (1, None) when nothing is known."""
    if words[at] in {",", ".", ";", ":", "!", "\n"}:
        return 1, (",",)
    for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
        found = meaning(words[at : at + length])
        if found is not None:
            return length, found
    if words[at] in FILLER or words[at].isdigit():
        return 1, ()
    return 1, _mistyped(words[at])


def meaning(words: list[str]) -> tuple[str, ...] | None:
    """Tokens of a phrase as it stands, or of its singular followed by the plural mark."""
    known = lexicon()
    exact = known.get(" ".join(words))
    if exact is not None:
        return exact
    last = singular(words[-1])
    if last == words[-1]:
        return None
    found = known.get(" ".join((*words[:-1], last)))
    if found is None:
        return None
    return (*found, PLURAL) if found[-1] in _COUNTABLE else found


def singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def _mistyped(word: str) -> tuple[str, ...] | None:
    """Tokens of the one word of ours that is one slip away; None for short, other known or ambiguous words.

    Five letters may only be swapped or doubled; from six on one letter may be wrong. The first letter is never wrong.
    """
    if len(word) < 5 or word in NOT_TYPOS or not word.isascii() or not word.isalpha():
        return None
    slips = _swaps(word) if len(word) == 5 else _swaps(word) | _edits(word)
    near = {tokens for slip in slips if slip[0] == word[0] and len(slip) > 4 and (tokens := meaning([slip]))}
    found = {tokens for tokens in near if not set(tokens) & _NO_TARGETS}
    return found.pop() if len(found) == 1 else None


def _swaps(word: str) -> set[str]:
    """Neighbouring letters exchanged, a double letter made single, a single one doubled."""
    pairs = [(word[:i], word[i:]) for i in range(len(word))]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in pairs if len(b) > 1}
    single = {a + b[1:] for a, b in pairs if len(b) > 1 and b[0] == b[1]}
    return (swapped | single | {a + b[0] + b for a, b in pairs}) - {word, word + "s"}


def _edits(word: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    splits = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    missing = {a + b[1:] for a, b in splits if b}
    replaced = {a + c + b[1:] for a, b in splits if b for c in letters}
    added = {a + c + b for a, b in splits for c in letters}
    return (missing | replaced | added) - {word, word + "s", word[:-1]}


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, ...]]:
    """Every phrase that means something, in lower case, with its tokens."""
    known: dict[str, tuple[str, ...]] = {token: (token,) for token in TOKENS if token.isalnum()}
    for table in (MEANINGS, NOUNS, JOINERS):
        for names, phrases in table.items():
            tokens = tuple(names.split("+"))
            known.update(dict.fromkeys(phrases.split("|"), tokens))
    known.update(dict.fromkeys(EMPTY_PHRASES.split("|"), ()))
    return known
