"""Promise: who keeps a network's people and keys needs no browser: `nguon people` and `nguon api-keys` against a running
gateway, by the operator's key and by a manager's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Said, nguon_says
from tests.gateway_process import Gateway, client
from tests.signed_in import PASSWORD, Device, Someone, enrolled, someone

NAME = "Lê Thị Hạnh"


@pytest.fixture(scope="module")
def coop(nguon: Gateway) -> str:
    return nguon.party("people-verbs", "producer")


def says(nguon: Gateway, *arguments: object) -> Said:
    said = nguon_says("--data", nguon.data, "--json", *arguments)
    assert "Traceback" not in said.err, said.err
    return said


def by_key(nguon: Gateway, folder: Path, party: str, scope: str) -> tuple[object, ...]:
    """Options with which `nguon` comes with a key of the party."""
    file = folder / scope
    file.write_text(says(nguon, "api-keys", "make", party, "--scope", scope).json["api_key"])
    return "--url", nguon.url, "--key-file", file


def told(said: Said, what: str) -> str:
    """What stands after these words in the lines for people."""
    (line,) = [line for line in said.out.splitlines() if line.strip().startswith(what)]
    return line.split(what)[1].strip()


def test_the_first_operator_of_a_network_comes_in_by_one_command(nguon: Gateway) -> None:
    said = nguon_says("--data", nguon.data, "people", "invite", "Phạm Quốc Việt", "--role", "operator")
    assert (said.code, said.err) == (0, "")
    code, link = told(said, "or code"), told(said, "link")
    assert link == f"{nguon.url}/invitation#{code}" and "Shown this once" in said.out
    device = Device(nguon.url, "203.0.113.90")
    assert device.send("/invitation", code=code, password=PASSWORD).status_code == 303
    operator = Someone("", told(said, "signs in as"), device, code, enrolled(device))
    assert device.send("/second-factor", code=operator.next_code()).status_code == 303
    assert device.http.get("/people").status_code == 200


def test_a_person_is_invited_listed_recovered_and_ended(nguon: Gateway, coop: str) -> None:
    made = says(nguon, "people", "invite", NAME, "--role", "recorder", "--role", "shipper", "--party", coop).json
    assert (made["party"], made["roles"]) == (coop, ["recorder", "shipper"])
    device = Device(nguon.url, "203.0.113.91")
    assert device.send("/invitation", code=made["invitation"]["code"], password=PASSWORD).status_code == 303
    (listed,) = [each for each in says(nguon, "people", "list", "--party", coop).json if each["id"] == made["id"]]
    assert listed["signs_in"] and "invitation" not in listed
    again = says(nguon, "people", "recover", made["id"]).json
    assert again["invitation"]["code"] != made["invitation"]["code"] and not device.is_in()
    assert device.send("/invitation", code=again["invitation"]["code"], password=PASSWORD).status_code == 303
    assert device.is_in()
    ended = says(nguon, "people", "end", made["id"])
    assert ended.code == 0 and ended.json["ended_at"] and not device.is_in()
    assert device.sign_in(made["sign_in"]).status_code == 403
    lines = nguon_says("--data", nguon.data, "people", "list", "--party", coop).out.splitlines()
    assert [line for line in lines if made["id"] in line and NAME in line and line.endswith("ended")]


def test_an_ended_person_has_no_invitation_left(nguon: Gateway, coop: str) -> None:
    made = says(nguon, "people", "invite", NAME, "--role", "recorder", "--party", coop).json
    assert says(nguon, "people", "end", made["id"]).code == 0
    device = Device(nguon.url, "203.0.113.92")
    assert device.send("/invitation", code=made["invitation"]["code"], password=PASSWORD).status_code == 403


def test_what_cannot_be_done_is_said_in_words_and_ends_with_1(nguon: Gateway, coop: str) -> None:
    gone = says(nguon, "people", "invite", NAME, "--role", "recorder", "--party", coop).json["id"]
    says(nguon, "people", "end", gone)
    for arguments, law, words in (
        (("invite", NAME, "--role", "auditor"), "PersonForm", "an auditor has one scope"),
        (("invite", NAME, "--role", "operator", "--party", coop), "PersonForm", "roles do not go together"),
        (("invite", NAME, "--role", "manager", "--party", nguon.name("nobody")), None, "is not registered"),
        (("list", "--party", nguon.name("nobody")), None, "is not registered"),
        (("recover", gone), "PersonForm", "no such person any more"),
        (("end", gone), "PersonForm", "no such person any more"),
        (("end", "0" * 32), None, "there is no such person"),
    ):
        said = says(nguon, "people", *arguments)
        assert (said.code, said.json.get("law")) == (1, law), said
        assert said.err.startswith("Refused") and words in said.err, said.err
    called_wrongly = nguon_says("--data", nguon.data, "people", "invite", NAME)
    assert called_wrongly.code == 2 and "--role" in called_wrongly.err


def test_a_managers_key_keeps_its_own_people_and_keys_alone(nguon: Gateway, coop: str, tmp_path: Path) -> None:
    rival = nguon.party("people-verbs-rival", "producer")
    stranger = someone(nguon, rival, "manager", at="203.0.113.93")
    strange_key = says(nguon, "api-keys", "make", rival).json["id"]
    manager = by_key(nguon, tmp_path, coop, "manager")
    invited = nguon_says(*manager, "--json", "people", "invite", NAME, "--role", "processor").json
    assert invited["party"] == coop
    assert invited["id"] in [each["id"] for each in nguon_says(*manager, "--json", "people", "list").json]
    refused = [
        nguon_says(*manager, *arguments)
        for arguments in (
            ("people", "list", "--party", rival),
            ("people", "invite", NAME, "--role", "manager", "--party", rival),
            ("people", "recover", stranger.id),
            ("people", "end", stranger.id),
            ("people", "end", "0" * 32),
            ("api-keys", "make", rival),
            ("api-keys", "list", rival),
            ("api-keys", "revoke", strange_key),
            ("api-keys", "revoke", "00000000"),
        )
    ]
    assert {(said.code, said.out) for said in refused} == {(1, "")}
    assert len({said.err for said in refused}) == 1 and "another party" in refused[0].err, "all in the same words"
    assert stranger.device.is_in()
    recorder = by_key(nguon, tmp_path, coop, "recorder")
    assert "another role" in nguon_says(*recorder, "people", "list").err


def test_a_key_is_made_listed_and_revoked(nguon: Gateway, coop: str) -> None:
    said = nguon_says("--data", nguon.data, "api-keys", "make", coop, "--scope", "recorder", "--days", "90")
    key = said.out.strip()
    assert said.code == 0 and "recorder" in said.err and "Shown this once" in said.err
    id, path = key.split("_")[1], f"/v1/people?party={coop}"
    assert client(nguon.url, key).get(path).status_code == 403, "it opens the door, for another role"
    listed = says(nguon, "api-keys", "list", coop)
    (mine,) = [each for each in listed.json if each["id"] == id]
    assert mine["scopes"] == ["recorder"] and mine["revoked_at"] is None and key not in listed.out
    assert says(nguon, "api-keys", "revoke", id).json["revoked_at"]
    assert client(nguon.url, key).get(path).status_code == 401
    lines = nguon_says("--data", nguon.data, "api-keys", "list", coop).out.splitlines()
    assert [line for line in lines if line.startswith(id) and "revoked" in line]
    assert "there is no such key" in says(nguon, "api-keys", "revoke", "00000000").err
    assert nguon_says("--data", nguon.data, "api-keys", "make", coop, "--days", "0").code == 2
