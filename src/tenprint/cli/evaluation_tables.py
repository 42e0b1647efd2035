"""What ``tenprint evaluate`` prints for people: a table for each kind of report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.table import Table


def percent(value: Any) -> str:
    """A share in per cent; ``-`` for none."""
    return "-" if value is None else f"{100 * value:.2f} %"


def show_mirrored(report: Mapping[str, Any]) -> None:
    """Of ``evaluate mirrored``."""
    table = Table(title=f"Patterns of {report['prints']} prints", title_justify="left")
    for heading in ("finger", "to the little finger", "to the thumb", "whorl", "unsure", "published to the thumb"):
        table.add_column(heading, justify="right")
    for finger, one in report["patterns"].items():
        counts = [str(one[name]) for name in ("ulnar", "radial", "whorl", "unsure")]
        table.add_row(finger, *counts, percent(one["published_radial_share_of_loops"]))
    Console().print(table)
    repeated, mates = report["repeated"], report["mates"]
    typer.echo(f"a finger on both cards: {', '.join(f'{name} {n}' for name, n in repeated.items())}")
    for name in ("cards", "rolled_and_plain"):
        one = report[name]
        typer.echo(
            f"{name}: {one['cards']}, doubted as declared {one['doubted_as_declared']}, when mirrored {one['doubted_when_mirrored']}"
        )
    typer.echo(f"mates with one mirrored: {mates['mates_found']} of {mates['mates']} found")
    for kind in ("own", "person", "others"):
        typer.echo(f"wrongly told to be mirrored, {kind}: {mates[f'{kind}_told']} of {mates[kind]}")


def show_slaps(reports: Mapping[str, Any]) -> None:
    """Of ``evaluate slaps``."""
    table = Table(title="Slaps: fingers found under their own position, with a right box", title_justify="left")
    for heading in ("set", "slaps", "fingers", "found", "position right", "upright box", "ms a slap"):
        table.add_column(heading, justify="left" if heading == "set" else "right")
    for name, one in reports.items():
        shares = [percent(one[key]) for key in ("found_share", "position_right_share", "upright_right_share")]
        table.add_row(
            f"{name}: {one['prints']}",
            str(one["slaps"]),
            str(one["fingers"]),
            *shares,
            str(one["ms_per_slap_core"]["p50"]),
        )
    Console().print(table)


def show_verification(report: Mapping[str, Any], version: str) -> None:
    """Of ``evaluate fvc``."""
    table = Table(title=f"Verification, {version}, matcher mcc: errors in per cent", title_justify="left")
    for heading in ("set", "impostors", "genuine", "impostor", "EER", "FMR100", "FMR1000", "ZeroFMR"):
        table.add_column(heading, justify="left" if heading in {"set", "impostors"} else "right")
    for name, kinds in [*report["sets"].items(), ("all sets, one threshold", report["pooled"])]:
        for kind, m in kinds.items():
            rates = [percent(m[key]) for key in ("eer", "fmr100", "fmr1000", "zerofmr")]
            table.add_row(name, kind, str(m["n_genuine"]), str(m["n_impostor"]), *rates)
    Console().print(table)
    typer.echo(f"images without a template: {report['failures']} (counted as not matched)")


def show_extractors(report: Mapping[str, Any]) -> None:
    """Of ``evaluate extraction``."""
    table = Table(title=f"Beside {report['reference']}: errors in per cent", title_justify="left")
    for heading in ("extractor", "scanned EER", "FMR1000", "ink EER", "ink missed", "agreement", "no template"):
        table.add_column(heading, justify="left" if heading == "extractor" else "right")
    for name, one in report["extractors"].items():
        scanned, ink = one.get("scanned", {}), one.get("ink", {})
        missed = f"{ink['missed_fmr1000']} of {ink['n_genuine']}" if ink else "-"
        alike = f"{one['agreement']:.4f}" if "agreement" in one else "-"
        rates = [percent(scanned.get("eer")), percent(scanned.get("fmr1000")), percent(ink.get("eer"))]
        table.add_row(name, *rates, missed, alike, str(one["failures"]))
    Console().print(table)


def show_persons(report: Mapping[str, Any], version: str) -> None:
    """Of ``evaluate persons``."""
    table = Table(title=f"Identification, {version}, matcher mcc", title_justify="left", show_header=False)
    table.add_row("persons enrolled", str(report["persons"]))
    table.add_row("searches, of enrolled persons", f"{report['searches']}, {report['searches_with_mate']}")
    table.add_row("mate at rank 1", f"{report['rank1_count']} ({percent(report['rank1'])})")
    table.add_row("lowest mate's score", str(report["mate_min"]))
    table.add_row("highest other person's score", str(report["nonmate_max"]))
    for limit, rate in report["fnir_at_fpir"].items():
        table.add_row(f"persons missed (FNIR) at FPIR {percent(float(limit))}", percent(rate))
    Console().print(table)
    typer.echo(f"images without a template: {report['failures']}")


def show_discard(report: Mapping[str, Any], half: str) -> None:
    """Of ``evaluate discard``."""
    table = Table(title=f"Pairs missed of those left, {half} fingers, per cent", title_justify="left")
    for heading in ("measure", "missed at first", *(f"-{100 * share:g} %" for share in report["discarded"])):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for name, curves in report["pooled"].items():
        for missed, values in curves.items() if name != "pairs" else ():
            table.add_row(name, percent(float(missed)), *(f"{100 * value:.2f}" for value in values))
    Console().print(table)


def show_repeat(report: Mapping[str, Any], version: str) -> None:
    """Of ``evaluate minutiae``."""
    table = Table(title=f"Minutiae found again, {version}, {report['prints']} prints", title_justify="left")
    for heading in ("quality", "minutiae", "found again"):
        table.add_column(heading, justify="right")
    for row in report["bands"]:
        table.add_row(f"{row['from']} to {row['to']}", str(row["minutiae"]), percent(row["found_again"]))
    Console().print(table)
