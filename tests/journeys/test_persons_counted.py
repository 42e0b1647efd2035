"""The same person booked again: two submissions, two cases, one person in the month's numbers once examiners said so."""

from __future__ import annotations

import pytest
from casestory import Story, utc
from test_month_released import LA, a_submission

from tenprint.account.claims.release_check import verify_release
from tenprint.account.statistics.encounters import EPISODE, PERSON, SUBMISSION
from tenprint.workflow import closing, releasing
from tenprint.workflow.persons import first_of_each


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def said(story: Story) -> dict[str, str]:
    with story.house.store.reader() as reader:
        return first_of_each(reader, {"2011-06"}, counted=lambda event: False)


def test_a_second_booking_that_day_is_a_submission_and_no_second_person(story: Story) -> None:
    """Domain 1.9 line 13: the published figures counted submissions; persons are counted beside them."""
    story.enrol()
    booked = []
    for number in (1, 2):
        story.book(tcn=f"BOOK000000000{number}")
        booked.append(story.submission)
        story.later(hours=5)
    assert [PERSON, PERSON] == [said(story)[one] for one in booked]  # nobody was identified yet
    for one in booked:
        story.submission = one
        story.identify()

    assert [PERSON, SUBMISSION] == [said(story)[one] for one in booked]
    assert 2 == len({story.row().id for story.submission in booked})


def test_a_booking_that_was_enrolled_is_the_person_that_a_later_one_finds(story: Story) -> None:
    """Domain 1.9 line 14: two encounters, one person; more than a day apart they are two episodes."""
    story.book(seed=3, retain=True, tcn="BOOK0000000001")
    first = story.submission
    story.later(days=3)
    story.book(seed=3, tcn="BOOK0000000002")
    story.identify("criminal")

    assert {first: PERSON, story.submission: EPISODE} == said(story)


def test_nobody_is_joined_through_an_expunged_record(story: Story) -> None:
    """Design decision 3.3: what was destroyed says nothing any more; the booking counts as a person of its own."""
    story.enrol()
    booked = []
    for number in (1, 2):
        story.book(tcn=f"BOOK000000000{number}")
        story.identify()
        booked.append(story.submission)
    story.house.vault.destroy_key(story.row().key_id)

    assert [PERSON, PERSON] == [said(story)[one] for one in booked]


def test_the_release_counts_persons_beside_submissions_and_a_stranger_recomputes_both(story: Story) -> None:
    """Domain 1.9 lines 13 and 14, 5.4: a person booked in the morning and in the evening is one; k = 11 holds for repeats."""
    house = story.house
    for number in range(24):
        for hour in (8, 20) if number < 12 else (8,):
            a_submission(house, LA, utc(2011, 6, 7, hour, number), match=True, person=f"p{number}")
    story.at(utc(2011, 7, 2))
    closing.close_month(house, "2011-06", by=story.programme.operator)
    path = releasing.publish_month(house, "2011-06", by=story.programme.operator)
    assert path is not None
    verify_release(path)
    (line,) = [x for x in releasing.verify(path, keys=None)["table"] if x["key"] == "Los Angeles, CA"]

    assert (36, 24, 24) == tuple(line["cells"][c]["value"] for c in ("submissions", "persons", "episodes"))


def test_what_a_close_counted_before_is_told_first(story: Story) -> None:
    """A late event does not make a person of somebody who was counted already."""
    story.enrol()
    booked = []
    for number in (1, 2):
        story.book(tcn=f"BOOK000000000{number}")
        story.identify()
        booked.append(story.submission)
    with story.house.store.reader() as reader:
        found = first_of_each(reader, {"2011-06"}, counted=lambda event: event.stream_id == booked[1])

    assert [SUBMISSION, PERSON] == [found[one] for one in booked]
