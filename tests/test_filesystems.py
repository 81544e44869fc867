"""Which file systems may hold SQLite's log."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from imagend.core.errors import BadSetting
from imagend.wiring.filesystems import MOUNTS, check_local, kind_of

TABLE = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /srv rw - nfs4 server:/export rw,vers=4.2
31 30 0:41 / /srv/local rw - xfs /dev/vdb rw
32 22 0:42 / /mnt/my\040share rw - cifs //box/share rw
33 22 0:43 / /team rw - fuse.sshfs me@box:/ rw
34 22 0:44 / /var/lib/docker rw - overlay overlay rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/data", "nfs4"), ("/srv/local/data", "xfs"), ("/srvx", "ext4"), ("/mnt/my share/x", "cifs"),
     ("/team", "fuse.sshfs"), ("/home", "ext4")],
)  # fmt: skip
def test_the_nearest_mount_counts(folder: str, kind: str) -> None:
    assert kind_of(Path(folder), TABLE) == kind


def test_network_disks_are_refused_and_containers_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mounts = tmp_path / "mountinfo"
    for kind in ("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs", "lustre", "glusterfs", "virtiofs"):
        mounts.write_text(f"22 1 0:1 / / rw - {kind} somewhere rw\n")
        with pytest.raises(BadSetting, match=rf"lies on {kind}, which cannot hold SQLite's log: use a local disk"):
            check_local(tmp_path, mounts)
    mounts.write_text("22 1 0:1 / / rw - overlay overlay rw\n")
    with caplog.at_level(logging.WARNING):
        check_local(tmp_path, mounts)
    assert "mount a volume there" in caplog.text


def test_this_machine_is_believed(tmp_path: Path) -> None:
    check_local(tmp_path)
    check_local(tmp_path, tmp_path / "nothing")
    assert not MOUNTS.exists() or kind_of(tmp_path, MOUNTS.read_text())
