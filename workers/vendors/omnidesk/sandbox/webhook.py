"""The custom channel's webhook: what a staff reply sends to the channel's `webhook_url`.

FIELD-NOTES: form-urlencoded with PHP brackets, values as text, booleans as `0` and `1`; JSON of the same
shape is a possibility that receivers must bear, so it can be asked for.
"""

import re
from typing import Literal
from urllib.parse import urlencode

from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.tables import Row, shown
from workers.vendors.sandbox import php
from workers.vendors.sandbox.callbacks import Callback
from workers.vendors.sandbox.wire import Json, to_json

_TAG = re.compile(r"<[^<>]*>")

Encoding = Literal["form", "json"]


def announce(desk: Desk, case: Row, message: Row, encoding: Encoding = "form", times: int = 1) -> int:
    """Fire the webhook of the case's channel. How many were fired: none without a channel or address."""
    channels = {row["channel_api_key"] for row in desk.custom_channels}
    if not desk.webhook_url or case["channel"] not in channels:
        return 0
    payload = _payload(desk, case, message)
    if encoding == "json":
        content_type, body = "application/json", to_json(payload)
    else:
        content_type = "application/x-www-form-urlencoded"
        body = urlencode([pair for name, value in payload.items() for pair in php.fold(value, name)])
    for _ in range(times):
        desk.fire(Callback("omnidesk", "message_new", desk.webhook_url, content_type, body.encode(), payload))
    return times


def _payload(desk: Desk, case: Row, message: Row) -> Json:
    user = desk.users.find(case["user_id"]) or {}
    html = {"content_html": message["content_html"]} if message["content_html"] else {}
    attachments = [shown(item) for item in message["attachments"]]
    return {
        "type": "message_new",
        "object": {
            "message_id": message["message_id"],
            "case_id": case["case_id"],
            "staff_id": message["staff_id"],
            "user_id": case["user_id"],
            "custom_user_id": user.get("user_custom_id", ""),
            "content": message["content"] or _TAG.sub("", message["content_html"]),
            **html,
            "note": message["note"],
            "sent_via_rule": message["sent_via_rule"],
            **({"attachments": attachments} if attachments else {}),
        },
    }
