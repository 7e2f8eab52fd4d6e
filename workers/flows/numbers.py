"""Numbers as people write them: `1`, `0,5`, `4 990`, where a machine writes 1.0, 0.500 and 4990.00. Pure."""

from __future__ import annotations

import re
from typing import Self

_NUMBER = re.compile(r"(-?)(0|[1-9]\d{0,14})(?:\.(\d{1,20}))?")


class Printed(str):
    """A number's text that a template can still calculate with (`item.price|float`)."""

    value: float

    def __new__(cls, text: str, value: float) -> Self:
        made = super().__new__(cls, text)
        made.value = value
        return made

    def __float__(self) -> float:
        return self.value

    def __int__(self) -> int:
        return int(self.value)


def printed(text: str, point: str, between: str, *, cents: bool = False) -> str:
    """The number with `point` before its fraction and `between` its thousands; what is none as it came.

    `cents`: a fraction has two digits at least.
    """
    match = _NUMBER.fullmatch(text)
    if not match:
        return text
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if fraction and cents:
        fraction = fraction.ljust(2, "0")
    grouped = f"{int(whole):,}".replace(",", between)
    return Printed(f"{sign}{grouped}{point}{fraction}" if fraction else f"{sign}{grouped}", float(text))
