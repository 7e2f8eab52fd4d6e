"""The control API under `/sandbox`: people acting in the vendors' own screens, faults, quota, what was seen.

It asks for no login: it steers a sandbox, which holds nothing real and listens on this machine only.
"""

from dataclasses import replace
from typing import cast

from flask import Blueprint, Response, request

from workers.vendors.obzvonilka.sandbox import emulation as obzvonilka
from workers.vendors.omnidesk.sandbox.desk import OWNER_STAFF_ID
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.sandbox.config import QuotaKind
from workers.vendors.sandbox.faults import KINDS, Fault, FaultKind
from workers.vendors.sandbox.given import BadControl, Given
from workers.vendors.sandbox.runtime import Sandbox
from workers.vendors.sandbox.wire import to_json

QUOTA_KINDS = ("fixed", "first_call", "sliding")
MOST_REPLIES = 100
OPERATOR_ID = 2


def _json(status: int, value: object) -> Response:
    return Response(to_json(value).encode("utf-8", "replace"), status=status, content_type="application/json")


def blueprint(sandbox: Sandbox) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/sandbox")

    @control.errorhandler(BadControl)
    def bad_control(problem: BadControl) -> Response:
        return _json(422, {"error": str(problem)})

    @control.errorhandler(Refusal)
    @control.errorhandler(obzvonilka.Refusal)
    def refusal(problem: Refusal | obzvonilka.Refusal) -> Response:
        return _json(problem.status, {"error": problem.message})

    _people(control, sandbox)
    _seen(control, sandbox)
    _settings(control, sandbox)
    _faults(control, sandbox)
    return control


def _people(control: Blueprint, sandbox: Sandbox) -> None:
    @control.post("/call_requests")
    def shopper_asks() -> Response:
        """A shopper asks for a call back: any fields of a row."""
        given = Given.of(request)
        with sandbox.lock:
            return _json(201, sandbox.cscart.add(given.data))

    @control.patch("/call_requests/<request_id>")
    def manager_edits(request_id: str) -> Response:
        """A manager works on a row in the store's panel: a `line` more in the notes, any other fields set."""
        given = Given.of(request)
        with sandbox.lock:
            row = sandbox.cscart.edit(request_id, given.data)
            return _json(200, row) if row else _json(404, {"error": "no such call request"})

    @control.post("/cases/<case_id>/reply")
    def staff_replies(case_id: str) -> Response:
        given = Given.of(
            request,
            "content",
            "content_html",
            "staff_id",
            "note",
            "sent_via_rule",
            "attachment_urls",
            "encoding",
            "times",
        )
        fields = {
            "content": given.text("content"),
            "content_html": given.text("content_html"),
            "staff_id": given.integer("staff_id", OWNER_STAFF_ID),
            "note": given.flag("note", False),
            "sent_via_rule": given.flag("sent_via_rule", False),
            "attachment_urls": given.texts("attachment_urls"),
            "encoding": given.choice("encoding", ("form", "json"), "form"),
            "times": min(given.integer("times", 1), MOST_REPLIES),
        }
        if not fields["content"] and not fields["content_html"]:
            raise BadControl("content: required, or content_html")
        with sandbox.lock:
            message, fired = sandbox.omnidesk.reply(case_id, fields)
        return _json(201, {"message": message, "callbacks": fired})

    @control.post("/contacts/<contact_id>/call")
    def operator_calls(contact_id: str) -> Response:
        given = Given.of(request, "result", "status", "phone", "remark", "operator_id")
        fields = {
            "result": given.text("result", "Не дозвонились"),
            "status": given.text("status", "В работе"),
            "phone": given.text("phone"),
            "remark": given.text("remark"),
        }
        operator_id = given.integer("operator_id", OPERATOR_ID)
        with sandbox.lock:
            return _json(201, sandbox.obzvonilka.call_contact(contact_id, operator_id, fields))

    @control.post("/cases")
    def customer_writes() -> Response:
        """A customer opens a case without us, through a channel that the API cannot use."""
        given = Given.of(request, "channel", "subject", "content", "user_email", "user_full_name")
        fields = {
            "subject": given.text("subject", "Вопрос"),
            "content": given.text("content", "…"),
            "user_email": given.text("user_email", "customer@example.com"),
            "user_full_name": given.text("user_full_name"),
        }
        channel = given.choice("channel", ("email", "web", "chat", "idea"), "email")
        with sandbox.lock:
            return _json(201, {"case": sandbox.omnidesk.customer_writes(fields, channel)})


def _seen(control: Blueprint, sandbox: Sandbox) -> None:
    @control.get("/journal")
    def journal() -> Response:
        since = request.args.get("since", 0, type=int)
        with sandbox.lock:
            return _json(
                200,
                sandbox.journal.entries(
                    since, vendor=request.args.get("vendor"), operation=request.args.get("operation")
                ),
            )

    @control.get("/callbacks")
    def callbacks() -> Response:
        since = request.args.get("since", 0, type=int)
        with sandbox.lock:
            return _json(200, sandbox.sent.entries(since, vendor=request.args.get("vendor")))

    @control.get("/state")
    def state() -> Response:
        with sandbox.lock:
            held = {vendor.name: vendor.state() for vendor in sandbox.vendors}
            return _json(200, {**held, "quota": sandbox.quota.description()})

    @control.post("/reset")
    def reset() -> Response:
        with sandbox.lock:
            sandbox.reset()
        return Response(status=204)


def _settings(control: Blueprint, sandbox: Sandbox) -> None:
    @control.put("/hooks")
    def set_hooks() -> Response:
        """Where callbacks go; null stops them, and what is not named stays."""
        given = Given.of(request, "omnidesk_webhook_url", "cscart_hook_url")
        omnidesk_url, cscart_url = given.url("omnidesk_webhook_url"), given.url("cscart_hook_url")
        with sandbox.lock:
            if "omnidesk_webhook_url" in given:
                sandbox.omnidesk.desk.webhook_url = omnidesk_url
            if "cscart_hook_url" in given:
                sandbox.cscart.set_hook(cscart_url)
        return Response(status=204)

    @control.get("/quota")
    def get_quota() -> Response:
        with sandbox.lock:
            return _json(200, sandbox.quota.description())

    @control.put("/quota")
    def set_quota() -> Response:
        given = Given.of(request, "limit", "window_seconds", "kind", "write_cost", "read_cost", "left")
        with sandbox.lock:
            now = sandbox.quota.settings
            window = given.number("window_seconds", now.window_seconds)
            if not window:
                raise BadControl("window_seconds: must be more than 0")
            settings = replace(
                now,
                limit=given.integer("limit", now.limit),
                window_seconds=window,
                kind=cast(QuotaKind, given.choice("kind", QUOTA_KINDS, now.kind)),
                write_cost=given.integer("write_cost", now.write_cost),
                read_cost=given.integer("read_cost", now.read_cost),
            )
            left = given.integer("left", 0)
            if left > settings.limit:
                raise BadControl("left: must not exceed the limit")
            sandbox.quota.settings = settings
            if "left" in given:
                sandbox.quota.set_left(left)
            return _json(200, sandbox.quota.description())

    @control.post("/quota/spend")
    def spend() -> Response:
        """Another program uses the same account."""
        calls = Given.of(request, "calls").integer("calls", 1)
        with sandbox.lock:
            sandbox.quota.spend_by_others(calls)
            return _json(200, sandbox.quota.description())


def _faults(control: Blueprint, sandbox: Sandbox) -> None:
    @control.get("/faults")
    def list_faults() -> Response:
        with sandbox.lock:
            return _json(200, [fault.description() for fault in sandbox.faults.all()])

    @control.post("/faults")
    def add_fault() -> Response:
        given = Given.of(
            request,
            "vendor",
            "operation",
            "kind",
            "status",
            "code",
            "seconds",
            "retry_after",
            "times",
            "probability",
            "seed",
            "before",
        )
        with sandbox.lock:
            fault = _fault(sandbox, given)
            sandbox.faults.add(fault)
            return _json(201, fault.description())

    @control.post("/late")
    def catch_up() -> Response:
        with sandbox.lock:
            return _json(200, {"done": sandbox.catch_up()})

    @control.get("/faults/<int:fault_id>")
    def get_fault(fault_id: int) -> Response:
        with sandbox.lock:
            found = next((fault for fault in sandbox.faults.all() if fault.id == fault_id), None)
            return _json(200, found.description()) if found else _json(404, {"error": "no such fault"})

    @control.delete("/faults")
    def clear_faults() -> Response:
        with sandbox.lock:
            sandbox.faults.clear()
        return Response(status=204)

    @control.delete("/faults/<int:fault_id>")
    def remove_fault(fault_id: int) -> Response:
        with sandbox.lock:
            removed = sandbox.faults.remove(fault_id)
        return Response(status=204) if removed else _json(404, {"error": "no such fault"})


def _fault(sandbox: Sandbox, given: Given) -> Fault:
    names = tuple(vendor.name for vendor in sandbox.vendors)
    vendor = None if given.optional_text("vendor") is None else given.choice("vendor", names)
    operation = given.optional_text("operation")
    known = {name for each in sandbox.vendors for name in each.router.operations}
    if operation is not None and (operation not in known or not operation.startswith(f"{vendor or ''}")):
        raise BadControl(f"operation: {operation} is unknown")
    kind = cast(FaultKind, given.choice("kind", KINDS))
    status = given.integer("status", {"html": 502, "error": 200}.get(kind, 503), least=100)
    if status > 599:
        raise BadControl("status: must be an HTTP status")
    retry_after = None if given.data.get("retry_after") is None else given.number("retry_after", 0)
    return Fault(
        id=sandbox.faults.next_id(),
        kind=kind,
        vendor=vendor,
        operation=operation,
        status=status,
        code=given.text("code", "case_not_found"),
        seconds=given.number("seconds", 30.0 if kind == "late" else 1.0, most=600),
        retry_after=retry_after,
        times=None if "times" in given and given.data["times"] is None else given.integer("times", 1),
        probability=given.number("probability", 1.0, most=1),
        seed=None if given.data.get("seed") is None else given.integer("seed", 0),
        before=_before(kind, given),
    )


def _before(kind: FaultKind, given: Given) -> bool:
    """Unless told otherwise, latency comes after the work, and errors come instead of it."""
    if kind in ("drop_before", "drop_after"):
        return kind == "drop_before"
    if kind == "late":
        return True
    if kind in ("notices", "cut"):
        return False  # they are made of the answer
    return given.flag("before", kind != "latency")
