"""Reference data is asked for once in a while, and kept when the vendor cannot be asked."""

from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.ledger.life import Reason
from workers.pacing.gate import Wait
from workers.pacing.reference import Reference
from workers.vendors.errors import Rejected, Transient


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.trouble: Exception | None = None

    def __call__(self) -> list[str]:
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return [f"group {self.asked}"]


def test_asked_once_in_a_lifetime_by_all_processes(client: redis.Redis) -> None:
    source = Source()
    assert [Reference(client).get("groups", source) for _ in range(3)] == [["group 1"]] * 3


def test_asked_again_after_it(client: redis.Redis) -> None:
    source = Source()
    reference = Reference(client)
    reference.get("groups", source)
    client.delete("perezvon:reference:groups:fresh")
    assert reference.get("groups", source) == ["group 2"]
    assert client.exists("perezvon:reference:groups:fresh")


@pytest.mark.parametrize(
    "trouble", [Wait(Reason.QUOTA, 1, "Spent."), Transient(vendor="v", operation="o", sentence="Down.")]
)
def test_an_older_value_has_to_do_when_nobody_can_be_asked(client: redis.Redis, trouble: Exception) -> None:
    source = Source()
    reference = Reference(client)
    reference.get("groups", source)
    client.delete("perezvon:reference:groups:fresh")
    source.trouble = trouble
    assert reference.get("groups", source) == ["group 1"]
    with pytest.raises(type(trouble)):
        reference.get("labels", source)


def test_a_refusal_is_not_hidden(client: redis.Redis) -> None:
    source = Source()
    reference = Reference(client)
    reference.get("groups", source)
    client.delete("perezvon:reference:groups:fresh")
    source.trouble = Rejected(vendor="v", operation="o", sentence="No.")
    with pytest.raises(Rejected):
        reference.get("groups", source)


def test_without_redis_the_vendor_is_asked() -> None:
    source = Source()
    away = Reference(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)))
    assert [away.get("groups", source), away.get("groups", source)] == [["group 1"], ["group 2"]]
