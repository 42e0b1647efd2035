"""Documents of participation as parties record them: signed, dated, refused by name, verified at each reading."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cards import BOSTON
from casestory import Story

from tenprint.errors import KeyMissing, RuleInvalid, StoreError
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.refer.participation.documents import Document
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.workflow import auditing
from tenprint.workflow import participation as records
from tenprint.workflow.signed_documents import content_fault, party_key, sign_facts

LETTER = b"%PDF-1.4 a letter drawn up for this test"
FACTS = {
    "record": "activation", "scope": "ori:MA013", "status": "DEACTIVATED", "basis": None, "in_force_from": "2011-06-20",
    "in_force_until": None, "authority_claimed": "none stated", "claimed_by": "the commissioner", "document": "a letter",
    "source": "the letter itself", "evidence": "secondary",
}  # fmt: skip


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def recorded(story: Story) -> list[events.Recorded]:
    with story.house.store.reader() as reader:
        return reader.stream(events.PARTICIPATION, records.STREAM_ID, private=True)


def test_a_recorded_document_carries_its_hash_its_signer_and_a_signature(story: Story) -> None:
    """Domain 4.1: dated, signed documents; the bytes stay sealed, their hash is public."""
    by = story.programme.staff("programme-authority")

    done = records.record_document(story.house, FACTS, by=by, content=LETTER)

    assert isinstance(done, Document)
    (event,) = recorded(story)
    assert hashlib.sha256(LETTER).hexdigest() == event.public["bytes_sha256"]
    assert f"party/{by.id}" == event.public["signed_by"]
    assert 128 == len(str(event.public["signature"]))
    assert [] == records.signature_faults(story.house)
    assert [] == auditing.fsck(story.house)


def test_a_step_that_the_machine_does_not_draw_is_refused_and_nothing_is_recorded(story: Story) -> None:
    """Domain 4.1: a refusal names state, event and what is allowed; the log holds nothing of it."""
    by = story.programme.staff("programme-authority")

    refused = records.record_document(story.house, FACTS | {"status": "SCHEDULED"}, by=by, content=LETTER)

    assert isinstance(refused, TransitionRefused)
    assert ("ACTIVE", "SCHEDULED", ("DEACTIVATED",)) == (refused.state, refused.event, refused.allowed)
    assert [] == recorded(story)
    assert [] == auditing.fsck(story.house), "and no sealed bytes are left behind"


def test_a_mistyped_evidence_mark_is_refused_before_anything_is_signed(story: Story) -> None:
    """A recorded mark without a rank would leave every gate it reaches without an answer."""
    by = story.programme.staff("programme-authority")

    with pytest.raises(RuleInvalid, match=r"'press'; allowed: text_not_found, .*nothing was recorded"):
        records.record_document(story.house, FACTS | {"evidence": "press"}, by=by, content=LETTER)

    assert [] == recorded(story)
    with pytest.raises(KeyMissing):
        story.house.keys.verify(party_key(by), b"", bytes(64))


def test_bytes_that_were_signed_and_are_not_kept_are_reported(story: Story) -> None:
    """Domain 4.1: the hash says there was a document; its absence is no "nothing to check"."""
    by = story.programme.staff("programme-authority")
    records.record_document(story.house, FACTS, by=by, content=LETTER)
    (event,) = recorded(story)

    assert content_fault(story.house.vault, event) is None
    for private in ({}, None):
        fault = content_fault(story.house.vault, replace(event, private=private))
        assert "are not kept" in str(fault)
    wordless = replace(event, private={}, public={**event.public, "bytes_sha256": None})
    assert content_fault(story.house.vault, wordless) is None


def test_the_agencys_rescission_changes_nothing_of_a_states_record(story: Story) -> None:
    """Design decision 10: the rescission of 5 August 2011 is the agency's act; Los Angeles stays searched under consent."""
    by = story.programme.staff("programme-authority")
    before = records.gate_answers(story.house, "CA0190000", on=records.date(2011, 8, 6))

    records.record_document(story.house, FACTS | {"record": "statement", "scope": "nation:US", "status": "RESCINDED_BY_AGENCY",
                                                  "in_force_from": "2011-08-05", "claimed_by": "ICE"}, by=by)  # fmt: skip

    after = records.gate_answers(story.house, "CA0190000", on=records.date(2011, 8, 6))
    assert before == after
    assert [True, True] == [said.searched for said in after]


@pytest.mark.parametrize("fault", ["unsigned", "another signer", "a changed fact", "no signature at all"])
def test_a_document_whose_signature_does_not_hold_is_heeded_by_nobody(story: Story, fault: str) -> None:
    """A forged signature could open the gate and a lost notice could too: nothing is decided, and doctor names it."""
    by = story.programme.staff("programme-authority")
    signed = sign_facts(story.house.keys, events.PARTICIPATION_RECORDED, dict(FACTS), None, by=by)
    if fault == "unsigned":
        signed = dict(FACTS)
    elif fault == "another signer":
        other = story.programme.staff("programme-authority")
        signed = sign_facts(story.house.keys, events.PARTICIPATION_RECORDED, dict(FACTS), None, by=other)
    elif fault == "a changed fact":
        signed = {**signed, "in_force_from": "2011-07-20"}
    else:
        signed = {**signed, "signature": "00" * 64}
    forged = Event(type=events.PARTICIPATION_RECORDED, effective_at=story.house.clock.now(), public=signed)
    story.house.vault.create_key(records.PARTICIPATION_KEY)
    with story.house.store.unit_of_work() as work:
        work.append(events.PARTICIPATION, records.STREAM_ID, [forged], expected=0, actor=by.id, role="programme-authority",
                    purpose="participation", recorded_at=story.house.clock.now(), key=records.PARTICIPATION_KEY)  # fmt: skip

    with pytest.raises(StoreError, match="Nothing was decided"):
        records.gate_answers(story.house, BOSTON, on=records.date(2011, 6, 21))
    assert any("participation event" in line for line in auditing.fsck(story.house))
