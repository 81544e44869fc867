"""litellm's image generation through its OpenAI path. Arguments: URL, key, folder."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import Any

# Before the import: its price list is taken from the package, not from the network.
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}

import asyncio

import litellm

#: Every host that is looked up or called from here on.
hosts: set[str] = set()


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        hosts.add(arguments[1][0])
    elif event == "socket.getaddrinfo":
        hosts.add(arguments[0])


sys.addaudithook(watch)

url, key, folder = sys.argv[1:]
litellm.telemetry = False
litellm.suppress_debug_info = True
HERE = {"api_base": f"{url}/v1", "api_key": key}


def keep(response: litellm.ImageResponse, name: str) -> None:
    assert response.data
    for index, image in enumerate(response.data):
        assert image.b64_json
        Path(folder, f"{name}{index}-256x256.png").write_bytes(base64.b64decode(image.b64_json))


small = {"prompt": "a red ball", "size": "256x256", "quality": "low"}
response = litellm.image_generation(model="openai/imagen-4", **small, **HERE)
keep(response, "one")
assert response.usage
assert response.created
response = litellm.image_generation(model="openai/imagen-4-fast", n=2, **small, **HERE)
keep(response, "two")
keep(asyncio.run(litellm.aimage_generation(model="openai/imagen-4", **small, **HERE)), "async")

for kind, fields in {
    litellm.BadRequestError: {"size": "100x100"},
    litellm.NotFoundError: {"model": "openai/dall-e-9"},
    litellm.AuthenticationError: {"api_key": "sk-wrong"},
    litellm.ContentPolicyViolationError: {"prompt": "a naked woman having sex, porn"},
}.items():
    found = None
    try:
        litellm.image_generation(**{"model": "openai/imagen-4", **small, **HERE, **fields})
    except kind as error:
        found = error
    assert found, f"{kind.__name__} expected for {fields}"
assert hosts == {"127.0.0.1"}, hosts
print("ok")
