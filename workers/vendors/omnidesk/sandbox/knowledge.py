"""The knowledge base (categories, their sections, their articles) and the categories of ideas.

The four work alike; what differs is written in `KINDS`. Texts are kept by language. An answer gives the main
language's, or the one asked for, or all of them (the document, `language_id`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from workers.vendors.omnidesk.sandbox import listing, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import MAIN_LANGUAGE, Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.wire import Answer, Json, json_answer

handlers = Handlers()


@dataclass(frozen=True)
class Kind:
    name: str
    table: Callable[[Desk], Table]
    texts: tuple[str, ...] = ()
    """Columns that have a text for each language."""
    defaults: tuple[tuple[str, str], ...] = ()
    parent: Callable[[Desk], Table] | None = None
    parent_column: str = ""
    dated: bool = True
    counted: bool = True
    """The document's lists of articles come without `total_count`."""


def _categories(desk: Desk) -> Table:
    return desk.kb_categories


def _sections(desk: Desk) -> Table:
    return desk.kb_sections


def _articles(desk: Desk) -> Table:
    return desk.kb_articles


def _idea_categories(desk: Desk) -> Table:
    return desk.idea_categories


KINDS = (
    Kind("kb_categories", _categories, ("category_title",)),
    Kind(
        "kb_sections",
        _sections,
        ("section_title", "section_description"),
        parent=_categories,
        parent_column="category_id",
    ),
    Kind(
        "kb_articles",
        _articles,
        ("article_title", "article_content", "article_tags"),
        (("access_type", "public"),),
        parent=_sections,
        parent_column="section_id",
        counted=False,
    ),
    Kind("idea_categories", _idea_categories, dated=False),
)


def _show(kind: Kind, row: Row, language: str | None = None) -> Row:
    answer = shown(row)
    for column in kind.texts:
        texts = row[column]
        answer[column] = dict(texts) if language == "all" else texts.get(language or MAIN_LANGUAGE, "")
    return answer


def _language(desk: Desk, ask: Ask) -> str | None:
    language = ask.fields.get("language_id")
    if language is not None and language != "all":
        desk.check_language(int(language), "language_id")
    return str(language) if language is not None else None


def _columns(desk: Desk, kind: Kind, ask: Ask) -> Json:
    """The given fields as columns: a bare text is the main language's."""
    columns = dict(ask.fields)
    root = str(ask.operation.root)
    for name in kind.texts:
        if isinstance(columns.get(name), str):
            columns[name] = {MAIN_LANGUAGE: columns[name]}
        for language in columns.get(name, {}):
            desk.check_language(int(language), f"{root}.{name}")
    if kind.parent and kind.parent_column in columns and columns[kind.parent_column] not in kind.parent(desk):
        raise Refusal(400, f"{root}.{kind.parent_column}: does not exist")
    return columns


def _row(desk: Desk, kind: Kind, ask: Ask) -> Row:
    table = kind.table(desk)
    return table.get(ask.number(table.id_name))


def _answer(desk: Desk, kind: Kind, row: Row, status: int = 200, language: str | None = None) -> Answer:
    return json_answer(status, {kind.table(desk).what: _show(kind, row, language)})


def create(kind: Kind, desk: Desk, ask: Ask) -> Answer:
    columns = _columns(desk, kind, ask)
    parent = {kind.parent_column: columns.pop(kind.parent_column)} if kind.parent else {}
    dates = {"created_at": moments.now(), "updated_at": moments.now()} if kind.dated else {}
    texts: Json = {name: {} for name in kind.texts}
    row = kind.table(desk).add(**parent, **{**texts, **dict(kind.defaults), **columns}, active=True, **dates)
    return _answer(desk, kind, row, 201)


def list_all(kind: Kind, desk: Desk, ask: Ask) -> Answer:
    language = _language(desk, ask)
    parent_id = ask.fields.get(kind.parent_column) if kind.parent else None
    rows = [row for row in kind.table(desk) if parent_id is None or row[kind.parent_column] == parent_id]
    if needle := ask.fields.get("search"):
        rows = [row for row in rows if _mentions(kind, row, needle)]
    return listing.answer(
        kind.table(desk).what,
        listing.page(rows, ask.fields),
        len(rows) if kind.counted else None,
        desk.config,
        lambda row: _show(kind, row, language),
    )


def _mentions(kind: Kind, row: Row, needle: str) -> bool:
    return any(listing.found_in(needle, text) for name in kind.texts for text in row[name].values())


def get(kind: Kind, desk: Desk, ask: Ask) -> Answer:
    return _answer(desk, kind, _row(desk, kind, ask), language=_language(desk, ask))


def update(kind: Kind, desk: Desk, ask: Ask) -> Answer:
    row = _row(desk, kind, ask)
    for name, value in _columns(desk, kind, ask).items():
        row[name] = {**row[name], **value} if name in kind.texts else value
    return _touched(desk, kind, row)


def mark(kind: Kind, desk: Desk, ask: Ask, *, active: bool) -> Answer:
    row = _row(desk, kind, ask)
    row["active"] = active
    return _touched(desk, kind, row)


def move(kind: Kind, desk: Desk, ask: Ask, *, step: int) -> Answer:
    """A step up or down among those of the same parent."""
    row, table = _row(desk, kind, ask), kind.table(desk)
    table.move(
        row[table.id_name],
        step,
        lambda other: not kind.parent or other[kind.parent_column] == row[kind.parent_column],
    )
    return _touched(desk, kind, row)


def _touched(desk: Desk, kind: Kind, row: Row) -> Answer:
    if kind.dated:
        row["updated_at"] = moments.now()
    return _answer(desk, kind, row)


def delete(kind: Kind, desk: Desk, ask: Ask) -> Answer:
    """What stands below goes with it; the document does not say, but it could not be reached any more."""
    row, table = _row(desk, kind, ask), kind.table(desk)
    _remove(desk, kind, row[table.id_name])
    return Answer(200)


def _remove(desk: Desk, kind: Kind, row_id: int) -> None:
    table = kind.table(desk)
    for below in KINDS:
        if below.parent is kind.table:
            for row in below.table(desk):
                if row[below.parent_column] == row_id:
                    _remove(desk, below, row[below.table(desk).id_name])
    table.remove(row_id)


for _kind in KINDS:
    handlers(f"{_kind.name}.create")(partial(create, _kind))
    handlers(f"{_kind.name}.list")(partial(list_all, _kind))
    handlers(f"{_kind.name}.get")(partial(get, _kind))
    handlers(f"{_kind.name}.update")(partial(update, _kind))
    handlers(f"{_kind.name}.disable")(partial(mark, _kind, active=False))
    handlers(f"{_kind.name}.enable")(partial(mark, _kind, active=True))
    handlers(f"{_kind.name}.delete")(partial(delete, _kind))
    if _kind.name.startswith("kb_"):
        handlers(f"{_kind.name}.move_up")(partial(move, _kind, step=-1))
        handlers(f"{_kind.name}.move_down")(partial(move, _kind, step=1))
