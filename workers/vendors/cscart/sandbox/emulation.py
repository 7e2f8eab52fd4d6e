"""CS-Cart as one vendor of the sandbox: authentication, call requests, hooks."""

from collections.abc import Callable
from http.client import responses

from workers.vendors.cscart.sandbox.rows import (
    FIELDS,
    PUT_FIELDS,
    BadRequest,
    Row,
    known,
    new_row,
    page,
    stored,
)
from workers.vendors.sandbox import php
from workers.vendors.sandbox.callbacks import Callback
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.vendor import Holding, Match, Router, Vendor
from workers.vendors.sandbox.wire import Answer, Call, Json, json_answer, parse_json, to_json

HOOK_TRIGGER = "new_call_request"
TEXTS = ("phone", "name", "notes", "time_from", "time_to", "email")
HOOK_CONTENT_TYPE = "application/x-www-form-urlencoded"
"""FIELD-NOTES: one row of raw JSON, wrongly labelled."""


class CsCart(Vendor):
    name = "cscart"
    router = Router(
        (
            ("cscart.call_requests.list", "GET", "/api/2.0/call_requests"),
            ("cscart.call_requests.get", "GET", "/api/2.0/call_requests/{request_id}"),
            ("cscart.call_requests.create", "POST", "/api/2.0/call_requests"),
            ("cscart.call_requests.update", "PUT", "/api/2.0/call_requests/{request_id}"),
            ("cscart.call_requests.delete", "DELETE", "/api/2.0/call_requests/{request_id}"),
            # Not in the document; FIELD-NOTES, "Store callback".
            ("cscart.zapier_hooks.create", "POST", "/api/2.0/zapier_hooks"),
            ("cscart.zapier_hooks.delete", "DELETE", "/api/2.0/zapier_hooks/{hook_id}"),
        )
    )

    def __init__(self, config: SandboxConfig, fire: Callable[[Callback], None]) -> None:
        self.config = config
        self._fire = fire
        self._rows: dict[str, Row] = {}
        self._hooks: dict[str, str] = {}
        self._last_id = 0
        self._last_hook_id = 0
        if config.cscart_hook_url:
            self._subscribe(config.cscart_hook_url)

    def match(self, call: Call) -> Match:
        """A trailing slash is as good as none, and `/api.php?_d=…` is the address without rewriting."""
        path = call.path.rstrip("/")
        if path == "/api.php":
            # FIELD-NOTES: `^/api/(.*)$` becomes `/api.php?_d=$1`.
            rest = str(call.query.get("_d", "")).strip("/")
            path = f"/api/{rest}" if rest.startswith("2.0/") else f"/api/2.0/{rest}"
        return self.router.match(call.method, path)

    def answer(self, call: Call, match: Match) -> Answer:
        if call.basic_auth != (self.config.cscart_email, self.config.cscart_api_key):
            return self.refusal(401, "")
        if match.operation is None:
            return self.refusal(405 if match.allowed else 404, "")
        try:
            return self._work(call, match)
        except BadRequest as problem:
            return self.refusal(400, str(problem))

    def _work(self, call: Call, match: Match) -> Answer:
        action = str(match.operation).removeprefix("cscart.")
        lenient = self.config.lenient
        if call.method in ("POST", "PUT") and call.content_type != "application/json" and not lenient:
            return self.refusal(415, "Content-Type must be application/json")
        match action:
            case "call_requests.list":
                return json_answer(200, page(list(self._rows.values()), call.query))
            case "call_requests.create":
                return self._create(_body(call, lenient))
            case "zapier_hooks.create":
                return self._create_hook(_body(call, lenient))
            case "zapier_hooks.delete":
                found = self._hooks.pop(match.params["hook_id"], None)
                return Answer(204) if found else self.refusal(404, "")
            case _:
                return self._one(action, match.params["request_id"], call)

    def _one(self, action: str, request_id: str, call: Call) -> Answer:
        row = self._rows.get(request_id)
        if action == "call_requests.update":
            fields = known(_body(call, self.config.lenient), PUT_FIELDS)
            if row is None:
                # FIELD-NOTES: a PUT to a missing id is a bad request, not a missing page.
                raise BadRequest("Call request does not exist")
            wide = self.config.cscart_utf8mb4
            row.update({name: stored(value, utf8mb4=wide) for name, value in fields.items()})
            return json_answer(200, {"request_id": row["request_id"]})
        if row is None:
            return self.refusal(404, "")
        if action == "call_requests.delete":
            del self._rows[request_id]
            return Answer(204)
        return json_answer(200, row)

    def _create(self, given: Json) -> Answer:
        fields = known(given, tuple(FIELDS))
        if not fields.get("email") and not fields.get("phone"):
            raise BadRequest("email or phone is required")
        return json_answer(201, {"request_id": self.add(fields)["request_id"]})

    def _create_hook(self, given: Json) -> Answer:
        url, trigger = given.get("hook_url"), given.get("trigger_name")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise BadRequest("hook_url is required")
        if trigger != HOOK_TRIGGER:
            raise BadRequest("trigger_name is unknown")
        return json_answer(201, {"hook_id": self._subscribe(url)})

    def _subscribe(self, url: str) -> str:
        self._last_hook_id += 1
        self._hooks[str(self._last_hook_id)] = url
        return str(self._last_hook_id)

    def set_hook(self, url: str | None) -> None:
        """Replace all subscriptions by one, or by none (control API)."""
        self._hooks.clear()
        if url:
            self._subscribe(url)

    def add(self, fields: Json) -> Row:
        """A new row, by a shopper or through the API: every hook gets it (FIELD-NOTES: for both)."""
        self._last_id += 1
        row = new_row(self._last_id, fields, utf8mb4=self.config.cscart_utf8mb4)
        self._rows[row["request_id"]] = row
        for url in self._hooks.values():
            body = to_json(row).encode()
            self._fire(Callback("cscart", HOOK_TRIGGER, url, HOOK_CONTENT_TYPE, body, dict(row)))
        return row

    def edit(self, request_id: str, fields: Json) -> Row | None:
        """The row after a manager's work in the panel, which no hook tells of; None when it is not there."""
        row = self._rows.get(request_id)
        if row is None:
            return None
        changes = dict(fields)
        if "line" in changes:
            changes["notes"] = "\n".join(filter(None, (str(row["notes"] or ""), str(changes.pop("line")))))
        wide = self.config.cscart_utf8mb4
        row.update({name: stored(value, utf8mb4=wide) for name, value in changes.items() if name in row})
        return row

    def refusal(self, status: int, message: str) -> Answer:
        """FIELD-NOTES: `{"message": "Bad Request: …", "status": 400}`."""
        phrase = responses.get(status, "Error")
        return json_answer(
            status, {"message": f"{phrase}: {message}" if message else phrase, "status": status}
        )

    def rate_limited(self, retry_after: float | None) -> Answer:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return self.refusal(429, "").with_headers(headers)

    def state(self) -> Json:
        return {
            "call_requests": [dict(row) for row in self._rows.values()],
            "hooks": [{"hook_id": hook_id, "trigger_name": HOOK_TRIGGER} for hook_id in self._hooks],
        }

    def holdings(self) -> list[Holding]:
        columns = ("request_id", "status", "name", "phone", "product", "notes")
        newest = list(self._rows.values())[-20:][::-1]
        rows = [tuple(row[column] for column in columns) for row in newest]
        return [
            Holding("Call requests", columns, rows, len(self._rows)),
            Holding("Hooks", ("hook_id",), [(hook_id,) for hook_id in self._hooks], len(self._hooks)),
        ]


def _body(call: Call, lenient: bool) -> Json:
    if lenient and call.content_type == HOOK_CONTENT_TYPE:
        return php.unfold(call.urlencoded())
    try:
        given = parse_json(call.body)
    except ValueError:
        given = None
    if lenient and given == []:
        return {}
    if not isinstance(given, dict):
        raise BadRequest("the body is not a JSON object")
    if lenient:
        return {
            name: str(value) if name in TEXTS and isinstance(value, int) else value
            for name, value in given.items()
        }
    return given
