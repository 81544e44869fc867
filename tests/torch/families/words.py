"""Tokenizers of each kind that know letters only: made here, never downloaded."""

from __future__ import annotations

from string import ascii_lowercase

from transformers import CLIPTokenizer, T5TokenizerFast


def clip_tokenizer() -> CLIPTokenizer:
    letters = [*ascii_lowercase, *(f"{letter}</w>" for letter in ascii_lowercase)]
    vocab = {word: number for number, word in enumerate(("<|startoftext|>", "<|endoftext|>", *letters))}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def t5_tokenizer() -> T5TokenizerFast:
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    letters = [(letter, -3.0) for letter in ascii_lowercase]
    return T5TokenizerFast(vocab=[*special, *letters], extra_ids=0, model_max_length=64)
