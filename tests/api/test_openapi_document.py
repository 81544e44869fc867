"""The document has every route of the app with its methods, and nothing else."""

from __future__ import annotations

import re

from starlette.routing import Route

from imagend.api.app import create_app
from imagend.api.openapi.document import document
from tests.api.house import House

#: Not in the document, each for a reason.
PATTERNS = {
    # Many spellings of one route, as clients' base URLs lead to them; the document has the usual ones.
    ("/{before:path}models/{model:path}:{verb}", "POST"),
    ("/{before:path}models", "GET"),
    ("/{before:path}models/{model:path}", "GET"),
    # Said model by model, with each card's fields.
    ("/v1/{slug}", "POST"),
    ("/v2/{slug}", "POST"),
    ("/workflows/{slug}", "POST"),
    ("/workflows/v2/{slug}", "POST"),
    # For base URLs without /v1.
    ("/images/generations", "POST"),
    ("/images/edits", "POST"),
    ("/images/variations", "POST"),
}
#: Taken from /v1/{slug}: 404 whatever the method, in OpenAI's words.
MISSING = {"/v1/images", "/v1/chat", "/v1/responses"}
#: What the patterns stand for.
SPELLED = re.compile(
    r"/v1beta1?/.*models.*|/v1/projects/\{project\}/locations/\{location\}/publishers/google/models/\{model\}:\w+"
)
METHODS = {"get", "post", "put", "patch", "delete"}


def documented(house: House) -> set[tuple[str, str]]:
    paths = document(house.services.catalog, "1")["paths"]
    return {(path, method.upper()) for path, methods in paths.items() for method in methods if method in METHODS}


def served(house: House) -> set[tuple[str, str]]:
    """(path, method) of the routes that answer; HEAD goes with GET, and wrong methods are refused by routes too."""
    found: set[tuple[str, str]] = set()
    for route in create_app(house.services).routes:
        assert isinstance(route, Route)
        if getattr(route.endpoint, "__name__", "") == "wrong" or route.path in MISSING:
            continue
        path = re.sub(r":path\}", "}", route.path) if "{before" not in route.path else route.path
        found |= {(path, method) for method in route.methods or () if method != "HEAD"}
    return found


def slugs(house: House) -> set[tuple[str, str]]:
    roots = ("/v1/", "/v2/", "/workflows/", "/workflows/v2/")
    return {(f"{root}{card.slug}", "POST") for card in house.services.catalog for root in roots}


def root_aliases(house: House) -> set[tuple[str, str]]:
    """For base URLs without /v1."""
    return {(f"/{card.slug}", "POST") for card in house.services.catalog}


def test_every_route_is_documented(house: House) -> None:
    assert served(house) - documented(house) == PATTERNS | root_aliases(house)


def test_everything_documented_is_served(house: House) -> None:
    unknown = documented(house) - served(house) - slugs(house)
    assert {path for path, _ in unknown if not SPELLED.fullmatch(path)} == set()


def test_every_reference_leads_somewhere(house: House) -> None:
    whole = document(house.services.catalog, "1")
    text = str(whole)
    for kind, name in set(re.findall(r"#/components/(\w+)/([\w-]+)", text)):
        assert name in whole["components"][kind]
    names = [said["operationId"] for methods in whole["paths"].values() for said in methods.values()]
    assert len(names) == len(set(names))
    links = set(re.findall(r"'operationId': '([^']+)', 'description'", text))
    assert links
    assert links <= set(names)
