"""Clauses and obligations as data, states in the National Fingerprint File, published counts, and what the history now holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tenprint.errors import RuleInvalid, RulesConflict
from tenprint.refer.participation.coverage import load_counts, load_nff, nff_on
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.memoranda import dues, load_memoranda
from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.programme import Programme, programme_root

HISTORY = Programme.load(programme_root()).history
MEMORANDA = load_memoranda(programme_root() / "memoranda.yaml", HISTORY)


def shown(history: ParticipationHistory, on: str, *fulfilled: tuple[str, str]) -> list[tuple[str, str, int]]:
    done = [(name, date.fromisoformat(day)) for name, day in fulfilled]
    found = dues(MEMORANDA, history, on=date.fromisoformat(on), fulfilled=done)
    return [(one.due.isoformat(), one.status, one.overdue_days) for one in found if one.obligation.state == "CO"]


def made_up(status: str, since: str, *, record: str = "consent") -> Document:
    return Document(
        id=f"made-up/{status}", record=record, scope=Reach("state", "CO"), status=status, in_force=InForce(date.fromisoformat(since)),
        document="made up", claimed_by="nobody", authority_claimed="none", source=Source("made up", None, None), evidence="recalled_not_verified",
    )  # fmt: skip


def test_colorado_is_owed_statistics_every_quarter() -> None:
    """Domain 4.1, Colorado variant of 4 January 2011: due at each quarter's end, overdue from the day after."""
    assert [("2011-03-31", "coming", 0)] == shown(HISTORY, "2011-03-30")
    assert ("2011-03-31", "coming", 0) == shown(HISTORY, "2011-03-31")[0]
    assert [("2011-03-31", "overdue", 1), ("2011-06-30", "coming", 0)] == shown(HISTORY, "2011-04-01")
    assert [("2011-03-31", "fulfilled", 0), ("2011-06-30", "coming", 0)] == shown(
        HISTORY, "2011-04-01", ("co/statistics", "2011-03-31")
    )


def test_the_agencys_rescission_ends_its_obligations_and_not_the_consent() -> None:
    """Design decision 10: after 5 August 2011 nothing new falls due of ICE; what was overdue stays so; the consent stands."""
    assert ["2011-03-31", "2011-06-30"] == [due for due, _, _ in shown(HISTORY, "2012-12-31")]
    assert HISTORY.consent("CO", date(2012, 12, 31)).stands


def test_what_is_owed_ends_with_the_memorandum() -> None:
    """A notice received on 1 March 2011 ends it on 31 March: that day nothing is owed any more."""
    ended = HISTORY.with_documents([made_up("TERMINATION_NOTICE", "2011-03-01")])

    assert [] == shown(ended, "2011-12-31")


def test_a_quarter_in_which_a_memorandum_was_suspended_is_skipped_and_the_next_counts_again() -> None:
    """Nothing falls due on 31 March, during the suspension; signed again in April, the end of June does."""
    suspended = HISTORY.with_documents([made_up("SUSPENDED", "2011-03-01"), made_up("SIGNED", "2011-04-15")])

    assert [("2011-06-30", "overdue", 1)] == shown(suspended, "2011-07-01")[:1]


def test_what_was_looked_for_and_not_found_is_marked_so() -> None:
    """Domain 4.5: a source that was not found is no secondary source; a summary of a report is no primary."""
    marks = {d.id: d.evidence for d in HISTORY.documents}
    nff = {one.state: one.evidence for one in load_nff(programme_root() / "nff.yaml") if one.status == "UNKNOWN"}
    counts = {one.day: one.evidence for one in load_counts(programme_root() / "activation_counts.yaml")}

    assert "text_not_found" == marks["activation/co/unknown"] == marks["activation/md/montgomery/unknown"] == nff["MA"]
    assert "primary_transcription" == counts[date(2010, 9, 30)]


def test_every_memorandum_has_the_clauses_that_stand_in_all() -> None:
    """OIG-12-66: the same termination clause in all that were read; each with source and mark."""
    signed = {d.id for d in HISTORY.documents if (d.record, d.status) == ("consent", "SIGNED")}
    assert signed == {one.document for one in MEMORANDA}
    for one in MEMORANDA:
        assert {"purpose", "termination", "suspension"} <= {clause.kind for clause in one.clauses}
        assert all(clause.source.title and clause.evidence for clause in one.clauses)


@pytest.mark.parametrize(
    ("change", "match"), [("document: consent/ma/refused", "records a state's signature"), ("every: quarter", "every")]
)
def test_a_memorandum_that_can_not_be_is_refused(tmp_path: Path, change: str, match: str) -> None:
    """An obligation of a state that never signed, or of no known period, is named."""
    text = (programme_root() / "memoranda.yaml").read_text()
    old, new = (
        ("document: consent/co/signed", change) if change.startswith("document") else (change, "every: now and then")
    )
    path = tmp_path / "memoranda.yaml"
    path.write_text(text.replace(old, new))

    with pytest.raises(RuleInvalid, match=match):
        load_memoranda(path, HISTORY)


def test_a_state_that_is_not_listed_in_the_nff_is_unknown(tmp_path: Path) -> None:
    """Domain 1.7: of Massachusetts it was looked for and not found; of Texas nothing is said; neither is "no"."""
    records = load_nff(programme_root() / "nff.yaml")
    massachusetts = nff_on(records, "MA", date(2011, 6, 6))
    assert massachusetts is not None
    assert "UNKNOWN" == massachusetts.status
    assert nff_on(records, "TX", date(2011, 6, 6)) is None
    twice = tmp_path / "nff.yaml"
    twice.write_text((programme_root() / "nff.yaml").read_text().replace("state: CO", "state: FL"))
    with pytest.raises(RulesConflict, match="two records"):
        load_nff(twice)


def test_the_published_counts_say_how_they_are_meant() -> None:
    """Domain 4.5: from one place in October 2008 to 3,181; a range is no number, and a recalled one is marked."""
    counts = load_counts(programme_root() / "activation_counts.yaml")

    assert [one.day for one in counts] == sorted(one.day for one in counts)
    by_day = {one.day.isoformat(): (one.jurisdictions, one.up_to, one.states, one.exactness) for one in counts}
    assert (658, None, 32, "exact") == by_day["2010-09-30"]
    assert (7, 14, None, "range") == by_day["2008-12-31"]
    assert (1300, None, 42, "approx") == by_day["2011-05-17"]
    assert (1508, None, 43, "exact") == by_day["2011-08-05"]
    assert 17 == len(counts)


@pytest.mark.parametrize(
    ("day", "said"),
    [("2008-03-28", "announced"), ("2010-08-17", "Record"), ("2010-09-07", "opt out"), ("2010-10-06", "opts out"), ("2011-06-06", "mandated"),
     ("2011-06-07", "2013"), ("2011-07-13", "leave the pilot"), ("2011-07-14", "serious"), ("2011-08-05", "rescinds"), ("2012-03-27", "communicate"),
     ("2012-05-08", "15 May"), ("2012-05-09", "No practical effect"), ("2014-11-20", "unchanged"), ("2017-01-25", "restored")],
)  # fmt: skip
def test_the_record_of_the_controversy_is_data(day: str, said: str) -> None:
    """Domain 4.2 and 4.4: who claimed what, when, under what authority; each with its source."""
    found = [d for d in HISTORY.documents if d.record == "statement" and d.in_force.since.isoformat() == day]

    assert any(said in d.document for d in found), [d.document for d in found]
    assert all(d.claimed_by and d.authority_claimed and d.source.title for d in found)


def test_local_votes_and_requests_are_statements_that_switch_nothing() -> None:
    """Domain 4.1: Santa Clara voted on 28 September 2010 and stayed active."""
    votes = {d.scope.name for d in HISTORY.documents if d.status == "LOCAL_VOTE"}
    assert {"Santa Clara, CA", "Arlington, VA"} <= votes
    standing = HISTORY.basis("CA0430000", date(2010, 9, 29))
    assert standing is not None
    assert standing.active is True
    assert "LOCAL_VOTE" in {d.status for d in standing.statements}
