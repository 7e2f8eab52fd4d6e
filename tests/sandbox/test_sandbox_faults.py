"""Faults strike whom they should, as often as they should, and say how often they did."""

import time
from typing import Any

import pytest
import requests

VENDORS = {
    "omnidesk": (
        "omnidesk",
        "/cases.json",
        {"case": {"user_email": "a@example.com", "subject": "x", "content": "y"}},
    ),
    "cscart": ("cscart", "/call_requests", {"phone": "+7917"}),
}


def held(sandbox: Any, vendor: str) -> int:
    state = sandbox.state()[vendor]
    return len(state["cases"] if vendor == "omnidesk" else state["call_requests"])


def create(sandbox: Any, vendor: str) -> requests.Response:
    client, path, body = VENDORS[vendor]
    answer: requests.Response = getattr(sandbox, client).post(path, json=body)
    return answer


def add(sandbox: Any, **fault: Any) -> dict[str, Any]:
    answer = sandbox.control.post("/faults", json=fault)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert made["fired"] == 0
    return made


def fired(sandbox: Any, fault: dict[str, Any]) -> int:
    return int(sandbox.control.get(f"/faults/{fault['id']}").json()["fired"])


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("drop_after", 1)])
def test_a_cut_connection(sandbox: Any, vendor: str, kind: str, done: int) -> None:
    fault = add(sandbox, vendor=vendor, kind=kind)
    with pytest.raises(requests.ConnectionError):
        create(sandbox, vendor)
    assert held(sandbox, vendor) == done
    assert fired(sandbox, fault) == 1
    entry = sandbox.journal(vendor=vendor)[-1]
    assert (entry["status"], entry["fault"], entry["done"]) == (None, kind, bool(done))
    assert create(sandbox, vendor).status_code == 201, "once only"
    assert fired(sandbox, fault) == 1


@pytest.mark.parametrize(("before", "done"), [(True, 0), (False, 1)])
def test_an_error_status_before_or_after_the_work(sandbox: Any, before: bool, done: int) -> None:
    add(sandbox, vendor="cscart", kind="status", status=503, before=before)
    answer = create(sandbox, "cscart")
    assert (answer.status_code, answer.json()["status"]) == (503, 503), "in the vendor's own style"
    assert held(sandbox, "cscart") == done
    assert sandbox.journal()[-1]["done"] is bool(done)


def test_a_proxy_answers_html(sandbox: Any) -> None:
    add(sandbox, vendor="omnidesk", kind="html")
    answer = create(sandbox, "omnidesk")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert held(sandbox, "omnidesk") == 0


@pytest.mark.parametrize(("retry_after", "header"), [(None, None), (7, "7")])
def test_a_rate_limit_with_and_without_its_header(
    sandbox: Any, retry_after: int | None, header: str | None
) -> None:
    for vendor, name in (("omnidesk", "retry_after"), ("cscart", "Retry-After")):
        add(sandbox, vendor=vendor, kind="rate_limit", retry_after=retry_after)
        answer = create(sandbox, vendor)
        assert (answer.status_code, answer.headers.get(name)) == (429, header)
        assert held(sandbox, vendor) == 0
    assert sandbox.journal(vendor="omnidesk")[-1]["fault"] == "rate_limit"


def test_latency_comes_after_the_work_unless_told_otherwise(sandbox: Any) -> None:
    for before in (False, True):
        add(sandbox, kind="latency", seconds=0.3, before=before)
        started = time.monotonic()
        assert create(sandbox, "cscart").status_code == 201
        assert time.monotonic() - started >= 0.3
    add(sandbox, kind="latency", seconds=2)
    with pytest.raises(requests.ReadTimeout):
        sandbox.cscart.post("/call_requests", json={"phone": "1"}, timeout=0.3)
    assert held(sandbox, "cscart") == 3, "the work was done although the caller gave up"


def test_a_fault_strikes_only_its_operation_and_until_cleared(sandbox: Any) -> None:
    fault = add(sandbox, vendor="cscart", operation="cscart.call_requests.list", kind="status", times=None)
    assert create(sandbox, "cscart").status_code == 201
    assert create(sandbox, "omnidesk").status_code == 201
    for _ in range(3):
        assert sandbox.cscart.get("/call_requests").status_code == 503
    assert fired(sandbox, fault) == 3
    assert sandbox.control.delete(f"/faults/{fault['id']}").status_code == 204
    assert sandbox.control.delete(f"/faults/{fault['id']}").status_code == 404
    assert sandbox.cscart.get("/call_requests").status_code == 200
    add(sandbox, kind="status")
    assert sandbox.control.delete("/faults").status_code == 204
    assert sandbox.control.get("/faults").json() == []


def test_a_seed_repeats_what_chance_decides(sandbox: Any) -> None:
    def run() -> list[int]:
        sandbox.control.delete("/faults")
        fault = add(sandbox, kind="status", times=None, probability=0.5, seed=7)
        statuses = [sandbox.cscart.get("/call_requests").status_code for _ in range(20)]
        assert fired(sandbox, fault) == statuses.count(503)
        return statuses

    first = run()
    assert {200, 503} == set(first)
    assert run() == first


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "flood"},
        {"kind": "status", "vendor": "amocrm"},
        {"kind": "status", "operation": "omnidesk.cases.fly"},
        {"kind": "status", "vendor": "cscart", "operation": "omnidesk.cases.get"},
        {"kind": "status", "status": 1000},
        {"kind": "status", "status": "503"},
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "probability": 2},
        {"kind": "latency", "times": -1},
        {"kind": "latency", "second": 1},
        [],
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Any, fault: Any) -> None:
    answer = sandbox.control.post("/faults", json=fault)
    assert (answer.status_code, list(answer.json())) == (422, ["error"])
    assert sandbox.control.get("/faults").json() == []


def test_an_answer_among_notices(sandbox: Any) -> None:
    add(sandbox, vendor="cscart", kind="notices")
    answer = create(sandbox, "cscart")
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.index("<b>Warning</b>") < answer.text.index('{"request_id": "1"}')
    assert answer.text.rindex("Notice:") > answer.text.index('{"request_id": "1"}')


def test_an_answer_that_breaks_off(sandbox: Any) -> None:
    add(sandbox, vendor="cscart", kind="cut")
    answer = create(sandbox, "cscart")
    assert (answer.status_code, held(sandbox, "cscart")) == (201, 1)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


@pytest.mark.parametrize(("before", "done"), [(True, 0), (False, 1)])
def test_an_error_with_a_good_status(sandbox: Any, before: bool, done: int) -> None:
    add(sandbox, vendor="omnidesk", kind="error", code="wrong_email", before=before)
    answer = create(sandbox, "omnidesk")
    assert (answer.status_code, answer.json()) == (200, {"error": "wrong_email"})
    assert held(sandbox, "omnidesk") == done


def test_a_protection_page(sandbox: Any) -> None:
    add(sandbox, vendor="cscart", kind="html", status=403)
    answer = create(sandbox, "cscart")
    assert answer.status_code == 403
    assert "Cloudflare" in answer.text
