"""google-genai 2.19.0, the last release that reaches `:predict` in Gemini mode. Arguments: URL, key, folder."""

from __future__ import annotations

import sys
import warnings

from google import genai
from google.genai import types
from google_findings import Album, refused
from png_files import drawn

warnings.filterwarnings("ignore", message=".*generate_images.*")  # the client announces that it will give it up
url, key, folder = sys.argv[1:]
album = Album(folder)
client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))
STANDARD, FAST = "imagen-4.0-generate-001", "imagen-4.0-fast-generate-001"

# Nothing but a prompt: four square PNGs.
response = client.models.generate_images(model=FAST, prompt="a red ball on a table")
assert response.generated_images is not None
assert len(response.generated_images) == 4
for made in response.generated_images:
    assert made.image
    assert made.rai_filtered_reason is None
    assert made.enhanced_prompt is None
    album.keep(made.image.image_bytes, made.image.mime_type, 1024, 1024)

# Every field that this mode lets through.
config = types.GenerateImagesConfig(
    number_of_images=2,
    aspect_ratio="16:9",
    guidance_scale=4.0,
    safety_filter_level=types.SafetyFilterLevel.BLOCK_LOW_AND_ABOVE,
    person_generation=types.PersonGeneration.DONT_ALLOW,
    include_safety_attributes=True,
    include_rai_reason=True,
    language=types.ImagePromptLanguage.en,
    output_mime_type="image/jpeg",
    output_compression_quality=60,
    image_size="1K",
)
response = client.models.generate_images(model=f"models/{FAST}", prompt="a boat on a lake", config=config)
assert response.generated_images is not None
assert len(response.generated_images) == 2
for made in response.generated_images:
    assert made.image
    assert made.safety_attributes
    assert made.safety_attributes.categories
    assert made.safety_attributes.scores == [0.0] * len(made.safety_attributes.categories)
    album.keep(made.image.image_bytes, made.image.mime_type, 1408, 768)
assert response.positive_prompt_safety_attributes
assert response.positive_prompt_safety_attributes.categories

# What the hosted service refused, through the client's way of adding to a body.
seeded = types.GenerateImagesConfig(
    number_of_images=1,
    http_options=types.HttpOptions(extra_body={"parameters": {"seed": 7, "steps": 4, "width": 320, "height": 256}}),
)
twice = [client.models.generate_images(model="imagen-4", prompt="a cat", config=seeded) for _ in range(2)]
shown = [answer.generated_images[0].image for answer in twice if answer.generated_images]
kept = [album.keep(image.image_bytes, image.mime_type, 320, 256) for image in shown if image]
assert len(kept) == 2
assert drawn(kept[0]) == drawn(kept[1])

# Refusals.
one = types.GenerateImagesConfig(number_of_images=1)
make = client.models.generate_images
stranger = genai.Client(api_key="SG_0000000000000000", http_options=types.HttpOptions(base_url=url))
refused(lambda: stranger.models.generate_images(model=FAST, prompt="a"), 401, "UNAUTHENTICATED", "API key not valid")
refused(lambda: make(model="imagen-4.0-upscale-preview", prompt="a", config=one), 404, "NOT_FOUND", "upscale-preview")
refused(lambda: make(model=FAST, prompt="", config=one), 400, "INVALID_ARGUMENT", "instances[0].prompt")
five = types.GenerateImagesConfig(number_of_images=5)
refused(lambda: make(model=FAST, prompt="a", config=five), 400, "INVALID_ARGUMENT", "parameters.sampleCount")
wide = types.GenerateImagesConfig(aspect_ratio="21:9")
refused(lambda: make(model=FAST, prompt="a", config=wide), 400, "INVALID_ARGUMENT", "16:9")

# A prompt that is not allowed, and one that is not allowed because of whom it shows.
refused(lambda: make(model=FAST, prompt="a nude woman"), 400, "INVALID_ARGUMENT", "Support codes: 90789179")
nobody = types.GenerateImagesConfig(person_generation=types.PersonGeneration.DONT_ALLOW)
refused(
    lambda: make(model=FAST, prompt="a woman on a bench", config=nobody), 400, "INVALID_ARGUMENT", "category=people"
)

# Models.
names = [model.name for model in client.models.list()]
assert f"models/{STANDARD}" in names, names
found = client.models.get(model=STANDARD)
assert found.name == f"models/{STANDARD}"
assert found.display_name == "Imagen 4"
assert found.supported_actions == ["predict", "generateContent"]
refused(lambda: client.models.get(model="imagen-9"), 404, "NOT_FOUND", "imagen-9")
print("ok")
