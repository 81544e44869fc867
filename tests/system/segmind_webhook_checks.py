"""Run by test_webhooks.py inside each SDK version: the SDK's `webhooks` against this server, its hosts sent here.

Arguments: server URL, key, URL of a receiver. Prints one JSON object of findings.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from segmind import SegmindError
from segmind_redirect import client_at

url, key, receiver = sys.argv[1:]
client = client_at(url, key)
found: dict[str, Any] = {}

answer = client.webhooks.add(receiver, ["PIXELFLOW"])
name = answer["webhook_id"]
found["add"] = answer["status"]
found["update"] = client.webhooks.update(name, receiver, ["GENERATION", "PIXELFLOW"])["status"]
rows = [row for row in client.webhooks.get()["webhooks"] if row["webhook_id"] == name]
found["get"] = [[row["webhook_url"], row["event"]["types"], row["status"]] for row in rows]

done = client.run_sync("imagen-4-fast", prompt="a red ball", width=256, height=256, steps=4).json()
until = time.monotonic() + 20
logs: list[dict[str, Any]] = []
while not logs and time.monotonic() < until:
    logs = client.webhooks.logs(name)["logs"]
found["logs"] = [[log["request_id"] == done["request_id"], log["status"], log["status_code"]] for log in logs]

found["delete"] = client.webhooks.delete(name)["status"]
found["after"] = [row for row in client.webhooks.get()["webhooks"] if row["webhook_id"] == name]

for case, call in {
    "metadata": lambda: client.webhooks.add("https://169.254.169.254/", ["GENERATION"]),
    "events": lambda: client.webhooks.add(receiver, ["BIRTHDAY"]),
    "unknown": lambda: client.webhooks.logs("wh_unknown"),
}.items():
    try:
        call()
    except SegmindError as error:
        found[case] = [error.status, error.detail]

print(json.dumps(found))
