"""Values against the parameter tables: unknown names, missing ones, wrong types, values not allowed."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from workers.vendors.omnidesk.sandbox import moments
from workers.vendors.omnidesk.sandbox.document import SPELLINGS
from workers.vendors.omnidesk.sandbox.refusal import Refusal, wrong
from workers.vendors.omnidesk.sandbox.spec import Operation, Parameter
from workers.vendors.sandbox.wire import Json, Upload

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,.]+")
_CUSTOM_FIELD = re.compile(r"cf_\d+")
_SORT = re.compile(r"(updated_at|created_at|response|priority|status)_(asc|desc)")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def check(
    operation: Operation, given: Mapping[str, Any], where: str, *, text: bool, lenient: bool = False
) -> Json:
    """The parameters in their own types. `text` says that they came as text (query, form), where a number
    and a truth value can only be text. Empty required values count as missing. `lenient`: unknown ones are
    left out."""
    fields: Json = {}
    for name, value in given.items():
        parameter = operation.parameters.get(SPELLINGS.get(name, name))
        if parameter is None:
            if lenient:
                continue
            raise wrong(f"{where}{name}", "unknown parameter")
        fields[parameter.name] = _value(parameter, value, f"{where}{name}", text)
    for parameter in operation.parameters.values():
        if parameter.required and fields.get(parameter.name) in (None, "", [], {}):
            raise wrong(f"{where}{parameter.name}", "required parameter is missing")
    for names in operation.any_of:
        if not any(fields.get(name) for name in names):
            raise wrong(where.rstrip("."), f"at least one of {', '.join(names)} is required")
    return fields


def _value(parameter: Parameter, value: Any, where: str, text: bool) -> Any:
    if parameter.many:
        value = _array_of(value, text)
        items = value if isinstance(value, list) else [value]
        return [_one(parameter, item, where, text) for item in items]
    return _one(parameter, value, where, text)


def _one(parameter: Parameter, value: Any, where: str, text: bool) -> Any:
    result = _CHECKS[parameter.kind](parameter, value, where, text)
    if parameter.most is not None and len(result) > parameter.most:
        raise wrong(where, f"at most {parameter.most} values are allowed")
    return result


def _array_of(value: Any, text: bool) -> Any:
    """PHP's arrays may begin at any number, and have gaps: `case[attachments][1]` is the document's own."""
    if text and isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return list(value.values())
    return value


def _string(parameter: Parameter, value: Any, where: str, text: bool) -> str:
    if text and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise wrong(where, "must be a string")
    if len(value.strip("^")) < parameter.shortest:
        raise wrong(where, f"must have at least {parameter.shortest} characters")
    return value


def _word(_parameter: Parameter, value: Any, where: str, _text: bool) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise wrong(where, "must be a word or a number")
    return str(value)


def _email(parameter: Parameter, value: Any, where: str, text: bool) -> str:
    address = _string(parameter, value, where, text)
    if address and not _EMAIL.fullmatch(address):
        raise Refusal(400, "wrong_email")  # FIELD-NOTES: a code that was seen
    return address


def _phone(parameter: Parameter, value: Any, where: str, text: bool) -> str:
    phone = _string(parameter, value, where, text)
    if phone and (re.search(r"[^\d+()\-.\s]", phone) or len(re.sub(r"\D", "", phone)) < 5):
        raise wrong(where, "must be a valid phone number")
    return phone


def _int(_parameter: Parameter, value: Any, where: str, _text: bool) -> int:
    """A number; digits in a string pass, as in the document's own sample (`"replace_group_id": "300"`)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise wrong(where, "must be a number")


def _bool(_parameter: Parameter, value: Any, where: str, text: bool) -> bool:
    if isinstance(value, bool):
        return value
    if text and str(value).lower() in _TRUTH:
        return _TRUTH[str(value).lower()]
    raise wrong(where, "must be true or false")


def _time(_parameter: Parameter, value: Any, where: str, _text: bool) -> Any:
    moment = moments.parse(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if moment is None:
        raise wrong(where, "must be a date or a timestamp")
    return moment


def _date(parameter: Parameter, value: Any, where: str, text: bool) -> Any:
    if not isinstance(value, str) or value.isdecimal():
        raise wrong(where, "must be a date")  # the statistics take text only
    return _time(parameter, value, where, text)


def _choice(parameter: Parameter, value: Any, where: str, _text: bool) -> str:
    if not isinstance(value, str) or value not in parameter.choices:
        raise wrong(where, f"must be one of {', '.join(parameter.choices)}")
    return value


def _sort_order(_parameter: Parameter, value: Any, where: str, _text: bool) -> tuple[str, bool]:
    """The column, and whether downwards."""
    found = _SORT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong(where, "unknown order")
    return found[1], found[2] == "desc"


def _map(_parameter: Parameter, value: Any, where: str, _text: bool) -> Json:
    """Custom fields: `{"cf_25": scalar}`."""
    if not isinstance(value, dict):
        raise wrong(where, "must be an object of custom fields")
    for name, item in value.items():
        if not _CUSTOM_FIELD.fullmatch(name):
            raise wrong(f"{where}.{name}", "unknown custom field")
        if not isinstance(item, str | int | float | bool):
            raise wrong(f"{where}.{name}", "must be a single value")
    return value


def _filters(_parameter: Parameter, value: Any, where: str, _text: bool) -> Json:
    """Custom fields to filter by: each one value or an array of them."""
    if not isinstance(value, dict) or not all(_CUSTOM_FIELD.fullmatch(name) for name in value):
        raise wrong(where, "must name custom fields")
    return {
        name: [str(part) for part in item] if isinstance(item, list) else [str(item)]
        for name, item in value.items()
    }


def _titles(_parameter: Parameter, value: Any, where: str, _text: bool) -> Any:
    """A text, or one text for each language id; an empty one counts as missing."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(k.isdecimal() and isinstance(v, str) for k, v in value.items()):
        return value
    raise wrong(where, "must be a string, or an object of language ids and strings")


def _ids(_parameter: Parameter, value: Any, where: str, _text: bool) -> list[int]:
    if not isinstance(value, str) or not re.fullmatch(r"\d+(\s*,\s*\d+)*", value):
        raise wrong(where, "must be ids separated by commas")
    return [int(part) for part in value.split(",")]


def _language(_parameter: Parameter, value: Any, where: str, _text: bool) -> str:
    if not isinstance(value, str) or not (value == "all" or value.isdecimal()):
        raise wrong(where, "must be a language id or all")
    return value


def _file(_parameter: Parameter, value: Any, where: str, _text: bool) -> Upload:
    if not isinstance(value, Upload):
        raise wrong(where, "files need multipart/form-data")
    return value


def _array(
    one: Callable[[Parameter, Any, str, bool], Any],
) -> Callable[[Parameter, Any, str, bool], list[Any]]:
    def check_array(parameter: Parameter, value: Any, where: str, text: bool) -> list[Any]:
        items = _array_of(value, text)
        if not isinstance(items, list):
            raise wrong(where, "must be an array")
        return [one(parameter, item, where, text) for item in items]

    return check_array


_CHECKS: dict[str, Callable[[Parameter, Any, str, bool], Any]] = {
    "string": _string,
    "word": _word,
    "email": _email,
    "phone": _phone,
    "int": _int,
    "bool": _bool,
    "time": _time,
    "date": _date,
    "choice": _choice,
    "sort_order": _sort_order,
    "map": _map,
    "filters": _filters,
    "titles": _titles,
    "ids": _ids,
    "language": _language,
    "strings": _array(_string),
    "emails": _array(_email),
    "ints": _array(_int),
    "files": _array(_file),
}
