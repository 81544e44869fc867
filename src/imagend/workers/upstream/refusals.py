"""What another server says no with, in the words of this one. Public sentences tell nothing of it; the operator's log
tells all but the key.

ImagendError
  UpstreamFailed        backend_failed     no    an answer that the same order would get again
    UpstreamAway        backend_failed     yes   no answer, or 5xx, for longer than is waited here
  UpstreamBlocked       content_blocked    no    it refuses the prompt, or holds back every picture
"""

from __future__ import annotations

import re
from typing import Any

from imagend.core.errors import ContentBlocked, ImagendError
from imagend.core.outcome import Verdict
from imagend.core.upstreams import Upstream
from imagend.safety.guard import sentence
from imagend.safety.scores import CATEGORIES

OPERATOR = {
    401: "it does not accept the key",
    402: "no credits are left on the key's account there",
    403: "the key may not do this there",
    404: "it does not know the model, or not the order any more",
    406: "no credits are left on the key's account there",
    409: "this order was sent before with another body: has the file of upstreams changed meanwhile?",
    410: "the model is retired there",
}
_OURS = re.compile(r"safety filter .*?stage=(prompt|image), category=([a-z/]+)\)[.] Support codes: ([0-9, ]+)")
_REFUSAL = re.compile(
    r"safety (?:filter|system|polic|check|reason)|moderation|content (?:was |is )?(?:blocked|filtered)"
    r"|(?:usage|content) polic|\bnsfw\b",
    re.IGNORECASE,
)
_MOST_TOLD = 300  # characters of another server's words that go into a log
NO_CODE = "00000000"  # support code of a server that has none


class UpstreamFailed(ImagendError):
    """The model is not available at the moment."""

    code = "backend_failed"


class UpstreamAway(UpstreamFailed):
    """The model is not available at the moment."""

    retryable = True


class UpstreamBlocked(ContentBlocked):
    """Content blocked by safety filter"""

    def __init__(self, verdicts: tuple[Verdict, ...]) -> None:
        super().__init__(sentence(verdicts))
        self.verdicts = verdicts


class Told(Exception):
    """The cause, for the operator: never shown to a customer."""

    def __init__(self, upstream: Upstream, words: str) -> None:
        super().__init__(f"upstream {upstream.name}: {plain(words)}")


def failed(upstream: Upstream, words: str, *, away: bool = False) -> UpstreamFailed:
    error = UpstreamAway() if away else UpstreamFailed()
    error.__cause__ = Told(upstream, words)
    return error


def refused(upstream: Upstream, status: int, body: Any) -> ImagendError:
    """Of an answer that is neither good nor worth waiting for."""
    said = error_text(body)
    if status in (400, 422) and (verdicts := verdicts_of(said)):
        return UpstreamBlocked(verdicts)
    return failed(upstream, f"{status}: {OPERATOR.get(status, 'it refuses the order')}: {said}")


def ended_badly(upstream: Upstream, body: Any) -> ImagendError:
    """Of an order that is FAILED there. It was tried again there and costs nothing there; here it is final, for the
    same order has the same end."""
    said = error_text(body)
    if verdicts := verdicts_of(said):
        return UpstreamBlocked(verdicts)
    return failed(upstream, f"the order failed there: {said}")


def verdicts_of(said: str) -> tuple[Verdict, ...]:
    """Why it refuses the content, in our categories; () if that is not what it says. Its words themselves go no
    further: they could hold anything."""
    if match := _OURS.search(said):
        stage, categories, codes = match[1], match[2].split("/"), [code.strip() for code in match[3].split(",")]
        known = [category if category in CATEGORIES else "other" for category in categories]
        code = next((code for code in codes if len(code) == 8), NO_CODE)
        return tuple(Verdict(stage=stage, category=category, support_code=code) for category in known)
    if _REFUSAL.search(said):
        return (Verdict(stage="prompt", category="other", support_code=NO_CODE),)
    return ()


def held_back(body: Any, index: int) -> Verdict:
    """Of a picture that is missing in a result."""
    warnings = body.get("warnings") if isinstance(body, dict) else None
    said = [verdict for words in warnings or () if isinstance(words, str) for verdict in verdicts_of(words)]
    category, code = (said[0].category, said[0].support_code) if said else ("other", NO_CODE)
    return Verdict(stage="image", category=category, support_code=code, index=index)


def error_text(body: Any) -> str:
    """Its own words, from whichever of the usual places."""
    if not isinstance(body, dict):
        return ""
    said = body.get("error") or body.get("detail") or body.get("message") or ""
    if isinstance(said, dict):
        said = said.get("message") or ""
    return said if isinstance(said, str) else repr(said)


def plain(words: str) -> str:
    """One short line of a log, whatever the server wrote."""
    return "".join(letter if letter.isprintable() else " " for letter in words[:_MOST_TOLD])
