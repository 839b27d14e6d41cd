"""Files that say what organisations have: what they hold, and on which line they are refused."""

import json
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.entitlements.files import read_csv, read_json
from flows.intelligence.entitlements.source import sourced_to_json

ACME: dict[str, Any] = {
    "organisation": "acme",
    "asOf": None,
    "contracts": [
        {
            "id": "ts",
            "course": "TypeScript, Advanced",
            "skill": "typescript-advanced",
            "seats": 15,
            "seatsUsed": 12,
            "expiresAt": "2025-09-01T00:00:00+00:00",
            "seatHolders": ["ann", "bob"],
        }
    ],
    "trainings": [{"id": "sec", "course": "Security", "skill": None, "dueOn": "2025-08-30"}],
}
NOTHING = {"organisation": "a/b", "asOf": None, "contracts": [], "trainings": []}
TEXT = json.dumps({"organisations": [ACME, NOTHING]}, indent=1)

HEAD = "organisation,kind,id,course,skill,seats,seatsUsed,expiresAt,dueOn,userId\n"
TS = 'acme,contract,ts,"TypeScript, Advanced",typescript-advanced,15,12,2025-09-01T00:00:00Z,,\n'
CSV = (
    HEAD
    + TS
    + "acme,seat,ts,,,,,,,ann\n"
    + "a/b,organisation,,,,,,,,\n"
    + "acme,training,sec,Security,,,,,2025-08-30,\n"
    + "acme,seat,ts,,,,,,,bob\n"
)


@pytest.mark.parametrize("found", [read_json(TEXT), read_csv(CSV), read_csv(CSV.replace("\n", "\r\n"))])
def test_both_forms_say_the_same(found: Any) -> None:
    """Organisations by id, in whatever order their lines come."""
    assert {id_: sourced_to_json(one) for id_, one in found.items()} == {"acme": ACME, "a/b": NOTHING}


def test_columns_may_come_in_another_order_or_be_left_out() -> None:
    """A file without seats needs no column for them."""
    found = read_csv("id,organisation,kind,course,dueOn\nsec,acme,training,Security,2025-08-30\n")
    assert sourced_to_json(found["acme"])["trainings"] == ACME["trainings"]


def changed(**changes: Any) -> str:
    """The JSON with the one contract changed."""
    return json.dumps(
        {"organisations": [NOTHING, ACME | {"contracts": [ACME["contracts"][0] | changes]}]}, indent=1
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n\n  oh", "line 3: is no JSON: "),
        ("[" * 100_000, "line 1: is nested too deep"),
        ("7", "must be an object"),
        (changed(seats=-1), "line 17: organisations/1/contracts/0/seats must be a whole number, 0 or more"),
        (
            changed(seatHolders=["ann", 7]),
            "line 20: organisations/1/contracts/0/seatHolders must be a list of texts",
        ),
        (json.dumps({"organisations": [ACME, ACME]}), "line 1: organisations/1/organisation is there twice"),
    ],
)
def test_a_json_file_is_refused_with_its_line(text: str, said: str) -> None:
    """And with the path of what is wrong there."""
    with pytest.raises(InvalidInput) as caught:
        read_json(text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns must be of organisation, kind, id, course"),
        ("organisation,kind\n", "line 1: the columns must be of "),
        (HEAD.replace("course", "curse"), "line 1: the columns must be of "),
        (HEAD + TS.rstrip() + ",x\n", "line 2: has more cells than the first line"),
        (HEAD + TS + TS, "line 3: id is there twice"),
        (HEAD + TS.replace("15", "many"), "line 2: seats must be a whole number, 0 or more"),
        (
            HEAD + TS + TS.replace("ts", "go").replace("15", ""),
            "line 3: seats must be a whole number, 0 or more",
        ),
        (HEAD + TS.replace("2025-09-01T00:00:00Z", "soon"), "line 2: expiresAt must be a time by ISO 8601"),
        (HEAD + "acme,seat,ts,,,,,,,ann\n", "line 2: id is no contract of the organisation in a line before"),
        (HEAD + TS + "rival,seat,ts,,,,,,,ann\n", "line 3: id is no contract of the organisation"),
        (HEAD + TS + "acme,seat,ts,,,,,,,\n", "line 3: userId must be a text"),
        (
            HEAD + TS + "acme,sofa,ts,,,,,,,\n",
            "line 3: kind must be one of organisation, contract, seat, training",
        ),
        (HEAD + TS + ",contract,ts,,,,,,,\n", "line 3: organisation must be a text"),
        (HEAD + "acme,training,sec,Security,,,,,30.8.,\n", "line 2: dueOn must be a day by ISO 8601"),
        (HEAD + 'acme,training,"sec,Security\n', "line 2: is no CSV: "),
    ],
)
def test_a_csv_file_is_refused_with_its_line(text: str, said: str) -> None:
    """And with the column of what is wrong there."""
    with pytest.raises(InvalidInput) as caught:
        read_csv(text)
    assert str(caught.value).startswith(said)
