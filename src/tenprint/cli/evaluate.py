"""``tenprint evaluate``: error rates of extraction and matching on research prints."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tenprint.cli.evaluation_tables import (
    show_discard,
    show_extractors,
    show_mirrored,
    show_persons,
    show_repeat,
    show_slaps,
    show_verification,
)
from tenprint.errors import UsageError
from tenprint.units import GRID_PPI, Ppi

INVENTED = 12
"""Invented people whose prints slaps are composed of. Set by: half a minute of drawing; each print lies otherwise in each slap."""

if TYPE_CHECKING:
    from tenprint.lab.evaluation.fvc import FvcSet

app = typer.Typer(
    no_args_is_help=True,
    help="Measure how often prints are wrongly matched or missed, on folders of research prints. Nothing is kept.",
)

ExtractorOption = Annotated[
    str,
    typer.Option(
        "--extractor", help="leader (accurate), leader-fast, mindtct or leader-onnx (leader's reference, slow)."
    ),
]
PpiOption = Annotated[float | None, typer.Option("--ppi", help="Scanning resolution of every image, pixels per inch.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]


@app.command()
def fvc(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of <finger>_<impression>.tif (png, bmp, pgm).")
    ],
    ppi: PpiOption = None,
    extractor: ExtractorOption = "leader",
    as_json: JsonOption = False,
) -> None:
    """One finger against one finger, by the protocol of the Fingerprint Verification Competition.

    Every two impressions of a finger are a genuine pair. Impostors are counted twice: FVC's own way (first impressions
    only) and densely (every impression of two fingers), which is what the small rates need. Without --ppi the folder's
    name
    decides: FVC2002 DB2 is 569 ppi, FVC2004 DB3 is 512, all others 500.

    EER is where both error rates are equal; FMR100, FMR1000 and ZeroFMR are the shares of genuine pairs missed when at
    most 1 %, 0.1 % or none of the impostors pass.

    Example: tenprint evaluate fvc prints/2002_DB1_B prints/2004_DB1_B --json
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.fvc import evaluate_fvc, read_sets

    sets = read_sets(folders, ppi=_resolution(ppi))
    chosen = extractor_named(extractor)
    with _progress(sum(len(one.files) for one in sets)) as advance:
        report, failures = evaluate_fvc(sets, chosen, Matcher(), workers=_cores(), advance=advance)
    _tell_failures(failures)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_verification(report, chosen.version)


@app.command()
def persons(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of a001_02.png (enrolled) and b001_02.png (searched).")
    ],
    ppi: PpiOption = None,
    extractor: ExtractorOption = "leader",
    as_json: JsonOption = False,
) -> None:
    """A person against all persons, with all fingers that both cards have, as a repository is searched.

    Cards a are enrolled, cards b are searched; the number after the underscore is the finger position (1 right thumb …
    10 left little). Missing fingers are allowed. Images are 500 ppi unless --ppi says otherwise.

    Rank 1 means that the same person scored above everybody else. FNIR at FPIR x is the share of persons missed at a
    threshold that brings somebody else in at most that share of searches.

    Example: tenprint evaluate persons prints/minex3 --extractor mindtct
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.persons import evaluate_persons, read_cards

    cards = read_cards(folder)
    resolution = _resolution(ppi) or Ppi(GRID_PPI)
    chosen = extractor_named(extractor)
    with _progress(cards.images) as advance:
        report, failures = evaluate_persons(cards, chosen, Matcher(), ppi=resolution, workers=_cores(), advance=advance)
    _tell_failures(failures)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_persons(report, chosen.version)


@app.command()
def mirrored(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A folder of a001_02.png (as rolled) and b001_02.png (as plain prints)."),
    ],
    ppi: PpiOption = None,
    extractor: ExtractorOption = "leader",
    as_json: JsonOption = False,
) -> None:
    """How often mirrored prints are found, and how often prints are wrongly taken for mirrored.

    Both cards of a person stand for the rolled and the plain prints of one card. Counted are: which pattern each finger shows, and
    whether it does on both cards; cards that are doubted because loops open to the thumb's side, as they are and with every print
    mirrored; mates found with one of them mirrored, and pairs of prints that are wrongly told to be mirror images.

    Example: tenprint evaluate mirrored prints/minex3 --json
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.mirrored import evaluate_mirrored
    from tenprint.lab.evaluation.persons import read_cards

    cards = read_cards(folder)
    resolution = _resolution(ppi) or Ppi(GRID_PPI)
    chosen = extractor_named(extractor)
    with _progress(cards.images) as advance:
        report, failures = evaluate_mirrored(
            cards, chosen, Matcher(), ppi=resolution, workers=_cores(), advance=advance
        )
    _tell_failures(failures)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_mirrored(report)


@app.command()
def discard(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of <finger>_<impression>.tif (png, bmp, pgm).")
    ],
    half: Annotated[
        str, typer.Option("--half", help="odd or even fingers (persons of cards), or all of them.")
    ] = "all",
    cards: Annotated[
        Path | None,
        typer.Option("--cards", metavar="DIR", help="Also a folder of a001_02.png and b001_02.png, 500 ppi."),
    ] = None,
    synthetic: Annotated[
        int, typer.Option("--synthetic", help="Also a finger of so many synthetic people, four times each.", min=0)
    ] = 0,
    ppi: PpiOption = None,
    extractor: ExtractorOption = "leader",
    as_json: JsonOption = False,
) -> None:
    """Whether a finger's quality predicts missed mates: error versus discard.

    The threshold is set so that 10, 5 or 2 % of the genuine pairs are missed; then pairs are put aside, those of the
    worst quality first. The sooner the misses go, the more the quality knows; ``ideal`` is what nobody can beat.

    Example: tenprint evaluate discard prints/2002_DB1_B prints/2004_DB1_B --half even
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.identify.match.mcc import Matcher
    from tenprint.lab.evaluation.discard import cards_as_set, evaluate_discard
    from tenprint.lab.evaluation.fvc import read_sets
    from tenprint.lab.evaluation.persons import read_cards

    if half not in {"odd", "even", "all"}:
        raise UsageError(f"--half {half}; allowed: odd, even, all. Nothing was evaluated.")
    sets = read_sets(folders, ppi=_resolution(ppi))
    if cards is not None:
        sets.append(cards_as_set(read_cards(cards), Ppi(GRID_PPI)))
    chosen = extractor_named(extractor)
    with tempfile.TemporaryDirectory(prefix="tenprint-synthetic-") as drawn:
        if synthetic:
            sets.append(_drawn(Path(drawn), synthetic))
        with _progress(sum(len(one.files) for one in sets)) as advance:
            report, failures = evaluate_discard(sets, chosen, Matcher(), half=half, workers=_cores(), advance=advance)
    _tell_failures({Path(path): why for path, why in failures.items()})
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_discard(report, half)


@app.command()
def slaps(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR...]", help="Folders of single prints; without any, prints of invented people."),
    ] = None,
    count: Annotated[int, typer.Option("--slaps", help="Slaps composed of each folder.", min=1, max=100_000)] = 100,
    seed: Annotated[int, typer.Option("--seed", help="The same seed composes the same slaps.", min=0)] = 0,
    turn: Annotated[
        float, typer.Option("--turn", help="Most turn of a hand to both sides, degrees.", min=0, max=90)
    ] = 30.0,
    raw: Annotated[bool, typer.Option("--raw", help="Paste prints as rectangles, with the ground they have.")] = False,
    unsaid: Annotated[bool, typer.Option("--unsaid", help="Leave fingers out without a word, too.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Hold places against all ink of the single prints, not their fingertips.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put slaps together from single prints, so that each finger's place is known, and count how many are found.

    Hands are turned, fingers touch, are missing or cut off by the picture's edge; middle phalanges, a card's text, lines and
    writing, noise and 1000 ppi come at times. A finger is right when it is under its own position with its left and right
    within 32 pixels and its tip and base within 64, at 500 ppi. Folders are laid out as for `fvc` or for `persons`.

    Example: tenprint evaluate slaps prints/2002_DB1_B prints/minex3 --json
    """
    from tenprint.identify.slaps.segment import segment
    from tenprint.lab.evaluation.slaps import Prints, evaluate_slaps, read_prints
    from tenprint.lab.population.slap_composer import Setting
    from tenprint.lab.population.slaps import cards_of_prints, composed_slaps, dealt
    from tenprint.model.prints import SURE_SEGMENT

    setting = Setting(turn_deg=turn, raw=1.0 if raw else 0.0, unsaid=0.3 if unsaid else 0.0, whole=whole)
    sources = [read_prints(folder) for folder in folders or []]
    if not sources:
        cards = tuple(cards_of_prints(seed, min(INVENTED, count)))
        sources = [Prints("invented", "single prints of invented people", boxed=False, cards=cards)]
    reports = {}
    with _progress(count * len(sources)) as advance:
        for source in sources:
            cards = source.cards or tuple(dealt(source.pool, count=count, seed=seed))
            slaps_of = composed_slaps(cards, count=count, seed=seed, setting=setting, boxed=source.boxed)
            found = evaluate_slaps(slaps_of, segment, sure=SURE_SEGMENT, advance=advance)
            reports[source.name] = {"prints": source.says} | found
    if as_json:
        typer.echo(json.dumps({"sets": reports, "seed": seed}, allow_nan=False))
        return
    show_slaps(reports)


def _drawn(folder: Path, count: int) -> FvcSet:
    """Four impressions of the right index finger of each of so many people who do not exist, of any quality."""
    from tenprint.identify.codecs.png import encode_png
    from tenprint.lab.evaluation.fvc import read_set
    from tenprint.lab.population.impressions import impression
    from tenprint.lab.population.people import person

    for number in range(1, count + 1):
        for touch in range(4):
            image = impression(person(1, number), 2, number=touch)
            (folder / f"{number}_{touch}.png").write_bytes(encode_png(image))
    return read_set(folder, name="synthetic", ppi=Ppi(GRID_PPI))


@app.command()
def minutiae(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of <finger>_<impression>.tif (png, bmp, pgm).")
    ],
    every: Annotated[int, typer.Option("--every", help="Take each n-th print only.", min=1)] = 8,
    ppi: PpiOption = None,
    extractor: ExtractorOption = "leader",
    as_json: JsonOption = False,
) -> None:
    """What a minutia's quality means: the share found again once the same image is turned by ten degrees, with grain.

    Example: tenprint evaluate minutiae prints/2002_DB1_B prints/2004_DB1_B
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.lab.evaluation.fvc import read_sets
    from tenprint.lab.evaluation.repeat import evaluate_repeat

    sets = read_sets(folders, ppi=_resolution(ppi))
    chosen = extractor_named(extractor)
    with _progress(sum(len(range(0, len(one.files), every)) for one in sets)) as advance:
        report = evaluate_repeat(sets, chosen, every=every, advance=advance)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_repeat(report, chosen.version)


@app.command()
def extraction(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR...", help="Folders of <finger>_<impression>.tif, pooled.")
    ] = None,
    cards: Annotated[
        Path | None, typer.Option("--cards", metavar="DIR", help="A folder of a001_02.png and b001_02.png: ink cards.")
    ] = None,
    reference: Annotated[
        str, typer.Option("--reference", help="The extractor that the others are held to.")
    ] = "leader-onnx",
    extractors: Annotated[
        list[str] | None,
        typer.Option("--extractor", help="One to measure, repeated; leader@KIND takes those loops of the engine."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What other ways to find minutiae cost in accuracy, beside a reference, on the same prints with the same matcher.

    The gate of every change of the engine: EER within 0.1 and FMR1000 within 0.3 percentage points of the published network on the
    pooled scanned sets, at most one pair more missed on ink. Agreement is the share of minutiae that have a partner within 4 pixels
    and 12 degrees. The reference takes about a second of a core for each print.

    Example: tenprint evaluate extraction prints/2002_DB1_B --cards prints/minex3 --extractor leader --extractor leader-fast
    """
    from tenprint.identify.extract.choice import extractor as extractor_named
    from tenprint.lab.evaluation.extraction import evaluate_extraction
    from tenprint.lab.evaluation.fvc import read_sets
    from tenprint.lab.evaluation.persons import read_cards

    names = list(dict.fromkeys([reference, *(extractors or ["leader", "leader-fast"])]))
    if len(names) < 2 or not (folders or cards):
        raise UsageError("give a folder or --cards, and an --extractor besides the reference. Nothing was evaluated.")
    sets = read_sets(folders) if folders else []
    ink = read_cards(cards) if cards else None
    chosen = {name: extractor_named(name) for name in names}
    images = sum(len(one.files) for one in sets) + (ink.images if ink else 0)
    with _progress(images * len(chosen)) as advance:
        report = evaluate_extraction(sets, ink, chosen, ppi=Ppi(GRID_PPI), workers=_cores(), advance=advance)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    show_extractors(report)


def _resolution(ppi: float | None) -> Ppi | None:
    if ppi is None:
        return None
    try:
        return Ppi(ppi)
    except ValueError as error:
        raise UsageError(f"--ppi: {error}. Nothing was evaluated.") from None


def _cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on the error stream, so that standard output stays clean; silent when nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("extracting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _tell_failures(failures: Mapping[Path, str]) -> None:
    for path, reason in sorted(failures.items()):
        typer.echo(f"{path}: no template ({reason})", err=True)
