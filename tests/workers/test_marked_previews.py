"""Previews are pictures too: they leave with the mark."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image

from imagend.engine.events import Progress
from imagend.provenance.detect import find
from imagend.provenance.keys import new_credentials
from imagend.provenance.options import SealOptions
from imagend.provenance.seal import open_seal
from imagend.safety.options import SafetyOptions
from imagend.safety.plugins import picture_guard
from imagend.workers.link import Link
from imagend.workers.reporting import Reporter
from tests.workers.test_reporting import Gateway, held


def test_a_preview_carries_the_mark(tmp_path: Path) -> None:
    file = tmp_path / "provenance.pem"
    file.write_bytes(new_credentials(1_790_000_000.0))
    seal = open_seal(SealOptions(layers="watermark", certificate=file, key=file))
    gateway, job = Gateway(), held()
    reporter = Reporter(cast("Link", gateway), picture_guard(SafetyOptions(picture="")), seal=seal)
    preview = np.full((256, 256, 3), 140, np.uint8)
    reporter.note(job, Progress(ticket="t", done=1, total=2, preview=preview))
    reporter.flush(job)
    (sent,) = (one for report in gateway.reports for one in report.previews)
    found = find(Image.open(BytesIO(sent.data)))
    assert found is not None
    assert f"{found.server_id:08x}" == seal.mark_id()
