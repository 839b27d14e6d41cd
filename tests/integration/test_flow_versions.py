"""Publishing and rolling back flows.json in a real Redis."""

import json

import pytest
import redis

from flows.errors import FlowError, InvalidInput, StoreUnavailable
from tasks.store.flow_versions import FlowVersions
from tests.fakes.stages import TEST_STAGES, flow


def text(version: str, **fields: object) -> str:
    """A flows.json of one flow."""
    return json.dumps({"version": version, "flows": {"plain": flow("test.answer", **fields)}})


@pytest.fixture
def redis_client(redis_url: str) -> "redis.Redis":
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    client.flushall()
    return client


@pytest.fixture
def versions(redis_client: "redis.Redis") -> FlowVersions:
    return FlowVersions(redis_client, TEST_STAGES)


def test_nothing_published(versions: FlowVersions) -> None:
    """Without a published version there is nothing to run, and the error says what to do."""
    with pytest.raises(FlowError, match=r"manage\.py flows publish"):
        versions.current()


def test_published_version_is_current(versions: FlowVersions) -> None:
    """What was published last is what new jobs start with; older versions stay readable."""
    versions.publish(text("1", budgetMs=100))
    versions.publish(text("2", budgetMs=200))

    assert versions.current()["plain"].budget_ms == 200
    assert versions.at("1")["plain"].budget_ms == 100
    assert versions.history() == ["2", "1"]


def test_version_cannot_change_its_content(versions: FlowVersions) -> None:
    """A version says for ever the same; another content needs another version."""
    versions.publish(text("1", budgetMs=100))

    with pytest.raises(InvalidInput, match="raise the version"):
        versions.publish(text("1", budgetMs=101))
    assert versions.publish(text("1", budgetMs=100)) == "1"
    assert versions.history() == ["1"]


def test_broken_file_is_not_published(versions: FlowVersions) -> None:
    """A file with a fault changes nothing."""
    versions.publish(text("1"))

    with pytest.raises(FlowError):
        versions.publish(text("2", budgetMs=-1))
    with pytest.raises(FlowError, match="no flows"):
        versions.publish('{"version": "3", "flows": {}}')
    assert versions.history() == ["1"]


def test_rollback(versions: FlowVersions) -> None:
    """Rolling back makes the version before the current one."""
    versions.publish(text("1", budgetMs=100))
    versions.publish(text("2", budgetMs=200))

    assert versions.rollback() == "1"

    assert versions.current()["plain"].budget_ms == 100
    with pytest.raises(InvalidInput, match="no version to go back to"):
        versions.rollback()


def test_others_follow_within_a_second(redis_client: "redis.Redis", versions: FlowVersions) -> None:
    """A process that has cached the current version asks again after a second."""
    now = 0.0
    reader = FlowVersions(redis_client, TEST_STAGES, now_s=lambda: now)
    versions.publish(text("1", budgetMs=100))
    assert reader.current()["plain"].budget_ms == 100

    versions.publish(text("2", budgetMs=200))
    assert reader.current()["plain"].budget_ms == 100
    now = 1.0
    assert reader.current()["plain"].budget_ms == 200


def test_unknown_version(versions: FlowVersions) -> None:
    """A job of a version that was never published is an error with its name."""
    with pytest.raises(FlowError, match="version 9 was never published"):
        versions.at("9")


def emptied(redis_client: "redis.Redis") -> None:
    """A Redis that lost its data."""
    redis_client.flushall()


def test_an_emptied_redis_gets_the_flows_again(redis_client: "redis.Redis") -> None:
    """Whoever knows the current version publishes it to a Redis that knows none; once, however many do."""
    clock = [0.0]
    fronts = [FlowVersions(redis_client, TEST_STAGES, lambda: clock[0]) for _ in range(2)]
    fronts[0].publish(text("1", budgetMs=100))
    assert [front.current()["plain"].budget_ms for front in fronts] == [100, 100]

    emptied(redis_client)
    clock[0] += 1
    assert [front.current()["plain"].budget_ms for front in fronts] == [100, 100]

    fresh = FlowVersions(redis_client, TEST_STAGES)
    assert fresh.current()["plain"].budget_ms == 100
    assert fresh.history() == ["1"]


def test_what_was_published_meanwhile_stands(redis_client: "redis.Redis") -> None:
    """A process that knows an older version does not undo what an emptied Redis was given since."""
    clock = [0.0]
    old = FlowVersions(redis_client, TEST_STAGES, lambda: clock[0])
    old.publish(text("1", budgetMs=100))
    old.current()
    emptied(redis_client)
    FlowVersions(redis_client, TEST_STAGES).publish(text("2", budgetMs=200))
    clock[0] += 1
    assert old.current()["plain"].budget_ms == 200


def test_without_redis_the_last_version_goes_on(redis_client: "redis.Redis") -> None:
    """Flows that were read once are there without Redis; before that, those of the installation."""
    clock = [0.0]
    known = FlowVersions(redis_client, TEST_STAGES, lambda: clock[0])
    known.publish(text("1", budgetMs=100))
    known.current()
    away = redis.Redis(host="127.0.0.1", port=1)
    known._client = away
    clock[0] += 1
    assert known.current()["plain"].budget_ms == 100

    assert FlowVersions(away, TEST_STAGES, own=text("7")).current()["plain"].version == "7"
    with pytest.raises(StoreUnavailable):
        FlowVersions(away, TEST_STAGES).current()
