"""Working hours as people write them."""

from __future__ import annotations

import re

import pytest

from service.config import hours
from service.config.model import Hours


@pytest.mark.parametrize(
    ("text", "days", "opens", "closes"),
    [
        ("Mon-Fri 09:00-18:00", (0, 1, 2, 3, 4), 540, 1080),
        ("Mon,Wed, Fri 9:30-16:00", (0, 2, 4), 570, 960),
        ("Sat-Mon 00:00-24:00", (0, 5, 6), 0, 1440),
        ("sunday 10:00 - 10:30", (6,), 600, 630),
        ("Mon-Thu,Sat 8:00-20:00", (0, 1, 2, 3, 5), 480, 1200),
        ("Mon-Sun 8:00-20:00", (0, 1, 2, 3, 4, 5, 6), 480, 1200),
    ],
)
def test_hours_are_read(text: str, days: tuple[int, ...], opens: int, closes: int) -> None:
    found = hours.parse(text, "Asia/Omsk")
    assert found == Hours(days, opens, closes, "Asia/Omsk")
    assert hours.parse(hours.write(found), "Asia/Omsk") == found
    assert re.match(hours.PATTERN, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must read like"),
        ("09:00-18:00", "must read like"),
        ("Mon-Fri 9-18", "must read like"),
        ("Mon-Fry 09:00-18:00", "has 'Fry' where a day belongs: Mon, Tue"),
        ("Mo1 09:00-18:00", "has 'Mo1' where a day belongs"),
        ("Mon 18:00-09:00", "must open before it closes"),
        ("Mon 09:00-09:00", "must open before it closes"),
        ("Mon 09:60-18:00", "has 09:60, which is no time of day"),
        ("Mon 09:00-24:01", "has 24:01, which is no time of day"),
    ],
)
def test_other_writings_are_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        hours.parse(text)
