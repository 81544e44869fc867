"""Personal information in a prompt: numbers and addresses that point at one person. Pure, linear."""

from __future__ import annotations

import re
from collections.abc import Set

from imagend.safety.scores import Severity

_WORTH_IT = re.compile(r"[\d@]")
_DIGITS = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_SOCIAL = re.compile(r"(?<![\d-])(?!000|666|9)(\d{3})([- ])(?!00)\d\d\2(?!0000)\d{4}(?![\d-])")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d\d(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?(?![a-z0-9])")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4})")
_PHONE = re.compile(r"(?<![\w.-])[+(]?\d[\d ()./-]{6,24}\d(?!\w)")
_OFFICES = frozenset({"info", "contact", "hello", "hi", "support", "office", "sales", "press", "jobs", "admin", "mail"})
_EXAMPLES = re.compile(r"(?:^|\.)example(?:\.(?:com|org|net))?$|\.(?:test|invalid|example)$")


def personal(text: str, words: Set[str], cues: Set[str]) -> Severity:
    """text: plain. words: those of the text. cues: words that say that a number is somebody's own."""
    if not _WORTH_IT.search(text):
        return Severity.NEGLIGIBLE
    if _cards(text) or _SOCIAL.search(text) or _accounts(text):
        return Severity.HIGH
    if _mails(text):
        return Severity.MEDIUM
    if _phones(text):
        return Severity.LOW if words.isdisjoint(cues) else Severity.MEDIUM
    return Severity.NEGLIGIBLE


def _cards(text: str) -> bool:
    return any(is_card(re.sub(r"\D", "", match.group())) for match in _DIGITS.finditer(text))


def is_card(digits: str) -> bool:
    """Luhn's check (US patent 2,950,048), and a first digit that card networks use."""
    if digits[0] not in "3456" or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _accounts(text: str) -> bool:
    return any(is_iban(match.group().replace(" ", "")) for match in _IBAN.finditer(text))


def is_iban(account: str) -> bool:
    """ISO 13616: country and check digits moved to the end, letters as numbers, the rest of 97 must be 1."""
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1


def _mails(text: str) -> bool:
    return any(
        match.group(1) not in _OFFICES and not _EXAMPLES.search(match.group(2)) for match in _MAIL.finditer(text)
    )


def _phones(text: str) -> bool:
    """International (+), with a trunk zero, or 3-3-4 digits as in North America, where 555-01xx is fiction."""
    return any(is_phone(match.group()) for match in _PHONE.finditer(text))


def is_phone(number: str) -> bool:
    groups = re.findall(r"\d+", number)
    digits, lengths = "".join(groups), [len(group) for group in groups]
    if not 9 <= len(digits) <= 15 or re.search(r"55501\d\d$", digits):
        return False
    return number.startswith("+") or (digits[0] == "0" and len(digits) > 9 and len(groups) > 1) or lengths == [3, 3, 4]
