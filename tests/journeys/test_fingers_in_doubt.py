"""A card with exchanged fingers: an examiner looks, says what they found, and what follows is done and recorded at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from cards import booking
from test_slaps_of_a_booking import CALM, card_image, prints, the_extractor
from typer.testing import CliRunner

from tenprint.cli.main import app, run
from tenprint.errors import KeySealed, NotFound, NotPermitted
from tenprint.ids import KeyId, SubmissionId
from tenprint.lab.population.slap_composer import compose
from tenprint.model import events
from tenprint.model.prints import GreyImage
from tenprint.workflow import cards, intake, people, worker
from tenprint.workflow.answering import answer_of
from tenprint.workflow.steps import FINGERS_IN_DOUBT, advance
from tenprint.workflow.views.cards import card_page, cards_page, impression_png


def swapped_card(programme, tcn: str, *, retain: bool = True) -> SubmissionId:
    """A booking whose rolled fingers 2 and 3 lie in each other's boxes, taken in and not worked on."""
    programme.house.extractor = the_extractor
    rolled = prints(0) | {2: prints(0)[3], 3: prints(0)[2]}
    images = [card_image(finger, image, impression_code=1) for finger, image in rolled.items()]
    slap = compose(prints(1), 13, np.random.default_rng(1), setting=CALM)
    images.append(card_image(13, slap.image, impression_code=0))
    taken = intake.take_in(programme.house, booking(images, tcn=tcn, retain=retain), by=programme.agency.actor)
    return SubmissionId(taken.submission)


def row_of(programme, submission: str):
    with programme.house.store.reader() as reader:
        return reader.submissions.get(submission)


def stream_of(programme, submission: str, *, private: bool = False):
    with programme.house.store.reader() as reader:
        return reader.stream(events.SUBMISSION, submission, private=private)


def waiting(programme, submission: str) -> set[tuple[str, str]]:
    with programme.house.store.reader() as reader:
        return {(task.kind, task.role) for task in reader.tasks.list(submission=submission)}


def test_swapped_fingers_of_an_unanswered_card_are_answered_with_a_reject(programme) -> None:
    """Design decision 3: nothing more is searched in an order that is known to be wrong, and nothing is put in another order: the
    open authorities are voided, the one answer is an ERRT L0008 that names the fingers, and no encounter is enrolled."""
    submission = swapped_card(programme, "DOUBT00000001")
    for _ in range(2):  # gate, extract
        advance(programme.house, row_of(programme, submission))
    assert row_of(programme, submission).state == "extracted"
    examiner = programme.staff("examiner")

    done = cards.examine_card(
        programme.house, submission, finding="swapped", pairs=[(2, 3)], reason="Whorl and loop.", by=examiner
    )
    worker.work_once(programme.house, worker="test")

    told = stream_of(programme, submission, private=True)
    (examined,) = [e for e in told if e.type == events.SEQUENCE_EXAMINED]
    assert (done.refused, done.follows) == (None, "refused")
    assert (examined.actor, examined.role) == (examiner.id, "examiner")
    assert examined.public == {"finding": "swapped", "pairs": 1, "follows": "refused"}
    assert examined.private == {"swapped": ["02-03"], "reason": "Whorl and loop."}
    (answer,) = [e for e in told if e.type == events.ANSWER_ISSUED]
    assert (answer.public["kind"], answer.public["code"]) == ("ERRT", "L0008")
    assert {"fingers_swapped"} == {e.public["reason"] for e in told if e.type == events.AUTHORITY_VOIDED}
    assert events.SEARCH_COMPLETED not in {e.type for e in told}
    _, content = answer_of(programme.house, submission, by=programme.agency.actor)
    assert b"02 and 03" in content
    with programme.house.store.reader() as reader:
        assert not list(reader.events(types=[events.PERSON_ENROLLED]))
    assert set() == {kind for kind, _ in waiting(programme, submission)}
    assert card_page(programme.house, submission, by=examiner).offer == ""


def test_a_card_that_was_answered_stays_answered_and_is_asked_for_again(programme) -> None:
    """One answer a submission: after it a supervisor asks the agency, by name and with words, and the search is not repeated."""
    submission = swapped_card(programme, "DOUBT00000002")
    worker.work_once(programme.house, worker="test")
    house, examiner, supervisor = programme.house, programme.staff("examiner"), programme.staff("supervisor")
    searched = sum(e.type == events.SEARCH_COMPLETED for e in stream_of(programme, submission))
    before = card_page(house, submission, by=examiner)
    (doubt,) = before.doubts

    assert ("fingers_swapped", True, None) == (doubt.code, doubt.certain, doubt.points)
    assert [(2, 3), (3, 2)] == [(finger.finger, finger.like) for finger in doubt.fingers]
    assert [("rolled", 2), ("plain", 2), ("plain", 3)] == [(i.kind, i.finger) for i in doubt.fingers[0].images]
    assert impression_png(house, submission, "plain", 3, by=examiner).startswith(b"\x89PNG")
    assert [True] == [row.mine for row in cards_page(house, by=examiner).rows]
    assert (FINGERS_IN_DOUBT, "examiner") in waiting(programme, submission)

    done = cards.examine_card(house, submission, finding="swapped", pairs=[(3, 2)], reason="Exchanged.", by=examiner)
    again = cards.examine_card(house, submission, finding="as_stands", pairs=[], reason="No.", by=examiner)
    after = card_page(house, submission, by=supervisor)

    assert (done.follows, again.refused.code) == ("take_again", "EXAMINED")
    assert {(cards.TAKE_AGAIN, "supervisor")} == waiting(programme, submission)
    assert after.offer == "ask_retake"
    assert after.doubts[0].points >= 1300
    assert 1 == sum(e.type == events.ANSWER_ISSUED for e in stream_of(programme, submission))
    asked = cards.ask_retake(house, submission, reason="By telephone.", by=supervisor)
    assert asked.refused is None
    assert set() == waiting(programme, submission)
    assert searched == sum(e.type == events.SEARCH_COMPLETED for e in stream_of(programme, submission))
    assert [] == list(cards_page(house, by=examiner).rows)
    assert [submission] == [row.submission for row in cards_page(house, by=examiner, everything=True).rows]


def test_who_may_not_look_and_what_is_gone(programme) -> None:
    """Cells `examine_card` and `ask_retake`; images that retention destroyed are said to be gone, a sealed booking shows nothing."""
    submission = swapped_card(programme, "DOUBT00000003", retain=False)
    worker.work_once(programme.house, worker="test")
    house, examiner = programme.house, programme.staff("examiner")
    said = {"finding": "as_stands", "pairs": [], "reason": "x"}

    for role in ("supervisor", "field-officer", "operator"):
        with pytest.raises(NotPermitted):
            cards.examine_card(house, submission, by=programme.staff(role), **said)
    with pytest.raises(NotPermitted):
        cards.ask_retake(house, submission, reason="x", by=examiner)
    with pytest.raises(NotPermitted):
        cards_page(house, by=programme.staff("field-officer"))
    page = card_page(house, submission, by=examiner)
    assert not page.shown
    assert [[], []] == [list(finger.images) for doubt in page.doubts for finger in doubt.fingers]
    with pytest.raises(NotFound):
        impression_png(house, submission, "rolled", 2, by=examiner)
    assert cards.examine_card(house, submission, by=examiner, **said).refused.code == "IMAGES_GONE"
    house.vault.hold_back(KeyId(row_of(programme, submission).key_id))
    with pytest.raises(KeySealed):
        card_page(house, submission, by=examiner)
    assert () == cards_page(house, by=examiner).rows


@pytest.fixture
def tenprint(programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run one command in this process with a role's key; its exit code and its one JSON object."""
    monkeypatch.setenv("TENPRINT_DATA", str(programme.house.root))

    def command(role: str, *words: object):
        key = tmp_path / f"{role}.key"
        if not key.exists():
            granted = people.grant(
                programme.house, kind="person", label=role, roles=[role], oris=["*"], by=programme.operator
            )
            key.write_text(granted.token)
        monkeypatch.setattr(sys, "argv", ["tenprint", *map(str, words), "--key", str(key), "--json"])
        with pytest.raises(SystemExit) as ended:
            run()
        return ended.value.code or 0, json.loads(capsys.readouterr().out)

    return command


def test_a_card_in_doubt_is_listed_looked_at_and_settled_by_commands(programme, tenprint, tmp_path: Path) -> None:
    """`tenprint card`: what the desk's page does, with its permissions and its rules; points are told after the finding only."""
    card = swapped_card(programme, "DOUBT00000004")
    worker.work_once(programme.house, worker="test")

    code, listed = tenprint("examiner", "card", "list")
    assert (0, [(card, "examiner", "fingers_swapped 1", None)]) == (
        code, [(row["card"], row["waits"], row["in_doubt"], row["finding"]) for row in listed["cards"]],
    )  # fmt: skip
    code, told = tenprint("examiner", "card", "show", card, "--out", tmp_path / "prints")
    (doubt,) = told["in_doubt"]
    assert (0, "examine", True, None) == (code, told["you_may"], doubt["strong"], doubt["points"])
    assert [(2, 3), (3, 2)] == [(one["finger"], one["like"]) for one in doubt["fingers"]]
    written = sorted(path.name for path in (tmp_path / "prints").iterdir())
    assert ["plain_02.png", "plain_03.png", "rolled_02.png", "rolled_03.png"] == written == told["written"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "prints").iterdir())

    in_words = CliRunner().invoke(app, ["card", "show", card, "--key", str(tmp_path / "examiner.key")]).output
    assert "fingers_swapped, strong: 02 is like 03, 03 is like 02" in in_words

    swapped = ("card", "examine", card, "--finding", "swapped", "--reason", "The whorl is in box 3.")
    for role, words, exits, says in (
        ("examiner", (*swapped, "--pair", "two-3"), 2, "write 2-3, 7-8"),
        ("examiner", swapped, 9, "Fingers are named where they are swapped"),
        ("supervisor", (*swapped, "--pair", "2-3"), 8, "examine_card"),
        ("supervisor", ("card", "ask-retake", card, "--reason", "x"), 9, "No finding asks for this card"),
        ("field-officer", ("card", "list"), 8, ""),
        ("examiner", ("card", "show", "nothing"), 7, "no booking nothing"),
    ):
        code, told = tenprint(role, *words)
        assert (exits, True) == (code, says in json.dumps(told)), told
    assert events.SEQUENCE_EXAMINED not in {e.type for e in stream_of(programme, card)}

    assert (0, {"card": card, "follows": "take_again"}) == tenprint("examiner", *swapped, "--pair", "2-3")
    code, told = tenprint("supervisor", "card", "show", card)
    assert (["02-03"], "ask_retake", "The whorl is in box 3.") == (told["swapped"], told["you_may"], told["reason"])
    assert told["in_doubt"][0]["points"] >= 1300
    code, told = tenprint("examiner", *swapped, "--pair", "2-3")
    assert (9, "EXAMINED") == (code, told["refused"])
    assert 0 == tenprint("supervisor", "card", "ask-retake", card, "--reason", "By telephone.")[0]
    assert (0, {"cards": []}) == tenprint("supervisor", "card", "list")
    assert [card] == [row["card"] for row in tenprint("supervisor", "card", "list", "--all")[1]["cards"]]


def mirrored(image: GreyImage) -> GreyImage:
    return GreyImage(np.ascontiguousarray(image.pixels[:, ::-1]), image.ppi)


def test_a_mirrored_print_is_told_shown_as_in_a_mirror_and_answered_with_a_reject(programme) -> None:
    """The specification's bad input: a mirrored image is refused with the reason shown. The check tells it, an examiner looks and says so;
    nothing is turned round, nothing is searched again, and the sender reads what is wrong."""
    programme.house.extractor = the_extractor
    house, examiner = programme.house, programme.staff("examiner")
    images = [card_image(f, mirrored(one) if f == 3 else one, impression_code=1) for f, one in prints(0).items()]
    slap = compose(prints(1), 13, np.random.default_rng(1), setting=CALM)
    images.append(card_image(13, slap.image, impression_code=0))
    taken = intake.take_in(house, booking(images, tcn="DOUBT00000014", retain=True), by=programme.agency.actor)
    submission = SubmissionId(taken.submission)
    for _ in range(2):  # gate, extract
        advance(house, row_of(programme, submission))
    (doubt,) = card_page(house, submission, by=examiner).doubts

    assert ("mirrored", True, None, "") == (doubt.code, doubt.certain, doubt.points, doubt.mirrored)
    assert [("rolled", False), ("plain", False), ("rolled", True)] == [
        (i.kind, i.turned) for i in doubt.fingers[0].images
    ]
    (checked,) = [e for e in stream_of(programme, submission, private=True) if e.type == events.SEQUENCE_CHECKED]
    assert checked.public["findings"] == {"mirrored": 1}
    assert "03 are mirror images of each other" in checked.private["told"][0]

    done = cards.examine_card(house, submission, finding="mirrored", pairs=[], reason="The letters too.", by=examiner)
    worker.work_once(house, worker="test")

    told = stream_of(programme, submission)
    assert (done.refused, done.follows) == (None, "refused")
    assert {"images_mirrored"} == {e.public["reason"] for e in told if e.type == events.AUTHORITY_VOIDED}
    assert events.SEARCH_COMPLETED not in {e.type for e in told}
    _, content = answer_of(house, submission, by=programme.agency.actor)
    assert b"mirrored" in content
    assert card_page(house, submission, by=examiner).doubts[0].points >= 1300


def test_a_card_of_rolled_prints_alone_whose_fingers_are_mirror_images_is_in_doubt(programme) -> None:
    """No plain print is there to hold them against; one finger that is the mirror image of another is told all the same."""
    programme.house.extractor = the_extractor
    rolled = prints(0) | {5: mirrored(prints(0)[3])}
    images = [card_image(finger, image, impression_code=1) for finger, image in rolled.items()]
    taken = intake.take_in(programme.house, booking(images, tcn="DOUBT00000015"), by=programme.agency.actor)
    for _ in range(2):
        advance(programme.house, row_of(programme, taken.submission))

    told = {e.type: e.public for e in stream_of(programme, taken.submission)}
    assert {"mirrored_twice": 1} == told[events.SEQUENCE_CHECKED]["findings"]
    assert (FINGERS_IN_DOUBT, "examiner") in waiting(programme, taken.submission)
