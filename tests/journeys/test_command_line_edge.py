"""The edge of the command line: with --json one object on stdout whatever happens, and a newcomer's first steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from pictures import a_booking

from tenprint import wiring
from tenprint.cli.main import run
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow.people import actor_with, grant_first_operator, revoke


@pytest.fixture
def tenprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run one command in this process; its exit code and its one JSON object."""
    monkeypatch.delenv("TENPRINT_KEY", raising=False)
    monkeypatch.setenv("TENPRINT_DATA", str(tmp_path / "data"))

    def command(*words: object):
        monkeypatch.setattr(sys, "argv", ["tenprint", *map(str, words), "--json"])
        with pytest.raises(SystemExit) as ended:
            run()
        told = json.loads(capsys.readouterr().out)
        assert isinstance(told, dict)
        return ended.value.code or 0, told

    return command


CALLS = {
    "version": 0, "take-in": 2, "take-in no-such-file": 2, "submissions --limit many": 2, "no-such-command": 2, "case": 2,
    "case show nobody": 8, "case decide nobody": 2, "case custody transfer nobody --other-key /no/such/file": 1, "access roles": 0,
    "access list": 0, "access revoke nobody": 7, "access grant --kind agency --label a --role agency": 2, "ledger verify": 0,
    "ledger proof nothing": 7, "ledger publish": 0, "doctor --fsck": 0, "stats months": 0, "stats close --month June": 2,
    "policy check": 0, "participation gate CA0190000": 0, "participation profile --propose all": 8, "work": 0, "work --resume nobody": 2,
    "expunge nobody --repository criminal --reason court_order": 8,
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_every_answer_is_one_json_object_also_for_a_wrong_call(tenprint, call: str) -> None:
    """Design section 7: --json everywhere a machine may read; a wrong call is 2, a refused actor 8."""
    code, told = tenprint(*call.split())

    assert CALLS[call] == code, told
    if code:
        assert {"kind", "code", "field", "message", "incident"} == set(told["error"])
        assert told["error"]["message"]


def test_a_newcomer_takes_a_booking_in_as_the_local_operator(tenprint, tmp_path: Path) -> None:
    """The refusal of an agency that nobody registered says how to register it; then the same file goes through."""
    file = tmp_path / "booking.eft"
    file.write_bytes(a_booking("NEWCOMER000001"))
    code, told = tenprint("take-in", file)
    (row,) = told["submissions"]
    assert (0, "refused", "1.008") == (code, row["state"], row["field"])
    assert "tenprint access grant" in row["message"]
    _, granted = tenprint(
        "access", "grant", "--kind", "agency", "--label", "Example PD", "--role", "agency", "--ori", "CA0190000"
    )
    code, told = tenprint("take-in", file)

    assert (0, "closed", "SRE") == (code, told["submissions"][0]["state"], told["submissions"][0]["answer"])
    key = tmp_path / "agency.key"
    key.write_text(granted["key"])
    assert 0 == tenprint("submissions", "--key", key)[0]
    assert 8 == tenprint("access", "list", "--key", key)[0]
    assert {"sound": True} == {k: v for k, v in tenprint("doctor", "--fsck")[1].items() if k == "sound"}


def test_nobody_is_locked_out_when_power_fails_at_the_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The credential is kept before it is registered; and an operator may take the key away afterwards."""

    class PowerLost(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerLost

    with monkeypatch.context() as patched:
        patched.setattr(wiring, "grant_first_operator", cut)
        with pytest.raises(PowerLost):
            open_house(tmp_path / "data")
    assert grant_first_operator is wiring.grant_first_operator
    house = open_house(tmp_path / "data")

    operator = actor_with(house, (house.root / OPERATOR_TOKEN).read_text().strip())
    with pytest.raises(Exception, match="last operator"):
        revoke(house, operator.id, by=operator)
    house.close()
    (tmp_path / "data" / OPERATOR_TOKEN).unlink()
    open_house(tmp_path / "data").close()


def test_a_sweep_waits_until_nobody_else_has_the_data_open(tmp_path: Path) -> None:
    """What another process is about to record looks like what a crash left."""
    house = open_house(tmp_path / "data")
    words = [
        str(Path(sys.executable).with_name("tenprint")),
        "doctor",
        "--fsck",
        "--sweep",
        "--json",
        "--data",
        str(tmp_path / "data"),
    ]
    beside = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 2 == beside.returncode, beside.stdout
    assert "another process" in json.loads(beside.stdout)["error"]["message"]
    house.close()

    assert 0 == subprocess.run(words, capture_output=True, check=False).returncode


def test_a_log_line_of_an_error_tells_its_place_and_none_of_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Design section 8: no names, prints or scores in logs; and stdout belongs to the answer."""
    open_house(tmp_path / "data").close()
    person = "SAMPLE,PERSON A"
    try:
        raise ValueError(f"{person} has no such field")
    except ValueError:
        structlog.get_logger().exception("worker round failed")
    told = capsys.readouterr()

    assert "" == told.out
    line = json.loads(told.err)
    assert ("worker round failed", "ValueError") == (line["event"], line["exception"])
    assert person not in told.err
    assert any("test_command_line_edge.py" in frame for frame in line["frames"])
