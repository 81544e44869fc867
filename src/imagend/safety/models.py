"""Open safety models as classifiers: any image or text classification head that transformers reads by itself.

Weights come from a folder on this machine, safetensors only; nothing is downloaded and no code of the folder is run.
Factories take the options of a setting as texts: `folder`, the thresholds `low`, `medium`, `high`, and `label=category`
for each label of the model's head that means something here (spaces and case of labels do not matter).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imagend.safety.scores import NAMES, Pixels, Scores, Severity

THRESHOLDS = {"low": 0.2, "medium": 0.5, "high": 0.8}
MAX_TOKENS = 512  # longer prompts are read in pieces


class Head:
    """What the probabilities of a classification head mean. Raises ValueError for unknown labels and names."""

    def __init__(self, labels: Mapping[int, str], options: Mapping[str, str]) -> None:
        known = {_word(label): index for index, label in labels.items()}
        self._steps = [(Severity[name.upper()], float(options.get(name, at))) for name, at in THRESHOLDS.items()]
        self._meaning: list[tuple[int, str]] = []
        for label, category in options.items():
            if label in THRESHOLDS:
                continue
            if _word(label) not in known:
                raise ValueError(f"the model has no label {label!r}; it has {', '.join(labels.values())}")
            if category not in NAMES:
                raise ValueError(f"{label}={category}: the names are {', '.join(sorted(NAMES))}")
            self._meaning.append((known[_word(label)], category))
        if not self._meaning:
            raise ValueError(f"say what its labels mean, as label=category; it has {', '.join(labels.values())}")

    def scores(self, probabilities: list[float]) -> Scores:
        found: dict[str, Severity] = {}
        for index, category in self._meaning:
            reached = [severity for severity, least in self._steps if probabilities[index] >= least]
            if reached:
                found[category] = max(*reached, found.get(category, Severity.LOW))
        return found


class PictureModel:
    """An image classification head."""

    def __init__(self, processor: Any, model: Any, head: Head) -> None:
        self._processor = processor
        self._model = model
        self._head = head

    def scores(self, pixels: Pixels, contents: tuple[str, ...]) -> Scores:
        from PIL import Image

        inputs = self._processor(images=Image.fromarray(pixels), return_tensors="pt")
        return self._head.scores(_probabilities(self._model, inputs)[0])


class PromptModel:
    """A text classification head; of a long prompt the worst piece counts."""

    def __init__(self, tokenizer: Any, model: Any, head: Head, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._head = head
        self._max_tokens = max_tokens

    def scores(self, prompt: str) -> Scores:
        from imagend.safety.scores import worst

        pieces = self._tokenizer(
            prompt,
            return_tensors="pt",
            truncation=True,
            padding=True,
            max_length=self._max_tokens,
            stride=self._max_tokens // 8,
            return_overflowing_tokens=True,
        )
        pieces.pop("overflow_to_sample_mapping", None)
        return worst(self._head.scores(row) for row in _probabilities(self._model, pieces))


def picture_model(folder: str, **options: str) -> PictureModel:
    """Raises ImportError without the extra `safety`, OSError for a folder without safetensors, ValueError."""
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    processor = AutoImageProcessor.from_pretrained(_folder(folder), local_files_only=True)
    model = _loaded(AutoModelForImageClassification, folder)
    return PictureModel(processor, model, Head(model.config.id2label, options))


def prompt_model(folder: str, **options: str) -> PromptModel:
    """Raises ImportError without the extra `safety`, OSError for a folder without safetensors, ValueError."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(_folder(folder), local_files_only=True, use_fast=True)
    model = _loaded(AutoModelForSequenceClassification, folder)
    longest = min(MAX_TOKENS, getattr(model.config, "max_position_embeddings", MAX_TOKENS))
    return PromptModel(tokenizer, model, Head(model.config.id2label, options), longest)


def _loaded(kind: Any, folder: str) -> Any:
    model = kind.from_pretrained(_folder(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False)
    return model.eval()


def _folder(folder: str) -> str:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise OSError(f"{folder} is no folder")
    return str(path)


def _probabilities(model: Any, inputs: Any) -> list[list[float]]:
    """Rows of probabilities: softmax over one choice, or a sigmoid each where the config says multi-label."""
    import torch

    with torch.inference_mode():
        logits = model(**inputs).logits.float()
    many = getattr(model.config, "problem_type", None) == "multi_label_classification"
    rows: list[list[float]] = (logits.sigmoid() if many else logits.softmax(-1)).tolist()
    return rows


def _word(label: str) -> str:
    return "".join(letter for letter in label.lower() if letter.isalnum())
