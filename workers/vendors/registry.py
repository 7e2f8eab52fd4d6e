"""Every operation of every vendor, by its name: the documented ones, and those marked as newer after them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workers.vendors.cscart import operations as cscart
from workers.vendors.obzvonilka import operations as obzvonilka
from workers.vendors.omnidesk import newer
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for vendor in (omnidesk, cscart, obzvonilka, newer)
        for operation in vars(vendor).values()
        if isinstance(operation, Operation)
    }
)
