"""The account's settings: labels can be changed, the rest is only looked at."""

from workers.vendors.omnidesk.sandbox import listing
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.wire import Answer, json_answer

handlers = Handlers()


def listed(desk: Desk, ask: Ask, table: Table) -> Answer:
    """A whole table, in pages."""
    rows = list(table)
    return listing.answer(table.what, listing.page(rows, ask.fields), len(rows), desk.config)


@handlers("labels.list")
def list_labels(desk: Desk, ask: Ask) -> Answer:
    return listed(desk, ask, desk.labels)


@handlers("labels.create")
def create_label(desk: Desk, ask: Ask) -> Answer:
    return _label(201, desk.labels.add(label_title=ask.fields["label_title"]))


@handlers("labels.update")
def update_label(desk: Desk, ask: Ask) -> Answer:
    label = desk.labels.get(ask.number("label_id"))
    label.update(ask.fields)
    return _label(200, label)


@handlers("labels.delete")
def delete_label(desk: Desk, ask: Ask) -> Answer:
    label_id = desk.labels.get(ask.number("label_id"))["label_id"]
    desk.labels.remove(label_id)
    for case in desk.cases:
        case["labels"] = [other for other in case["labels"] if other != label_id]
    return Answer(200)


def _label(status: int, label: Row) -> Answer:
    return json_answer(status, {"label": shown(label)})


@handlers("filters.list")
def list_filters(desk: Desk, ask: Ask) -> Answer:
    """The document: those of the member of staff who asks; an id is a word or a number."""
    return listing.answer("filter", listing.page(desk.filters, ask.fields), len(desk.filters), desk.config)


@handlers("custom_fields.list")
def list_custom_fields(desk: Desk, ask: Ask) -> Answer:
    return listed(desk, ask, desk.custom_fields)


@handlers("custom_channels.list")
def list_custom_channels(desk: Desk, ask: Ask) -> Answer:
    rows = [{**row, "webhook_url": desk.webhook_url or ""} for row in desk.custom_channels]
    return listing.answer("custom_channel", listing.page(rows, ask.fields), len(rows), desk.config)


@handlers("languages.list")
def list_languages(desk: Desk, ask: Ask) -> Answer:
    return listed(desk, ask, desk.languages)


@handlers("client_emails.list")
def list_client_emails(desk: Desk, ask: Ask) -> Answer:
    return listed(desk, ask, desk.client_emails)
