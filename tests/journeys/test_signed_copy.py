"""What a stranger verifies of a document's signatures, from one file and the log's public key, without us."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parties import TODAY, Outsider, Table
from typer.testing import CliRunner

from tenprint.account.claims.signed_document import verify_signed_document, write_signed_document
from tenprint.cli.main import app
from tenprint.errors import NotFound, ReleaseInvalid, TenprintError, UsageError
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.party_signatures import signed_text
from tenprint.web.site import create_site
from tenprint.wiring import open_house
from tenprint.workflow import journal, party_keys, signed_copy
from tenprint.workflow.auditing import log_keys
from tenprint.workflow.participation import STREAM_ID
from tenprint.workflow.signed_documents import PARTICIPATION_KEY, SIGNED, party_key, sign_facts
from tenprint.workflow.views.timeline import timeline
from tenprint.workflow.views.verification import trusted_keys


@pytest.fixture
def table(programme, tmp_path: Path) -> Table:
    return Table(programme, tmp_path)


def signed(table: Table, form: str = "ed25519", *, published: bool = True) -> str:
    """New York outside, the federal agency inside; published. Id of the document."""
    table.register()
    draft = table.draft()
    table.outside(draft, form=form)
    done = table.inside(draft)
    if published:  # at most once an hour
        journal.publish(table.house, by=table.programme.operator)
    return done.document.id


@pytest.mark.parametrize("form", ["ed25519", "sshsig-sha512"])
def test_a_stranger_verifies_both_signatures_from_one_file(table: Table, form: str) -> None:
    """The log's statement holds all that is needed: text, key, registration, signature, proofs. No secret, no database."""
    content = signed_copy.signed_copy(table.house, signed(table, form))

    report = verify_signed_document(content, keys=log_keys(table.house))

    outside, inside = report.signatures
    assert ("state:NY", "outside", form) == (outside["party"], outside["made"], outside["form"])
    assert ("nation:US", "inside") == (inside["party"], inside["made"])
    assert outside["registered_in_entry"] < report.log_size
    assert ("consent", "SIGNED", "state:NY") == tuple(report.document[name] for name in ("record", "status", "scope"))
    assert 2 == report.entries_opened


@pytest.fixture
def copy(table: Table) -> tuple[bytes, dict[str, bytes]]:
    return signed_copy.signed_copy(table.house, signed(table)), log_keys(table.house)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_the_file_is_found(copy: tuple[bytes, dict[str, bytes]], data: st.DataObject) -> None:
    """Break a byte anywhere to see it fail: in the text, a key, a signature, an entry, a proof or the spelling."""
    content, keys = copy
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    with pytest.raises(ReleaseInvalid):
        verify_signed_document(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :], keys=keys)


def test_nothing_is_believed_that_is_left_out_or_under_another_key(table: Table) -> None:
    """Without the registration of the key, or under a log that the reader does not trust, the file fails."""
    content = signed_copy.signed_copy(table.house, signed(table))
    said, keys = json.loads(content), log_keys(table.house)
    (origin,) = keys

    def spelt(**changed: object) -> bytes:
        return (json.dumps({**said, **changed}, sort_keys=True, ensure_ascii=False, indent=2) + "\n").encode()

    registration, document = said["entries"]
    for content_, wrong in ((spelt(entries=[document]), "no opened entry registers"), (spelt(entries=[registration]), "no recorded document"),
                            (spelt(entries=[]), "no recorded document|opens no entry"), (spelt(entries=[document, registration]), "out of order"),
                            (spelt(more=1), "holds more besides"), (spelt(kind="else"), "no signed document")):  # fmt: skip
        with pytest.raises(ReleaseInvalid, match=wrong):
            verify_signed_document(content_, keys=keys)
    with pytest.raises(ReleaseInvalid):
        verify_signed_document(content, keys={origin: table.house.keys.signer("gate").public_key})
    with pytest.raises(ReleaseInvalid):
        verify_signed_document(content, keys={"gate": keys[origin]})
    with pytest.raises(ReleaseInvalid, match="no recorded document"):
        write_signed_document([])


def test_a_revocation_after_the_document_is_shown_and_changes_nothing(table: Table) -> None:
    """What was complete stays signed; who verifies sees the revocation too."""
    document = signed(table)
    table.revoke(TODAY)
    content = signed_copy.signed_copy(table.house, document)

    assert verify_signed_document(content, keys=log_keys(table.house)).signatures


def test_it_waits_for_publication_and_is_of_signed_documents_only(table: Table) -> None:
    """What no published checkpoint covers can't be proved yet; what no party signed has no such file."""
    document = signed(table, published=False)
    with pytest.raises(UsageError, match="ask again after the next publication"):
        signed_copy.signed_copy(table.house, document)
    with pytest.raises(NotFound, match="that parties signed here"):
        signed_copy.signed_copy(table.house, "consent/ny/signed")


def test_the_timeline_says_on_whose_word_each_document_stands(table: Table) -> None:
    """Domain 4.4: who claimed what; and which signatures were made inside, which outside."""
    document = signed(table)

    told = {one.id: one for one in timeline(table.house, state="NY")}

    assert "its parties" == told[document].word_of
    assert [("state:NY", True), ("nation:US", False)] == [(one.party, one.outside) for one in told[document].signed]
    assert ("the programme", ()) == (told["consent/ny/signed"].word_of, told["consent/ny/signed"].signed)


def run(data: Path, *arguments: str, key: str | None = None) -> dict[str, Any]:
    """One command with --json, in this process; its answer, or the error that it ends with."""
    done = CliRunner().invoke(app, [*arguments, "--json"], env={"TENPRINT_DATA": str(data), "TENPRINT_KEY": key})
    if isinstance(done.exception, TenprintError):
        return {"error": str(done.exception)}
    assert done.exit_code in (0, 9), done.output
    return dict(json.loads(done.stdout))


def test_the_whole_way_by_command_with_openssl_alone(tmp_path: Path) -> None:
    """The how-to, step by step: a key, its registration, a draft, a signature, the file, and its check on another machine."""
    data, me = tmp_path / "data", Outsider.new(tmp_path / "me")
    clerk = str(
        run(data, "access", "grant", "--kind", "person", "--label", "clerk", "--role", "programme-authority")["key"]
    )
    words = ("--document", "a letter drawn up for this test", "--source", "the letter itself")
    run(
        data,
        "participation",
        "register-key",
        "state:ME",
        "--public-key",
        str(me.public_key),
        "--from",
        "2026-01-01",
        *words,
        key=clerk,
    )
    draft = run(data, "participation", "draft", "--record", "consent", "--scope", "state:ME", "--status", "NEGOTIATING", "--from", "2026-01-01",
                "--claimed-by", "the state", *words, key=clerk)  # fmt: skip
    assert ["state:ME"] == draft["missing"]
    run(data, "participation", "export", str(draft["draft"]), "--out", str(tmp_path / "to-sign"))
    signature = me.sign((tmp_path / "to-sign" / "document.txt").read_bytes())
    sign = (
        "participation",
        "sign",
        str(draft["draft"]),
        "--party",
        "state:ME",
        "--signature",
        str(signature),
        "--public-key",
        str(me.public_key),
    )
    done = run(data, *sign, key=clerk)
    assert ("outside", []) == (done["made"], done["missing"])
    again = run(data, *sign, key=clerk)
    assert "signed_already" == again["reason"]
    run(data, "ledger", "publish")
    copy, keys = tmp_path / "copy.json", tmp_path / "keys.json"
    shown = run(data, "participation", "show", str(done["recorded"]), "--out", str(copy))
    assert ("its parties", "outside") == (shown["on_the_word_of"], shown["signatures"][0]["made"])
    house = open_house(data)
    keys.write_text(json.dumps(trusted_keys(house)))
    house.close()

    report = run(tmp_path / "elsewhere", "participation", "verify", str(copy), "--keys", str(keys))

    assert ["state:ME"] == [one["party"] for one in report["signatures"]]
    said = json.loads(copy.read_text())
    (tmp_path / "t").write_text(said["text"])
    (tmp_path / "k").write_text(said["signatures"][0]["public_key"])
    (tmp_path / "s").write_bytes(base64.b64decode(said["signatures"][0]["signature"]))
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "k", "-rawin", "-in", "t", "-sigfile", "s"]
    assert 0 == subprocess.run(verify, cwd=tmp_path, check=False, capture_output=True).returncode
    copy.write_text(copy.read_text().replace("the letter itself", "the letter itselg"))
    assert "error" in run(data, "participation", "verify", str(copy), "--keys", str(keys))


def test_the_states_page_shows_who_signed_where_and_hands_out_the_proof(table: Table) -> None:
    """Design decision 10: who claimed what, when; the public page says which signature is the state's own, with its fingerprint."""
    document = signed(table)
    (key,) = party_keys.party_keys(table.house)
    with TestClient(create_site(table.house), base_url="http://localhost") as visitor:
        page = visitor.get("/public/participation/NY").text
        content = visitor.get(f"/public/participation/documents/{document}.json")
        missing = visitor.get("/public/participation/documents/recorded/none.json")

    assert re.search(
        rf"state:NY: with a key that it alone holds, fingerprint\s*<span class=\"hash\">{key.fingerprint}", page
    )
    assert "nation:US: with a key that this house keeps" in page
    assert "nobody here; it came with the programme" in page
    assert verify_signed_document(content.content, keys=log_keys(table.house)).signatures
    assert (200, 404) == (content.status_code, missing.status_code)


def forged(table: Table, *, resigned: bool, **changed: object) -> bytes:
    """The file of a document that a faithless house wrote to its own log, round every check of ours. resigned: by the state itself."""
    signed(table, published=False)
    with table.house.store.unit_of_work() as work:
        (true,) = work.stream(events.PARTICIPATION, STREAM_ID)
        facts = {name: value for name, value in {**true.public, **changed}.items() if name not in SIGNED}
        if resigned:
            text, (state, _) = signed_text({**facts, "bytes_sha256": None}), true.public["signatures"]
            inside = table.house.keys.signer(party_key(table.federal))
            facts["signatures"] = [{**state, "by_party": table.state.private.sign(text).hex()},
                                   {**true.public["signatures"][1], "by_party": inside.sign(text).hex()}]  # fmt: skip
        public = sign_facts(table.house.keys, events.PARTICIPATION_RECORDED, facts, None, by=table.clerk)
        event = Event(type=events.PARTICIPATION_RECORDED, effective_at=table.house.clock.now(), public=public)
        (one,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=1, actor=table.clerk.id, role="programme-authority",
                             purpose="participation", recorded_at=table.house.clock.now(), key=PARTICIPATION_KEY)  # fmt: skip
    journal.publish(table.house, by=table.programme.operator)
    return signed_copy.signed_copy(table.house, f"recorded/{one.id}")


@pytest.mark.parametrize(("resigned", "changed", "wrong"), [
    (False, {"in_force_from": "2011-06-09"}, "state:NY' does not verify"),
    (True, {"log": "another log"}, "was signed for the log 'another log'"),
    (True, {"parties": ["state:NY", "nation:US", "state:MA"]}, "lacks the one signature of state:MA"),
    (True, {"parties": ["state:NY"]}, "somebody who is no party"),
])  # fmt: skip
def test_a_house_that_logs_what_a_party_did_not_sign_is_found_out(
    table: Table, resigned: bool, changed: dict[str, object], wrong: str
) -> None:
    """The log proves what was logged, not that it is true: the party's signature is verified besides, over this log's text."""
    with pytest.raises(ReleaseInvalid, match=wrong):
        verify_signed_document(forged(table, resigned=resigned, **changed), keys=log_keys(table.house))
