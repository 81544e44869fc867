"""The picture classifier that asks the backend: what a model says that it drew is read like a prompt."""

from __future__ import annotations

from imagend.safety.rules import PromptRules
from imagend.safety.scores import Pixels, Scores


class Contents:
    """Certain for backends that draw from a scene; silent for those that cannot tell."""

    def __init__(self) -> None:
        self._rules = PromptRules()

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        return self._rules.scores(" , ".join(contents))
