"""Several processes and threads share one gallery's folder: nothing acknowledged is lost, no authority is spent twice (design section 6)."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from gallery_room import (
    AT,
    SameMinutiae,
    authority,
    enrol,
    person,
    reopen,
    template,
)

from tenprint.errors import AuthorityRefused
from tenprint.identify.gallery.gallery import Gallery, fsck
from tenprint.identify.gallery.records import subject_of
from tenprint.ids import PersonId

HERE = Path(__file__).resolve().parent

LOOP = """
import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from gallery_room import enrol, reopen
gallery = reopen(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    enrol(gallery, number)
    print(number, flush=True)
"""


def loop(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    """A process that has the folder open and enrols when it is told to; see `begin`."""
    child = subprocess.Popen(
        [sys.executable, "-c", LOOP.format(here=str(HERE)), str(folder), str(first), str(last)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


@pytest.mark.parametrize("acknowledged", [1, 7, 23])
def test_kill_9_during_enrolments_loses_nothing_acknowledged(folder: Path, acknowledged: int) -> None:
    """What a killed process had printed after `enroll` returned is found again; at most one more is there."""
    with loop(folder, 0, 100_000) as child:
        begin(child)
        assert child.stdout is not None
        printed = [int(child.stdout.readline()) for _ in range(acknowledged)]
        time.sleep(0.003 * acknowledged)
        child.kill()
        printed += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    gallery = reopen(folder)
    held = gallery.persons()
    gallery.close()

    assert [person(n) for n in printed] == held[: len(printed)]
    assert len(held) - len(printed) in {0, 1}
    assert fsck(folder) == []


def test_two_processes_enrol_at_the_same_time(gallery: Gallery, folder: Path) -> None:
    """Each takes the lock in turn; all are held, each generation once, and an open third instance sees them."""
    with loop(folder, 0, 25) as one, loop(folder, 100, 125) as two:
        begin(one)
        begin(two)
        one.communicate()
        two.communicate()
    assert [one.returncode, two.returncode] == [0, 0]

    assert [person(n) for n in (*range(25), *range(100, 125))] == gallery.persons()
    assert gallery.generation == 50
    assert fsck(folder) == []


def test_one_authority_in_two_places_is_answered_for_one_probe_only(folder: Path) -> None:
    """The entry is checked again under the exclusive lock: whoever comes second with another probe is refused."""
    gallery = reopen(folder)
    right = authority()

    class Slow(SameMinutiae):
        """While it compares, another process spends the same authority on another probe."""

        def search(self, probe: object, held: object) -> list[object]:
            other = reopen(folder)
            other.search(template(2), right, at=AT)
            return super().search(probe, held)  # type: ignore[arg-type, return-value]

    enrol(gallery, 1)
    with pytest.raises(AuthorityRefused, match="another probe"):
        reopen(folder, matcher=Slow()).search(template(1), right, at=AT)

    assert len(gallery.spent()) == 1


def test_who_is_expunged_while_a_search_runs_is_not_in_its_list(folder: Path) -> None:
    """The list is checked again before it is returned (matching 4.5: re-check before returning)."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    enrol(gallery, 2)

    class Slow(SameMinutiae):
        """While it compares, another process expunges the best candidate."""

        def search(self, probe: object, held: object) -> list[object]:
            reopen(folder).expunge(person(1))
            return super().search(probe, held)  # type: ignore[arg-type, return-value]

    found = reopen(folder, matcher=Slow()).search(template(1), authority(), at=AT)

    assert [person(2)] == [c.person for c in found.candidates]


def test_threads_share_one_gallery(gallery: Gallery, folder: Path) -> None:
    """Searches run side by side while others enrol and expunge; the count of authorities is exact at the end."""
    from concurrent.futures import ThreadPoolExecutor

    for number in range(8):
        enrol(gallery, number)

    def one(number: int) -> None:
        gallery.search(template(number % 8), authority(), at=AT)
        enrol(gallery, 100 + number)
        if number % 4 == 0:
            gallery.expunge(person(100 + number))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(24)))

    assert (len(gallery.spent()), len(gallery)) == (24, 8 + 18)
    assert gallery.generation == 8 + 24 + 6
    assert fsck(folder) == []


def test_the_digest_of_a_person_depends_on_repository_and_id() -> None:
    """Receipts of two repositories can't be joined by whoever has not the person's id."""
    one, other = PersonId("a"), PersonId("b")

    assert len({subject_of("x", one), subject_of("y", one), subject_of("x", other)}) == 3
