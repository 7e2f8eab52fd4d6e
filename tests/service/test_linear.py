"""No text from outside can make a regular expression of ours take more than linear time.

Every expression in the code is found in its source, with the way it is used, and given long texts made of
its own parts: what it repeats, what it begins with, and an end that does not fit. Growth is compared.
"""

from __future__ import annotations

import ast
import itertools
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # no types: the standard library's own parser
from typing import Any

import pytest

from service.log import LONGEST_VALUE, Redactor, cut

ROOT = Path(__file__).parents[2]
ROOMS = ("service", "workers", "perezvon")
# The operator's own file, read once at the start, is no text from outside.
LEFT_OUT = "service/config/"
METHODS = {"match", "search", "fullmatch", "sub", "subn", "findall", "finditer", "split"}
SHORT, FACTOR = 1500, 4
# Linear is 4, quadratic 16.
MOST_GROWTH = 9
# Less than this for the long text is no growth that can be measured, nor one that hurts.
NOTHING_SECONDS = 0.004
# An expression that could take exponential time is seen with so few.
FEW = 24


def _constant(node: ast.AST) -> Any:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) else None


def _expressions(path: Path) -> Iterator[tuple[str | bytes, int, str]]:
    """Each (pattern, flags, method) of one file; a compiled one with every method used on its name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used: dict[str, set[str]] = {}
    compiled: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            compiled[id(node.value)] = node.targets[0].id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            used.setdefault(node.value.id, set()).add(node.attr)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        pattern = _constant(node.args[0])
        if pattern is None:
            continue
        flags = sum(
            getattr(re, part.attr)
            for given in [*node.args[2:], *(keyword.value for keyword in node.keywords)]
            for part in ast.walk(given)
            if isinstance(part, ast.Attribute) and part.attr.isupper() and hasattr(re, part.attr)
        )
        if node.func.attr in METHODS:
            yield pattern, flags, node.func.attr
        elif node.func.attr == "compile":
            # In order: workers of one run must collect the same tests.
            for method in sorted(used.get(compiled.get(id(node), ""), {"search"})):
                yield pattern, flags, method


def _all() -> list[Any]:
    found: dict[tuple[str | bytes, int, str], str] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.relative_to(ROOT).as_posix().startswith(LEFT_OUT):
                continue
            for pattern, flags, method in _expressions(path):
                found.setdefault((pattern, flags, method), f"{path.stem}-{method}-{len(found)}")
    return [pytest.param(*key, id=name) for key, name in found.items()]


def _characters(tree: Any) -> set[str]:
    """Some characters that a parsed expression names, each class with one or two of its members."""
    found: set[str] = set()
    members = {
        _constants.CATEGORY_DIGIT: "7",
        _constants.CATEGORY_WORD: "a7",
        _constants.CATEGORY_SPACE: " ",
        _constants.CATEGORY_NOT_DIGIT: "a",
        _constants.CATEGORY_NOT_WORD: "!",
        _constants.CATEGORY_NOT_SPACE: "a",
    }
    for operation, argument in tree:
        if operation in (_constants.LITERAL, _constants.NOT_LITERAL):
            found.add(chr(argument))
        elif operation is _constants.IN:
            found |= _characters(argument)
        elif operation is _constants.RANGE:
            found.add(chr(argument[0]))
        elif operation is _constants.CATEGORY:
            found |= set(members.get(argument, ""))
        elif operation is _constants.ANY:
            found |= {"a", " "}
        elif isinstance(argument, tuple | list):
            for part in _parts(argument):
                found |= _characters(part)
    return found


def _parts(argument: Any) -> Iterator[Any]:
    for part in argument:
        if isinstance(part, _parser.SubPattern):
            yield part
        elif isinstance(part, list):
            yield from (inner for inner in part if isinstance(inner, _parser.SubPattern))


def _attacks(pattern: str | bytes, flags: int) -> list[tuple[str, str, str]]:
    """(beginning, what is repeated, end) of texts that suit the expression nearly."""
    tree = _parser.parse(pattern, flags)
    characters = sorted(_characters(tree) | {"7", " ", "a"})[:14]
    literals = "".join(chr(argument) for operation, argument in tree if operation is _constants.LITERAL)
    repeated = [*characters, *("".join(pair) for pair in itertools.permutations(characters, 2))]
    beginnings = ["", *([literals] if literals else []), "1", "a@", ":"]
    return [(start, one, end) for one in repeated for start in beginnings for end in ("\x01", "\n\x01")]


def _seconds(pattern: str | bytes, flags: int, method: str, text: str) -> float:
    expression: Any = re.compile(pattern, flags)
    given: Any = text.encode("utf-8") if isinstance(pattern, bytes) else text
    act = getattr(expression, method)
    arguments = (b"" if isinstance(pattern, bytes) else "", given) if method.startswith("sub") else (given,)
    began = time.thread_time()
    found = act(*arguments)
    if method == "finditer":
        # One after the other: kept, they would be the garbage collector's time.
        deque(found, maxlen=0)
    return time.thread_time() - began


def _grows(pattern: str | bytes, flags: int, method: str, attack: tuple[str, str, str]) -> float:
    """How many times longer a text of four times the length takes: the least of three looks, or 0."""
    start, one, end = attack

    def look(times: int) -> float:
        return _seconds(pattern, flags, method, start + one * times + end)

    if look(FEW) > 50 * NOTHING_SECONDS:
        return float("inf")
    long = look(SHORT * FACTOR)
    if long < NOTHING_SECONDS:
        return 0
    growth = long / max(look(SHORT), 1e-6)
    for _ in range(2):
        if growth < MOST_GROWTH:
            break
        growth = min(growth, look(SHORT * FACTOR) / max(look(SHORT), 1e-6))
    return growth


@pytest.mark.parametrize(("pattern", "flags", "method"), _all())
def test_every_expression_takes_linear_time(pattern: str | bytes, flags: int, method: str) -> None:
    for attack in _attacks(pattern, flags):
        assert _grows(pattern, flags, method, attack) < MOST_GROWTH, attack


def test_a_quadratic_expression_is_seen() -> None:
    """The judge itself: what was in the log once, and a repetition beside its like."""
    quadratic = ((r"[\w.+-]+@[\w-]+", "sub"), (r"\s*(\d+)\s*%?\s*", "fullmatch"), (r"<[^>]*>", "sub"))
    for pattern, method in quadratic:
        assert any(_grows(pattern, 0, method, one) >= MOST_GROWTH for one in _attacks(pattern, 0)), pattern


@pytest.mark.parametrize("piece", ["7", "a@", "a.", "+7", "7 ", "8(", "/webhooks/a", "a@b-", "%"])
def test_the_redactor_takes_linear_time(piece: str) -> None:
    redact = Redactor(["secret"])

    def look(times: int) -> float:
        began = time.thread_time()
        redact(piece * times)
        return time.thread_time() - began

    long = look(40_000)
    assert (
        long < NOTHING_SECONDS or min(look(40_000) / max(look(10_000), 1e-6) for _ in range(3)) < MOST_GROWTH
    )


def test_no_value_of_a_line_is_long() -> None:
    ends = "y" * 90_000 + "the end"
    line = cut(None, "", {"event": "7" * 100_000, "given": ["x" * 100_000], "number": 5, "exception": ends})
    assert len(line["event"]) < 2 * LONGEST_VALUE
    assert "100000 characters" in line["event"]
    assert len(line["given"]) < 2 * LONGEST_VALUE
    assert line["number"] == 5
    assert line["exception"].endswith("the end")
    assert len(line["exception"]) < 30_000
