"""How many previews somebody asks for: in a submit body, or in the address of an event stream."""

from __future__ import annotations

from contextlib import suppress

from imagend.core.errors import BadParameter
from imagend.core.params import Integer, read_flag
from imagend.desk.watchers import MAX_PREVIEWS

_NUMBER = Integer(minimum=0, maximum=MAX_PREVIEWS)


def read_previews(value: object) -> int:
    """A number from 0 to MAX_PREVIEWS, also as text; true stands for the most, false for none. Raises BadParameter."""
    with suppress(BadParameter):
        return _NUMBER.read("previews", value)
    try:
        return MAX_PREVIEWS if read_flag("previews", value) else 0
    except BadParameter:
        raise BadParameter("previews", f"previews must be true, false or from 0 to {MAX_PREVIEWS}") from None
