"""The document of a running server is OpenAPI 3.1: `python openapi_checks.py URL`."""

from __future__ import annotations

import sys

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

document = requests.get(f"{sys.argv[1]}/openapi.json", timeout=10).json()
for error in OpenAPIV31SpecValidator(document).iter_errors():
    sys.exit(f"{list(error.path)}: {error.message}")
print("ok")
