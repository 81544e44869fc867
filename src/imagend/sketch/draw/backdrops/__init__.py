"""Every place as a painted backdrop with depth: what lies behind the things, and what lies before them."""

from __future__ import annotations

from collections.abc import Callable

from imagend.sketch.draw.backdrops import (
    beach,
    city,
    desert,
    farm,
    forest,
    lake,
    meadow,
    mountains,
    room,
    space,
    studio,
    underwater,
)
from imagend.sketch.draw.backdrops.stage import Stage

Painter = Callable[[Stage], None]

#: Behind all things.
BACK: dict[str, Painter] = {
    "studio": studio.paint,
    "meadow": meadow.paint,
    "forest": forest.paint,
    "beach": beach.paint,
    "mountains": mountains.paint,
    "city": city.paint,
    "desert": desert.paint,
    "room": room.paint,
    "space": space.paint,
    "underwater": underwater.paint,
    "farm": farm.paint,
    "lake": lake.paint,
}

#: Before all things, along the lower edge; places that are missing have nothing there.
FRONT: dict[str, Painter] = {
    "meadow": meadow.paint_front,
    "forest": forest.paint_front,
    "mountains": mountains.paint_front,
    "farm": farm.paint_front,
    "lake": lake.paint_front,
    "underwater": underwater.paint_front,
}
