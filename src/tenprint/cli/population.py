"""``tenprint population``: draw invented people's prints, and measure how much they are like real ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tenprint.errors import UsageError
from tenprint.units import GRID_PPI, Ppi

if TYPE_CHECKING:
    from tenprint.lab.evaluation.fvc import SetScores
    from tenprint.lab.population.figures import Sample
    from tenprint.model.protocols import Extractor

app = typer.Typer(
    no_args_is_help=True,
    help="People who do not exist, with ten fingers each, all from a seed: for rehearsals and measurements only.",
)

TAIL = 0.999
"""Quantile of the impostors' scores that is compared with real prints'."""

SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Decides everything: the same seed, the same people.")]


@app.command()
def draw(
    out: Annotated[Path, typer.Option("--out", help="Folder for the PNG files; made if it is not there.")],
    seed: SeedOption = 0,
    number: Annotated[int, typer.Option("--person", min=0, help="Which person of that seed, from 0.")] = 0,
    impressions: Annotated[int, typer.Option("--impressions", min=1, help="Impressions of every finger.")] = 1,
) -> None:
    """Write a person's ten fingers as PNG files of 500 ppi, and print who they are as JSON.

    Files are named person_finger_impression, fingers 01 right thumb … 10 left little. Files of that name are replaced.

    Example: tenprint population draw --seed 7 --person 3 --out prints
    """
    from tenprint.identify.codecs.png import encode_png
    from tenprint.lab.population.impressions import impression
    from tenprint.lab.population.people import person
    from tenprint.model.prints import FINGERS

    who = person(seed, number)
    out.mkdir(parents=True, exist_ok=True)
    for finger in FINGERS:
        for touch in range(impressions):
            path = out / f"{number:06d}_{finger:02d}_{touch}.png"
            path.write_bytes(encode_png(impression(who, finger, number=touch)))
    typer.echo(json.dumps(asdict(who) | {"birth_date": who.birth_date.isoformat()}, indent=1))


@app.command()
def booking(
    out: Annotated[Path, typer.Option("--out", help="The file to write; never one that is there already.")],
    seed: SeedOption = 0,
    number: Annotated[int, typer.Option("--person", min=0, help="Which person of that seed, from 0.")] = 0,
    touch: Annotated[int, typer.Option("--impression", min=0, help="Which impression of each finger, from 0.")] = 0,
    ori: Annotated[str, typer.Option("--ori", help="The booking agency, nine characters.")] = "CA0190000",
    on: Annotated[str, typer.Option("--on", help="Day of the booking, YYYY-MM-DD; without it, today.")] = "",
    tcn: Annotated[
        str, typer.Option("--tcn", help="Control number; without it, made of seed, person and impression.")
    ] = "",
    tot: Annotated[str, typer.Option("--tot", help="CAR or CNA.")] = "CAR",
    retain: Annotated[bool, typer.Option("--retain/--no-retain", help="Ask that the prints be kept (2.005).")] = False,
    fingers: Annotated[
        list[int] | None, typer.Option("--finger", min=1, max=10, help="Only these positions; again for another one.")
    ] = None,
) -> None:
    """Write one booking of a person who does not exist as an EBTS file, ready for take-in or POST /submissions.

    Another impression of the same person is another touch of the same fingers: the way to see a candidate.

    Example: tenprint population booking --seed 7 --person 3 --out booking.eft
    """
    from tenprint.clock import SystemClock
    from tenprint.lab.population.bookings import booking_of
    from tenprint.lab.population.people import person
    from tenprint.model.prints import FINGERS

    try:
        day = date.fromisoformat(on) if on else SystemClock().now().date()
    except ValueError:
        raise UsageError(f"--on: {on!r} is no day; write YYYY-MM-DD. Nothing was written.") from None
    if out.exists():
        raise UsageError(f"{out} is there already; nothing was written. Choose another name.")
    who = person(seed, number)
    named = tcn or f"SYN{seed:07d}{number:07d}{touch:03d}"
    content = booking_of(
        who, ori=ori, day=day, tcn=named, retain=retain, tot=tot, fingers=fingers or FINGERS, number=touch
    )
    out.write_bytes(content)
    typer.echo(json.dumps({"file": str(out), "bytes": len(content), "tcn": named, "ori": ori, "name": who.name}))


@app.command()
def measure(
    people: Annotated[int, typer.Option("--people", min=2, help="How many people.")] = 12,
    impressions: Annotated[int, typer.Option("--impressions", min=2, help="Impressions of every finger.")] = 3,
    fingers: Annotated[
        list[int] | None, typer.Option("--finger", min=1, max=10, help="Only these positions; again for another one.")
    ] = None,
    seed: SeedOption = 1,
    extractor: Annotated[
        str, typer.Option("--extractor", help="leader, leader-fast, mindtct or leader-onnx.")
    ] = "leader",
    reference: Annotated[
        list[Path] | None, typer.Option("--reference", help="A folder of real prints in FVC's layout; again for more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on one line.")] = False,
) -> None:
    """Draw, extract and compare; with --reference the same is measured of real prints.

    Every two impressions of a finger are a genuine pair, every impression of one finger with every impression of another
    finger (of anybody) an impostor pair. Scores are one finger's points. Nothing is kept.

    Example: tenprint population measure --people 12 --impressions 3 --finger 2 --finger 4 --reference fvc/2002_DB1_B --json
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.lab.population.figures import drawn_samples
    from tenprint.lab.population.people import people as drawn_people
    from tenprint.model.prints import FINGERS

    chosen = extractor_named(extractor)
    positions = sorted(set(fingers or FINGERS))
    total = people * len(positions) * impressions
    started = perf_counter()
    with _progress(total) as advance:
        found = drawn_samples(
            drawn_people(seed, people), positions, impressions, chosen, workers=_cores(), advance=advance
        )
    report: dict[str, Any] = {
        "seed": seed,
        "people": people,
        "fingers": positions,
        "impressions": impressions,
        "extractor": chosen.version,
        "seconds": round(perf_counter() - started, 1),
        "render_seconds_a_print": _render_seconds(seed),
        "synthetic": _synthetic(found),
    }
    if reference:
        report["reference"] = _real(reference, chosen)
        ours, theirs = report["synthetic"]["impostor"]["q99.9"], report["reference"]["impostor"]["q99.9"]
        report["impostor_q99.9_ratio"] = ours / theirs
    typer.echo(json.dumps(report, allow_nan=False, indent=None if as_json else 1))


def _synthetic(found: list[Sample]) -> dict[str, Any]:
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.fvc import FvcSet, score_set
    from tenprint.lab.population.figures import spread

    files = {(10 * one.person + one.finger, one.number): Path(f"{n}") for n, one in enumerate(found)}
    templates = {Path(f"{n}"): one.template for n, one in enumerate(found) if len(one.template.minutiae)}
    scores = score_set(FvcSet("synthetic", files, Ppi(GRID_PPI)), templates, Matcher())
    return {
        "images": len(found),
        "ridge_period": spread([one.period for one in found]),
        "minutiae": spread([one.minutiae for one in found]),
        **_rates([scores]),
    }


def _real(folders: list[Path], extractor: Extractor) -> dict[str, Any]:
    """The same of real prints, pooled over the folders; impostors are pairs within a folder."""
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.fvc import ANY_POSITION, read_sets, score_set
    from tenprint.lab.evaluation.templates import PrintFile, extract_files
    from tenprint.lab.population.figures import MATCHING_QUALITY, spread

    sets = read_sets(folders)
    files = [PrintFile(path, one.ppi, ANY_POSITION) for one in sets for path in one.files.values()]
    with _progress(len(files)) as advance:
        templates, _failures = extract_files(files, extractor, workers=_cores(), advance=advance)
    matcher = Matcher()
    counts = [len(template.minutiae.at_least(MATCHING_QUALITY)) for template in templates.values()]
    return {
        "images": len(files),
        "minutiae": spread(counts),
        **_rates([score_set(one, templates, matcher) for one in sets]),
    }


def _rates(scores: list[SetScores]) -> dict[str, Any]:
    """Error rates of all sets at one threshold, and quantiles of both kinds of score in points."""
    import numpy as np

    from tenprint.lab.evaluation.metrics import verification_metrics

    genuine = np.array([score for one in scores for score in one.genuine])
    impostor = np.array([score for one in scores for score in one.dense])
    rates = verification_metrics(genuine, impostor)
    kept = ("eer", "eer_low", "eer_high", "fmr1000", "n_genuine", "n_impostor")

    def quantiles(values: Any, *wanted: float) -> dict[str, float]:
        return {f"q{100 * q:g}": float(np.nanquantile(values, q)) for q in wanted}

    return {
        **{name: rates[name] for name in kept},
        "genuine": quantiles(genuine, 0.01, 0.05, 0.5, 0.95),
        "impostor": quantiles(impostor, 0.5, 0.99, TAIL, 0.9999),
    }


def _render_seconds(seed: int) -> float:
    """One core's time for a print of a finger that was not grown before: the mean of five, other work not counted."""
    from tenprint.lab.population.impressions import impression
    from tenprint.lab.population.people import person
    from tenprint.lab.population.ridges import skin

    who = person(seed, 0)
    skin.cache_clear()
    started = process_time()
    for finger in range(1, 6):
        impression(who, finger)
    return round((process_time() - started) / 5, 3)


def _cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on the error stream, so that standard output stays clean; silent when nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("prints"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
