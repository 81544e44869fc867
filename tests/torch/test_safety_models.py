"""Adapters for open safety models, on tiny random models of the same shapes: no weights are downloaded."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from imagend.core.errors import BadSetting
from imagend.core.recipe import SafetyPolicy
from imagend.safety.models import Head, PromptModel, picture_model, prompt_model
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard, prompt_guard
from imagend.safety.scores import Severity
from tests.workers.gateway import recipe

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "kite", "bad", "word"]


@pytest.fixture(scope="module")
def vision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vision transformer with the two labels that well-known classifiers have; it answers "nsfw" to everything."""
    folder = tmp_path_factory.mktemp("vision")
    config = transformers.ViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=16,
        id2label={0: "normal", 1: "nsfw"}, label2id={"normal": 0, "nsfw": 1},
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.ViTForImageClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([0.0, 3.0]))
    model.save_pretrained(folder, safe_serialization=True)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text classifier with two labels that may both hold, and room for 16 tokens."""
    folder = tmp_path_factory.mktemp("text")
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=16, id2label={0: "toxic", 1: "threat"}, label2id={"toxic": 0, "threat": 1},
        problem_type="multi_label_classification",
    )  # fmt: skip
    torch.manual_seed(1)
    transformers.BertForSequenceClassification(config).save_pretrained(folder, safe_serialization=True)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    transformers.BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    return folder


def test_a_picture_head_blocks_through_the_setting(vision: Path) -> None:
    setting = f"contents,imagend.safety.models:picture_model?folder={vision}&nsfw=sexual"
    guard = picture_guard(SafetyOptions(picture=setting))
    pixels = np.full((48, 64, 3), 200, np.uint8)
    verdict = guard.judge_picture(recipe(safety=SafetyPolicy(level="BLOCK_ONLY_HIGH")), pixels, (), 1)
    assert verdict is not None
    assert (verdict.stage, verdict.category, verdict.index) == ("image", "sexual", 1)
    assert guard.judge_picture(recipe(safety=SafetyPolicy(level="BLOCK_NONE")), pixels, (), 1) is None


def test_probabilities_are_the_models(vision: Path) -> None:
    """sigmoid of the difference of the two biases: 0.9526."""
    pixels = np.zeros((40, 40, 3), np.uint8)
    assert picture_model(str(vision), nsfw="sexual").scores(pixels, ()) == {"sexual": Severity.HIGH}
    assert picture_model(str(vision), nsfw="sexual", high="0.96").scores(pixels, ()) == {"sexual": Severity.MEDIUM}
    assert picture_model(str(vision), normal="other").scores(pixels, ()) == {}


def test_a_text_head_reads_long_prompts_in_pieces(text: Path) -> None:
    classifier = prompt_model(str(text), toxic="toxic", threat="violence", low="0.0", medium="0.99", high="0.999")
    assert classifier.scores("a red kite") == {"toxic": Severity.LOW, "violence": Severity.LOW}
    assert classifier.scores("a red kite " * 2000) == {"toxic": Severity.LOW, "violence": Severity.LOW}


class Hears:
    """A head that hears one word, wherever it stands in a piece of 16 tokens."""

    config = SimpleNamespace(problem_type="multi_label_classification")

    def __call__(self, *, input_ids: Any, **_: Any) -> Any:
        assert input_ids.shape[1] <= 16
        heard = (input_ids == WORDS.index("bad")).any(1, keepdim=True)
        return SimpleNamespace(logits=torch.where(heard, 5.0, -5.0))


@pytest.mark.parametrize("before", [0, 7, 100, 5000])
def test_a_long_prompt_is_as_bad_as_its_worst_piece(text: Path, before: int) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(text))
    classifier = PromptModel(tokenizer, Hears(), Head({0: "toxic"}, {"toxic": "toxic"}), 16)
    assert classifier.scores("a red kite " * before + "bad word " + "a kite " * 50) == {"toxic": Severity.HIGH}
    assert classifier.scores("a red kite " * before + "a kite " * 50) == {}


def test_both_stages_are_combined_with_the_rules(text: Path) -> None:
    setting = f"rules,imagend.safety.models:prompt_model?folder={text}&toxic=toxic&low=0.999&medium=0.9995&high=0.9999"
    guard = prompt_guard(SafetyOptions(prompt=setting))
    assert [verdict.category for verdict in guard.judge_prompt(recipe(prompt="a naked man"))] == ["sexual"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("nsfw=rude", "nsfw=rude: the names are"),
        ("adult=sexual", "the model has no label 'adult'; it has normal, nsfw"),
        ("high=0.9", "say what its labels mean"),
        ("nsfw=sexual&high=much", "could not convert string to float"),
    ],
)
def test_wrong_options_stop_the_server(vision: Path, options: str, words: str) -> None:
    setting = f"imagend.safety.models:picture_model?folder={vision}&{options}"
    with pytest.raises(BadSetting, match=words):
        picture_guard(SafetyOptions(picture=setting))


def test_a_missing_folder_and_pickled_weights_are_refused(vision: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="is no folder"):
        picture_model(str(tmp_path / "none"), nsfw="sexual")
    for name in ("config.json", "preprocessor_config.json"):
        (tmp_path / name).write_text((vision / name).read_text())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        picture_model(str(tmp_path), nsfw="sexual")


def test_labels_are_found_whatever_their_case() -> None:
    head = Head({0: "SAFE", 1: "Hate_Speech"}, {"hate speech": "hate"})
    assert head.scores([0.4, 0.6]) == {"hate": Severity.MEDIUM}
    assert json.dumps(head.scores([0.9, 0.1])) == "{}"
