"""Ideas: cases of the channel `idea`, with the idea's own text, stage, category and official response."""

import time

from workers.vendors.omnidesk.sandbox import cases, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row
from workers.vendors.sandbox.wire import Answer, json_answer

handlers = Handlers()


def _idea_case(desk: Desk, ask: Ask) -> Row:
    case = desk.case(ask.params["case_id"])
    if "idea" not in case:
        raise Refusal(400, "case_is_not_idea")
    return case


@handlers("ideas.update")
def update_idea(desk: Desk, ask: Ask) -> Answer:
    case = _idea_case(desk, ask)
    fields = dict(ask.fields)
    category_id = fields.pop("category_id", None)
    if category_id is not None:
        case["idea"]["category"] = desk.idea_categories.get(category_id)["category_id"]
    case["idea"].update(fields)
    return _answer(case)


@handlers("ideas.set_official_response")
def set_official_response(desk: Desk, ask: Ask) -> Answer:
    """The document: the moment of the response is the only one that goes out as unix time."""
    case = _idea_case(desk, ask)
    case["idea"].update(official_response=ask.fields["content"], official_response_tstamp=int(time.time()))
    return _answer(case)


@handlers("ideas.delete_official_response")
def delete_official_response(desk: Desk, ask: Ask) -> Answer:
    case = _idea_case(desk, ask)
    case["idea"].update(official_response="", official_response_tstamp=0)
    return Answer(200)


def _answer(case: Row) -> Answer:
    case["updated_at"] = moments.now()
    return json_answer(200, {"case": cases.show(case)})
