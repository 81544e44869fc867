"""One spelling for all: what a prompt says once disguises are off. Pure, linear in the length of the text.

    plain     compatibility forms (NFKC), case, accents, look-alike letters, invisible characters
    tokens    words and sentence marks; "girl's" becomes "girl", "'s"; Devanagari keeps its vowel signs
    unmasked  the same text with n4ked, n.a.k.e.d, n a k e d, naaaked, n*ked, SexyGirl written out

Unmasking only ever writes words of a given lexicon, so ordinary text cannot be turned into something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

MARK = ","  # every sentence mark becomes this token
POSSESSIVE = "'s"

_TWINS = {  # letters that look like Latin ones
    **dict(zip("авсԁеѕһіјкӏмпорԛгтѵԝхуАВСЕНІЈКМОРЅТХУ", "abcdeshijklmnopqrtvwxyabcehijkmopstxy", strict=True)),
    **dict(zip("αβεζηικλμνορστυχωγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abeznikluvopotuxwyabezhikmnoptyx", strict=True)),
    **dict(zip("ɑɡıʟɴʀᴀʙᴄᴅᴇɢʜᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡʏᴢⅼℓøđłħ", "agilnrabcdeghjkmopstuvwyzllodlh", strict=True)),
    **{chr(0x1F1E6 + k): chr(97 + k) for k in range(26)},  # regional indicators
    "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'",
}  # fmt: skip
_INVISIBLE = (
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE0080), 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0,
)  # fmt: skip
_LETTERS = str.maketrans({**_TWINS, **{chr(code): None for code in _INVISIBLE}})
_LIGATURES = re.compile("[\ufdfa-\ufdfb]")  # whole sentences in one character
_ACCENTS = re.compile("[\u0300-\u036f]+")

_DEVANAGARI = "\u0900-\u0963\u0970-\u097f"
_TOKEN = re.compile(rf"[{_DEVANAGARI}]+|[^\W_{_DEVANAGARI}]+(?:'[^\W_]+)*|(?<=s)'(?=\s|$)|[.,;:!?\n。、，！？।]")
_NOT = {"t"}
_SILENT = {"m", "re", "ve", "ll", "d"}

_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_DRAWN_OUT = re.compile(r"(\w)\1\1+")
_EDGES = ".,;:!?\"'()[]{}<>«»“”„。、，…-_~"
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "€": "e", "+": "t"}
_UPRIGHT = "1!|"  # stand for i or l
_SIGNS = frozenset({*_LEET, *_UPRIGHT, "*"})
_TABLES = tuple(str.maketrans({**_LEET, **dict.fromkeys(_UPRIGHT, letter)}) for letter in "il")
_NOT_LETTER = re.compile(r"[^\w]|_")
_SPELLED_OUT = re.compile(r"\w(?:[\W_]+\w)+")
_LONGEST_WORD = 24


def plain(text: str) -> str:
    """The text in lower case, without accents, look-alikes and invisible characters."""
    if text.isascii():
        return text.lower()
    text = _LIGATURES.sub(" ", text)
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))


def tokens(text: str) -> list[str]:
    """Words and marks of a text that is `plain` already."""
    found: list[str] = []
    for word in _TOKEN.findall(text):
        if word.isalnum():
            found.append(word)
        elif word == "'":
            found.append(POSSESSIVE)
        elif not word[0].isalnum() and len(word) == 1 and not "\u0900" <= word <= "\u0963":
            found.append(MARK)
        elif "'" in word:
            found += _apart(word)
        else:
            found.append(word)
    return found


def _apart(word: str) -> list[str]:
    """girl's -> girl 's; don't -> do not; l'enfant -> l enfant."""
    *front, last = word.split("'")
    if last == "s":
        return [*front, POSSESSIVE]
    if last in _NOT:
        return ["".join(front).removesuffix("n"), "not"]
    return front if last in _SILENT else [*front, last]


class Unmask:
    """Writes out the disguised words of a lexicon."""

    def __init__(
        self,
        words: frozenset[str],
        compounds: tuple[frozenset[str], frozenset[str]],
        starred: frozenset[str] | None = None,
    ) -> None:
        """words: plain words worth disguising. compounds: two sets; a word of one run together with a word of the
        other is taken apart again. starred: those that stars may stand for letters of; None: all."""
        self._words = frozenset(word for word in words if len(word) > 2)
        self._frames: dict[tuple[str, str, int], tuple[str, ...]] = {}
        for word in sorted(words if starred is None else starred):
            frame = (word[0], word[-1], len(word))
            self._frames[frame] = (*self._frames.get(frame, ()), word)
        squeezed = {_DOUBLED.sub(r"\1", word): word for word in sorted(self._words)}
        self._squeezed = {short: word for short, word in squeezed.items() if len(short) > 2}
        self._compounds = compounds
        starts = compounds[0] | compounds[1]
        self._starts = frozenset(word[:3] for word in starts if len(word) > 2)

    def __call__(self, text: str) -> str:
        """`text` as it was sent; the answer is plain."""
        chunks = plain(_CAMEL.sub(" ", text)).split()
        return " ".join(self._joined([self._chunk(chunk) for chunk in chunks])).rstrip()

    def _chunk(self, chunk: str) -> str:
        if chunk.isalpha() and chunk.isascii():
            if len(chunk) <= 2 * _LONGEST_WORD and _DRAWN_OUT.search(chunk):
                return self._squeezed.get(_DOUBLED.sub(r"\1", chunk), chunk)
            return self._parted(chunk) if 7 < len(chunk) <= _LONGEST_WORD and chunk[:3] in self._starts else chunk
        return self._decoded(chunk)

    def _decoded(self, chunk: str) -> str:
        core = chunk.strip(_EDGES)
        if not any(letter.isalpha() for letter in core):
            return chunk
        if _SPELLED_OUT.fullmatch(core) and (found := self._hidden(_NOT_LETTER.sub("", core))):
            return " ".join(found)
        if len(core) > _LONGEST_WORD:
            return chunk
        for candidate in self._readings(core):
            if candidate in self._words:
                return candidate
        return chunk

    def _readings(self, core: str) -> Iterator[str]:
        if "*" in core:
            frame = self._frames.get((core[0], core[-1], len(core)), ())
            yield from (word for word in frame if all(a in ("*", b) for a, b in zip(core, word, strict=True)))
        if not _SIGNS.isdisjoint(core):
            for table in _TABLES:
                read = _NOT_LETTER.sub("", core.translate(table))
                yield read
                yield self._squeezed.get(_DOUBLED.sub(r"\1", read), read)
        elif not core.isalnum() and "'" not in core:
            yield _NOT_LETTER.sub("", core)

    def _parted(self, chunk: str) -> str:
        one, other = self._compounds
        for cut in range(3, len(chunk) - 2):
            head, tail = chunk[:cut], chunk[cut:]
            if (head in one and tail in other) or (head in other and tail in one):
                return f"{head} {tail}"
        return chunk

    def _joined(self, chunks: list[str]) -> Iterator[str]:
        """Chunks of one character each that follow each other are one run of spelled-out words."""
        run: list[str] = []
        for chunk in [*chunks, ""]:
            letter = chunk if len(chunk) == 1 else chunk.strip(_EDGES)
            if len(letter) == 1:
                run.append(letter)
                continue
            if len(run) > 2:
                yield from self._hidden("".join(run)) or run
            else:
                yield from run
            run = []
            yield chunk

    def _hidden(self, letters: str) -> list[str]:
        """The words of the lexicon in a run of letters, the longest first at each place."""
        found: list[str] = []
        letters = letters.translate(_TABLES[0])
        at = 0
        while at < len(letters):
            lengths = range(min(_LONGEST_WORD, len(letters) - at), 3, -1)
            word = next((letters[at : at + n] for n in lengths if letters[at : at + n] in self._words), "")
            found += [word] if word else []
            at += len(word) or 1
        return found


_DOUBLED = re.compile(r"(\w)\1+")


def grams(index: Mapping[str, tuple[str, ...]], text: str) -> Iterator[tuple[int, str]]:
    """(place, term) for scripts without spaces: `index` maps the first two characters to terms, longest first."""
    at = 0
    while at < len(text) - 1:
        term = next((term for term in index.get(text[at : at + 2], ()) if text.startswith(term, at)), "")
        if term:
            yield at, term
        at += len(term) or 1
