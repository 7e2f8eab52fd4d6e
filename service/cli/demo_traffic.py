"""The demo's sample traffic: shoppers who ask for a call, staff who answer. Every person is invented."""

from __future__ import annotations

import itertools
from typing import Any

import requests

# Rows as stores send them: odd phones, times and carts are normal.
SHOPPERS: tuple[dict[str, Any], ...] = (
    {
        "name": "Мария Соколова",
        "phone": "8 (917) 555-01-01",
        "time_from": "9:00",
        "time_to": "18:00",
        "product": "Чайник эмалированный",
        "notes": "Просила звонить после обеда",
    },
    {"name": "Иван Петров", "phone": "+7 917 555 01 02", "time_from": "__:__", "time_to": ""},
    {
        "name": "ООО <Ромашка> & Ко",
        "phone": "+79175550103",
        "cart_products": {"3": {"product_id": 12, "product": "Ваза", "amount": "2", "price": 990}},
    },
    {"name": "", "phone": "9175550104", "time_from": "10:00", "time_to": "20:00"},
    {"name": "Anna Schmidt", "phone": "+49 30 5550105", "cart_products": ""},
    {"name": "Ольга", "phone": "8-917-555-01-06", "order_id": "1043", "product": "Лампа настольная"},
    {"name": "Пётр", "phone": "007 917 555 01 07", "notes": ""},
    {
        "name": "Sophie O'Neil",
        "phone": "+44 20 7946 0108",
        "cart_products": [{"product_id": 7, "product": "Teapot", "amount": 1, "price": "45.00"}],
    },
)
# What the vendors do wrong when they are asked to: each once or twice, so that the demo comes to an end.
FAULTS: tuple[dict[str, Any], ...] = (
    {"vendor": "omnidesk", "operation": "omnidesk.cases.create", "kind": "drop_after", "times": 1},
    {
        "vendor": "omnidesk",
        "operation": "omnidesk.cases.create",
        "kind": "rate_limit",
        "retry_after": 2,
        "times": 1,
    },
    {"vendor": "omnidesk", "kind": "latency", "seconds": 1.5, "times": 2},
    {"vendor": "obzvonilka", "kind": "status", "status": 503, "times": 2},
    {"vendor": "cscart", "kind": "status", "status": 500, "times": 2},
)
REPLY = "Перезвоним вам сегодня до шести."
NOTE = "Только для своих: постоянный клиент."
# With the demo left open, a new shopper now and then.
LOOKS_BETWEEN_SHOPPERS = 16
MOST_SHOPPERS = 60


class Traffic:
    """Sends what is due at each look; remembers what it has sent."""

    def __init__(self, sandbox_url: str, number: int, *, faults: bool = False) -> None:
        self._url = sandbox_url
        self._first = number
        self._sent = 0
        self._looks = 0
        self._answered: set[int] = set()
        self._shoppers = itertools.cycle(SHOPPERS)
        self._faults = FAULTS if faults else ()

    @property
    def all_sent(self) -> bool:
        """Have all the first shoppers asked, and been answered?"""
        return self._sent >= self._first and len(self._answered) >= self._first

    def go_on(self, state: dict[str, Any], *, endless: bool) -> None:
        """New requests, and an answer to each case that has none yet."""
        self._looks += 1
        for fault in self._faults:
            self._post("/sandbox/faults", fault)
        self._faults = ()
        if self._sent < self._first or (
            endless and self._sent < MOST_SHOPPERS and self._looks % LOOKS_BETWEEN_SHOPPERS == 0
        ):
            self._post("/sandbox/call_requests", next(self._shoppers))
            self._sent += 1
        for case in state["omnidesk"]["cases"]:
            if case["case_id"] not in self._answered:
                self._answer(case["case_id"])

    def _answer(self, case_id: int) -> None:
        number = len(self._answered)
        self._answered.add(case_id)
        # Both encodings; sent twice, as a vendor may; and a note that must not leave the help desk.
        reply = {"content": REPLY, "encoding": "json" if number % 2 else "form", "times": 2}
        self._post(f"/sandbox/cases/{case_id}/reply", reply)
        self._post(f"/sandbox/cases/{case_id}/reply", {"content": NOTE, "note": True})

    def _post(self, path: str, body: dict[str, Any]) -> None:
        requests.post(self._url + path, json=body, timeout=10).raise_for_status()
