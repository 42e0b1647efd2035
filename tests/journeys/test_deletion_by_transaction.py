"""An agency asks by a transaction that its own arrest be deleted (EBTS CDEL), and is answered whatever comes of it."""

from __future__ import annotations

from datetime import date

import pytest
from cards import LOS_ANGELES
from casestory import Story
from pictures import a_booking
from recordstory import ALBANY, asked, granted, requests, retained

from tenprint.errors import NotPermitted
from tenprint.exchange.deletion import ANSWER, write_deletion
from tenprint.exchange.itl import read
from tenprint.exchange.submission import read_booking
from tenprint.ids import KeyId
from tenprint.infra.store.submissions import Submissions
from tenprint.workflow import (
    auditing,
    intake,
    reception,
)
from tenprint.workflow.answering import answer_of


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def cdel(story: Story, **changes) -> bytes:
    facts = {"ori": LOS_ANGELES, "dai": story.house.programme.own_ori, "tcn": "CDEL0000000001", "tcr": "FIRST000000001", "cri": LOS_ANGELES,
             "day": story.house.clock.now().date(), "arrest_date": _arrested(story)}  # fmt: skip
    return write_deletion(**(facts | changes))


def _arrested(story: Story) -> date:

    return read_booking(intake.payload_of(story.house, story.row())).arrest_date


def test_an_agency_deletes_its_own_arrest_by_a_transaction_and_is_answered(story: Story) -> None:
    """EBTS CDEL: taken in once, authorised by 2.073 CRI, decided by a person, answered by CDELR; its own file goes too."""
    retained(story)
    booked, agency = story.submission, story.programme.agency.actor
    data = cdel(story)
    receipt = reception.receive(story.house, data, by=agency)
    assert ("waiting", None) == (receipt.state, receipt.error_code), receipt.message
    assert receipt.submission == reception.receive(story.house, data, by=agency).submission
    (made,) = requests(story)
    assert ("agency", "permitted", booked) == (made["origin"], made["answer"], made["submission"])
    assert 0 == reception.answer_deletions(story.house)
    done = granted(story, made["request"])
    assert 1 == reception.answer_deletions(story.house)
    assert 0 == reception.answer_deletions(story.house)

    row, answer = answer_of(story.house, receipt.submission, by=agency)
    told = read(answer)
    assert (ANSWER, "CDELR") == (told.tot, row.answer_kind)
    assert done["receipt_sha256"] in told.first(2)[1].text(60)
    assert row.payload_object is None
    assert story.house.vault.is_destroyed(KeyId(_row(story, booked).key_id))
    assert [] == auditing.fsck(story.house)


def test_a_deletion_request_cut_and_sent_again_is_one_request(story: Story, monkeypatch) -> None:
    """The transaction and the request for a supervisor are recorded together or not at all."""

    class PowerLost(BaseException):
        pass

    def cut(*_, **__):
        raise PowerLost

    retained(story)
    data, agency = cdel(story), story.programme.agency.actor
    with monkeypatch.context() as patched:
        patched.setattr(Submissions, "add", cut)
        with pytest.raises(PowerLost):
            reception.receive(story.house, data, by=agency)
    assert [] == requests(story)
    receipt = reception.receive(story.house, data, by=agency)
    assert ("waiting", 1) == (receipt.state, len(requests(story)))
    auditing.fsck(story.house, sweep=True)
    assert [] == auditing.fsck(story.house)


@pytest.mark.parametrize("why", ["sealed", "worked_on"])
def test_a_sealed_arrest_is_refused_as_one_that_is_not_there(story: Story, why: str) -> None:
    """CPL 160.50: nobody learns from a refusal that a record is sealed; a booking still worked on is refused the same way."""
    retained(story)
    data, agency = cdel(story), story.programme.agency.actor
    nobody = reception.receive(story.house, cdel(story, tcn="CDEL0000000002", tcr="NOBODY00000001"), by=agency)
    if why == "sealed":
        granted(story, asked(story, "seal")["request"])
    else:
        with story.house.store.unit_of_work() as work:
            work.submissions.set(story.submission, state="searched")
    before = len(requests(story))
    receipt = reception.receive(story.house, data, by=agency)
    assert ("refused", "A0004", "1.010") == (receipt.state, receipt.error_code, receipt.error_field)
    assert nobody.message == receipt.message
    assert before == len(requests(story))


def _row(story: Story, submission: str):
    with story.house.store.reader() as reader:
        return reader.submissions.get(submission)


@pytest.mark.parametrize(
    "changes", [{"cri": "CA0380000"}, {"tcr": "NOBODY00000001"}, {"arrest_date": date(2001, 1, 1)}]
)
def test_nobody_deletes_anothers_arrest_or_learns_of_it(story: Story, changes: dict) -> None:
    """EBTS 9.1, 2.073: the controlling agency is the authority; one refusal for absent, foreign and differing arrests."""
    retained(story)
    receipt = reception.receive(story.house, cdel(story, **changes), by=story.programme.agency.actor)

    assert ("refused", "A0004", "1.010") == (receipt.state, receipt.error_code, receipt.error_field)
    assert [] == requests(story)


def test_a_broken_request_is_answered_with_its_field_and_a_strangers_is_not_taken(story: Story) -> None:
    """Bad input: where, found, allowed; nothing half processed."""
    retained(story)
    good = cdel(story)
    bad = good.replace(b"2.045:" + _arrested(story).strftime("%Y%m%d").encode(), b"2.045:20111340")
    receipt = reception.receive(story.house, bad, by=story.programme.agency.actor)
    assert ("refused", "2.045") == (receipt.state, receipt.error_field)
    with pytest.raises(NotPermitted):
        reception.receive(story.house, good, by=story.agency(ALBANY))
    assert reception.receive(
        story.house, a_booking("OTHER000000001", day=story.house.clock.now().date()), by=story.programme.agency.actor
    ).submission
    assert [] == requests(story)
