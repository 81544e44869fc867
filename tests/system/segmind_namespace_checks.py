"""Run by test_segmind_sdk.py inside each SDK version: the namespaces whose hosts the SDK has written in its code.

Arguments: server URL, key. A request hook sends them here instead; prints one JSON object of findings.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from segmind import SegmindError
from segmind_redirect import client_at

url, key = sys.argv[1:]
client = client_at(url, key)
found: dict[str, Any] = {}
SMALL = {"prompt": "a red ball", "width": 256, "height": 256, "steps": 4}


def refusal(call: Any) -> list[Any]:
    try:
        return ["no error", call()]
    except SegmindError as error:
        return [error.status, error.detail]


done = client.run("imagen-4-fast", **SMALL)
found["models"] = [row["slug"] for row in client.models.list()["models"]]
found["recent"] = [row["request_id"] for row in client.generations.recent("imagen-4-fast")["generations"]]
listed = client.generations.list(page=1, model_name="imagen-4-fast")
found["generations"] = [listed["total"] >= 1, listed["generations"][0]["prompt"]]
if hasattr(client.generations, "history"):
    rows = client.generations.history(status="COMPLETED", per_page=5)["history"]
    found["history"] = [rows[0]["request_id"] == done["request_id"], rows[0]["model_status"]]
    found["get"] = client.generations.get(done["request_id"])["request_body"]["prompt"]
    found["get unknown"] = refusal(lambda: client.generations.get("a/b"))[0]
found["account"] = sorted(client.accounts.current())
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "dot.png"
    Image.new("RGB", (4, 4), "red").save(file)
    [link] = client.files.upload(file)["file_urls"]
    found["upload"] = httpx.get(link).content == file.read_bytes()
if hasattr(client.pixelflows, "get_status"):
    flow = client.pixelflows.run(workflow_id="imagen-4-fast", data=SMALL, poll=False)
    found["workflow queued"] = flow["status"]
    try:
        ended = client.pixelflows.poll(poll_url=flow["poll_url"], poll_interval=1)
        found["workflow"] = [ended["status"], ended["output"][0]["value"]["type"]]
    except AttributeError as error:  # the oldest version breaks on its own
        found["workflow"] = str(error)
found["finetunes"] = client.finetune.list()
found["finetune"] = refusal(lambda: client.finetune.details("x"))[0]
print(json.dumps(found))
