"""The demonstration: an empty folder becomes a programme that has lived through a month, with time by step."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

import uvicorn
from rich.console import Console
from rich.progress import track

from tenprint.clock import SetClock, to_text
from tenprint.errors import TenprintError, UsageError
from tenprint.identify.extract.tenprints import extract_tenprint
from tenprint.ids import CaseId, PersonId, SubmissionId
from tenprint.lab.population.bookings import composed
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import SyntheticPerson, people
from tenprint.lab.rehearsal import story
from tenprint.lab.rehearsal.cast import LOS_ANGELES, Cast, give_password, hire, people_of
from tenprint.lab.rehearsal.staff import Desks
from tenprint.model import events
from tenprint.model.prints import FINGERS, GreyImage, TenprintTemplate
from tenprint.wiring import OPERATOR_TOKEN, open_house
from tenprint.workflow import auditing, closing, desk, releasing
from tenprint.workflow.enrolment import enroll_template
from tenprint.workflow.house import CRIMINAL, IMMIGRATION, House
from tenprint.workflow.people import actor_with
from tenprint.workflow.rehearsed import RehearsedBooking, admit
from tenprint.workflow.ticker import tick
from tenprint.workflow.wallclock import declare_rehearsal
from tenprint.workflow.worker import work_once

MARK: Final = "rehearsal.json"
"""Says that a data directory is a rehearsal's, and whether it was finished: nothing else is ever removed."""

MONTH: Final = "2011-06"
"""The month that is rehearsed, closed and released."""

Application: TypeAlias = Callable[[House], Any]
"""Makes the HTTP door (an ASGI application) over a house; a face's, so the command line hands it in."""

CORES: Final = 2
"""Processes that draw prints. Set by: the smallest supported machine."""


@dataclass(slots=True)
class Steps:
    """Time by step, told as it passes."""

    console: Console
    taken: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time one step."""
        self.console.print(f"[bold]{title}[/bold]")
        begun = time.perf_counter()
        yield
        self.taken[title] = time.perf_counter() - begun
        self.console.print(f"  {self.taken[title]:.1f} s")


def is_finished(data: Path) -> bool:
    """Whether ``data`` holds a rehearsal that reached its end."""
    return (data / MARK).exists() and bool(json.loads((data / MARK).read_text()).get("finished"))


def prepare_folder(data: Path, seed: int) -> None:
    """An empty folder for a rehearsal. One that was cut off is removed; anything that is no rehearsal's is never touched."""
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).exists() and [path.name for path in data.iterdir()] != [f"{MARK}.part"]:
            raise UsageError(
                f"{data} holds something that is no rehearsal's; nothing was touched. Give another folder with --data."
            )
        _empty(data)
    data.mkdir(parents=True, exist_ok=True)
    _mark(data, {"rehearsal": MONTH, "seed": seed, "finished": False})


def _empty(data: Path) -> None:
    """All but the mark: cut off here too, the folder still says that it is a rehearsal's, and that it is not finished."""
    _mark(data, {"rehearsal": MONTH, "finished": False})
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARK:
            path.unlink()


def _mark(data: Path, content: Mapping[str, Any]) -> None:
    """Written whole or not at all: a mark cut in half would be nobody's."""
    part = data / f"{MARK}.part"
    part.write_text(json.dumps(content, default=str) + "\n")
    part.replace(data / MARK)


def rehearse(data: Path, *, seed: int, console: Console, application: Application) -> dict[str, Any]:
    """Run the whole demonstration in ``data``; returns what it has to show.

    application: makes the HTTP door over a house. Raises TenprintError when a step does not hold.
    """
    prepare_folder(data, seed)
    steps = Steps(console)
    draw = Random(seed)  # noqa: S311 - a rehearsal is repeatable on purpose
    clock = SetClock(story.BEGINS)
    house = open_house(data, clock=clock)
    try:
        declare_rehearsal(house, MONTH)
        operator = actor_with(house, (data / OPERATOR_TOKEN).read_text().strip())
        cast = hire(house, operator)
        password = give_password(house, cast, operator)
        with steps.step(f"Drawing the prints of {story.PEOPLE} people who exist nowhere"):
            drawn = _draw(seed, console)
        with steps.step("Extracting their minutiae"):
            known = [
                extract_tenprint(cards, house.extractor(), workers=CORES)[0]
                for cards in track(drawn.enrolled, console=console)
            ]
        with steps.step("Enrolling 24 of them over both repositories, as their owner"):
            truth = _enrol(house, known, drawn, cast)
        desks = Desks(house, clock, cast, truth, draw)
        with steps.step("16 bookings with images over HTTP and 300 without, and what the simulated staff make of them"):
            shown = _live(house, clock, desks, drawn, known, draw, console, application)
        clock.set(max(clock.now(), story.ENDS))
        with steps.step("Clocks, close of the month, release and verification"):
            tick(house)
            closing.close_month(house, MONTH, by=operator)
            release = releasing.publish_month(house, MONTH, by=operator)
            if release is None:
                raise TenprintError("the month had fewer than eleven events; the demonstration is broken")
            verified = releasing.verify(release, keys=None)
        with steps.step("One more booking, whose prints wait for whoever signs in as an examiner"):
            _leave_one(house, cast, drawn, application)
            problems = auditing.fsck(house, sweep=False)
        result = _result(
            house,
            {"password": password, "names": [a.label for a in people_of(cast)]},
            shown,
            release,
            verified,
            problems,
            steps,
        )
    finally:
        house.close()
    _mark(data, {"rehearsal": MONTH, "seed": seed, "finished": True, "result": result})
    return result


@dataclass(frozen=True, slots=True)
class _Drawn:
    people: list[SyntheticPerson]
    enrolled: list[dict[int, GreyImage]]
    booked: dict[int, dict[int, GreyImage]]


def _draw(seed: int, console: Console) -> _Drawn:
    """First impressions of those who are enrolled, second ones of those who are booked with images; drawn on all cores."""
    cast = list(people(seed, story.PEOPLE))
    booked = sorted({booking.person for booking in story.with_images()})
    # A finger's skin costs three times its impression: both impressions of one finger are drawn one after the other.
    wanted = [
        (number, finger, tuple(n for n, group in enumerate((range(story.ENROLLED), booked)) if number in group))
        for number in range(story.PEOPLE)
        for finger in FINGERS
    ]
    with ProcessPoolExecutor(CORES) as pool:
        drawn = list(
            track(
                pool.map(_impressions, [(cast[n], f, numbers) for n, f, numbers in wanted], chunksize=5),
                total=len(wanted),
                console=console,
            )
        )
    found = {(number, finger): images for (number, finger, _), images in zip(wanted, drawn, strict=True)}
    return _Drawn(
        cast,
        [{finger: found[number, finger][0] for finger in FINGERS} for number in range(story.ENROLLED)],
        {number: {finger: found[number, finger][1] for finger in FINGERS} for number in booked},
    )


def _impressions(job: tuple[SyntheticPerson, int, tuple[int, ...]]) -> dict[int, GreyImage]:
    """Some impressions of one finger, by number."""
    person, finger, numbers = job
    return {number: impression(person, finger, number=number) for number in numbers}


def _enrol(house: House, known: list[TenprintTemplate], drawn: _Drawn, cast: Cast) -> dict[PersonId, int]:
    truth: dict[PersonId, int] = {}
    for repository, numbers in ((IMMIGRATION, story.IN_IMMIGRATION), (CRIMINAL, story.IN_CRIMINAL)):
        for number in numbers:
            card = story.Booking(story.BEGINS, LOS_ANGELES, number, images=True)
            content = _eft(
                card, drawn.people[number], drawn.enrolled[number], tcn=f"ENROLMENT{number:06d}", at=story.BEGINS
            )
            truth[enroll_template(house, known[number], repository, by=cast.owner, payload=content).person] = number
    return truth


def _live(
    house: House,
    clock: SetClock,
    desks: Desks,
    drawn: _Drawn,
    known: list[TenprintTemplate],
    draw: Random,
    console: Console,
    application: Application,
) -> dict[SubmissionId, int]:
    """The month, booking by booking, each taken as far as it goes before the next arrives."""
    month = sorted([*story.with_images(), *story.without_images(draw)])
    shown: dict[SubmissionId, int] = {}
    with _served(application(house)) as url:
        for number, booking in enumerate(track(month, console=console)):
            clock.set(max(clock.now(), booking.at))
            agency = desks.cast.agencies[booking.ori]
            if booking.images:
                person = drawn.people[booking.person]
                content = _eft(
                    booking, person, drawn.booked[booking.person], tcn=f"REHEARSAL{number:06d}", at=clock.now()
                )
                submission = _submit(url, content, agency.token)
            else:
                template = story.template_for(booking, known, draw)
                submission = admit(house, RehearsedBooking(cri=booking.ori, template=template), by=agency.actor)
            shown[submission] = booking.person
            work_once(house, worker="rehearsal")
            _look(house, desks, submission, booking.person)
            work_once(house, worker="rehearsal")
            tick(house)
    return shown


def _leave_one(house: House, cast: Cast, drawn: _Drawn, application: Application) -> None:
    """A booking of somebody who is in both repositories, searched and left: the bench of the case's page has something to compare."""
    number = story.IN_CRIMINAL[0]
    card = story.Booking(story.ENDS, LOS_ANGELES, number, images=True)
    content = _eft(card, drawn.people[number], drawn.booked[number], tcn=f"WAITING{number:06d}", at=story.ENDS)
    with _served(application(house)) as url:
        _submit(url, content, cast.agencies[LOS_ANGELES].token)
        work_once(house, worker="rehearsal")


def _look(house: House, desks: Desks, submission: SubmissionId, person: int) -> None:
    with house.store.reader() as reader:
        files = list(reader.cases.for_submission(submission))
    for file in files:
        desks.examine(CaseId(file.id), person)
        desks.refer(CaseId(file.id))


def _eft(
    booking: story.Booking, person: SyntheticPerson, images: Mapping[int, GreyImage], *, tcn: str, at: datetime
) -> bytes:
    return composed(person, images, ori=booking.ori, day=at.date(), tcn=tcn, retain=booking.retain)


@contextmanager
def _served(app: Any) -> Iterator[str]:
    """The HTTP interface on a free port of this machine while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def _submit(url: str, content: bytes, token: str) -> SubmissionId:
    request = urllib.request.Request(  # noqa: S310 - our own address on this machine
        f"{url}/submissions", data=content, method="POST", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
        receipt = json.loads(response.read())
    if receipt["error"]:
        raise TenprintError(f"a rehearsed booking was refused: {receipt['error']}")
    return SubmissionId(receipt["submission"])


def _journey(house: House, submission: SubmissionId, case: CaseId) -> list[dict[str, str]]:
    """What happened to one booking, in order: when, by which role, what, and the rules or documents it rests on."""
    with house.store.reader() as reader:
        lived = sorted(
            [*reader.stream(events.SUBMISSION, submission), *reader.stream(events.CASE, case)], key=lambda e: e.position
        )
    told = (
        "repository",
        "answer",
        "reason",
        "conclusion",
        "status",
        "level",
        "policy",
        "disposition",
        "form",
        "why",
        "outcome",
    )
    return [
        {
            "at": to_text(event.effective_at),
            "by": event.role,
            "event": event.type,
            "says": events.CATALOGUE[event.type].says,
            "facts": ", ".join(str(event.public[key]) for key in told if event.public.get(key) not in (None, "")),
            "rests_on": ", ".join(str(rule) for rule in _listed(event.public.get("rules"))),
        }
        for event in lived
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _result(
    house: House,
    staff: dict[str, Any],
    shown: Mapping[SubmissionId, int],
    release: Path,
    verified: Mapping[str, Any],
    problems: list[str],
    steps: Steps,
) -> dict[str, Any]:
    """What the demonstration ends by showing: a journey, the month's table, the verification."""
    journey: dict[str, Any] | None = None
    with house.store.reader() as reader:
        for submission in shown:
            for file in reader.cases.for_submission(submission):
                if (
                    file.repository == IMMIGRATION
                    and file.stage in {"outcome", "closed", "detainer", "hold"}
                    and journey is None
                ):
                    journey = {"submission": submission, "case": file.id}
        total = sum(reader.submissions.count_by_state().values())
    if journey is not None:
        journey["stage"] = desk.stage(house, CaseId(journey["case"]))
        journey["steps"] = _journey(house, SubmissionId(journey["submission"]), CaseId(journey["case"]))
    cells = {line["key"]: {key: cell.get("value") for key, cell in line["cells"].items()} for line in verified["table"]}
    return {
        "data": str(house.root), "submissions": total, "release": str(release), "journey": journey, "table": cells,
        "verification": {k: verified[k] for k in ("rows_opened", "rows_counted", "cells", "suppressed", "keys_from", "can_not_check")},
        "problems": problems, "staff": staff, "seconds": {title: round(s, 1) for title, s in steps.taken.items()},
    }  # fmt: skip
