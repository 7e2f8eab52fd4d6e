"""Where each key of a TOML text stands: the lines that messages name. tomllib tells values, not places.

The text is one that tomllib has already read, so nothing is checked here; what stands in an inline table or
in an array has a place of its own as well.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

Path = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!"")|""(?!"))*"{3,5}'
    r"|'''(?:[^']|'(?!'')|''(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


@dataclass(frozen=True)
class Place:
    """`line` of the key; `text_line`, where the first line of its value's text stands, None when the value
    is not a text or its lines are not those of the file."""

    line: int
    text_line: int | None = None


def find(text: str) -> dict[Path, Place]:
    """The place of every table, key and array element of `text`."""
    return _Scanner(text).scan()


def nearest(places: dict[Path, Place], path: Path) -> Place:
    """The place of `path`, or of the table that it would stand in; line 1 is the file itself."""
    for length in range(len(path), 0, -1):
        if place := places.get(path[:length]):
            return place
    return Place(1)


class _Scanner:
    def __init__(self, text: str) -> None:
        # As tomllib reads it: positions are counted in this text.
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.places: dict[Path, Place] = {}
        # How many elements each array of tables has so far.
        self.counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, Place]:
        table: Path = ()
        while self._more():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
        return self.places

    def _more(self) -> bool:
        self._skip(_BETWEEN)
        return self.at < len(self.text)

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path that the keys below it stand under."""
        line = self._line()
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        keys = self._keys()
        for number, key in enumerate(keys, start=1):
            path += (key,)
            last = number == len(keys)
            if array and last:
                self.counts[path] = self.counts.get(path, 0) + 1
            self.places.setdefault(path, Place(line))
            if path in self.counts:
                # A table below an array of tables belongs to its latest element.
                path += (self.counts[path] - 1,)
                self.places.setdefault(path, Place(line))
        self.at += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        line, path = self._line(), table
        for key in self._keys():
            path += (key,)
            # A dotted key makes the tables on its way.
            self.places.setdefault(path, Place(line))
        self.at += 1
        self._skip(_BLANK)
        self.places[path] = Place(line, self._value(path))

    def _keys(self) -> list[str]:
        """A dotted key, and the blanks around its parts."""
        keys = []
        while True:
            self._skip(_BLANK)
            if match := _BARE.match(self.text, self.at):
                keys.append(match[0])
            elif match := _STRING.match(self.text, self.at):
                keys.append(_unquoted(match[0]))
            else:  # tomllib has read the text: this cannot be a key of a valid one
                raise ValueError(f"no key at line {self._line()}")
            self.at = match.end()
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _value(self, path: Path) -> int | None:
        """Pass over a value; gives the line of its first line of text."""
        if match := _STRING.match(self.text, self.at):
            line = self._line()
            self.at = match.end()
            return _text_line(match[0], line)
        if self.text.startswith("[", self.at):
            self._array(path)
        elif self.text.startswith("{", self.at):
            self._inline_table(path)
        else:
            self._skip(_SCALAR)
        return None

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._more() and self.text[self.at] != "]":
            line = self._line()
            element = (*path, index)
            self.places[element] = Place(line)
            self.places[element] = Place(line, self._value(element))
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._more() and self.text[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1


def _unquoted(written: str) -> str:
    """A quoted key as it is meant; tomllib knows the escapes."""
    (key,) = tomllib.loads(f"{written} = 0")
    return key


def _text_line(written: str, line: int) -> int | None:
    many = written.startswith(('"""', "'''"))
    if not many or (written.startswith('"') and re.search(r"\\[ \t]*\n|\\n", written)):
        # Escaped or joined lines: those of the text are not those of the file.
        return None
    # A newline right after the opening quotes is not part of the text.
    return line + 1 if written[3:4] == "\n" else line
