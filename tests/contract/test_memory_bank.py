"""What every memory bank promises: on a dict, on SQLite, on PostgreSQL, over HTTP, and with vectors."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from flows.errors import InvalidInput, MemoryNotFound, PortUnavailable
from flows.memory.model import Added, MemoryKind, Recalled, Scope, Visibility
from flows.memory.port import MemoryBank
from tasks.store.database import open_database
from tasks.store.erasure import erase_user
from tasks.store.in_memory_memories import InMemoryMemories
from tasks.store.memories import StoredMemories
from tasks.store.memory_search import BUDGET, WINDOW
from tasks.store.tables import organisations, team_members, teams, users
from tests.fakes.service import memory_bank_over_http
from tests.memories import LOOP, NOW, remembered
from tests.vectors import IndexedAtOnce, vectors_at

EVERYONE = Visibility.ORGANISATION

PARTS = ("first", "second", "third", "fourth", "fifth")

#: Sets the policy of an organisation.
SetPolicy = Callable[[str, str], None]


def recall(bank: MemoryBank, query: str, limit: int = 10, **more: Any) -> Sequence[Recalled]:
    """As ann at acme, unless said otherwise."""
    asked = {"organisation": "acme", "user_id": "ann", "now": NOW} | more
    return bank.recall(query=query, limit=limit, **asked)


def ids(found: Sequence[Recalled]) -> list[str]:
    return [each.memory.id for each in found]


def hire(engine: Engine, organisation: str, *people: str) -> None:
    """A team of these people."""
    with engine.begin() as connection:
        connection.execute(insert(organisations), {"id": organisation, "name": organisation})
        of_one = {"organisation_id": organisation}
        connection.execute(insert(users), [of_one | {"id": person} for person in people])
        connection.execute(insert(teams), of_one | {"id": "team", "name": "Team"})
        members = [of_one | {"team_id": "team", "user_id": person} for person in people]
        connection.execute(insert(team_members), members)


KINDS = ["memory", "sqlite", "postgresql", "http"]

#: For what recalls nothing by words, so that vectors have no part in it.
without_vectors = pytest.mark.parametrize("parts", KINDS, indirect=True)


@pytest.fixture(params=[*KINDS, "vectors"])
def parts(request: pytest.FixtureRequest) -> Iterator[tuple[MemoryBank, SetPolicy]]:
    """A bank and its policies. Ann and bob are a team, at acme and at rival; eve is nobody's mate."""
    if request.param == "memory":
        policies: dict[str, Scope] = {}
        team = [frozenset({"ann", "bob"})]
        bank = InMemoryMemories({"acme": team, "rival": team}, policies)
        yield bank, lambda organisation, policy: policies.update({organisation: Scope(policy)})
        return
    dialect = "postgresql" if request.param == "postgresql" else "sqlite"
    engine = open_database(request.getfixturevalue(f"{dialect}_url"))
    hire(engine, "acme", "ann", "bob")
    hire(engine, "rival", "ann", "bob")

    def set_policy(organisation: str, policy: str) -> None:
        change = update(organisations).where(organisations.c.id == organisation)
        with engine.begin() as connection:
            connection.execute(change.values(memory_policy=policy))

    if request.param == "http":
        with memory_bank_over_http(StoredMemories(engine)) as bank:
            yield bank, set_policy
    elif request.param == "vectors":
        with vectors_at(engine) as place:
            yield IndexedAtOnce(place), set_policy
    else:
        yield StoredMemories(engine), set_policy
    engine.dispose()


@pytest.fixture
def bank(parts: tuple[MemoryBank, SetPolicy]) -> MemoryBank:
    """The bank alone."""
    return parts[0]


@without_vectors
def test_nothing_is_remembered_at_first(bank: MemoryBank) -> None:
    """A person, and an organisation, that nobody has seen are reminded of nothing, which is no error."""
    assert recall(bank, "useEffect") == []
    assert recall(bank, "") == []
    assert recall(bank, "useEffect", organisation="nowhere", user_id="nobody") == []


@without_vectors
def test_a_memory_comes_back_as_it_was_sent(bank: MemoryBank) -> None:
    """Every field comes back, those that were given and those that were not."""
    full = remembered(
        "1",
        title="Maximum update depth exceeded",
        error="Warning: Maximum update depth exceeded.",
        skill="react-hooks",
        tags=("javascript", "hooks"),
        success=False,
        visibility=Visibility.TEAM,
        session_id="sess-456",
        events=("e-1", "e-2"),
    )
    bare = remembered("2", "☃ für immer", 1, kind=MemoryKind.NOTE)
    assert bank.add("acme", [full, bare]) == Added(2, 0)
    assert [bank.get("acme", "ann", id_) for id_ in ("1", "2")] == [full, bare]
    assert [each.memory for each in recall(bank, "")] == [full, bare]


@without_vectors
def test_the_same_id_is_stored_once(bank: MemoryBank) -> None:
    """A batch sent again stores nothing, also when the text is another; the first one stays."""
    assert bank.add("acme", [remembered("1"), remembered("1", "other"), remembered("2")]) == Added(2, 1)
    assert bank.add("acme", [remembered("2", "other"), remembered("3")]) == Added(1, 1)
    assert bank.get("acme", "ann", "2").text == LOOP


@without_vectors
def test_adding_nothing_stores_nothing(bank: MemoryBank) -> None:
    """An empty batch is fine."""
    assert bank.add("acme", []) == Added(0, 0)


@pytest.mark.parametrize(
    "query",
    [
        "useEffect",
        "useeffect",
        "use_effect",
        "the effect",
        "useEffect(() => {",
        '"useEffect" AND NOT (loop*) NEAR/2 -- ; \\ \' OR 1=1 ^:{}',
        "dependencies of effects",
    ],
)
def test_code_is_found_by_its_words(bank: MemoryBank, query: str) -> None:
    """An identifier is found whole and by its parts, and nothing in a query is an operator."""
    others = [remembered(str(n), f"The answer is in the {part} manual.") for n, part in enumerate(PARTS)]
    bank.add("acme", [remembered("loop"), *others])
    assert ids(recall(bank, query)) == ["loop"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("git rebase --onto main", "git"),
        ("TypeError: x is not a function", "type"),
        ("Maximum update depth exceeded. This can happen when", "loop"),
        ("C:\\src\\read_config.py", "path"),
        ("größe der Straße", "words"),
    ],
)
def test_errors_and_commands_are_found(bank: MemoryBank, query: str, expected: str) -> None:
    """Messages, commands, paths and words of any language come first where they are meant."""
    bank.add(
        "acme",
        [
            remembered("git", "Moved the branch with git rebase --onto origin/main old new."),
            remembered("type", "The answer holds the array.", error="TypeError: items.map is not a function"),
            remembered("loop", LOOP, title="Maximum update depth exceeded"),
            remembered("path", "readConfig closes the file itself."),
            remembered("words", "Die Größe steht im Kopf."),
        ],
    )
    assert ids(recall(bank, query))[0] == expected


@without_vectors
@pytest.mark.parametrize("query", ["", "  \n", '"*()!?', "\x00", "the of"])
def test_a_query_without_words_gets_the_newest(bank: MemoryBank, query: str) -> None:
    """Nothing, punctuation and words that say nothing ask for what is newest."""
    bank.add("acme", [remembered("old", days=9), remembered("new", days=1), remembered("older", days=10)])
    found = recall(bank, query, 2)
    assert ids(found) == ["new", "old"]
    assert [each.matched for each in found] == [(), ()]


def test_what_fits_better_comes_first(bank: MemoryBank) -> None:
    """A memory with more of the query, and with its rarer words, beats a newer one with less."""
    bank.add(
        "acme",
        [
            remembered("both", "A deadlock of two transactions.", days=300),
            remembered("one", "A transaction that was too long.", days=1),
            *(remembered(f"common-{n}", f"Transactions, part {n}.") for n in range(5)),
        ],
    )
    found = recall(bank, "deadlock in transaction")
    assert ids(found)[0] == "both"
    assert found[0].matched == ("deadlock", "transaction")


def test_of_two_that_fit_alike_the_newer_one_comes_first(bank: MemoryBank) -> None:
    """Recency decides between equal texts about the query."""
    bank.add(
        "acme", [remembered("old", "Prune the docker cache.", 200), remembered("new", "Prune docker cache.")]
    )
    assert ids(recall(bank, "docker cache")) == ["new", "old"]


def test_what_worked_comes_first(bank: MemoryBank) -> None:
    """Of equal age and fit, what worked comes before what is not known to, and that before what did not."""
    tried = {"no": False, "yes": True, "maybe": None}
    texts = {name: f"Restart {name} kubelet." for name in tried}
    bank.add("acme", [remembered(name, texts[name], success=how) for name, how in tried.items()])
    assert ids(recall(bank, "kubelet restart")) == ["yes", "maybe", "no"]


def test_the_same_text_comes_once(bank: MemoryBank) -> None:
    """What several wrote alike is told once, and one's own copy is the one."""
    bank.add("acme", [remembered("bobs", user_id="bob", visibility=EVERYONE), remembered("own")])
    assert ids(recall(bank, "useEffect")) == ["own"]


def test_a_score_shows_what_it_is_made_of(bank: MemoryBank) -> None:
    """Each part is 0 to 1, and the score is the text's part times what the others add."""
    bank.add("acme", [remembered("1", days=180, success=True, user_id="bob", visibility=Visibility.TEAM)])
    (found,) = recall(bank, "useEffect")
    assert (found.parts.recency, found.parts.success, found.parts.scope) == (0.5, 1.0, 0.5)
    assert 0.5 < found.parts.text <= 1
    assert found.score == pytest.approx(found.parts.text * (0.6 + 0.1 + 0.15 + 0.025), abs=1e-6)


def test_only_kinds_that_are_asked_for_come(bank: MemoryBank) -> None:
    """Solutions, sessions and notes can be asked for by themselves, with a query and without."""
    bank.add("acme", [remembered(kind.value, f"{kind.value} {LOOP}", kind=kind) for kind in MemoryKind])
    for query in ("useEffect", ""):
        assert ids(recall(bank, query, kinds=[MemoryKind.NOTE])) == ["note"]
        assert len(recall(bank, query, kinds=[MemoryKind.NOTE, MemoryKind.SESSION])) == 2


#: Memories of three people, seen by ann: by visibility, with the scope where they are found.
SHARED = [
    remembered("own-private", f"1 {LOOP}", visibility=Visibility.PRIVATE),
    *(
        remembered(
            f"{person}-{visibility.value}",
            f"{person} {visibility.value} {LOOP}",
            user_id=person,
            visibility=visibility,
        )
        for person in ("bob", "eve")
        for visibility in Visibility
    ),
]


@pytest.mark.parametrize("query", ["useEffect", ""])
@pytest.mark.parametrize(
    ("policy", "seen"),
    [
        ("own", {"own-private"}),
        ("team", {"own-private", "bob-team", "bob-organisation"}),
        ("organisation", {"own-private", "bob-team", "bob-organisation", "eve-organisation"}),
    ],
)
def test_who_is_reminded_of_what(
    parts: tuple[MemoryBank, SetPolicy], policy: str, seen: set[str], query: str
) -> None:
    """Own memories always; mates' and others' as far as they are meant for one and the policy goes."""
    bank, set_policy = parts
    bank.add("acme", SHARED)
    set_policy("acme", policy)
    assert set(ids(recall(bank, query))) == seen


def test_an_organisation_shares_until_it_says_otherwise(bank: MemoryBank) -> None:
    """Without a policy of its own, what is meant for everybody is seen by everybody, with its scope."""
    bank.add("acme", SHARED)
    scopes = {each.memory.id: each.scope.value for each in recall(bank, "useEffect")}
    assert scopes == {
        "own-private": "own",
        "bob-team": "team",
        "bob-organisation": "team",
        "eve-organisation": "organisation",
    }


def test_who_is_in_no_team_has_no_mates(bank: MemoryBank) -> None:
    """Eve sees her own and what is for the organisation, and nothing that is for ann's team."""
    bank.add("acme", SHARED)
    found = recall(bank, "useEffect", user_id="eve")
    assert set(ids(found)) == {"eve-private", "eve-team", "eve-organisation", "bob-organisation"}


def test_own_before_team_before_organisation(bank: MemoryBank) -> None:
    """Memories that are equal in everything else come by how near they are."""
    people = {"eve": "c", "bob": "b", "ann": "a"}
    bank.add(
        "acme",
        [
            remembered(person, f"Use effect cleanup {mark}", user_id=person, visibility=EVERYONE)
            for person, mark in people.items()
        ],
    )
    assert ids(recall(bank, "effect cleanup")) == ["ann", "bob", "eve"]


@pytest.mark.parametrize("query", ["useEffect", "", "secret"])
def test_nothing_crosses_organisations(bank: MemoryBank, query: str) -> None:
    """A person and a team of the same name elsewhere, and the same ids, give nothing away."""
    secret = f"secret {LOOP}"
    theirs = [
        remembered(id_, secret, organisation="rival", user_id=person, visibility=EVERYONE)
        for id_, person in (("1", "ann"), ("2", "bob"), ("3", "eve"))
    ]
    bank.add("rival", theirs)
    assert recall(bank, query) == []
    assert bank.add("acme", [remembered("1", "ours")]) == Added(1, 0)
    assert [each.memory.text for each in recall(bank, "ours secret useEffect")] == ["ours"]
    assert {each.memory.text for each in recall(bank, "useEffect", organisation="rival")} == {secret}
    for id_ in ("2", "3"):
        with pytest.raises(MemoryNotFound):
            bank.get("acme", "ann", id_)
        with pytest.raises(MemoryNotFound):
            bank.delete("acme", "ann", id_)


@without_vectors
def test_a_memory_of_another_organisation_is_refused(bank: MemoryBank) -> None:
    """What is stored for one organisation says that it is of that one."""
    with pytest.raises(InvalidInput) as caught:
        bank.add("acme", [remembered("1"), remembered("2", organisation="rival")])
    assert caught.value.field == "1/organisation"
    assert recall(bank, "") == []


def test_a_person_deletes_their_own(bank: MemoryBank) -> None:
    """What is deleted is not found any more; nobody deletes or reads somebody else's by its id."""
    bank.add("acme", [remembered("1"), remembered("2", user_id="bob", visibility=EVERYONE)])
    bank.delete("acme", "ann", "1")
    for id_ in ("1", "2", "none"):
        with pytest.raises(MemoryNotFound):
            bank.delete("acme", "ann", id_)
        with pytest.raises(MemoryNotFound):
            bank.get("acme", "ann", id_)
    assert ids(recall(bank, "useEffect")) == ["2"]
    assert bank.add("acme", [remembered("1", "again")]) == Added(1, 0)


@without_vectors
@pytest.mark.parametrize("name", ["id", "user_id", "skill", "session_id"])
@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_an_id_that_cannot_be_stored_is_refused(bank: MemoryBank, name: str, character: str) -> None:
    """The memory and the field are named, and nothing of the batch is stored."""
    wrong = replace(remembered("2"), **{name: f"a{character}b"})
    with pytest.raises(InvalidInput) as caught:
        bank.add("acme", [remembered("1"), wrong])
    assert caught.value.field == f"1/{name}"
    assert recall(bank, "") == []


@without_vectors
def test_a_time_without_a_zone_is_refused(bank: MemoryBank) -> None:
    """A time means nothing without its zone; with one it comes back in UTC."""
    with pytest.raises(InvalidInput):
        bank.add("acme", [replace(remembered("1"), at=datetime(2025, 6, 1))])  # noqa: DTZ001
    delhi = timezone(timedelta(hours=5, minutes=30))
    bank.add("acme", [replace(remembered("1"), at=datetime(2025, 6, 1, 12, tzinfo=delhi))])
    assert bank.get("acme", "ann", "1").at.isoformat() == "2025-06-01T06:30:00+00:00"


@without_vectors
def test_long_texts_are_cut(bank: MemoryBank) -> None:
    """Texts, titles, errors and tags have a length; what no database keeps is replaced."""
    tags = tuple("t" * 100 for _ in range(30))
    bank.add("acme", [remembered("1", "\x00" + "x" * 9_000, title="y" * 900, error="z" * 9_000, tags=tags)])
    found = bank.get("acme", "ann", "1")
    assert (found.text[:2], len(found.text), len(found.title), len(found.error)) == (
        "\ufffdx",
        4_000,
        200,
        1_000,
    )
    assert found.tags == ("t" * 64,) * 20


def test_a_limit_is_kept(bank: MemoryBank) -> None:
    """No more come than were asked for, with words and without."""
    bank.add("acme", [remembered(str(n), f"{n} {LOOP}", n) for n in range(7)])
    assert ids(recall(bank, "useEffect", 3)) == ids(recall(bank, "", 3)) == ["0", "1", "2"]


@without_vectors
def test_writers_at_once_store_each_memory_once(bank: MemoryBank) -> None:
    """Several threads that add the same memories store them once between them."""
    batch = [remembered(str(n), f"{n} {LOOP}") for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: bank.add("acme", batch), range(4)))
    assert (sum(a.stored for a in added), sum(a.duplicates for a in added)) == (20, 60)


def test_common_words_find_the_newest(engine: Engine) -> None:
    """Where every word is in more memories than an index is asked for, the newest are looked through."""
    bank = StoredMemories(engine)
    count = max(BUDGET, WINDOW) + 200
    bank.add("acme", [remembered(f"{n:04}", f"error {n}", n, visibility=EVERYONE) for n in range(count)])
    assert ids(recall(bank, "error", 3)) == ["0000", "0001", "0002"]
    assert ids(recall(bank, "error", 3, user_id="bob")) == ["0000", "0001", "0002"]
    assert ids(recall(bank, f"error {count - 1}", 1)) == [f"{count - 1:04}"]


def test_what_is_common_elsewhere_is_not_common_here(engine: Engine) -> None:
    """How common a word is goes by the organisation's own memories."""
    bank = StoredMemories(engine)
    theirs = [remembered(str(n), f"kafka {n}", organisation="rival") for n in range(BUDGET + 1)]
    bank.add("rival", theirs)
    bank.add("acme", [remembered("one", "kafka"), *(remembered(f"x{n}", f"lag {n}") for n in range(9))])
    (found,) = recall(bank, "kafka")
    assert (found.memory.id, found.parts.text) == ("one", 1.0)


def test_an_erased_person_is_not_found(engine: Engine) -> None:
    """Erasure takes the words of a person out of the search index, too, and leaves everybody else's."""
    bank = StoredMemories(engine)
    bank.add("acme", [remembered("1", visibility=EVERYONE), remembered("2", f"2 {LOOP}", user_id="bob")])
    assert erase_user(engine, "acme", "ann")["memories"] == 1
    assert ids(recall(bank, "useEffect", user_id="bob")) == ["2"]
    assert recall(bank, "useEffect") == []


def test_the_search_index_of_sqlite_follows_its_table(sqlite_url: str) -> None:
    """Rows that go with their person or organisation leave nothing behind that could be searched."""
    engine = open_database(sqlite_url)
    bank = StoredMemories(engine)
    bank.add("acme", [remembered("1"), remembered("2", user_id="bob")])
    bank.add("rival", [remembered("1", organisation="rival")])
    check = "INSERT INTO memories_index (memories_index, rank) VALUES ('integrity-check', 1)"
    words = "SELECT count(*) FROM memories_words"
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE memories_words USING fts5vocab(memories_index, row)")
        both = connection.exec_driver_sql(words).scalar_one()
        connection.exec_driver_sql("DELETE FROM users WHERE id = 'bob'")
        connection.exec_driver_sql(check)
        connection.exec_driver_sql("DELETE FROM organisations WHERE id = 'acme'")
        connection.exec_driver_sql(check)
        rival = connection.exec_driver_sql(words).scalar_one()
    assert 0 < rival < both
    engine.dispose()


def test_a_policy_that_nobody_understands_shares_nothing(engine: Engine) -> None:
    """A value from a later version, or a mistake, is taken for the narrowest."""
    hire(engine, "acme", "ann", "bob")
    with engine.begin() as connection:
        connection.execute(update(organisations).values(memory_policy="galaxy"))
    bank = StoredMemories(engine)
    bank.add("acme", SHARED)
    assert ids(recall(bank, "useEffect")) == ["own-private"]


def test_an_outage_is_said_to_be_one(tmp_path: Path) -> None:
    """A database that cannot be opened raises PortUnavailable, whatever is asked of it."""
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    bank = StoredMemories(open_database(f"sqlite:///{folder}"))
    for ask in (
        lambda: bank.add("acme", [remembered("1")]),
        lambda: recall(bank, "x"),
        lambda: bank.get("acme", "ann", "1"),
        lambda: bank.delete("acme", "ann", "1"),
    ):
        with pytest.raises(PortUnavailable):
            ask()
