"""Ballast of a server's own disks: one file where the database lies, one where pictures lie if that is another disk."""

from __future__ import annotations

from imagend.blobs.ballast import Ballast
from imagend.core.watch import Watch
from imagend.settings import Settings
from imagend.wiring.folder import prepare_folder


class Ballasts:
    """Of what is not on this machine there is none."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        folder = prepare_folder(settings.data_dir)
        pictures = folder if settings.object_store_url else prepare_folder(folder / "blobs")
        size = settings.ballast_bytes
        self._database = Ballast(folder / "ballast", 0 if settings.database_url else size, watch)
        same = pictures.stat().st_dev == folder.stat().st_dev
        self._pictures = self._database if same else Ballast(pictures / ".ballast", size, watch)
        if same and settings.database_url and not settings.object_store_url:
            self._database = self._pictures = Ballast(folder / "ballast", size, watch)

    @property
    def full(self) -> bool:
        return self._database.full or self._pictures.full

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in {self._database, self._pictures})

    def database_full(self) -> None:
        self._database.let_go()

    def pictures_full(self) -> None:
        self._pictures.let_go()

    def look(self) -> None:
        for one in {self._database, self._pictures}:
            one.look()
