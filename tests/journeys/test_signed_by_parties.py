"""Documents that their parties sign, inside the house or outside it: taken, refused by name, verified at each reading."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parties import NEW_YORK_SIGNS, TODAY, TOMORROW, Outsider, Table

from tenprint.errors import NotFound, NotPermitted, StoreError, UsageError
from tenprint.infra.vault.outside import read_public_key, read_signature
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.party_signatures import FORMS, LINES, signed_text
from tenprint.refer.participation.documents import Document
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.parties import REASONS, SigningRefused
from tenprint.workflow import auditing, party_keys, signing
from tenprint.workflow import participation as records
from tenprint.workflow.signed_documents import party_key, sign_facts
from tenprint.workflow.signing import Signed

QUEENS = "NY0410000"


@pytest.fixture
def table(programme, tmp_path: Path) -> Table:
    return Table(programme, tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_a_memorandum_is_signed_only_when_the_state_and_the_agency_have_signed(table: Table, form: str) -> None:
    """Domain 4.1: the memorandum is between the state's bureau and the federal agency; one signature makes none."""
    table.register()
    draft = table.draft()

    first = table.outside(draft, form=form)
    assert isinstance(first, Signed)
    assert first.document is None
    assert "SUSPENDED" == table.consent(), "a draft decides nothing, whoever has signed it"
    assert (("nation:US",),) == first.draft.missing

    last = table.inside(draft)
    assert isinstance(last, Signed)
    assert isinstance(last.document, Document)
    assert "SIGNED" == table.consent()
    assert [("state:NY", "outside"), ("nation:US", "inside")] == [(s.party, s.made) for s in last.draft.given]
    assert [] == records.signature_faults(table.house)
    assert [] == auditing.fsck(table.house)


def test_both_parties_may_sign_outside_in_either_order(table: Table) -> None:
    """Neither party needs to trust the house: no signature on the document is by a key that it keeps."""
    agency = Outsider.new(table.folder / "us")
    table.register()
    table.register("nation:US", agency)
    draft = table.draft()

    assert isinstance(table.outside(draft, who=agency, party="nation:US"), Signed)
    done = table.outside(draft)

    assert isinstance(done, Signed)
    assert done.document is not None
    assert {"outside"} == {one.made for one in done.draft.given}


def test_what_is_signed_can_be_read_and_says_everything(table: Table) -> None:
    """Who signs sees what, by whom, from when, with which clauses; and the hash of the paper."""
    text = table.draft().text.decode()

    for said in (
        "state:NY",
        "nation:US",
        "2011-06-08",
        "SIGNED",
        "termination: Either party may end it",
        table.house.origin,
    ):
        assert said in text
    assert all(f"\n{name}: " in text for name in LINES)


REFUSALS = {
    "not_a_party": lambda t, d: t.outside(d, party="state:MA"),
    "signed_already": lambda t, d: (t.outside(d), t.outside(d))[1],
    "key_not_registered": lambda t, d: t.outside(d, who=Outsider.new(t.folder / "other")),
    "key_of_another_party": lambda t, d: (t.register("nation:US", other := Outsider.new(t.folder / "us")), t.outside(d, who=other))[1],
    "key_not_yet_in_force": lambda t, d: (t.register(who=(new := Outsider.new(t.folder / "new")), since=TOMORROW), t.outside(d, who=new))[1],
    "key_revoked": lambda t, d: (t.revoke(TODAY), t.outside(d))[1],
    "own_key_registered": lambda t, d: t.inside(d, party="state:NY"),
    "other_bytes": lambda t, d: t.outside(d, text=d.text[:-2] + b"x\n"),
    "key_known": lambda t, d: t.register("nation:US"),
}  # fmt: skip


@pytest.mark.parametrize("reason", [name for name in REASONS if name != "same_hand"])
def test_a_signature_that_may_not_be_taken_is_refused_by_name_and_leaves_nothing(table: Table, reason: str) -> None:
    """Each refusal names its reason; what was recorded before it is all that is recorded after it."""
    table.register()
    draft = table.draft()

    refused = REFUSALS[reason](table, draft)

    assert isinstance(refused, SigningRefused), refused
    assert reason == refused.reason
    assert str(refused).endswith("Nothing was recorded.")
    assert "SUSPENDED" == table.consent()
    assert [] == auditing.fsck(table.house)


def test_who_signs_inside_for_one_party_signs_for_no_other(table: Table) -> None:
    """A memorandum with two signatures by one hand is one signature."""
    draft = table.draft()
    assert isinstance(table.inside(draft, party="state:NY", by=table.clerk), Signed)

    refused = table.inside(draft, party="nation:US", by=table.clerk)

    assert isinstance(refused, SigningRefused)
    assert "same_hand" == refused.reason
    assert "SUSPENDED" == table.consent()


def test_a_party_with_a_key_of_its_own_is_recorded_by_nobody(table: Table) -> None:
    """A state that does not trust the house: once its key is registered, the house's word alone records nothing of it, also after
    the key was revoked.
    """  # fmt: skip
    table.register()
    before = table.logged()
    refused = records.record_document(table.house, NEW_YORK_SIGNS, by=table.clerk)
    assert isinstance(refused, SigningRefused)
    assert ("own_key_registered", before) == (refused.reason, table.logged())

    table.revoke(TODAY)
    assert isinstance(records.record_document(table.house, NEW_YORK_SIGNS, by=table.clerk), SigningRefused)
    assert "SUSPENDED" == table.consent()


def test_a_signature_falls_when_its_key_is_revoked_before_the_last_has_signed(table: Table) -> None:
    """Nothing is done on a key that is known to be lost; the party signs anew with another, and what was complete stays."""
    table.register()
    draft = table.draft()
    table.outside(draft)
    table.revoke(TODAY)

    half = table.inside(draft)
    assert isinstance(half, Signed)
    assert half.document is None, "the revoked signature does not count"
    assert (("state:NY",),) == half.draft.missing

    table.state = Outsider.new(table.folder / "new")
    table.register(who=table.state)
    done = table.outside(draft)
    assert isinstance(done, Signed)
    assert done.document is not None
    (shown,) = [one for one in done.draft.given if one.party == "state:NY"]
    assert "outside" == shown.made
    assert [] == records.signature_faults(table.house)


def test_what_was_complete_stays_signed_when_the_key_is_revoked_later(table: Table) -> None:
    """A party takes its word back by a document, not by its key: a revocation does not reach back."""
    table.register()
    draft = table.draft()
    table.outside(draft)
    table.inside(draft)
    with pytest.raises(UsageError, match="does not reach back"):
        table.revoke(TODAY - timedelta(days=1))
    table.revoke(TODAY)
    table.house.history_read = None

    assert "SIGNED" == table.consent()
    assert [] == records.signature_faults(table.house)


def test_the_last_signature_records_nothing_when_the_step_can_not_follow_any_more(table: Table) -> None:
    """State machines stay as they are: what was recorded meanwhile refuses the document, and the signature with it."""
    draft, ended = table.draft(), table.draft(status="TERMINATED", in_force_from="2011-06-07")
    table.inside(draft, party="state:NY", by=table.clerk)
    done = table.inside(ended)
    assert isinstance(done, Signed)
    assert done.document is not None, "either party may end it"
    before = table.logged()

    refused = table.inside(draft)

    assert isinstance(refused, TransitionRefused)
    assert ("TERMINATED", "SIGNED") == (refused.state, refused.event)
    assert before == table.logged()
    again = signing.draft_document(table.house, NEW_YORK_SIGNS, by=table.clerk)
    assert isinstance(again, TransitionRefused), "and it can't be drafted any more"


def test_a_document_with_a_forged_party_signature_is_heeded_by_nobody(table: Table) -> None:
    """The recorder's own signature holds, the state's does not: nothing is decided, and doctor names it."""
    table.register()
    draft = table.draft()
    table.outside(draft)
    done = table.inside(draft)
    assert isinstance(done, Signed)
    with table.house.store.reader() as reader:
        (true,) = reader.stream(events.PARTICIPATION, records.STREAM_ID)
        told = party_keys.signing(table.house, reader)
    facts = {k: v for k, v in true.public.items() if k not in ("signed_by", "signature", "bytes_sha256")}

    def fault(**changed: object) -> str | None:
        event = replace(true, public={**true.public, **changed})
        return party_keys.parties_fault(event, records.document_of(event), told)

    first, second = true.public["signatures"]
    assert fault() is None
    assert "does not verify" in str(fault(document="another memorandum"))
    assert "does not verify" in str(fault(signatures=[{**first, "by_party": "00" * 64}, second]))
    assert "lacks the signature of nation:US" in str(fault(signatures=[first]))
    assert "not registered and in force" in str(fault(signatures=[{**second, "made": "outside"}, first]))
    assert "was signed for inside" in str(fault(signatures=[{**first, "made": "inside"}, second]))
    assert "can't be read" in str(fault(signatures=[{"party": "state:NY"}]))
    assert "signs with a key of its own" in str(fault(draft=None)), "nor on the house's word alone"
    agency_alone = {k: v for k, v in true.public.items() if k != "parties"} | {"parties": ["nation:US"]}
    resigned = table.house.keys.signer(party_key(table.federal)).sign(signed_text(agency_alone)).hex()
    assert "must sign; needed" in str(fault(parties=["nation:US"], signatures=[{**second, "by_party": resigned}]))

    with table.house.store.unit_of_work() as work:
        forged = sign_facts(table.house.keys, events.PARTICIPATION_RECORDED,
                                    {**facts, "in_force_from": "2011-06-09", "signatures": [first, second]}, None, by=table.clerk)  # fmt: skip
        work.append(events.PARTICIPATION, records.STREAM_ID,
                    [Event(type=events.PARTICIPATION_RECORDED, effective_at=table.house.clock.now(), public=forged)], expected=1,
                    actor=table.clerk.id, role="programme-authority", purpose="participation", recorded_at=table.house.clock.now(),
                    key=records.PARTICIPATION_KEY)  # fmt: skip
    with pytest.raises(StoreError, match=r"signature of state:NY does not verify. Nothing was decided"):
        records.gate_answers(table.house, QUEENS, on=date(2011, 6, 9))
    assert any("does not verify" in line for line in auditing.fsck(table.house))


def test_only_the_role_may_and_only_what_can_be_read(table: Table, tmp_path: Path) -> None:
    """Bad input is an error that says what is allowed; nothing is half done."""
    draft, before = table.draft(), table.logged()
    stranger = table.programme.staff("examiner")
    with pytest.raises(NotPermitted):
        signing.sign_inside(table.house, draft.id, party_name="nation:US", by=stranger)
    with pytest.raises(NotFound, match="no draft"):
        signing.draft(table.house, "0" * 32)
    with pytest.raises(UsageError, match="character that nobody can see"):
        signing.draft_document(table.house, NEW_YORK_SIGNS | {"document": "a memo\u202e"}, by=table.clerk)
    with pytest.raises(UsageError, match="no party signs activation UNKNOWN"):
        signing.draft_document(
            table.house, NEW_YORK_SIGNS | {"record": "activation", "status": "UNKNOWN"}, by=table.clerk
        )
    with pytest.raises(UsageError, match="clause"):
        signing.draft_document(table.house, NEW_YORK_SIGNS, clauses=["whatever"], by=table.clerk)
    ring = tmp_path / "ring.pem"
    ring.write_bytes(b"ssh-ed25519 nothing")
    with pytest.raises(UsageError, match="no Ed25519 public key"):
        read_public_key(ring.read_bytes())
    with pytest.raises(UsageError, match="keep it to yourself"):
        read_public_key(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    for party in ("IL", "state:Illinois", "nation:MX", "county:Cook", "ori:1"):
        with pytest.raises(UsageError, match="party"):
            table.register(party)
    assert before == table.logged()


def test_a_key_that_the_house_keeps_is_no_key_of_a_party(table: Table, tmp_path: Path) -> None:
    """An "outside" signature by a key on the ring would be the house's own."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    own = tmp_path / "own.pem"
    raw = table.house.keys.signer("gate").public_key
    own.write_bytes(
        Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(UsageError, match="on the house's own ring"):
        party_keys.register_key(
            table.house, "state:NY", own, since=TODAY, document="a letter", source="the letter", by=table.clerk
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_the_text_the_signature_or_its_armour_is_refused(table: Table, data: st.DataObject) -> None:
    """A signature holds over the exact bytes, whatever its form; a broken armour is an error, never a pass."""
    table.register() if not party_keys.party_keys(table.house) else None
    draft = next(iter(signing.drafts(table.house)), None) or table.draft()
    form = data.draw(st.sampled_from(FORMS))
    path = table.state.sign(draft.text, form)
    whole = path.read_bytes()
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    if _reads_the_same(whole, path.read_bytes()):
        return
    before = table.logged()
    try:
        done = signing.sign_outside(
            table.house,
            draft.id,
            party_name="state:NY",
            signature=path,
            public_key=table.state.public_key,
            by=table.clerk,
        )
    except UsageError:
        done = None
    assert done is None or (isinstance(done, SigningRefused) and done.reason == "other_bytes")
    assert before == table.logged()


def _reads_the_same(whole: bytes, changed: bytes) -> bool:
    """A changed line break, or a changed key inside the armour (it is not believed: the registered one is), is the same signature."""
    try:
        return read_signature(whole) == read_signature(changed)
    except UsageError:
        return False


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries({name: st.one_of(st.none(), st.text()) if name not in ("clauses", "parties") else st.lists(st.text(), max_size=3) for name in LINES}),
    st.fixed_dictionaries({name: st.one_of(st.none(), st.text()) if name not in ("clauses", "parties") else st.lists(st.text(), max_size=3) for name in LINES}),
)  # fmt: skip
def test_two_documents_never_have_the_same_text(one: dict, other: dict) -> None:
    """What is signed is one document only: facts can be read back from the text, whatever stands in them."""
    assert (one == other) == (signed_text(one) == signed_text(other))


def test_openssl_and_openssh_write_what_is_taken(table: Table, tmp_path: Path) -> None:
    """The tools that an ordinary person has, as the how-to tells it; their fingerprint is the one that is recorded."""
    draft = table.draft()
    signing.export_draft(table.house, draft.id, tmp_path / "out")
    text = tmp_path / "out" / "document.txt"
    assert draft.text == text.read_bytes()

    def tool(*call: str) -> bytes:
        done = subprocess.run(call, capture_output=True, check=False, cwd=tmp_path)
        if done.returncode:
            pytest.skip(f"{call[0]}: {done.stderr.decode()[:80]}")
        return done.stdout

    tool("openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem")
    tool("openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
    tool("openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", str(text), "-out", "doc.sig")
    mark = tool("sh", "-c", "openssl pkey -pubin -in pub.pem -outform DER | openssl dgst -sha256").decode().split()[-1]
    registered = party_keys.register_key(table.house, "state:NY", tmp_path / "pub.pem", since=TODAY, document="a letter",
                                         source="the letter itself", by=table.clerk)  # fmt: skip
    assert not isinstance(registered, SigningRefused)
    assert mark == registered.public["fingerprint"]
    done = signing.sign_outside(table.house, draft.id, party_name="state:NY", signature=tmp_path / "doc.sig", public_key=tmp_path / "pub.pem",
                                by=table.clerk)  # fmt: skip
    assert isinstance(done, Signed)

    tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "us")
    tool("ssh-keygen", "-q", "-Y", "sign", "-f", "us", "-n", "tenprint-participation", str(text))
    party_keys.register_key(
        table.house,
        "nation:US",
        tmp_path / "us.pub",
        since=TODAY,
        document="a letter",
        source="the letter",
        by=table.clerk,
    )
    last = signing.sign_outside(table.house, draft.id, party_name="nation:US", signature=Path(f"{text}.sig"), public_key=tmp_path / "us.pub",
                                by=table.clerk)  # fmt: skip
    assert isinstance(last, Signed)
    assert last.document is not None
