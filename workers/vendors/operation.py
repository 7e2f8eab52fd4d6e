"""An operation: one documented call of a vendor, as data.

What is sent is checked against the operation before anything leaves the machine; `InvalidInput` names the
field. What comes back is kept as the vendor sent it, unknown fields included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class InvalidInput(ValueError):
    """A field or parameter that the operation does not take, or not like this; the text names it."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call. `name` is the documented one, its first part is the vendor.

    `root` is the key that the body's fields stand under, in what is sent and in what comes back. `form` is
    the prefix of the fields when the body is multipart (`contact[name]`); without it only JSON is sent.
    `repeatable`: sent twice it does what it does once. `lookup` says, for the others, how to find out whether
    a call whose answer was lost has been done.
    """

    name: str
    method: Method
    path: str
    root: str = ""
    form: str = ""
    always_form: bool = False
    repeatable: bool
    lookup: str = ""

    @property
    def vendor(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's parameters, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def fill(self, values: Mapping[str, Any]) -> str:
        """The path with `values` in it, escaped. Raises `InvalidInput`."""
        for name in self.parameters:
            if str(values.get(name, "")).strip() == "":
                raise InvalidInput(f"{self.name} needs {name}")
        for name in values:
            if name not in self.parameters:
                raise InvalidInput(f"{self.name} has no parameter {name}")
        # A comma joins the ids of a bulk call and must stay one.
        return self.path.format_map({name: quote(str(value), safe=",") for name, value in values.items()})
