"""What the state of a case means for the store's row, by the mappings of perezvon.toml. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.config.model import CASE_STATUSES, Config


def to_store(state: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The store's `status` and `user_id` for a case; None where the mappings say nothing.

    A label goes before the status; of several the one that stands first in the file.
    """
    by_label = (status for label, status in config.labels.items() if label in state["labels"])
    by_status = config.statuses.case_to_store.get(case_status(state["status"], config))
    staff = state["staff_id"]
    return {
        "status": next(by_label, by_status),
        "user_id": config.staff.get(int(staff)) if str(staff).isdecimal() else None,
    }


def case_status(label: str, config: Config) -> str:
    """The help desk's own word for a status, from that word or from the label that people see."""
    word = label.strip().lower()
    return word if word in CASE_STATUSES else config.statuses.localised.get(word, word)
