"""Obzvonilka as one vendor of the sandbox.

Sources: the vendor's document (attributes, routes, form fields) and FIELD-NOTES, "Obzvonilka". Its errors
are not public; 401, 404 and 422 with JSON are what FIELD-NOTES expect.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from workers.vendors.obzvonilka.sandbox.history import PERIOD, CallHistory
from workers.vendors.sandbox import php
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.vendor import Holding, Match, Router, Vendor
from workers.vendors.sandbox.wire import Answer, Call, Json, json_answer, parse_json, without_slash

SLOTS = range(1, 11)
CONTACT_FIELDS = (
    "name",
    "address_string",
    "description",
    "email",
    "external_code",
    "www",
    *(f"phone{slot}" for slot in SLOTS),
    *(f"phone_remark{slot}" for slot in SLOTS),
)
"""What a contact is made of, all of it text; `external_code` is kept on POST."""


class Refusal(Exception):
    """Becomes `{"error": "..."}` with its status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Obzvonilka(Vendor):
    name = "obzvonilka"
    router = Router(
        (
            ("obzvonilka.contact_bases.list", "GET", "/api/contact_bases.json"),
            ("obzvonilka.contact_bases.get", "GET", "/api/contact_bases/{base_id}.json"),
            ("obzvonilka.contacts.list", "GET", "/api/contact_bases/{base_id}/contacts.json"),
            ("obzvonilka.contacts.get", "GET", "/api/contact_bases/{base_id}/contacts/{contact_id}.json"),
            (
                "obzvonilka.contacts.find_by_external",
                "GET",
                "/api/contact_bases/{base_id}/contacts/find_by_external/{external_code}.json",
            ),
            ("obzvonilka.contacts.create", "POST", "/api/contact_bases/{base_id}/contacts.json"),
            (
                "obzvonilka.contacts.update",
                "PATCH",
                "/api/contact_bases/{base_id}/contacts/{contact_id}.json",
            ),
            ("obzvonilka.users.list", "GET", "/api/users.json"),
            ("obzvonilka.users.get", "GET", "/api/users/{user_id}.json"),
            # Not in the document (FIELD-NOTES).
            ("obzvonilka.report.call_history", "GET", "/api/report/call_history"),
        )
    )

    def __init__(self, config: SandboxConfig) -> None:
        self._api_key = config.obzvonilka_api_key
        self._lenient = config.lenient
        self._last_contact_id = 0
        self._bases: dict[str, Json] = {}
        self._contacts: dict[str, dict[str, Json]] = {}
        self._by_external: dict[tuple[str, str], list[str]] = {}
        self._history = CallHistory()
        first = config.obzvonilka_contact_base
        second = str(int(first) + 1) if first.isdecimal() else "2"
        for base_id, name, deleted in ((first, "Заявки с сайта", False), (second, "Старая база", True)):
            self._bases[base_id] = _base(base_id, name, deleted)
            self._contacts[base_id] = {}
        self._users = {
            user["id"]: user
            for user in (
                _user(1, "Администратор", "boss@shop.example", admin=True),
                _user(2, "Ольга Петрова", "olga@shop.example", admin=False),
            )
        }

    def match(self, call: Call) -> Match:
        return super().match(without_slash(call) if self._lenient else call)

    def answer(self, call: Call, match: Match) -> Answer:
        try:
            self._authenticate(call)
            if match.operation is None:
                raise Refusal(405 if match.allowed else 404, "No route matches")
            return self._work(call, match.operation.removeprefix("obzvonilka."), match.params)
        except Refusal as refusal:
            return self.refusal(refusal.status, refusal.message)

    def _authenticate(self, call: Call) -> None:
        """The document: the key is a parameter of GET or POST, or a header (FIELD-NOTES: X-API-KEY)."""
        keys = (call.headers.get("X-API-KEY"), call.query.get("api_key"), dict(call.form).get("api_key"))
        if self._api_key not in keys:
            raise Refusal(401, "Invalid API key")

    def _work(self, call: Call, action: str, params: dict[str, str]) -> Answer:
        known = {"api_key", *(PERIOD if action == "report.call_history" else ())}
        unknown = next((name for name in call.query if name not in known), None)
        if unknown is not None and not self._lenient:
            raise Refusal(422, f"{unknown}: unknown parameter")
        if action == "report.call_history":
            try:
                return json_answer(200, self._history.between(call.query))
            except ValueError as problem:
                raise Refusal(422, str(problem)) from None
        if action.startswith("users."):
            return json_answer(200, self._look_at_users(params))
        if action == "contact_bases.list":
            return json_answer(200, list(self._bases.values()))
        base = _found(self._bases.get(params["base_id"]))
        if action == "contact_bases.get":
            return json_answer(200, base)
        if action == "contacts.create":
            return json_answer(201, self.create(params["base_id"], self._fields(call)))
        return json_answer(200, self._contacts_of(call, action, params))

    def _look_at_users(self, params: dict[str, str]) -> Json | list[Json]:
        if "user_id" in params:
            return _found(self._users.get(_number(params["user_id"])))
        return list(self._users.values())

    def _contacts_of(self, call: Call, action: str, params: dict[str, str]) -> Json | list[Json]:
        base_id = params["base_id"]
        if action == "contacts.list":
            # The document: the complete list, without pages.
            return list(self._contacts[base_id].values())
        if action == "contacts.find_by_external":
            return self._find(base_id, params["external_code"])
        contact = _found(self._contacts[base_id].get(params["contact_id"]))
        return self._change(base_id, contact, self._fields(call)) if call.method == "PATCH" else contact

    def _fields(self, call: Call) -> Json:
        return _lenient_fields(call) if self._lenient else _contact_fields(call)

    def _find(self, base_id: str, external_code: str) -> Json:
        """The first of those with the code: nothing forbids a second one."""
        ids = self._by_external.get((base_id, external_code), [])
        return _found(self._contacts[base_id].get(ids[0]) if ids else None)

    def create(self, base_id: str, fields: Json) -> Json:
        self._last_contact_id += 1
        contact: Json = {"id": self._last_contact_id, **dict.fromkeys(CONTACT_FIELDS)}
        self._contacts[base_id][str(contact["id"])] = contact
        return self._change(base_id, contact, fields)

    def _change(self, base_id: str, contact: Json, fields: Json) -> Json:
        contact_id = str(contact["id"])
        if "external_code" in fields:
            if contact["external_code"]:
                self._by_external[base_id, contact["external_code"]].remove(contact_id)
            if fields["external_code"]:
                self._by_external.setdefault((base_id, fields["external_code"]), []).append(contact_id)
        contact.update(fields)
        return contact

    def call_contact(self, contact_id: str, operator_id: int, given: Mapping[str, str]) -> Json:
        """An operator calls a contact by hand. Raises `Refusal` for who is not there."""
        everybody = (held.get(contact_id) for held in self._contacts.values())
        contact = _found(next((one for one in everybody if one is not None), None))
        return self._history.add(contact, _found(self._users.get(operator_id)), given, datetime.now(UTC))

    def refusal(self, status: int, message: str) -> Answer:
        return json_answer(status, {"error": message})

    def rate_limited(self, retry_after: float | None) -> Answer:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return self.refusal(429, "Too many requests").with_headers(headers)

    def state(self) -> Json:
        return {
            "contact_bases": list(self._bases.values()),
            "contacts": {base_id: list(held.values()) for base_id, held in self._contacts.items()},
            "users": list(self._users.values()),
            "calls": self._history.calls,
        }

    def holdings(self) -> list[Holding]:
        columns = ("id", "external_code", "name", "phone1", "description")
        held = [contact for contacts in self._contacts.values() for contact in contacts.values()]
        rows = [tuple(contact[column] for column in columns) for contact in held[-20:][::-1]]
        bases = [(base["id"], base["name"]) for base in self._bases.values()]
        return [
            Holding("Contacts", columns, rows, len(held)),
            Holding("Contact bases", ("id", "name"), list(bases), len(bases)),
        ]


def _contact_fields(call: Call) -> Json:
    """FIELD-NOTES: POST and PATCH are multipart forms with `contact[...]`."""
    if call.content_type != "multipart/form-data":
        raise Refusal(422, "the body must be multipart/form-data")
    form = php.unfold((name, value) for name, value in call.form if name != "api_key")
    fields = form.pop("contact", None)
    if form or call.uploads or not isinstance(fields, dict) or not fields:
        raise Refusal(422, "contact[...] fields are expected, and nothing else")
    for name, value in fields.items():
        if name not in CONTACT_FIELDS:
            raise Refusal(422, f"contact[{name}]: unknown field")
        if not isinstance(value, str):
            raise Refusal(422, f"contact[{name}]: must be text")
    return fields


def _lenient_fields(call: Call) -> Json:
    """Any form or JSON, with `contact` around the fields or not; unknown ones are left out."""
    pairs = call.form or call.urlencoded()
    try:
        given = parse_json(call.body) if call.body.lstrip().startswith(b"{") else php.unfold(pairs)
    except ValueError:
        raise Refusal(422, "the body cannot be read") from None
    inner = given.get("contact", given)
    fields = inner if isinstance(inner, dict) else {}
    return {
        name: str(value)
        for name, value in fields.items()
        if name in CONTACT_FIELDS and isinstance(value, str | int)
    }


def _found(item: Json | None) -> Json:
    if item is None:
        raise Refusal(404, "Not found")
    return item


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _base(base_id: str, name: str, deleted: bool) -> Json:
    return {
        "id": _number(base_id) if base_id.isdecimal() else base_id,
        "auto_open_window_params": None,
        "deleted": deleted,
        "name": name,
        "parser_name": None,
        "parser_settings": None,
        "remark": "",
        "select_from_last": True,
        "use_predictive_call": False,
    }


def _user(user_id: int, name: str, email: str, *, admin: bool) -> Json:
    return {"id": user_id, "account_enabled": True, "email": email, "name": name, "admin": admin}
