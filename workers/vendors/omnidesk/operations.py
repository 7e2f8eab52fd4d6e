"""Omnidesk's calls."""

from __future__ import annotations

from workers.vendors.operation import Operation

CASES_CREATE = Operation(
    name="omnidesk.cases.create",
    method="POST",
    path="/api/cases.json",
    root="case",
    form="case",
    repeatable=False,
    lookup="cases.list by the reference in the subject",
)
CASES_LIST = Operation(
    name="omnidesk.cases.list", method="GET", path="/api/cases.json", root="case", repeatable=True
)
