"""A vendor that refuses one detail of a customer: the thing is made without it, and says it in words.

What a vendor calls a detail is in one table. Which codes there are is not documented (FIELD-NOTES, errors:
`phone_already_exist`, `wrong_email`, `email_already_exist` were seen), so it goes by the words that a code,
sentence or field's name has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from workers.vendors.errors import NotFound, Rejected

T = TypeVar("T")

_EMAIL = re.compile(r"e[-_ ]?mail|почт", re.IGNORECASE)
_PHONE = re.compile(r"phone|телефон", re.IGNORECASE)
_NAME = re.compile(r"name|\bимя\b|\bфио\b", re.IGNORECASE)

USER: Mapping[str, re.Pattern[str]] = {"user_email": _EMAIL, "user_phone": _PHONE, "user_full_name": _NAME}
"""What the help desk can do without: the channel's own id names the customer."""

CONTACT: Mapping[str, re.Pattern[str]] = {"email": _EMAIL, "name": _NAME}
"""What the dialer can do without. Not the phone: then there is nobody to call, which a person must see."""


def without_refused(
    make: Callable[[Sequence[str]], T], details: Mapping[str, re.Pattern[str]]
) -> tuple[T, dict[str, str]]:
    """What `make` gives, called with the details to leave out; and those, each with the vendor's own word.

    Asked again only while the vendor names another of `details`. Raises what `make` raises.
    """
    refused: dict[str, str] = {}
    while True:
        try:
            return make(list(refused)), refused
        except NotFound:
            raise
        except Rejected as error:
            said = " ".join([error.code, *error.fields])
            named = [one for one, words in details.items() if one not in refused and words.search(said)]
            if not named:
                raise
            refused |= dict.fromkeys(named, error.code or ", ".join(error.fields))
