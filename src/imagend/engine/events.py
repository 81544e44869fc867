"""What the engine tells: a closed union of small values, each with the ticket that `add` was given."""

from __future__ import annotations

from dataclasses import dataclass, field

from imagend.core.errors import ImagendError
from imagend.core.outcome import Verdict
from imagend.engine.backend import Pixels, PromptNotes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
    """Some pictures of the ticket made a step. May be lost without harm."""

    ticket: str
    done: int  # evaluations so far, over all pictures of the ticket
    total: int
    preview: Pixels | None = None  # of the first picture
    contents: tuple[str, ...] = ()  # what the preview shows, as in Finished


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    """One picture is ready; the ticket is forgotten when `left` is 0."""

    ticket: str
    index: int  # 0 to count - 1; pictures may finish in any order
    left: int  # pictures of the ticket that are still to come
    pixels: Pixels  # uint8 [height, width, 3]
    seed: int
    evaluations: int
    contents: tuple[str, ...] = ()  # what the backend says that it drew; () when it cannot tell
    notes: PromptNotes = field(default_factory=PromptNotes)
    not_applied: tuple[str, ...] = ()  # fields of the recipe that had no effect, because the model cannot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Withheld:
    """In place of `Finished`: whoever makes the picture does not give it out. No engine of ours says so."""

    ticket: str
    index: int
    left: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Broken:
    """The model failed; the ticket and all its pictures are forgotten. What was raised is `error.__cause__`."""

    ticket: str
    error: ImagendError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreviewFailed:
    """A preview could not be drawn; the picture goes on. `error.__cause__` is for the log."""

    ticket: str
    error: ImagendError


Event = Progress | Finished | Withheld | Broken | PreviewFailed
