"""What is wrong with a line that TOML cannot read, said by its key and with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.config.words import nearest

_LINE = re.compile(r"""\s*(?P<key>[^=\[\]#"'\s]+)\s*=\s*(?P<value>.*?)\s*""")
_YES_NO = {"yes", "no", "on", "off", "да", "нет"}


def hint(line: str, said: str, known: Iterable[str]) -> str:  # noqa: PLR0911 - a table of cases
    """What to do about `line`, of which TOML's reader has `said` this; `known` are the keys that there are.

    Begins with "; ", or is empty where nobody can tell.
    """
    match = _LINE.fullmatch(line)
    if not match:
        return ""
    key, value = match["key"], match["value"]
    if "overwrite" in said:
        return f"; {key} stands twice, leave one out"
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", key):
        return nearest(key, known) or f'; put the key in quotes: "{key}"'
    if value.lower() in _YES_NO:
        return f"; {key} is true or false"
    if not value:
        return f"; {key} has no value"
    # A word, perhaps in the quotes of a text processor.
    if re.match(r"[^\W\d_]|[«»„“”‘’]", value):
        word = value.strip("«»„“”‘’")
        return f'; put the value of {key} in quotes: "{word}"'
    return ""
