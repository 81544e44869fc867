"""What the document's own formats look like, for schemathesis; and what a run must not do to itself."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies

GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#: The key and the account that the run itself works with. It finds them in the lists of operators.
OWN = {"key_id": os.environ["IMAGEND_FUZZ_KEY_ID"], "account_id": os.environ["IMAGEND_FUZZ_ACCOUNT"]}
NUMBERS = count(1)
LISTENER = "https://127.0.0.1:1/"

# A URL that the gate lets through without asking a name server; nobody listens there.
schemathesis.openapi.format("webhook-url", strategies.integers(1, 65535).map(lambda port: f"https://127.0.0.1:{port}/"))
schemathesis.openapi.format("picture-data-url", strategies.just(GIF))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A run that revoked its key or disabled its account would hear nothing but 403 from then on."""
    for name, value in OWN.items():
        if (case.path_parameters or {}).get(name) == value:
            case.path_parameters[name] = "nobody"
    if isinstance(case.body, dict) and str(case.body.get("webhook_url")).startswith("https://example.com/"):
        case.body["webhook_url"] = LISTENER  # the document's example, whose name not every machine can look up
    headers = case.headers or {}
    sent = str(headers.get("Idempotency-Key", ""))
    if sent.isascii() and sent.isalnum() and len(sent) < 200:  # else the same few words are sent again: 409 for most
        headers["Idempotency-Key"] = f"{sent}{next(NUMBERS)}"
