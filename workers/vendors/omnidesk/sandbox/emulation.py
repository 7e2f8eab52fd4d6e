"""Omnidesk as one vendor of the sandbox: authentication, quota, dispatch, errors."""

from collections.abc import Callable

from workers.vendors.omnidesk.sandbox import (
    account,
    asking,
    cases,
    companies,
    ideas,
    knowledge,
    messages,
    newer,
    stats,
    team,
    users,
    webhook,
)
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.document import OPERATIONS
from workers.vendors.omnidesk.sandbox.handlers import collect
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.callbacks import Callback
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.quota import Quota
from workers.vendors.sandbox.vendor import Holding, Match, Router, Vendor
from workers.vendors.sandbox.wire import Answer, Call, Json, json_answer, without_slash

HANDLERS = collect(
    module.handlers
    for module in (cases, messages, ideas, users, companies, team, account, knowledge, stats, newer)
)


class Omnidesk(Vendor):
    name = "omnidesk"
    router = Router((operation.name, operation.method, operation.path) for operation in OPERATIONS.values())

    def __init__(self, config: SandboxConfig, quota: Quota, fire: Callable[[Callback], None]) -> None:
        self.config = config
        self.quota = quota
        self.desk = Desk(config, fire)

    def match(self, call: Call) -> Match:
        """Several ids joined by commas are another operation than one (FIELD-NOTES, "Newer operations")."""
        found = super().match(without_slash(call) if self.config.lenient else call)
        if found.operation == "omnidesk.cases.delete" and "," in found.params["case_id"]:
            return Match("omnidesk.cases.delete_many", {"case_ids": found.params["case_id"]})
        return found

    def answer(self, call: Call, match: Match) -> Answer:
        try:
            answer = self._answer(call, match)
        except Refusal as refusal:
            answer = json_answer(refusal.status, {"error": refusal.message})
        return answer if answer.headers else answer.with_headers(self.quota.headers())

    def _answer(self, call: Call, match: Match) -> Answer:
        staff_id = self._authenticate(call)
        cost = self.quota.cost(call.method)
        if not self.quota.spend(cost):
            return self._over_quota(self.quota.left(), self.quota.retry_after(cost))
        if match.operation is None:
            # FIELD-NOTES: 404 for an unknown route; a known path under a wrong method is said to be that.
            raise Refusal(405, "method_not_allowed") if match.allowed else Refusal(404, "not_found")
        self.desk.run_cron()
        ask = asking.read(
            OPERATIONS[match.operation], match.params, call, staff_id, lenient=self.config.lenient
        )
        return HANDLERS[match.operation](self.desk, ask)

    def _authenticate(self, call: Call) -> int:
        """FIELD-NOTES: 401 for a bad key, 403 for a bad staff e-mail."""
        email, api_key = call.basic_auth or ("", "")
        if api_key != self.config.omnidesk_api_key:
            raise Refusal(401, "incorrect_api_key")
        staff = self.desk.staff_by_email(email)
        if staff is None:
            raise Refusal(403, "incorrect_user_email")
        if not staff["active"]:
            raise Refusal(403, "staff_not_active")
        return int(staff["staff_id"])

    def refusal(self, status: int, message: str) -> Answer:
        return json_answer(status, {"error": message}).with_headers(self.quota.headers())

    def rate_limited(self, retry_after: float | None) -> Answer:
        return self._over_quota(0, retry_after)

    def _over_quota(self, left: int, retry_after: float | None) -> Answer:
        """FIELD-NOTES: 429, `retry_after` in seconds where there is one."""
        headers = {**self.quota.headers(), "api_calls_left": str(left)}
        headers.pop("retry_after", None)
        if retry_after is not None:
            headers["retry_after"] = f"{retry_after:g}"
        return json_answer(429, {"error": "rate limit exceeded"}).with_headers(headers)

    def reply(self, case_id: str, fields: Json) -> tuple[Row, int]:
        """A member of staff answers by hand (control API): the message, and how many webhooks were fired."""
        case = self.desk.case(case_id)
        message = messages.write(
            self.desk,
            case,
            fields,
            user_id=0,
            staff_id=fields["staff_id"],
            note=fields["note"],
            attachments=[{"url": url} for url in fields["attachment_urls"]],
            sent_via_rule=fields["sent_via_rule"],
        )
        if not fields["note"]:
            case["status"] = "waiting"
        fired = webhook.announce(self.desk, case, message, fields["encoding"], fields["times"])
        return messages.show(message), fired

    def customer_writes(self, fields: Json, channel: str) -> Row:
        """A customer opens a case by hand (control API): an idea can come into being in no other way."""
        operation = OPERATIONS["omnidesk.cases.create"]
        ask = asking.Ask(operation, {}, fields, (), 0, "")
        return cases.show(cases.open_case(self.desk, ask, channel))

    def _tables(self) -> dict[str, Table]:
        return {name: value for name, value in vars(self.desk).items() if isinstance(value, Table)}

    def state(self) -> Json:
        state: Json = {name: [shown(row) for row in table] for name, table in self._tables().items()}
        state["cases"] = [
            {**cases.show(case), "messages": [messages.show(m) for m in self.desk.messages[case["case_id"]]]}
            for case in self.desk.cases
        ]
        return state

    def holdings(self) -> list[Holding]:
        found = []
        for title, name, columns in (
            ("Cases", "cases", ("case_id", "case_number", "subject", "status", "user_id", "updated_at")),
            ("Users", "users", ("user_id", "user_full_name", "type", "user_custom_id", "user_phone")),
        ):
            table: Table = getattr(self.desk, name)
            rows = [tuple(row.get(column, "") for column in columns) for row in list(table)[-20:]][::-1]
            found.append(Holding(title, columns, rows, len(table)))
        others = {
            name: len(table) for name, table in self._tables().items() if name not in ("cases", "users")
        }
        counts = [tuple(others.values())]
        found.append(Holding("Everything else", tuple(others), counts, sum(others.values())))
        return found
