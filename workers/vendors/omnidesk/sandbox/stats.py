"""The leaderboards of staff and groups, counted from the cases and messages that are there."""

from statistics import fmean

from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import wrong
from workers.vendors.sandbox.wire import Answer, Json, to_json

handlers = Handlers()


@handlers("stats.staff_leaderboard")
def staff_leaderboard(desk: Desk, ask: Ask) -> Answer:
    return _answer(
        "staff",
        [
            {
                "staff_id": row["staff_id"],
                "staff_name": row["staff_full_name"],
                **_facts(desk, ask, "staff_id", row["staff_id"]),
            }
            for row in desk.staff
        ],
    )


@handlers("stats.group_leaderboard")
def group_leaderboard(desk: Desk, ask: Ask) -> Answer:
    return _answer(
        "group",
        [
            {
                "group_id": row["group_id"],
                "group_name": row["group_title"],
                **_facts(desk, ask, "group_id", row["group_id"]),
            }
            for row in desk.groups
        ],
    )


def _facts(desk: Desk, ask: Ask, column: str, owner_id: int) -> Json:
    """A reply counts for who wrote it, or for the group of its case; speeds are in seconds."""
    start, end = ask.fields["from_time"], ask.fields["to_time"]
    if start > end:
        raise wrong("from_time", "must not be later than to_time")
    replies, first_speeds, closing_speeds = 0, [], []
    for case in desk.cases:
        written = [
            message
            for message in desk.messages[case["case_id"]]
            if message["staff_id"] and not message["note"] and start <= message["created_at"] <= end
        ]
        own = [message for message in written if {**case, **message}[column] == owner_id]
        replies += len(own)
        if own:
            first_speeds.append((own[0]["created_at"] - case["created_at"]).total_seconds())
        closed = case["_closed_at"]
        if case[column] == owner_id and closed and start <= closed <= end:
            closing_speeds.append((closed - case["created_at"]).total_seconds())
    return {
        "cases_with_first_reply": len(first_speeds),
        "first_reply_speed": _mean(first_speeds),
        "total_amount_of_replies": replies,
        "closed_cases": len(closing_speeds),
        "closing_speed": _mean(closing_speeds),
        "average_rating": "84%" if replies else "-",  # nobody rates here; both writings are the vendor's
    }


def _mean(seconds: list[float]) -> int:
    return max(0, round(fmean(seconds))) if seconds else 0


def _answer(root: str, rows: list[Json]) -> Answer:
    """The document's samples repeat one key for every row, which is JSON that most parsers lose rows of."""
    return Answer(200, f"{{{', '.join(f'{to_json(root)}: {to_json(row)}' for row in rows)}}}".encode())
