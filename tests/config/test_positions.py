"""Every key of a TOML text is found at its line, however it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config import positions

TEXTS = {
    "tables": "a = 1\n\n[b]\nc = 2 # d = 3\n[b.e]\nf = 4\n",
    "dotted": "a.b.c = 1\na.d = 2\n[x . y]\nz. w = 3\n",
    "quoted": '"a b" = 1\n["c.d".\'e"f\']\n"g\\"h" = 2\n"\\u0439" = 3\n"" = 4\n',
    "arrays of tables": "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\nf = 4\n[[a.e]]\ng = 5\n",
    "arrays": 'a = [\n  1, # one ]\n  "]", [2,\n 3],\n]\nb = []\nc = [ {d = 1}, {e = [2]} ]\n',
    "inline": 'a = {b = 1, c.d = "}", "e f" = {}}\ng = {}\n',
    "strings": (
        'a = "x # y = [" # z\nb = \'c:\\\'\nc = """\none " two "" [d]\nx = 1\n\\"""\nthree"""\n'
        "d = '''\n'' e = 1'''\ne = \"\"\"q\"\"\"\"\"\nf = ''\ng = 1\n"
    ),
    "scalars": "a = 1979-05-27 07:32:00Z\nb = -1e-5 # x\nc=true\nd =inf",
    "windows": 'a = 1\r\n[b]\r\nc = """x\r\ny"""\r\nd = 2\r\n',
    "blanks": "\n\n  # only\n\t a = 1\n\n   [ b ]\n\n c\t=\t2   \n",
    "nothing": "",
}


def paths(value: Any, path: positions.Path = ()) -> Iterator[positions.Path]:
    """Every path of a tree."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_key_has_a_place(text: str) -> None:
    assert set(positions.find(text)) == set(paths(tomllib.loads(text)))


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=5)
STRINGS = st.text(st.sampled_from("ab\"'\\[]{}=#,.\n й"), max_size=12)


def quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\x7f": "\\u007f"}
    return '"' + "".join(escapes.get(one, one) for one in text) + '"'


def written(value: Any) -> str:
    """A value as TOML; texts with lines in the form of many lines."""
    if isinstance(value, str):
        if "\n" in value:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"""\n{escaped}"""'
        return quoted(value)
    if isinstance(value, list):
        return "[\n" + "".join(f"{written(one)},\n" for one in value) + "]"
    return str(value)


@given(
    st.dictionaries(
        KEYS,
        st.dictionaries(KEYS, st.recursive(STRINGS | st.integers(), st.lists, max_leaves=5), max_size=4),
        max_size=4,
    )
)
def test_any_file_is_read_as_tomllib_reads_it(tables: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = []
    expected: dict[positions.Path, int] = {}
    for name, table in tables.items():
        lines.append(f"[{quoted(name)}]")
        expected[(name,)] = len(lines)
        for key, value in table.items():
            expected[(name, key)] = len(lines) + 1
            lines += f"{quoted(key)} = {written(value)}".split("\n")
    text = "\n".join(lines)
    found = positions.find(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    assert {path: found[path].line for path in expected} == expected


def test_lines_are_those_of_the_keys() -> None:
    found = positions.find(TEXTS["arrays of tables"])
    assert found["a", 1, "b"].line == 4
    assert found["a", 1, "c", "d"].line == 6
    assert found["a", 1, "e", 1, "g"].line == 10
    assert positions.find(TEXTS["arrays"])["a", 2, 1].line == 4


def test_the_lines_of_a_text_are_known() -> None:
    found = positions.find(
        'a = "x"\nb = """\nx\n"""\nc = \'\'\'x\ny\'\'\'\nd = """\\\n  x\\\n  y"""\ne = 1\n'
    )
    assert [found[(name,)].text_line for name in "abcde"] == [None, 3, 5, None, None]


def test_what_is_not_there_is_looked_for_in_its_table() -> None:
    found = positions.find("a = 1\n[b]\nc = 2\n")
    assert positions.nearest(found, ("b", "x", "y")).line == 2
    assert positions.nearest(found, ("z",)).line == 1
