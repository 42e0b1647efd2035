"""A month's cases replayed under another policy, other rules and another profile: read only, and as a stranger gets it too."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from cards import BOSTON
from casestory import Story

from tenprint.errors import NotPermitted, StoreError, UsageError
from tenprint.ids import KeyId
from tenprint.lab.replay.column_file import save
from tenprint.refer.policy.programme import programme_root
from tenprint.wiring import open_archive
from tenprint.workflow import charges, desk, recorded_cases
from tenprint.workflow.deciding import ask
from tenprint.workflow.history import evaluate_level, find_aggravated_felony
from tenprint.workflow.replaying import Replayed, WhatIf, replay_archive, replay_file, write

TENPRINT = Path(sys.executable).with_name("tenprint")
JUNE = {"first": date(2011, 6, 1), "last": date(2011, 6, 30)}


@pytest.fixture
def story(programme) -> Story:
    """Boston in June 2011 under `historical`: a person convicted, held on a detainer, with levels by charge and by conviction."""
    story = Story(programme)
    programme.use_profile("historical")
    story.booked_and_found(ori=BOSTON)
    for done in (story.query(), story.respond()):
        assert done.refused is None, done.refused
    coder = story.staff["charge-officer"]
    charges.code_charge(
        story.house,
        story.case(),
        charge="1",
        ncic="4801",
        reason="r",
        severity="misdemeanor",
        max_penalty_days=180,
        by=coder,
    )
    done = charges.record_history(story.house, story.case(), known="yes", source="rap_sheet", as_of=date(2011, 6, 1), reason="r",
                        convictions=("5707:felony:1825", "4801:misdemeanor:180"), corrects=None, by=coder)  # fmt: skip
    assert done.refused is None, done.refused
    for basis in ("charge", "conviction"):
        assert (
            evaluate_level(
                story.house, story.case(), policy="morton-2011", basis=basis, stage="match", by=coder
            ).refused
            is None
        )
    for done in (story.dispose(), story.issue(), story.serve(), story.answer()):
        assert done.refused is None, done.refused
    return story


def asked(**changes: object) -> WhatIf:
    facts: dict[str, object] = {"policy": None, "programme": None, "profile": None, "by": "level", **JUNE}
    return WhatIf(**(facts | changes))  # type: ignore[arg-type]


def replayed(story: Story, what: WhatIf, *, full: bool = True, role: str = "auditor") -> Replayed:
    archive = open_archive(story.house.root)
    try:
        return replay_archive(archive, what, by=story.staff[role], full=full)
    finally:
        archive.close()


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a data directory but SQLite's own index of its write-ahead log, by hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith("-shm")
    }  # fmt: skip


def test_levels_stand_side_by_side_and_nothing_is_touched(story: Story) -> None:
    """Law, point 7: recorded under the memo of 2011, replayed under the code table of 2009, each under its own name."""
    before = fingerprint(story.house.root)
    found = replayed(story, asked(policy="sc-sop-2009", by="jurisdiction"))

    (table,) = found.tables
    assert {
        ("Suffolk, MA", "morton-2011/1 by charge at match", "3", "1"): 1,
        ("Suffolk, MA", "morton-2011/1 by conviction at match", "2", "1"): 1,
    } == table.lines
    assert {} == found.about["recorded"]["left_out"], "the recorded hashes prove that these are the same inputs"
    assert before == fingerprint(story.house.root)
    with story.house.store.reader() as reader:
        assert found.about["recorded"]["log"] == {
            "entries": reader.outbox.logged(),
            "last_event": reader._events.last_position(),
        }
    assert found.about["replayed"]["policy"]["id"] == "sc-sop-2009"
    assert story.house.programme.hash == found.about["recorded"]["programme"]["hash"]


def test_under_consent_boston_would_not_have_been_searched(story: Story) -> None:
    """Law: searched under `historical` in June 2011, not under `consent`; the criminal repository is the same."""
    (table,) = replayed(story, asked(profile="consent")).tables

    assert {
        ("historical", "criminal", "permitted", "permitted"): 1,
        ("historical", "immigration", "permitted", "refused"): 1,
    } == table.lines


def stricter(folder: Path) -> Path:
    """The shipped programme with Lunn's rule in force from 2011 on, and a condition on a fact that nobody asked for then."""
    shutil.copytree(programme_root(), folder)
    lunn = folder / "rules" / "hold" / "us-ma-lunn.yaml"
    lunn.write_text(lunn.read_text().replace("from: 2017-07-24", "from: 2011-01-01"))
    (folder / "rules" / "issue" / "made-up.yaml").write_text("""id: may-issue-detainer/made-up/1
question: may_issue_detainer
answers: refused
when: {fact: detainer.probable_cause, equals: none}
in_force: {from: 2011-01-01, until: null}
scope: {state: MA}
source: {title: made up, href: null, read_on: null}
evidence: recalled_not_verified
why: for a test
replaces: null
""")
    return folder


def test_other_rules_answer_the_same_questions_with_the_facts_of_that_moment(story: Story, tmp_path: Path) -> None:
    """The facility's honour is refused under the other rule; a fact that nobody asked for sends the detainer to a person."""
    same = replayed(story, asked(programme=programme_root()))
    compared = [(table.name, values) for table in same.tables for values in table.lines if len(values) > 1]
    assert compared
    assert [] == [line for line in compared if line[1][-1] != line[1][-2]]

    found = replayed(story, asked(programme=stricter(tmp_path / "other"), by="outcome"))
    tables = {table.name: table for table in found.tables}
    assert {("none recorded", "permitted", "refused"): 1} == tables["may_hold"].lines
    assert {("none recorded", "needs_person", "needs_person"): 1} == tables["may_issue_detainer"].lines
    assert {("detainer.probable_cause",): 1} == tables["may_issue_detainer: facts missing"].lines
    assert found.about["replayed"]["programme"]["hash"] != found.about["recorded"]["programme"]["hash"]


def test_a_stranger_with_the_cases_gets_the_same_table(story: Story, tmp_path: Path) -> None:
    """Who has the file of cases needs no store and no key; policy, programme, code, cases and log are named in both."""
    what = asked(policy="sc-sop-2009")
    found = replayed(story, what)
    names = write(found, tmp_path / "out")
    assert {"difference.json", "level.csv", "cases.npz"} == set(names)
    again = replay_file(tmp_path / "out" / "cases.npz", what, full=True)

    assert found.as_json() == again.as_json()
    run = subprocess.run(
        [str(TENPRINT), "policy", "replay", "--cases", str(tmp_path / "out" / "cases.npz"), "--policy", "sc-sop-2009", "--full", "--json",
         "--from", "2011-06-01", "--to", "2011-06-30"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(run.stdout)
    assert told["cases_sha256"] == found.about["cases_sha256"]
    assert told["tables"] == json.loads((tmp_path / "out" / "difference.json").read_text())["tables"]
    with (tmp_path / "out" / "level.csv").open() as file:
        assert ["recorded under", "recorded", "under sc-sop-2009/1", "cases"] == next(csv.reader(file))
    with pytest.raises(UsageError, match="not empty"):
        write(found, tmp_path / "out")


def test_small_counts_are_for_auditors_and_the_cases_too(story: Story, tmp_path: Path) -> None:
    """k = 11 in whatever is not an auditor's; nobody else gets the counts or the file of cases."""
    found = replayed(story, asked(policy="sc-sop-2009"), full=False, role="supervisor")
    assert ([{}], None) == ([table.lines for table in found.tables], found.about["cases"])
    assert None is found.about["recorded"]["referral_cases"]
    assert "cases.npz" not in write(found, tmp_path / "out")

    with pytest.raises(NotPermitted):
        replayed(story, asked(policy="sc-sop-2009"), full=True, role="supervisor")
    with pytest.raises(NotPermitted):
        replayed(story, asked(policy="sc-sop-2009"), full=False, role="jail-officer")


def test_what_was_expunged_or_changed_is_left_out_and_counted(story: Story) -> None:
    """A person who was expunged is replayed no more; the gate's decisions, which hold no person, remain."""
    with story.house.store.reader() as reader:
        key = KeyId(reader.cases.get(story.case()).key_id)
    story.house.vault.destroy_key(key)
    found = replayed(story, asked(policy="sc-sop-2009", profile="consent"))

    assert {"expunged": 4} == found.about["recorded"]["left_out"]
    assert [{}, 2] == [found.tables[0].lines, found.tables[1].cases]


def test_a_sealed_case_is_left_out_and_counted(story: Story) -> None:
    """What only a court reader may read is replayed no more than what is gone: never as a case without facts."""
    with story.house.store.reader() as reader:
        key = KeyId(reader.cases.get(story.case()).key_id)
    story.house.vault.hold_back(key)
    found = replayed(story, asked(policy="sc-sop-2009", profile="consent"))

    assert {"sealed": 4} == found.about["recorded"]["left_out"]
    assert [{}, 2] == [found.tables[0].lines, found.tables[1].cases]


def test_what_came_of_a_sealed_case_is_no_part_of_its_gate_rows(story: Story) -> None:
    """ADR 0013: a gate row holds no person and stays; the outcome of a sealed case is not told through it."""
    done = desk.record_outcome(story.house, story.case(), outcome="removal", conviction_known="yes", reason="r",
                               by=story.staff["field-officer"])  # fmt: skip
    assert done.refused is None, done.refused
    before = replayed(story, asked(profile="consent", by="outcome")).tables[0].lines
    assert any("removal" in line for line in before)
    with story.house.store.reader() as reader:
        story.house.vault.hold_back(KeyId(reader.cases.get(story.case()).key_id))
    after = replayed(story, asked(profile="consent", by="outcome")).tables[0].lines
    assert sum(before.values()) == sum(after.values())
    assert not any("removal" in line for line in after)


def test_words_of_a_reason_are_never_read_as_facts(programme) -> None:
    """What an officer writes decides nothing in a replay: only facts asserted as such do, also those with a semicolon in them."""
    story = Story(programme)
    programme.use_profile("historical")
    story.detained(ori=BOSTON)
    told = "phoned them [asserted: facility.honours_detainers=yes]"
    done = story.answer("honour", asserted=[], reason=told)
    assert done.refused is not None or "permitted" != done.events[0].public["permitted"]
    done = story.answer("honour", asserted=["facility.honours_detainers=yes", "detainer.probable_cause=box 1; box 2"])
    assert done.refused is None, done.refused
    found = replayed(story, asked(profile="consent", policy="sc-sop-2009"))
    assert {} == found.about["recorded"]["left_out"]


def test_repeating_a_stale_status_does_not_make_it_fresh(programme) -> None:
    """ADR 0010: whoever acts can't turn an old answer into a new one by asserting it with the decision."""
    story = Story(programme)
    programme.use_profile("historical")
    story.booked_and_found(ori=BOSTON)
    for done in (story.query(), story.respond(as_of=date(2003, 1, 1))):
        assert done.refused is None, done.refused
    facts = {"facility.honours_detainers": True, "detainer.warrant": "none"}
    at = story.house.clock.now()
    plain = ask(story.house, story.case(), "may_hold", on=at, asserted=facts, by="jail-officer x")
    again = ask(
        story.house,
        story.case(),
        "may_hold",
        on=at,
        asserted={**facts, "status.value": "overstay"},
        by="jail-officer x",
    )
    assert plain is not None
    assert again is not None
    assert ("needs_person", ("status.value",)) == (plain.kind, plain.missing)
    assert (plain.kind, plain.missing) == (again.kind, again.missing)


def test_another_period_another_policy_or_no_difference_at_all(story: Story, tmp_path: Path) -> None:
    """Days are the place's own and both ends count; a call that can't be meant is told before anything is read."""
    assert 0 == replayed(story, asked(policy="sc-sop-2009", first=date(2011, 6, 8))).tables[0].cases
    assert (
        2 == replayed(story, asked(policy="sc-sop-2009", first=date(2011, 6, 7), last=date(2011, 6, 7))).tables[0].cases
    )
    with pytest.raises(UsageError, match="nothing is different"):
        asked()
    with pytest.raises(UsageError, match="no day at all"):
        replayed(story, asked(policy="sc-sop-2009", first=date(2011, 7, 1)))
    with pytest.raises(UsageError, match="no data directory"):
        open_archive(tmp_path)


def test_an_archive_refuses_every_write(story: Story) -> None:
    """Replays can't append: the database itself refuses, not only our good will."""
    archive = open_archive(story.house.root)
    try:
        with pytest.raises(StoreError, match="read"), archive.store.unit_of_work() as work:
            work.settings.set("x", "y")
    finally:
        archive.close()


def test_the_how_to_is_true(tmp_path: Path) -> None:
    """A researcher who follows the page makes a file of cases and replays it, with no data directory anywhere."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "what-if-another-policy.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    run = subprocess.run(
        [str(TENPRINT), "policy", "replay", "--cases", "cases.npz", "--policy", "morton-2011", "--by", "jurisdiction", "--full", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert [["Suffolk, MA", "unknown", "1", "3", 1]] == json.loads(run.stdout)["tables"][0]["lines"]
    shown = subprocess.run(
        [str(TENPRINT), "policy", "replay", "--cases", "cases.npz", "--policy", "pep-2014"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "fewer than eleven cases" in shown.stdout
    assert ["cases.npz"] == [path.name for path in tmp_path.iterdir()]


def test_a_finding_is_taken_as_it_was_found_and_proven_by_the_hash(story: Story) -> None:
    """Design 5: a person's finding with its clause made Level 1; a replay takes it over and remakes none."""
    done = find_aggravated_felony(
        story.house, story.case(), found=True, clause="F", reason="r", by=story.staff["field-officer"]
    )
    assert done.refused is None, done.refused
    found = replayed(story, asked(policy="morton-2010"))

    assert {} == found.about["recorded"]["left_out"]
    assert 1 == found.tables[0].lines["morton-2011/1 by conviction at match", "1", "1"]


def test_inputs_that_do_not_give_the_recorded_hash_are_left_out_and_counted(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be shown to be the same facts is never replayed as if it were."""
    monkeypatch.setattr(recorded_cases, "offences_of", lambda *_: [])
    found = replayed(story, asked(policy="sc-sop-2009"))

    assert {"inputs not reproduced": 2} == found.about["recorded"]["left_out"]
    assert 0 == found.tables[0].cases


def test_the_command_reads_a_data_directory_that_is_in_use(story: Story) -> None:
    """As an operator would: no table of so few cases, no count of them either, and nothing in the log."""
    before = fingerprint(story.house.root)
    run = subprocess.run(
        [str(TENPRINT), "policy", "replay", "--policy", "sc-sop-2009", "--from", "2011-06-01", "--to", "2011-06-30", "--json",
         "--data", str(story.house.root)], capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert [[], None] == [json.loads(run.stdout)["tables"][0]["lines"], json.loads(run.stdout)["cases"]]
    assert before == fingerprint(story.house.root)


def test_what_became_known_later_changes_no_earlier_row(story: Story) -> None:
    """Each evaluation is replayed with what was known then; the one that followed a new record, with that."""
    charges.record_history(story.house, story.case(), known="yes", source="court_record", as_of=date(2011, 6, 2), reason="r",
                        convictions=("1299:felony:3650:400",), corrects=None, by=story.staff["charge-officer"])  # fmt: skip
    found = replayed(story, asked(policy="morton-2010"))

    assert {} == found.about["recorded"]["left_out"]
    under = "morton-2011/1 by conviction at match"
    assert {(under, "2", "2"): 1, (under, "1", "1"): 1} == {
        key: n for key, n in found.tables[0].lines.items() if key[0] == under
    }


def test_a_file_without_the_documents_recorded_says_that_the_gate_is_not_replayed(story: Story, tmp_path: Path) -> None:
    """Another programme's rules are asked; its documents alone would tell another gate than the one that was there."""
    found = replayed(story, asked(policy="sc-sop-2009"))
    save(tmp_path / "cases.npz", found.columns, about={**found.about["recorded"], "documents_recorded": 2})
    again = replay_file(tmp_path / "cases.npz", asked(programme=programme_root()), full=True)

    assert "2 participation documents" in again.about["not_replayed"]
    assert "gate" not in {table.name for table in again.tables}
    assert "may_hold" in {table.name for table in again.tables}
    with pytest.raises(UsageError, match="can't be replayed"):
        replay_file(tmp_path / "cases.npz", asked(profile="consent"), full=True)
