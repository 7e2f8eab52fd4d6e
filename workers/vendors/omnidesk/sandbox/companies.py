"""Companies, and which users belong to them."""

from workers.vendors.omnidesk.sandbox import listing, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import OWNER_STAFF_ID, Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, shown
from workers.vendors.sandbox.wire import Answer, Json, json_answer

handlers = Handlers()

SEARCHED = ("company_name", "company_domains", "company_address", "company_note")


def _check(desk: Desk, fields: Json) -> None:
    if "company_default_group" in fields:
        desk.check_active(desk.groups, fields["company_default_group"], "company.company_default_group")
    for name in ("company_users", "add_company_users", "remove_company_users"):
        for user_id in fields.get(name, []):
            if user_id not in desk.users:
                raise Refusal(400, f"company.{name}: unknown user {user_id}")


def _members(desk: Desk, company: Row) -> list[Row]:
    return [user for user in desk.users if user["company_name"] == company["company_name"]]


def _domains(text: str) -> list[str]:
    """The document: several may be given, separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


@handlers("companies.create")
def create_company(desk: Desk, ask: Ask) -> Answer:
    fields = ask.fields
    _check(desk, fields)
    now = moments.now()
    company = desk.companies.add(
        company_name=fields["company_name"],
        company_domains=",".join(_domains(fields.get("company_domains", ""))),
        company_default_group=fields.get("company_default_group", 0),
        company_address=fields.get("company_address", ""),
        company_note=fields.get("company_note", ""),
        active=True,
        deleted=False,
        created_at=now,
        updated_at=now,
    )
    for user_id in fields.get("company_users", []):
        desk.users.get(user_id)["company_name"] = company["company_name"]
    return json_answer(201, {"company": shown(company)})


@handlers("companies.list")
def list_companies(desk: Desk, ask: Ask) -> Answer:
    fields = ask.fields
    rows = [
        company
        for company in desk.companies
        if all(name not in fields or listing.found_in(fields[name], company[name]) for name in SEARCHED)
    ]

    def show(company: Row) -> Row:
        row, users = shown(company), _members(desk, company)
        if fields.get("amount_of_users"):
            row["amount_of_users"] = len(users)
        if fields.get("amount_of_cases"):
            ids = {user["user_id"] for user in users}
            row["amount_of_cases"] = sum(case["user_id"] in ids for case in desk.cases)
        return row

    page = listing.page(rows, fields)
    return listing.answer("company", page, len(rows), desk.config, show)


@handlers("companies.get")
def get_company(desk: Desk, ask: Ask) -> Answer:
    return _answer(desk.companies.get(ask.number("company_id")))


@handlers("companies.update")
def update_company(desk: Desk, ask: Ask) -> Answer:
    company = desk.companies.get(ask.number("company_id"))
    fields = dict(ask.fields)
    _check(desk, fields)
    users = _members(desk, company)
    added = [desk.users.get(user_id) for user_id in fields.pop("add_company_users", [])]
    removed = fields.pop("remove_company_users", [])
    domains = _domains(company["company_domains"]) + _domains(fields.pop("add_company_domains", ""))
    without = _domains(fields.pop("remove_company_domains", ""))
    kept = [domain for domain in dict.fromkeys(domains) if domain not in without]
    company.update(fields, company_domains=",".join(kept), updated_at=moments.now())
    for user in (*users, *added):
        user["company_name"] = "" if user["user_id"] in removed else company["company_name"]
    return _answer(company)


@handlers("companies.disable")
def disable_company(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, deleted=True)


@handlers("companies.block")
def block_company(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, active=False)


@handlers("companies.restore")
def restore_company(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, active=True, deleted=False)


@handlers("companies.delete")
def delete_company(desk: Desk, ask: Ask) -> Answer:
    """The document: for good, and for staff with full access only."""
    company = desk.companies.get(ask.number("company_id"))
    if ask.staff_id != OWNER_STAFF_ID:
        raise Refusal(403, "staff_has_not_access")
    for user in _members(desk, company):
        user["company_name"] = ""
    desk.companies.remove(company["company_id"])
    return Answer(200)


def _mark(desk: Desk, ask: Ask, **marks: bool) -> Answer:
    company = desk.companies.get(ask.number("company_id"))
    company.update(marks, updated_at=moments.now())
    return _answer(company)


def _answer(company: Row) -> Answer:
    return json_answer(200, {"company": shown(company)})
