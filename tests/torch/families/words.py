"""Tokenizers of each kind that know letters only: made here, never downloaded."""

from __future__ import annotations

from string import ascii_lowercase

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer, GemmaTokenizer, Qwen2Tokenizer, T5TokenizerFast

TURNS = (
    "{% for turn in messages %}<|im_start|>{{ turn.role }}\n{{ turn.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEMPLATE_WORDS = (
    "system", "user", "assistant", "Describe", " the", " image", " by", " detailing", " color", ",", " shape", " size",
    " texture", " quantity", " text", " spatial", " relationships", " of", " objects", " and", " background", ":",
)  # fmt: skip
"""What Qwen-Image writes before every prompt, in the 34 tokens that it leaves away afterwards."""


def clip_tokenizer() -> CLIPTokenizer:
    letters = [*ascii_lowercase, *(f"{letter}</w>" for letter in ascii_lowercase)]
    vocab = {word: number for number, word in enumerate(("<|startoftext|>", "<|endoftext|>", *letters))}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def t5_tokenizer() -> T5TokenizerFast:
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    letters = [(letter, -3.0) for letter in ascii_lowercase]
    return T5TokenizerFast(vocab=[*special, *letters], extra_ids=0, model_max_length=64)


def qwen_tokenizer(chat_template: str = TURNS) -> Qwen2Tokenizer:
    words = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(
        vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=2048,
        extra_special_tokens=["<|im_start|>", "<|im_end|>"], chat_template=chat_template,
    )  # fmt: skip
    tokenizer.add_tokens(list(TEMPLATE_WORDS))
    return tokenizer


def gemma_tokenizer() -> GemmaTokenizer:
    words = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *ascii_lowercase)
    return GemmaTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], add_bos_token=True)
