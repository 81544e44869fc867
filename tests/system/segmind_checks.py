"""Run by test_segmind_sdk.py inside each SDK version: what the hosted SDK does against this server.

Arguments: server URL, key. Prints one JSON object of findings.
"""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import Any

from PIL import Image
from segmind import InferenceFailed, InferenceTimeout, SegmindClient, SegmindError

url, key = sys.argv[1:]
client = SegmindClient(base_url=f"{url}/v1", api_key=key)
SMALL = {"width": 256, "height": 256, "steps": 4}
found: dict[str, Any] = {}

result = client.run("imagen-4-fast", prompt="a red ball", **SMALL)
found["run"] = [result["status"], result["metrics"]["inference_time"] >= 0, result["output"].startswith(url)]

response = client.run_sync("imagen-4-fast", prompt="a red ball", **SMALL)
found["run_sync"] = [response.status_code, response.json()["status"]]

response = client.run_sync("imagen-4-fast", prompt="a red ball", response_format="binary", **SMALL)
found["binary"] = [response.headers["content-type"], list(Image.open(BytesIO(response.content)).size)]

job = client.submit_async("imagen-4-fast", prompt="a red ball", **SMALL)
found["submit"] = [job.status()["status"] in ("QUEUED", "PROCESSING", "COMPLETED"), job.wait(interval=0.05)["status"]]

job = client.submit_async("imagen-4-ultra", prompt="a city", num_images=4, steps=100)
try:
    job.wait(timeout=0.0, interval=0.01)
except InferenceTimeout as error:
    found["timeout"] = error.request_id == job.request_id

client._client.delete(job.response_url)
try:
    job.wait(timeout=60, interval=0.05)
except InferenceFailed as error:
    found["failed"] = [error.detail, job.result()["status"]]

for name, call in {
    "bad_key": lambda: SegmindClient(base_url=f"{url}/v1", api_key="SG_0000000000000000").run("imagen", prompt="x"),
    "no_prompt": lambda: client.run("imagen"),
    "unknown": lambda: client.run("imagen-99", prompt="x"),
    "range": lambda: client.run_sync("imagen-4-fast", prompt="x", steps=101),
}.items():
    try:
        call()
    except SegmindError as error:
        found[name] = [error.status, error.detail]

print(json.dumps(found))
