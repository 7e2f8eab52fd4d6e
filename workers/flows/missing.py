"""What a write that was carried out late has taken away. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from workers.flows import known


def lines(present: str, lost: Sequence[str], later: Sequence[str]) -> list[str]:
    """The lines that stood there `later`, that no `lost` text had, and that are not there now; in order.

    What a lost text has as well was taken away by somebody else. Without most of a lost text standing there
    it was not carried out, or the vendor writes texts in a form of its own, and nothing can be said.
    """
    there = Counter(known.lines_of(present))
    carried_out = [text for text in map(Counter, map(known.lines_of, lost)) if _stands(text, there)]
    found: list[str] = []
    for text in later:
        for line, number in Counter(known.lines_of(text)).items():
            erased = number - min((one[line] for one in carried_out), default=number)
            for _ in range(min(erased, number - there[line])):
                found.append(line)
                there[line] += 1
    return found


def put_back(present: str, gone: Sequence[str], later: Sequence[str]) -> str:
    """`present` with the lines that are gone: behind it, and in front what stood before everything else."""
    there = set(known.lines_of(present))
    leading = {
        line for text in later for line in takewhile(lambda one: one not in there, known.lines_of(text))
    }
    first = [line for line in gone if line in leading]
    return "\n".join(filter(None, (*first, present, *(line for line in gone if line not in leading))))


def _stands(text: Counter[str], there: Counter[str]) -> bool:
    return 2 * (text & there).total() >= text.total()


def values(
    present: Mapping[str, Any], lost: Sequence[Mapping[str, Any]], later: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The fields that stand as a `lost` write set them, and that were last seen or set otherwise."""
    found = {}
    for name in {name for one in lost for name in one} & present.keys():
        stands, set_late = str(present[name]), {str(one[name]) for one in lost if name in one}
        set_last = next((one[name] for one in reversed(later) if one.get(name) is not None), stands)
        if str(set_last) != stands and stands in set_late:
            found[name] = set_last
    return found
