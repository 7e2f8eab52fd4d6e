"""Lists as Omnidesk gives them: `{"0": {root: row}, "1": …, "total_count": n}`, in pages of 1 to 100."""

from collections.abc import Callable, Sequence

from workers.vendors.omnidesk.sandbox.refusal import wrong
from workers.vendors.omnidesk.sandbox.tables import Row, shown
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.wire import Answer, Json, json_answer

LAST_PAGE = 500
LARGEST_LIMIT = 100


def page(rows: Sequence[Row], fields: Json) -> Sequence[Row]:
    """The rows of the page asked for (FIELD-NOTES: page 1–500, limit 1–100; without them the first 100)."""
    number, limit = fields.get("page", 1), fields.get("limit", LARGEST_LIMIT)
    if not 1 <= number <= LAST_PAGE:
        raise wrong("page", f"must be between 1 and {LAST_PAGE}")
    if not 1 <= limit <= LARGEST_LIMIT:
        raise wrong("limit", f"must be between 1 and {LARGEST_LIMIT}")
    return rows[(number - 1) * limit : number * limit]


def answer(
    root: str,
    rows: Sequence[Row],
    total: int | None,
    config: SandboxConfig,
    show: Callable[[Row], Row] = shown,
) -> Answer:
    """FIELD-NOTES: an empty list may look in three ways. `total` None: a list that does not count itself."""
    if not rows and config.omnidesk_empty_list == "root":
        return json_answer(200, {root: []})
    if not rows and config.omnidesk_empty_list == "text":
        return json_answer(200, "")
    if config.omnidesk_lists == "array":
        return json_answer(200, [{root: show(row)} for row in rows])
    body: Json = {str(index): {root: show(row)} for index, row in enumerate(rows)}
    if total is not None:
        body["total_count"] = str(total) if config.omnidesk_totals == "text" else total
    return json_answer(200, body)


def found_in(needle: str, text: str) -> bool:
    """The document's search: any part of the text, or its beginning and end where `^` marks them."""
    wanted, value = needle.strip("^").lower(), text.lower()
    at_start, at_end = needle.startswith("^"), needle.endswith("^")
    if at_start and at_end:
        return value == wanted
    if at_start:
        return value.startswith(wanted)
    if at_end:
        return value.endswith(wanted)
    return wanted in value


def phone_found_in(needle: str, phone: str) -> bool:
    """Phones are compared by their digits, so that writing does not matter."""
    digits = "".join(filter(str.isdecimal, needle))
    anchors = ("^" if needle.startswith("^") else "", "^" if needle.endswith("^") else "")
    return found_in(f"{anchors[0]}{digits}{anchors[1]}", "".join(filter(str.isdecimal, phone)))


def custom_fields_match(fields: Json, values: Row, kinds: dict[str, str]) -> bool:
    """The document: text fields by inclusion, check boxes by presence, selections by their key."""
    for name, wanted in fields.get("custom_fields", {}).items():
        value = values.get(name, "")
        if kinds.get(name) == "checkbox":
            matched = any((item in ("1", "true")) == bool(value) for item in wanted)
        elif kinds.get(name) == "select":
            matched = str(value) in wanted
        else:
            matched = any(found_in(item, str(value)) for item in wanted)
        if not matched:
            return False
    return True


def in_period(fields: Json, row: Row) -> bool:
    """`from_time`/`to_time` for the creation, `from_updated_time`/`to_updated_time` for the last change."""
    for middle, column in (("", "created_at"), ("updated_", "updated_at")):
        start, end = fields.get(f"from_{middle}time"), fields.get(f"to_{middle}time")
        if (start and row[column] < start) or (end and row[column] > end):
            return False
    return True
