"""A small language for the parameter tables of the Omnidesk document, and its reader.

An operation is a head line and one indented line a parameter:

    cases.update PUT /api/cases/{case_ids}.json case
        status        open|waiting|closed
        add_labels    ints

Head: operation, method, path, root of the body (`-` for no body, `.` for fields without a root),
`multipart:<prefix>` where the document takes files, `optional` where the body may be left out. A parameter:
its name, with `*` when it is required, and its type. `any: a b` says that at least one of them is required. A
GET's parameters stand in the query, those of other methods in the body.

Types:
    string, email, phone, int, bool
    word                text or a number
    string:4            of at least four characters
    a|b                 one of the words
    time, date          text or unix time; text only
    int[]               one value or an array of them
    strings, emails, ints, files                arrays; `emails<=30` has at most 30 of them
    map                 custom fields and their values; `filters` custom fields to search by
    titles              text, or an object of language ids and texts; `language` is such an id, or `all`
    ids                 "1,2,3"
    sort_order          a column with `_asc` or `_desc`
"""

import re
from dataclasses import dataclass, field

_TYPE = re.compile(r"^(?P<kind>[^:\[<]+)(?::(?P<shortest>\d+))?(?P<many>\[\])?(?:<=(?P<most>\d+))?$")
_PARAMETER = re.compile(r"^(?P<name>[^\s*]+)(?P<required>\*)?\s+(?P<type>\S+)$")


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    shortest: int = 0
    most: int | None = None
    many: bool = False


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    root: str | None
    multipart: str | None
    body_optional: bool
    parameters: dict[str, Parameter] = field(default_factory=dict)
    any_of: tuple[tuple[str, ...], ...] = ()


def read(document: str, prefix: str) -> dict[str, Operation]:
    """All operations of a document, by full name."""
    operations: dict[str, Operation] = {}
    head: list[str] = []
    lines: list[str] = []
    for line in [*document.splitlines(), "end"]:
        text = line.split("#")[0].rstrip()
        if not text:
            continue
        if text[0].isspace():
            lines.append(text.strip())
            continue
        if head:
            operation = _operation(head, lines, prefix)
            operations[operation.name] = operation
        head, lines = text.split(), []
    return operations


def _operation(head: list[str], lines: list[str], prefix: str) -> Operation:
    name, method, path, root, *more = head
    parameters: dict[str, Parameter] = {}
    any_of: list[tuple[str, ...]] = []
    for line in lines:
        if line.startswith("any:"):
            any_of.append(tuple(line.removeprefix("any:").split()))
        else:
            parameter = _parameter(line)
            parameters[parameter.name] = parameter
    multipart = next(
        (word.removeprefix("multipart:") for word in more if word.startswith("multipart:")), None
    )
    return Operation(
        f"{prefix}.{name}",
        method,
        path,
        {"-": None, ".": ""}.get(root, root),
        multipart,
        "optional" in more,
        parameters,
        tuple(any_of),
    )


def _parameter(line: str) -> Parameter:
    words = _PARAMETER.match(line)
    described = _TYPE.match(words["type"]) if words else None
    if words is None or described is None:
        raise ValueError(f"not a parameter: {line!r}")
    kind = described["kind"]
    choices = tuple(kind.split("|")) if "|" in kind else ()
    return Parameter(
        name=words["name"],
        kind="choice" if choices else kind,
        required=bool(words["required"]),
        choices=choices,
        shortest=int(described["shortest"] or 0),
        most=int(described["most"]) if described["most"] else None,
        many=bool(described["many"]),
    )
