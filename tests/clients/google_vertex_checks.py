"""The newest google-genai in Vertex mode, by API key and by project. Arguments: URL, key, folder."""

from __future__ import annotations

import sys
import warnings

import google.oauth2.credentials
from google import genai
from google.genai import types
from google_findings import Album, refused
from png_files import drawn

warnings.filterwarnings("ignore", message=".*generate_images.*")
url, key, folder = sys.argv[1:]
album = Album(folder)
FAST = "imagen-4.0-fast-generate-001"
client = genai.Client(vertexai=True, api_key=key, http_options=types.HttpOptions(base_url=url))
small = types.HttpOptions(extra_body={"parameters": {"steps": 4, "width": 256, "height": 256}})

# Every field that the mode knows, upper case and lower.
config = types.GenerateImagesConfig(
    number_of_images=1,
    aspect_ratio="3:4",
    image_size="2K",
    negative_prompt="people",
    seed=11,
    guidance_scale=3.0,
    safety_filter_level=types.SafetyFilterLevel.BLOCK_ONLY_HIGH,
    person_generation=types.PersonGeneration.ALLOW_ADULT,
    include_safety_attributes=True,
    include_rai_reason=True,
    language=types.ImagePromptLanguage.ja,
    output_mime_type="image/png",
    add_watermark=True,
    enhance_prompt=True,
    labels={"team": "art"},
)
response = client.models.generate_images(model=FAST, prompt="a house in the forest", config=config)
assert response.generated_images is not None
(made,) = response.generated_images
assert made.image
assert made.enhanced_prompt is None
assert made.safety_attributes
assert response.positive_prompt_safety_attributes
first = album.keep(made.image.image_bytes, made.image.mime_type, 1792, 2560)

# The same seed is the same picture, on the stable version of the API and by a project's address too.
bearer = google.oauth2.credentials.Credentials(token=key)
others = [
    genai.Client(vertexai=True, api_key=key, http_options=types.HttpOptions(base_url=url, api_version="v1")),
    genai.Client(
        vertexai=True,
        project="my-project",
        location="us-central1",
        credentials=bearer,
        http_options=types.HttpOptions(base_url=url),
    ),
    genai.Client(
        vertexai=True,
        api_key=key,
        http_options=types.HttpOptions(base_url=f"{url}/v1", base_url_resource_scope=types.ResourceScope.COLLECTION),
    ),
]
seeded = types.GenerateImagesConfig(number_of_images=1, seed=3, http_options=small)
same = set()
for other in [client, *others]:
    for model in (FAST, "imagen-4-fast", f"google/{FAST}", f"publishers/google/models/{FAST}"):
        answer = other.models.generate_images(model=model, prompt="a red ball", config=seeded)
        assert answer.generated_images
        image = answer.generated_images[0].image
        assert image
        same.add(drawn(album.keep(image.image_bytes, image.mime_type, 256, 256)))
assert len(same) == 1

# Refusals.
make = client.models.generate_images
one = types.GenerateImagesConfig(number_of_images=1)
bucket = types.GenerateImagesConfig(output_gcs_uri="gs://bucket/folder")
refused(lambda: make(model=FAST, prompt="a", config=bucket), 400, "INVALID_ARGUMENT", "parameters.storageUri")
loose = types.GenerateImagesConfig(safety_filter_level=types.SafetyFilterLevel.BLOCK_NONE)
refused(lambda: make(model=FAST, prompt="a", config=loose), 400, "INVALID_ARGUMENT", "parameters.safetySetting")
refused(lambda: make(model="imagen-3.0-capability-001", prompt="a"), 404, "NOT_FOUND", "capability-001")
stranger = genai.Client(vertexai=True, api_key="nobody", http_options=types.HttpOptions(base_url=url))
refused(lambda: stranger.models.generate_images(model=FAST, prompt="a", config=one), 401, "UNAUTHENTICATED", "API key")

# A prompt that is not allowed, and one that is not allowed because of whom it shows.
refused(lambda: make(model=FAST, prompt="a nude woman"), 400, "INVALID_ARGUMENT", "Support codes: 90789179")
nobody = types.GenerateImagesConfig(person_generation=types.PersonGeneration.DONT_ALLOW)
refused(
    lambda: make(model=FAST, prompt="a woman on a bench", config=nobody), 400, "INVALID_ARGUMENT", "category=people"
)

# Models.
names = [model.name for model in client.models.list()]
assert f"publishers/google/models/{FAST}" in names, names
assert client.models.get(model=FAST).name == f"publishers/google/models/{FAST}"
refused(lambda: client.models.get(model="imagen-9"), 404, "NOT_FOUND", "imagen-9")
print("ok")
