"""Cards with fingers in doubt, as an examiner and a supervisor meet them: prints side by side, one finding, and what follows."""

from __future__ import annotations

import re

import pytest
from website import World

from tenprint.infra.access.table import ROLES


@pytest.fixture
def card(served: World) -> str:
    """A card whose fingers 2 and 3 are exchanged, answered already."""
    return served.book_swapped()


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"agency", "system"}))
def test_cards_are_for_those_who_see_prints(served: World, signed_in, role: str) -> None:
    """Examiners and supervisors: for all others the desk has no such page, and does not lead to it."""
    del served
    person = signed_in("repository-owner:criminal" if role == "repository-owner" else role)
    sees = role in {"examiner", "supervisor"}

    assert (200 if sees else 403) == person.get("/desk/cards").status_code
    assert sees == ('href="/desk/cards"' in person.get("/desk").text)


def test_an_examiner_looks_and_says_and_a_supervisor_asks_the_agency(served: World, signed_in, card: str) -> None:
    """Rolled and plain beside the plain print that it was found to be like; points only after the finding; who, when and what follows."""
    examiner, supervisor = signed_in("examiner"), signed_in("supervisor")
    at = f"/desk/cards/{card}"
    before, other = examiner.get(at).text, supervisor.get(at).text

    assert f'href="{at}"' in examiner.get("/desk/cards").text
    assert f'href="{at}"' in examiner.get("/desk?part=tasks&kind=card/fingers_in_doubt").text
    shown = re.findall(r'<(?:image id="|use href="#)([a-z]+-\d+)"', before)
    fetched = re.findall(rf'<image id="[^"]+" href="{at}/([a-z]+/\d+).png"', before)
    assert ["rolled-2", "plain-2", "plain-3", "rolled-3", "plain-3", "plain-2"] == shown
    assert ["rolled/2", "plain/2", "plain/3", "rolled/3"] == fetched  # each print is sent once
    assert 200 == examiner.get(f"{at}/plain/3.png").status_code
    assert "points of comparison" not in before
    assert f"{at}/examine" in before
    assert f"{at}/examine" not in other
    assert "It waits for the examiner." in other
    content = before[before.index("<main") : before.index("<footer")]
    assert "identif" not in content.replace("no identification", "")

    wrong = examiner.post(f"{at}/examine", finding="swapped", pairs="two and three", reason="KEPT WORDS")
    unnamed = examiner.post(f"{at}/examine", finding="swapped", reason="KEPT WORDS")
    assert (400, 409) == (wrong.status_code, unnamed.status_code)
    assert "write 2-3, 7-8" in wrong.text
    assert all("KEPT WORDS" in page.text for page in (wrong, unnamed))
    assert 403 == supervisor.post(f"{at}/examine", finding="cannot_say", reason="x").status_code
    done = examiner.post(f"{at}/examine", finding="swapped", pairs="2-3", reason="The whorl is in box 3.")
    assert (303, f"{at}?done=examine") == (done.status_code, done.headers["location"])

    after = supervisor.get(at).text
    assert "points of comparison. Points are no identification." in after
    assert "02-03" in after
    assert "The whorl is in box 3." in after
    assert f"{at}/ask_retake" in after
    assert f'href="{at}"' in supervisor.get("/desk?part=tasks&kind=card/take_again").text
    assert 303 == supervisor.post(f"{at}/ask_retake", reason="By telephone.").status_code
    assert "Nobody has to act on this card any more." in supervisor.get(at).text
    assert card not in supervisor.get("/desk/cards").text
    assert card in supervisor.get("/desk/cards?all=yes").text
    assert 404 == examiner.post(f"{at}/burn").status_code


def test_a_card_that_is_in_order_or_not_there_has_no_page(served: World, signed_in) -> None:
    """No page says of a card in order that it was in doubt."""
    examiner = signed_in("examiner")

    assert 404 == examiner.get(f"/desk/cards/{served.book(seed=3)}").status_code
    assert 404 == examiner.get("/desk/cards/none").status_code


def test_a_mirrored_print_is_shown_as_in_a_mirror_and_can_be_found_so(served: World, signed_in) -> None:
    """Beside the print as it was sent, the same picture turned round: whoever compares need not do that in their head."""
    examiner, at = signed_in("examiner"), f"/desk/cards/{served.book_mirrored()}"
    before = examiner.get(at).text

    assert "mirror images of each other" in before
    assert re.search(r'<g transform="translate\(\d+ 0\) scale\(-1 1\)"><use href="#rolled-3"/></g>', before)
    assert 1 == before.count("<b>Rolled, as in a mirror</b>")
    assert (
        303 == examiner.post(f"{at}/examine", finding="mirrored", reason="The scar lies on the other side.").status_code
    )
    assert "Images are mirrored, or of the other hand" in examiner.get(at).text
