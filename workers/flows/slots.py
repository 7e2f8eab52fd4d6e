"""The dialer's ten places for a contact's phones, each with a remark. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from service.intake import phones
from service.intake.phones import Phones
from workers.flows.known import digest

SLOTS = range(1, 11)


def of_new(found: Phones, writing: str, country: str) -> dict[str, str]:
    """The fields of a new contact: the valid numbers, or the text as it was typed, for a person to read."""
    fields: dict[str, str] = {}
    for slot, (number, remark) in zip(SLOTS, _wanted(found, writing, country), strict=False):
        fields |= {f"phone{slot}": number} | ({f"phone_remark{slot}": remark} if remark else {})
    return fields


def of_standing(
    found: Phones, writing: str, country: str, contact: Mapping[str, Any], ours: Mapping[str, str]
) -> dict[str, str]:
    """What is to be changed of a contact; `ours` are digests of what we wrote there, by field.

    The first place is the customer's: nobody is to be called at an old number. In the others only what we
    wrote gives way; what the dialer's staff put there stays.
    """
    wanted = list(_wanted(found, writing, country))
    if not wanted:
        return {}

    def stands(field: str) -> str:
        return str(contact.get(field) or "").strip()

    def is_ours(field: str) -> bool:
        return not stands(field) or digest(stands(field)) == ours.get(field)

    free = [slot for slot in SLOTS if slot == 1 or is_ours(f"phone{slot}")]
    theirs = {_digits(stands(f"phone{slot}")) for slot in SLOTS if slot not in free}
    wanted = wanted[:1] + [one for one in wanted[1:] if _digits(one[0]) not in theirs]
    fields = {}
    for slot, (number, remark) in zip_longest(free, wanted[: len(free)], fillvalue=("", "")):
        noted = f"phone_remark{slot}"
        fields[f"phone{slot}"] = number
        if is_ours(noted):
            fields[noted] = remark
        elif remark and remark not in stands(noted):
            fields[noted] = f"{remark}; {stands(noted)}"
    return {field: value for field, value in fields.items() if value != stands(field)}


def left_out(found: Phones) -> int:
    """How many numbers there are no places for."""
    return max(0, len(found.numbers) - len(SLOTS))


def digests(fields: Mapping[str, str]) -> dict[str, str]:
    """What is remembered of the phones that we wrote."""
    return {name: digest(value) for name, value in fields.items() if name.startswith("phone")}


def _wanted(found: Phones, writing: str, country: str) -> Iterator[tuple[str, str]]:
    if found.typed:
        yield found.typed, ""
    for one in found.numbers:
        yield phones.written(one.e164, writing, country), one.remark


def _digits(text: str) -> str:
    """What two writings of a number have in common."""
    return re.sub(r"\D", "", text)[-10:]
