"""What a sandbox is started with."""

from dataclasses import dataclass
from typing import Literal

QuotaKind = Literal["fixed", "first_call", "sliding"]
EmptyList = Literal["total_count", "root", "text"]
Lists = Literal["object", "array"]
Totals = Literal["number", "text"]


@dataclass(frozen=True)
class SandboxConfig:
    """Accounts, addresses and quota of the three emulated vendors; the defaults suit a demo."""

    omnidesk_email: str = "robot@shop.example"
    omnidesk_api_key: str = "sandbox-omnidesk"
    omnidesk_channel: str = "cch101"
    omnidesk_webhook_url: str | None = None
    """Where the custom channel posts staff replies."""

    cscart_email: str = "admin@shop.example"
    cscart_api_key: str = "sandbox-cscart"
    cscart_hook_url: str | None = None
    """A `new_call_request` hook that is subscribed from the start."""

    cscart_utf8mb4: bool = False
    """Does the store keep characters of four bytes? CS-Cart's own connection makes MySQL cut a text at the
    first of them (FIELD-NOTES)."""

    obzvonilka_api_key: str = "sandbox-obzvonilka"
    obzvonilka_contact_base: str = "1"

    quota_limit: int = 500
    quota_window_seconds: float = 60
    quota_kind: QuotaKind = "fixed"
    write_cost: int = 2
    read_cost: int = 1

    omnidesk_echo: bool = True
    """Does a staff reply or note made through the API fire the channel's webhook, as one made by hand does?
    FIELD-NOTES ("drop what we sent ourselves") suggests that it does."""

    omnidesk_empty_list: EmptyList = "total_count"
    """How an empty list looks: `{"total_count": 0}`, `{"case": []}` or `""` (FIELD-NOTES: all were seen)."""

    omnidesk_filters_by_custom_id: bool = False
    """Does the list of cases filter by `user_custom_id`? Where it does not, it shows all (FIELD-NOTES: M)."""

    omnidesk_unique_details: bool = False
    """Is a new case refused whose phone or e-mail is another user's (FIELD-NOTES: `phone_already_exist`)?"""

    lenient: bool = False
    """Take what PHP vendors take though no document names it: form-urlencoded writes, `[]` for an empty body,
    unknown members, a trailing slash, numbers where a text is meant (FIELD-NOTES)."""

    omnidesk_lists: Lists = "object"
    """Lists as objects, or as plain arrays without a total (FIELD-NOTES: as in 2016)."""

    omnidesk_totals: Totals = "number"
    """`total_count` as a number or a text (FIELD-NOTES: both were seen)."""

    omnidesk_cron_seconds: float = 1.0
    """Deleting or disabling a group or a member of staff takes effect this much later (Omnidesk: by cron)."""
