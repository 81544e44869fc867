"""The newest google-genai in Gemini mode, which reaches images by generate_content. Arguments: URL, key, folder."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from google import genai
from google.genai import types
from google_findings import Album, refused
from png_files import drawn

url, key, folder = sys.argv[1:]
album = Album(folder)
client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))
FAST = "imagen-4.0-fast-generate-001"


def pictures(response: types.GenerateContentResponse, width: int, height: int) -> list[bytes]:
    found = []
    for candidate in response.candidates or []:
        assert candidate.finish_reason == types.FinishReason.STOP
        assert candidate.content
        for part in candidate.content.parts or []:
            assert part.inline_data
            found.append(album.keep(part.inline_data.data, part.inline_data.mime_type, width, height))
    return found


def images(ratio: str | None = None, size: str | None = None, **more: Any) -> types.GenerateContentConfig:
    image = types.ImageConfig(aspect_ratio=ratio, image_size=size)
    return types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=image, **more)


# A prompt alone; the usual way of reading the answer.
response = client.models.generate_content(model=FAST, contents="a red ball on a table")
assert len(pictures(response, 1024, 1024)) == 1
assert response.parts
assert response.parts[0].inline_data
assert response.usage_metadata
assert response.usage_metadata.total_token_count
assert response.model_version == FAST
assert response.response_id

# Ratios of Gemini, and the sizes.
for ratio, size, pixels in [
    ("16:9", None, (1408, 768)), ("2:3", "1K", (832, 1248)), ("3:2", None, (1248, 832)), ("4:5", None, (896, 1152)),
    ("5:4", None, (1152, 896)), ("21:9", None, (1536, 672)), ("1:1", "2K", (2048, 2048)),
]:  # fmt: skip
    answer = client.models.generate_content(model=FAST, contents="a boat on a lake", config=images(ratio, size))
    assert len(pictures(answer, *pixels)) == 1

# Several parts, a system instruction, a seed, what has no meaning for pictures.
parts = ["a cat", "on a sofa"]
config = images("3:4", seed=5, system_instruction="Be brief.", temperature=0.4, top_p=0.9)
twice = [client.models.generate_content(model="imagen-4-fast", contents=list(parts), config=config) for _ in range(2)]
assert len({drawn(data) for answer in twice for data in pictures(answer, 896, 1280)}) == 1

# Streams and chats.
chunks = list(client.models.generate_content_stream(model=FAST, contents="a tree", config=images("4:3")))
assert [len(pictures(chunk, 1280, 896)) for chunk in chunks] == [1]
chat = client.chats.create(model=FAST, config=images())
assert len(pictures(chat.send_message("a green apple"), 1024, 1024)) == 1

# A name that the operator gave to a model: programs for Gemini's own image models run as they are.
alias = "gemini-2.5-flash-image"
response = client.models.generate_content(model=alias, contents="a yellow boat", config=images())
assert len(pictures(response, 1024, 1024)) == 1
assert response.model_version == alias

# A prompt that is not allowed is an answer without candidates.
response = client.models.generate_content(model=FAST, contents="a nude woman")
assert not response.candidates
assert response.prompt_feedback
assert response.prompt_feedback.block_reason == types.BlockedReason.SAFETY
assert "Support codes: 90789179" in (response.prompt_feedback.block_reason_message or "")

# Refusals: editing, texts, sizes that no model has, thresholds that the operator does not allow.
ask = client.models.generate_content
photo = types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png")
refused(lambda: ask(model=FAST, contents=[photo, "make it blue"]), 400, "INVALID_ARGUMENT", "does not edit pictures")
text = types.GenerateContentConfig(response_modalities=["TEXT"])
refused(lambda: ask(model=FAST, contents="a", config=text), 400, "INVALID_ARGUMENT", "must contain IMAGE")
refused(lambda: ask(model=FAST, contents="a", config=images(size="4K")), 400, "INVALID_ARGUMENT", "1K, 2K")
refused(lambda: ask(model="gemini-9-image", contents="a"), 404, "NOT_FOUND", "gemini-9-image")
refused(lambda: client.models.count_tokens(model=FAST, contents="a"), 404, "NOT_FOUND", "")


async def later() -> list[bytes]:
    """The client's other face."""
    answer = await client.aio.models.generate_content(model=FAST, contents="a red ball", config=images("9:16"))
    await client.aio.aclose()
    return pictures(answer, 768, 1408)


assert len(asyncio.run(later())) == 1

# The list is the one that OpenAI's clients read too.
names = [model.name for model in client.models.list()]
assert f"models/{FAST}" in names, names
assert client.models.get(model="imagen-4-ultra").name == "models/imagen-4-ultra"
refused(lambda: client.models.get(model="imagen-9"), 404, "NOT_FOUND", "imagen-9")
print("ok")
