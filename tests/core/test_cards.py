"""Cards: both documents of each slug, the union of fields, coercion, and one clear message per mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagend.core.card import PROMPT_ERROR
from imagend.core.catalog import Catalog, load_catalog
from imagend.core.errors import BadParameter, BadSetting, UnknownModel
from imagend.core.recipe import Recipe

CARDS = Path(__file__).parents[2] / "src" / "imagend" / "cards"
SHARED = (CARDS / "shared.toml").read_text("utf-8")
TEXTS = {file.name: file.read_text("utf-8") for file in sorted(CARDS.glob("imagen*.toml"))}
DRAWN = 123_456


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(SHARED, TEXTS)


def resolve(catalog: Catalog, slug: str, **raw: object) -> Recipe:
    return catalog.get(slug).resolve({"prompt": "a cat", **raw}, lambda: DRAWN).recipe


@pytest.mark.parametrize(
    ("slug", "size", "negative", "level"),
    [
        ("imagen", (1408, 768), "", "BLOCK_LOW_AND_ABOVE"),
        ("imagen-4", (1280, 896), "blurry, pixelated", "BLOCK_MEDIUM_AND_ABOVE"),
        ("imagen-4-fast", (1408, 768), "blurry, pixelated, ugly, distorted, low quality", "BLOCK_MEDIUM_AND_ABOVE"),
        (
            "imagen-4-ultra", (2048, 2048), "blurry, pixelated, ugly, deformed, cartoon, painting",
            "BLOCK_MEDIUM_AND_ABOVE",
        ),
    ],
)  # fmt: skip
def test_documented_defaults(catalog: Catalog, slug: str, size: tuple[int, int], negative: str, level: str) -> None:
    recipe = resolve(catalog, slug)
    assert ((recipe.width, recipe.height), recipe.negative_prompt, recipe.safety.level) == (size, negative, level)
    assert (recipe.seed, recipe.count, recipe.output_format) == (DRAWN, 1, "jpeg")


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("1:1", (1024, 1024)), ("3:4", (896, 1280)), ("4:3", (1280, 896)), ("9:16", (768, 1408)), ("16:9", (1408, 768))],
)
def test_ratio_tables(catalog: Catalog, ratio: str, size: tuple[int, int]) -> None:
    one = resolve(catalog, "imagen", aspect_ratio=ratio)
    two = resolve(catalog, "imagen-4-ultra", aspect_ratio=ratio)
    assert ((one.width, one.height), (two.width, two.height)) == (size, (2 * size[0], 2 * size[1]))


def test_pixel_mode_of_the_fast_slug(catalog: Catalog) -> None:
    recipe = resolve(catalog, "imagen-4-fast", width=512, height=512)
    assert (recipe.width, recipe.height, recipe.steps, recipe.guidance_scale) == (512, 512, 25, 7.5)
    assert recipe.scheduler == "DDIM"
    assert resolve(catalog, "imagen-4-fast", width=333).height == 512
    both = catalog.get("imagen-4-fast").resolve({"prompt": "x", "height": 700, "aspect_ratio": "1:1"}, lambda: 1)
    assert (both.recipe.width, both.recipe.height, both.ignored) == (512, 700, ("aspect_ratio",))


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        ({"steps": "20"}, "steps", 20),
        ({"steps": 42.0}, "steps", 42),
        ({"steps": "42.0"}, "steps", 42),
        ({"guidance_scale": "7.5"}, "guidance_scale", 7.5),
        ({"guidance_scale": 1}, "guidance_scale", 1.0),
        ({"seed": "17123564"}, "seed", 17123564),
        ({"seed": 0}, "seed", 0),
        ({"seed": -1}, "seed", DRAWN),
        ({"seed": None}, "seed", DRAWN),
        ({"negative_prompt": ""}, "negative_prompt", ""),
        ({"samples": "3"}, "count", 3),
        ({"output_format": "jpg"}, "output_format", "jpeg"),
        ({"scheduler": "PNDM"}, "scheduler", "PNDM"),
        ({"quality": "0"}, "quality", 0),
        ({"size": "1536x1024", "width": 300}, "width", 1536),
        ({"size": "1536x1024", "height": 300}, "height", 1024),
        ({"size": "1536x99999"}, "width", 1408),  # no document of the slug names it: ignored
        ({"add_watermark": "false"}, "watermark", False),
        ({"add_watermark": 1}, "watermark", True),
    ],
)
def test_values_as_clients_send_them(catalog: Catalog, sent: dict[str, object], field: str, value: object) -> None:
    assert getattr(resolve(catalog, "imagen-4-fast", **sent), field) == value


@pytest.mark.parametrize(
    "sent",
    [
        {"steps": 0}, {"steps": 101}, {"steps": 42.5}, {"steps": True}, {"steps": "abc"}, {"steps": []},
        {"steps": "9" * 5000}, {"steps": "nan"}, {"guidance_scale": 0.99}, {"guidance_scale": 20.01},
        {"guidance_scale": "inf"}, {"width": 255}, {"height": 1025}, {"seed": -2}, {"seed": 2**31},
        {"scheduler": "ddim"}, {"scheduler": 3}, {"aspect_ratio": "2:1"}, {"aspect_ratio": " 1:1"},
        {"negative_prompt": 5}, {"negative_prompt": "x" * 2001},
    ],
    ids=repr,
)  # fmt: skip
def test_documented_fields_are_checked(catalog: Catalog, sent: dict[str, object]) -> None:
    with pytest.raises(BadParameter) as caught:
        resolve(catalog, "imagen-4-fast", **sent)
    assert caught.value.name in caught.value.message


def test_illegal_values_of_foreign_fields_are_ignored(catalog: Catalog) -> None:
    raw = {"prompt": "x", "scheduler": "DPM++ 2M", "img_width": 4, "foo": 1, "steps": 500}
    resolved = catalog.get("imagen").resolve(raw, lambda: 1)
    assert resolved.ignored == ("foo", "img_width", "scheduler", "steps")
    assert resolved.recipe.steps == 20


@pytest.mark.parametrize("prompt", [None, "", "  \n", "\0", 5, ["x"], {}])
def test_prompt_is_mandatory(catalog: Catalog, prompt: object) -> None:
    with pytest.raises(BadParameter) as caught:
        catalog.get("imagen").resolve({"prompt": prompt}, lambda: 1)
    assert caught.value.message == PROMPT_ERROR


def test_prompt_is_kept_as_sent(catalog: Catalog) -> None:
    assert resolve(catalog, "imagen", prompt=' ねこ 🐱 "x"\0\ud800').prompt == ' ねこ 🐱 "x"?'
    with pytest.raises(BadParameter, match="at most 32000 characters"):
        resolve(catalog, "imagen", prompt="x" * 32_001)


def test_safety_words(catalog: Catalog) -> None:
    recipe = resolve(catalog, "imagen", person_generation="dont_allow", safety_filter_level="block_only_high")
    assert (recipe.safety.people, recipe.safety.level) == ("DONT_ALLOW", "BLOCK_ONLY_HIGH")
    for field, word in (("person_generation", "ALLOW_ALL"), ("safety_filter_level", "BLOCK_NONE")):
        with pytest.raises(BadParameter):
            resolve(catalog, "imagen", **{field: word})
        opened = load_catalog(SHARED, TEXTS, frozenset({word}))
        assert resolve(opened, "imagen", **{field: word}).safety


def test_recipe_survives_json(catalog: Catalog) -> None:
    recipe = resolve(catalog, "imagen-4-ultra", aspect_ratio="9:16", seed=7)
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert [recipe.image_seed(i) for i in (0, 2)] == [7, 9]


def test_schema_names_every_field_and_default(catalog: Catalog) -> None:
    schema = catalog.get("imagen-4-fast").schema()
    assert schema["required"] == ["prompt"]
    assert next(iter(schema["properties"])) == "prompt"
    assert schema["properties"]["guidance_scale"] == {"type": "number", "minimum": 1, "maximum": 20, "default": 7.5}


def test_unknown_slug(catalog: Catalog) -> None:
    with pytest.raises(UnknownModel, match="Model not found: imagen-9"):
        catalog.get("imagen-9")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('slug = "imagen"', 'slug = "requests"', "slug 'requests' is reserved"),
        ("price_microcredits = 60000", "price_microcredits = -1", "price_microcredits must be >= 0"),
        ('aspect_ratio = "16:9"', 'aspect_ratio = "5:4"', "aspect_ratio must be one of"),
        ('documented = ["prompt"', 'documented = ["steep"', "unknown parameters: steep"),
        ("image_sizes", "image_size", "'image_sizes'"),
        ('title = "Imagen 3"', "title = ", "Invalid value"),
    ],
)
def test_a_broken_card_stops_the_start(old: str, new: str, words: str) -> None:
    text = TEXTS["imagen.toml"].replace(old, new)
    assert text != TEXTS["imagen.toml"]
    with pytest.raises(BadSetting) as caught:
        load_catalog(SHARED, {"imagen.toml": text})
    assert caught.value.message.startswith("model card imagen.toml: ")
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("imagen-4", "imagen-4"),
        ("models/imagen-4-fast", "imagen-4-fast"),
        ("imagen-4.0-generate-001", "imagen-4"),
        ("imagen-4.0-ultra-generate-preview-06-06", "imagen-4-ultra"),
        ("google/imagen-3.0-fast-generate-001", "imagen"),
        ("publishers/google/models/imagen-4.0-fast-generate-001", "imagen-4-fast"),
        ("projects/p/locations/us-central1/publishers/google/models/imagen-3.0-generate-002", "imagen"),
        ("models/models/google/imagen-4", "imagen-4"),
        ("gpt-image-1", "imagen-4"),
    ],
)
def test_every_name_of_a_model(name: str, slug: str) -> None:
    named = load_catalog(SHARED, TEXTS, aliases={"gpt-image-1": "imagen-4.0-generate-001"})
    assert named.find(name).slug == slug


@pytest.mark.parametrize(
    "name", ["", "models/", "imagen-4.0-upscale-preview", "imagen-3.0-capability-001", "IMAGEN-4", "openai/imagen-4"]
)
def test_names_of_nothing(catalog: Catalog, name: str) -> None:
    with pytest.raises(UnknownModel, match=f"Model not found: {name}"):
        catalog.find(name)


@pytest.mark.parametrize(
    ("aliases", "words"),
    [
        ({"imagen-4": "imagen"}, "model_aliases: 'imagen-4' is a model's own name"),
        ({"imagen-4.0-generate-001": "imagen"}, "is a model's own name"),
        ({"dall-e-3": "imagen-9"}, "model_aliases: there is no model 'imagen-9'; there are imagen"),
    ],
)
def test_aliases_that_cannot_be(aliases: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        load_catalog(SHARED, TEXTS, aliases=aliases)


def test_a_google_id_belongs_to_one_card() -> None:
    twice = TEXTS | {"imagen.toml": TEXTS["imagen.toml"].replace("imagen-3.0-generate-002", "imagen-4.0-generate-001")}
    with pytest.raises(BadSetting, match=r"'imagen-4[.]0-generate-001' is the name of another model"):
        load_catalog(SHARED, twice)
