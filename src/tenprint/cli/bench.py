"""``tenprint bench``: how fast, beside a peer or a limit measured in the same run."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tenprint.cli.desk import JsonOption, show

app = typer.Typer(
    no_args_is_help=True,
    help="""Measure speeds here and now. Nothing is kept, no data directory is opened.

    Every figure comes with what it is to be read beside: a peer that does the same work in the same run, or what the machine could
    do at best, measured in the same run. A core's figures count processor time, so that other work on the machine is not
    counted; where the machine is busy all the same, run again and compare the ratios. The same seed gives the same work.
    """,
)

SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Decides the invented work: the same seed, the same work.")
]


@app.command()
def policy(
    cases: Annotated[int, typer.Option("--cases", min=1, help="How many invented cases are replayed.")] = 500_000,
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="How many of them the single-case engine does too: peer and proof.")
    ] = 1_000,
    gates: Annotated[
        int, typer.Option("--gates", min=1, help="How many gate decisions are timed, one by one.")
    ] = 20_000,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, help="How often the replay is timed; the median counts.")
    ] = 3,
    seed: SeedOption = 20110606,
    programme: Annotated[
        Path | None,
        typer.Option("--programme", help="A programme's folder; without it, the shipped Secure Communities."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How many recorded cases a core re-evaluates in a second under a level policy and the rules, and the time of one gate decision.

    replay_cases_per_s_core is read beside single_engine_cases_per_s_core, the engine that decides single cases, on the same
    cases; a sample is compared case by case, and the command fails if one differs. limit: how fast this core could go if it did
    nothing but read the columns and write the answers. gate_ms_p99: 99 in 100 decisions took at most so many milliseconds of wall
    time; nothing of an earlier decision is kept.

    Example: tenprint bench policy --json
    """
    from tenprint.lab.bench.policy import bench_policy

    result = bench_policy(cases=cases, sample=sample, gates=gates, repeats=repeats, seed=seed, programme=programme)
    if as_json:
        typer.echo(json.dumps(result, indent=1, allow_nan=False))
        return
    show(result, as_json=False, title="Replay of a level policy and of rules; the gate")


@app.command()
def gate(
    submissions: Annotated[int, typer.Option("--submissions", min=1, help="How many are decided in groups.")] = 1_024,
    single: Annotated[
        int, typer.Option("--single", min=1, help="How many others are decided one by one, as the peer.")
    ] = 64,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where the temporary data directory is made: its disk is measured.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How many gate decisions a second are recorded, with the commit: in groups, as the worker does it, beside one by one.

    The temporary data directory goes afterwards. gate_per_s_group_commit counts wall time, disk included;
    gate_per_cpu_s_group_commit processor time, for a machine that is busy.

    Example: tenprint bench gate --json
    """
    from tenprint.lab.bench.gate import bench_gate

    result = bench_gate(submissions=submissions, single=single, folder=folder)
    if as_json:
        typer.echo(json.dumps(result, indent=1, allow_nan=False))
        return
    show(result, as_json=False, title="The gate, with the commit")


@app.command()
def extract(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE|DIR]",
            help="A transaction with the images of a card, or a folder of images; without it the research data's rolled card, "
            "else a drawn one.",
        ),
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often the card is timed; medians count.")] = 3,
    ppi: Annotated[float, typer.Option("--ppi", help="Resolution of a folder's images, pixels per inch.")] = 500.0,
    as_json: JsonOption = False,
) -> None:
    """How long a card takes from its encoded images to ten templates with quality, and one finger on one core.

    card_s_p50: wall time of all fingers on all cores, decoding and quality included. ms_per_finger_core_p50: processor time from
    grey pixels to minutiae on one core; it is read beside leader_fp32_ms_per_finger_core_p50, the published graph in ONNX Runtime on
    one thread, given the same whole images in the same run (speedup_over_fp32 is their ratio), and beside mindtct's. limit: what this
    core can multiply and add in registers, and how much of it the whole images' work comes to. peak_mb: memory of the process after
    the cards, before a peer is loaded. left_out: what could not be measured, and why.

    Example: tenprint bench extract --json
    """
    from tenprint.lab.bench.cards import usual_card
    from tenprint.lab.bench.extract import bench_extract
    from tenprint.units import Ppi

    with TemporaryDirectory(prefix="tenprint-card-") as folder:
        result = bench_extract(source or usual_card(Path(folder)), repeats=repeats, ppi=Ppi(ppi))
    if as_json:
        typer.echo(json.dumps(result, indent=1, allow_nan=False))
        return
    show(result, as_json=False, title="From a card's images to templates")
