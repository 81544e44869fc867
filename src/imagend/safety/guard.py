"""The two gates that an order passes: its prompt at the door, each of its pictures before it is stored."""

from __future__ import annotations

from collections.abc import Sequence

from imagend.core.errors import ContentBlocked
from imagend.core.outcome import Failure, Verdict
from imagend.core.recipe import Recipe
from imagend.safety.policy import Policy
from imagend.safety.scores import PictureClassifier, Pixels, PromptClassifier, worst


class PromptGuard:
    """Safe from any thread."""

    def __init__(self, policy: Policy, classifiers: Sequence[PromptClassifier]) -> None:
        self._policy = policy
        self._classifiers = tuple(classifiers)

    def judge_prompt(self, recipe: Recipe) -> tuple[Verdict, ...]:
        """What the prompt may not ask for, under the recipe's own policy; () lets it pass. Takes milliseconds, or
        as long as a plugged-in model takes: call it in a thread."""
        scores = worst(classifier.scores(recipe.prompt) for classifier in self._classifiers)
        return self._policy.judge(scores, recipe.safety, "prompt")


class PictureGuard:
    """Safe from any thread."""

    def __init__(self, policy: Policy, classifiers: Sequence[PictureClassifier]) -> None:
        self._policy = policy
        self._classifiers = tuple(classifiers)

    def judge_picture(self, recipe: Recipe, pixels: Pixels, contents: tuple[str, ...], index: int) -> Verdict | None:
        """Why picture `index` of the order must not be shown; None lets it pass. Of several reasons, the gravest."""
        scores = worst(classifier.scores(pixels, contents) for classifier in self._classifiers)
        return next(iter(self._policy.judge(scores, recipe.safety, "image", index)), None)


def blocked(verdicts: Sequence[Verdict]) -> Failure:
    """The failure of a job of which nothing may be shown. The message never repeats the prompt."""
    return Failure(code=ContentBlocked.code, message=sentence(verdicts), verdicts=tuple(verdicts))


def sentence(verdicts: Sequence[Verdict]) -> str:
    """The public sentence: one stage, each category and each support code once, the gravest first."""
    stage, *_ = (verdict.stage for verdict in verdicts)
    categories = "/".join(dict.fromkeys(verdict.category for verdict in verdicts))
    codes = ", ".join(dict.fromkeys(verdict.support_code for verdict in verdicts))
    return f"Content blocked by safety filter (stage={stage}, category={categories}). Support codes: {codes}"
