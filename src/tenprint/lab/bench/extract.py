"""How long the prints of a card take from their encoded bytes to ten templates, and one finger on one core.

The peers are the published graph in ONNX Runtime, given the same whole images, and mindtct; the limit is what a core can
multiply and add in registers. All in one run, turn by turn, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any, Final

from tenprint.errors import ModelMissing, UsageError
from tenprint.exchange.itl import read
from tenprint.exchange.submission import ImageRecord, images_of
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.area import printed_area
from tenprint.identify.extract.grid import finger_pixels
from tenprint.identify.extract.leader import LeaderExtractor
from tenprint.identify.extract.leader_onnx import LeaderOnnxExtractor
from tenprint.identify.extract.mindtct import MindtctExtractor
from tenprint.identify.extract.tenprints import extract_tenprint
from tenprint.lab.bench.setting import quantile, setting
from tenprint.lab.evaluation.templates import IMAGE_ENDINGS
from tenprint.model.prints import FINGERS, GreyImage
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi
from tenprint.workflow.images import decode_record, decode_records
from tenprint.workflow.slaps import SLAPS, checked_card, has_plain, places_in

MULTIPLY_ADDS_A_PIXEL: Final = 26_450
"""Multiply-adds that the engine does for a pixel of its padded input, direction and type at the minutiae not counted.

Source: the layers' sizes after folding (native/leader/layers.hpp); the published graph does 48,600.
"""

SPUN: Final = 2e9
"""Multiply-adds of one measurement of the limit. Set by: a twentieth of a second on a core of 2021."""


@dataclass(frozen=True, slots=True)
class Card:
    """Up to ten prints as they arrive. read: decodes all of them; of: what they are, in words; records: all of the card;
    chosen: those of single fingers, by position.
    """

    read: Callable[[], Mapping[int, GreyImage]]
    of: str
    records: tuple[ImageRecord, ...] = ()
    chosen: tuple[ImageRecord, ...] = ()


def bench_extract(source: Path, *, repeats: int, ppi: Ppi) -> dict[str, Any]:
    """Time the card of ``source`` (a transaction, or a folder of images of ``ppi``) ``repeats`` times.

    Raises UsageError without a repeat or a finger; ModelMissing without LEADER; the errors of reading and decoding.
    """
    if repeats < 1:
        raise UsageError("a bench needs at least one repeat; nothing was timed")
    card = _card(source, ppi)
    engine, cores = LeaderExtractor(), os.cpu_count() or 1
    images = card.read()
    if not images:
        raise UsageError(f"{source}: no print of a single finger; nothing was timed")
    wall = [_wall(lambda: extract_tenprint(card.read(), engine, workers=cores)) for _ in range(repeats)]
    whole = (
        [_wall(lambda: _with_slaps(card, engine, workers=cores)) for _ in range(repeats)]
        if has_plain(card.records)
        else []
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before any peer is loaded
    peers: dict[str, Extractor] = {"engine": engine, "graph": LeaderOnnxExtractor(whole=True)}
    left_out = {} if whole else {"card_with_slaps_s_p50": "the source has no slaps"}
    try:
        peers["mindtct"] = MindtctExtractor()
    except ModelMissing as error:
        left_out["mindtct_ms_per_finger_core_p50"] = str(error)
    took: dict[str, list[float]] = {name: [] for name in peers}
    limits = []
    for _ in range(repeats):
        limits.append(_multiply_adds_per_s(engine))
        for image in images.values():
            for name, peer in peers.items():
                took[name].append(_core_ms(peer, image))
    ms = {name: quantile(values, 0.5) for name, values in took.items()}
    done = sum(_pixels(image) for image in images.values()) * repeats * MULTIPLY_ADDS_A_PIXEL
    found = {
        "card_s_p50": round(quantile(wall, 0.5), 3),
        "ms_per_finger_core_p50": round(ms["engine"], 1),
        "leader_fp32_ms_per_finger_core_p50": round(ms["graph"], 1),
        "speedup_over_fp32": round(ms["graph"] / ms["engine"], 2),
        "peak_mb": round(peak),
        "limit": {"gmac_per_s_core": round(quantile(limits, 0.5) / 1e9, 1), "kmac_per_pixel": MULTIPLY_ADDS_A_PIXEL / 1e3,
                  "share_reached": round(done / (sum(took["engine"]) / 1e3) / quantile(limits, 0.5), 3)},
        "extractor": engine.version,
        "left_out": left_out,
        "workload": {"says": card.of, "fingers": len(images), "pixels": {p: list(i.pixels.shape) for p, i in images.items()},
                     "cores": cores, "repeats": repeats},
        **setting(),
    }  # fmt: skip
    if whole:
        found["card_with_slaps_s_p50"] = round(quantile(whole, 0.5), 3)
    segmenting = _segment_ms(card, repeats)
    if segmenting:
        found["segment_ms_per_slap_core_p50"] = round(quantile(segmenting, 0.5), 1)
    if "mindtct" in ms:
        found["mindtct_ms_per_finger_core_p50"] = round(ms["mindtct"], 1)
    return found


def _card(source: Path, ppi: Ppi) -> Card:
    if source.is_dir():
        files = sorted(f for f in source.iterdir() if f.suffix.lower().removeprefix(".") in IMAGE_ENDINGS)[:10]
        return Card(
            lambda: {n: read_image_file(f, ppi) for n, f in enumerate(files, 1)}, "the first ten images of a folder"
        )
    try:
        content = source.read_bytes()
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}; nothing was timed") from None
    every = images_of(read(content))
    records = {r.position: r for r in reversed(every) if r.position in FINGERS}
    chosen = [records[position] for position in sorted(records)]
    return Card(
        lambda: _fingers(chosen, decode_records(chosen)), f"the single fingers of {source.name}", every, tuple(chosen)
    )


def _fingers(chosen: Sequence[ImageRecord], decoded: Mapping[int, GreyImage]) -> Mapping[int, GreyImage]:
    return {record.position: decoded[record.record_index] for record in chosen}


def _with_slaps(card: Card, engine: LeaderExtractor, *, workers: int) -> object:
    """The card to ten templates, and its plain prints cut out, extracted and held against them."""
    decoded = decode_records(card.records)
    rolled, _ = extract_tenprint(_fingers(card.chosen, decoded), engine, workers=workers)
    return checked_card(card.records, decoded, rolled, missing=(), extractor=engine, workers=workers)


def _segment_ms(card: Card, repeats: int) -> list[float]:
    """Processor milliseconds of taking each decoded slap apart; none without slaps."""
    slaps = [(record, decode_record(record)) for record in card.records if record.position in SLAPS]
    took = []
    for _ in range(repeats):
        for record, image in slaps:
            began = thread_time()
            places_in(record, image, ())
            took.append((thread_time() - began) * 1e3)
    return took


def _pixels(image: GreyImage) -> int:
    """Pixels of the network's input: the printed area of the image, sides padded to multiples of 32."""
    pixels = finger_pixels(image)
    rows, columns = pixels[printed_area(pixels)].shape
    return int(-(-rows // 32) * 32 * (-(-columns // 32) * 32))


def _wall(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _core_ms(extractor: Extractor, image: GreyImage) -> float:
    """Processor milliseconds of one image: this thread's, and those of a process that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = thread_time()
    extractor.extract(image)
    own = thread_time() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (own + after.ru_utime - children.ru_utime + after.ru_stime - children.ru_stime) * 1e3


def _multiply_adds_per_s(engine: LeaderExtractor) -> float:
    began = thread_time()
    return engine.spin(SPUN) / (thread_time() - began)
