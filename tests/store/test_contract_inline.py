"""What every store promises about bytes in rows."""

from __future__ import annotations

from imagend.store.base import Store

ODD = bytes(range(256)) * 32


def test_bytes_come_back_as_they_were_and_go_by_request(store: Store) -> None:
    store.write(lambda tx: tx.keep_inline("job-1", {"i/h/job-1/0": ODD, "i/h/job-1/1": b""}))
    store.write(lambda tx: tx.keep_inline("job-2", {"i/h/job-2/0": b"123"}))
    assert store.read(lambda reads: reads.inline_file("i/h/job-1/0")) == ODD
    assert store.read(lambda reads: reads.inline_file("i/h/job-1/1")) == b""
    assert store.read(lambda reads: reads.inline_file("i/h/job-2/0")) == b"123"
    store.write(lambda tx: tx.drop_inline("job-1"))
    assert store.read(lambda reads: reads.inline_file("i/h/job-1/0")) is None
    assert store.read(lambda reads: reads.inline_file("i/h/job-2/0")) == b"123"
