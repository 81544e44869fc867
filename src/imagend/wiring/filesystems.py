"""What kind of file system a folder lies on: SQLite's log needs one of this machine."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from imagend.core.errors import BadSetting

logger = logging.getLogger(__name__)

MOUNTS = Path("/proc/self/mountinfo")
REMOTE = re.compile(
    r"nfs\d*|cifs|smb\d*|smbfs|9p|ceph|lustre|afs|coda|ncpfs|beegfs|gpfs|glusterfs|gfs2?|ocfs2|orangefs|pvfs2|virtiofs"
    r"|fuse\.(?:sshfs|glusterfs|ceph|s3fs|rclone|gcsfuse|mergerfs|juicefs|goofys|davfs2)"
)


def kind_of(folder: Path, mounts: str) -> str:
    """Type of the file system that holds `folder` (absolute), by the text of /proc/self/mountinfo; "" if unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split()
        if len(words) < 5 or not rest:
            continue
        place = Path(re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), words[4]))
        if folder.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), rest.split()[0]
    return kind


def check_local(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raises BadSetting for a file system of another machine: its locks and its memory maps do not keep SQLite's
    promises. Systems that do not say what they mount are believed."""
    try:
        kind = kind_of(folder.resolve(), mounts.read_text("utf-8", "surrogateescape"))
    except OSError:
        return
    if REMOTE.fullmatch(kind):
        raise BadSetting(
            f"data_dir {folder} lies on {kind}, which cannot hold SQLite's log: use a local disk, or database_url and "
            "object_store_url"
        )
    if kind in ("overlay", "aufs"):
        logger.warning("data_dir %s lies on %s: it goes when the container goes; mount a volume there", folder, kind)
