"""A booking of a known person and what is asked about its record: shared by the tests of sealing and deletion."""

from __future__ import annotations

from datetime import date

from cards import LOS_ANGELES
from casestory import Story

from tenprint.exchange.submission import CourtSegment
from tenprint.workflow import (
    charges,
    history,
    retention,
)

ALBANY = "NY0010000"
FREDERICK = "MD0110000"
SECRETS = (b"SHOPLIFTING", b"SAMPLE,PERSON", b"BURGLARY 2ND")


def retained(story: Story, ori: str = LOS_ANGELES, tcn: str = "FIRST000000001") -> str:
    """A person of the criminal repository is booked again (RET=Y), and two examiners say so: a case with charges."""
    by = None if ori == LOS_ANGELES else story.agency(ori)
    story.enrol(repository="criminal")
    story.book(ori=ori, by=by, retain=True, tcn=tcn, court=(CourtSegment(date(2009, 3, 4), "BURGLARY 2ND", "GUILTY"),))
    story.identify("criminal")
    assert "closed" == story.row().state
    return story.submission


def coded(story: Story) -> None:
    done = charges.code_charge(story.house, story.case("criminal"), charge="1", ncic="2303", reason="text", severity="misdemeanor",
                            max_penalty_days=180, by=story.staff["charge-officer"])  # fmt: skip
    assert done.refused is None


def ended(story: Story, outcome: str = "dismissed") -> None:
    done = history.state_history(story.house, story.case("criminal"), kind="disposition", outcome=outcome, charge="1", source="court",
                                 as_of=story.house.clock.now().date(), reason="the court's record",
                                 by=story.staff["charge-officer"])  # fmt: skip
    assert done.refused is None


def requests(story: Story) -> list[dict]:
    return retention.listing(story.house, by=story.staff["auditor"], open_only=False)


def granted(story: Story, request: str) -> dict:
    said = retention.decide(
        story.house, request, granted=True, reason_code="law", reason="as the law says", by=story.staff["supervisor"]
    )
    assert "refused" not in said, said
    return retention.execute(story.house, request, by=story.staff["repository-owner"])


def asked(story: Story, act: str = "delete", **changes) -> dict:
    facts = {
        "act": act,
        "origin": "order",
        "order": "docket-11-1",
        "reason": "the order",
        "by": story.staff["charge-officer"],
    } | changes
    return retention.request(story.house, story.submission, **facts)


def everything(story: Story) -> list[tuple[str, bytes]]:
    root = story.house.root
    return [(str(path.relative_to(root)), path.read_bytes()) for path in sorted(root.rglob("*")) if path.is_file()]
