"""Files that go along with a call: their sizes are checked before anything is sent, and they are streamed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

# FIELD-NOTES, newer than the document. Megabytes are taken as 2**20 bytes: the vendor has the last word on
# what lies between the two meanings.
MEGABYTE = 1 << 20
LARGEST_FILE = 25 * MEGABYTE
LARGEST_TOGETHER = 50 * MEGABYTE


def problems(files: Mapping[str, Sequence[Path]], known: Sequence[str]) -> dict[str, str]:
    """What is wrong with the files, by the field that they are for; the sentence names the file."""
    found = {}
    together = 0
    for field, paths in files.items():
        if field not in known:
            found[field] = f"takes no files{f'; {known[0]} does' if known else ' here'}"
            continue
        for path in paths:
            size, trouble = _size(path)
            together += size
            if trouble:
                found[field] = trouble
    if not found and together > LARGEST_TOGETHER:
        found[next(iter(files))] = (
            f"has {together / MEGABYTE:.1f} MB together; the vendor takes {LARGEST_TOGETHER // MEGABYTE} MB"
        )
    return found


def _size(path: Path) -> tuple[int, str]:
    try:
        size = path.stat().st_size
    except OSError as error:
        return 0, f"cannot read the file {path}: {error.strerror}"
    if not path.is_file() or not os.access(path, os.R_OK):
        return 0, f"cannot read the file {path}: not a readable file"
    if size > LARGEST_FILE:
        return size, (
            f"has the file {path} of {size / MEGABYTE:.1f} MB; "
            f"the vendor takes {LARGEST_FILE // MEGABYTE} MB a file"
        )
    return size, ""
