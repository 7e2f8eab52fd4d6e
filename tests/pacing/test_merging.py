"""Identical edits of cases that wait go out as one call, and each is settled by itself."""

from __future__ import annotations

from sqlalchemy import select

from service.ledger import claims
from service.ledger.life import Reason, Status
from service.ledger.tables import Attempt, Event, Vendor
from tests.pacing.hand import Bench, fill_quota
from workers.flows import case_edit
from workers.vendors.answers import Answer
from workers.vendors.errors import Quota, Rejected, Transient
from workers.vendors.omnidesk import operations as omnidesk


def test_a_hundred_identical_edits_that_wait_cost_one_call(bench: Bench) -> None:
    fill_quota(bench)
    for case in range(100, 200):
        bench.edit(case)
    # Of those that can be one call one is given out at a time.
    assert bench.work() == 1
    assert bench.event(100).reason == Reason.QUOTA
    bench.client.flushall()
    with bench.ledger.write() as session:
        session.query(Vendor).update({Vendor.pacing: None})
    bench.due_now()
    bench.hand.calls.clear()
    bench.work()
    assert len(bench.hand.calls) == 1
    assert bench.statuses() == {Status.DONE: 101}
    with bench.ledger.read() as session:
        sent = session.scalars(select(Attempt.request).where(Attempt.outcome == "ok")).all()
    paths = [one["path"] for one in sent if one]
    # Each event has the call that it went with.
    assert len(paths) == 101
    assert sum(f"/{','.join(str(case) for case in range(100, 200))}.json" in path for path in paths) == 100


def test_a_skipped_edit_and_its_successor_are_not_done_together(bench: Bench) -> None:
    def edit(case: int, key: str, subject: str) -> None:
        body = {"status": "closed"}
        new = case_edit.new_event(omnidesk.CASES_UPDATE, str(case), body, dedupe_key=key, subject=subject)
        bench.record(new)

    edit(1, "leader", "omnidesk/case/1")
    edit(2, "head", "omnidesk/case/2")
    edit(3, "after it", "omnidesk/case/2")
    with bench.ledger.write() as session:
        session.query(Event).filter(Event.dedupe_key == "head").update({Event.skipped_at: 1})
    (leader,) = bench.claim()
    with bench.ledger.exclusive() as session:
        together = claims.claim_alike(session, leader, 10, 15_000)
    assert [one.subject for one in together] == ["omnidesk/case/2"]
    with bench.ledger.exclusive() as session:
        assert claims.claim_alike(session, leader, 10, 15_000) == [], "one of a subject at a time"


def test_a_blocked_edit_does_not_hold_up_those_that_could_go_with_it(bench: Bench) -> None:
    def edit(case: int, key: str) -> None:
        body = {"status": "closed"}
        subject = f"omnidesk/case/{case}"
        bench.record(
            case_edit.new_event(omnidesk.CASES_UPDATE, str(case), body, dedupe_key=key, subject=subject)
        )

    bench.edit(1, "open")
    (head,) = bench.claim()
    with bench.ledger.write() as session:
        claims.wait(session, head, Reason.PAUSED, 3_600_000, "An hour.")
    edit(1, "behind the head")
    edit(2, "of another case")
    assert [one.subject for one in bench.claim()] == ["omnidesk/case/2"]


def test_an_edit_that_waits_for_a_person_is_not_taken_along(bench: Bench) -> None:
    waits = {2: Reason.PAUSED, 3: Reason.QUOTA}
    for case in waits:
        bench.edit(case)
    for case, reason in waits.items():
        (one,) = bench.claim()
        assert one.subject == f"omnidesk/case/{case}"
        with bench.ledger.write() as session:
            claims.wait(session, one, reason, 3_600_000, "An hour.")
    bench.edit(1)
    (leader,) = bench.claim()
    with bench.ledger.exclusive() as session:
        together = claims.claim_alike(session, leader, 10, 15_000)
    assert [one.subject for one in together] == ["omnidesk/case/3"]


def test_what_was_not_done_together_is_tried_alone(bench: Bench) -> None:
    for case in range(1, 5):
        bench.edit(case)
    bench.hand.answers.append(Answer(200, {"case_success_id": [1, "2"]}, Quota(4000, 6000)))
    bench.work()
    assert bench.statuses() == {Status.DONE: 2, Status.WAITING: 2}
    assert bench.event(3).merge_key is None
    bench.hand.answers.append(
        Rejected(vendor="omnidesk", operation="omnidesk.cases.update", sentence="No.", status=404)
    )
    bench.finish()
    assert [path for _, path in bench.hand.calls[1:]] == [{"case_ids": "3"}, {"case_ids": "4"}]
    assert bench.event(3).status == Status.DEAD
    assert bench.event(4).status == Status.DONE


def test_the_leader_may_be_the_one_that_was_not_done(bench: Bench) -> None:
    for case in (1, 2):
        bench.edit(case)
    bench.hand.answers.append(Answer(200, {"case_success_id": [2]}, Quota(4000, 6000)))
    bench.work()
    assert (bench.event(1).status, bench.event(2).status) == (Status.WAITING, Status.DONE)
    bench.finish()
    assert bench.event(1).status == Status.DONE


def test_a_refusal_of_all_tries_each_alone(bench: Bench) -> None:
    for case in (1, 2, 3):
        bench.edit(case)
    bench.hand.answers.append(
        Rejected(vendor="omnidesk", operation="omnidesk.cases.update", sentence="No.", status=400)
    )
    bench.work()
    assert bench.statuses() == {Status.WAITING: 3}
    bench.finish()
    assert bench.statuses() == {Status.DONE: 3}
    assert len(bench.hand.calls) == 4


def test_a_failure_of_all_is_a_failure_of_each(bench: Bench) -> None:
    for case in (1, 2):
        bench.edit(case)
    bench.hand.answers.append(
        Transient(vendor="omnidesk", operation="omnidesk.cases.update", sentence="Down.", status=503)
    )
    bench.work()
    for case in (1, 2):
        event = bench.event(case)
        assert (event.status, event.reason, event.failures) == (Status.WAITING, Reason.BACKOFF, 1)


def test_only_the_same_edits_are_merged(bench: Bench) -> None:
    bench.edit(1)
    bench.edit(2, "waiting")
    bench.edit(3, operation=omnidesk.CASES_TRASH)
    bench.edit(4, operation=omnidesk.CASES_TRASH)
    bench.finish()
    sent = sorted((name, str(path["case_ids"])) for name, path in bench.hand.calls if path)
    assert sent == [
        ("omnidesk.cases.trash", "3,4"),
        ("omnidesk.cases.update", "1"),
        ("omnidesk.cases.update", "2"),
    ]


def test_an_event_with_an_earlier_one_of_its_subject_is_not_taken_along(bench: Bench) -> None:
    bench.edit(1)
    bench.edit(2, "open")
    new = case_edit.new_event(omnidesk.CASES_UPDATE, "2", {"status": "closed"}, dedupe_key="later")
    bench.record(new)
    (first, *_) = bench.claim()
    bench.runner.run(first)
    assert bench.hand.calls[0][1] == {"case_ids": "1"}
