"""How many previews somebody asks for: in a submit body, or in the address of an event stream."""

from __future__ import annotations

import re

from imagend.core.errors import BadParameter
from imagend.core.params import read_flag
from imagend.desk.live import MAX_PREVIEWS

_DIGITS = re.compile(r"[0-9]{1,3}")


def read_previews(value: object) -> int:
    """A number from 0 to MAX_PREVIEWS, also as text; true stands for the most, false for none. Raises BadParameter."""
    number = int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_PREVIEWS:
        return number
    try:
        return MAX_PREVIEWS if read_flag("previews", value) else 0
    except BadParameter:
        raise BadParameter("previews", f"previews must be true, false or from 0 to {MAX_PREVIEWS}") from None
