"""The prints of a file as pictures: SVG over PNG, and one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from tenprint.identify.codecs.png import encode_png
from tenprint.identify.extract.area import printed_area
from tenprint.identify.extract.leader_fast import FAST_FAMILY
from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.extract.quality_measures import strokes
from tenprint.identify.extract.quality_reasons import REASONS
from tenprint.identify.extract.tenprints import Examined
from tenprint.identify.extract.weights import LEADER_FAMILY
from tenprint.model.prints import SURE_SEGMENT, FingerSegment, GreyImage, Pixels
from tenprint.units import GRID_PPI, TURN, Ppi
from tenprint.workflow.image_quality import is_usable
from tenprint.workflow.inspecting import SeenImage

FINGER_NAMES: Final = (
    "unknown finger", "right thumb", "right index", "right middle", "right ring", "right little", "left thumb", "left index",
    "left middle", "left ring", "left little", "plain right thumb", "plain left thumb", "plain right four fingers",
    "plain left four fingers", "plain thumbs",
)  # fmt: skip
"""What a friction ridge position is called. Source: ANSI/NIST-ITL 1, table of positions."""

STYLE: Final = """
:root{color-scheme:light;font:16px/1.45 system-ui,sans-serif;color:#16202a;background:#f4f2ee}
body{margin:0 auto;max-width:86rem;padding:1.2rem}h1{font-size:1.35rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:0}
p{margin:.3rem 0}.lead{color:#475462;overflow-wrap:anywhere}
.all{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(19rem,100%),1fr));gap:1rem;margin-top:1rem}
article{background:#fff;border:1px solid #d8d4cb;border-radius:6px;padding:.9rem;min-width:0}
article svg,article>img{width:100%;height:auto;display:block;background:#fff;border:1px solid #e4e0d8;margin:.5rem 0}
.score{float:right;font-variant-numeric:tabular-nums;font-weight:600}.bar{height:.4rem;background:#e4e0d8;border-radius:3px;clear:both}
.bar i{display:block;height:100%;border-radius:3px;background:#22577a}ul{margin:.3rem 0;padding-left:1.1rem}
.unfit{color:#9b1c1c;font-weight:600}dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;margin:.4rem 0;font-size:.875rem}
dt{color:#475462}dd{margin:0;font-variant-numeric:tabular-nums}.switches{display:flex;gap:1.2rem;flex-wrap:wrap;margin-top:.6rem}
.flow{stroke:#1d7a3c;stroke-width:1.7;opacity:.9}.m{fill:none;stroke-width:1.8}.m.q2{stroke:#b3261e}.m.q1{stroke:#b26a00}
.m.q0{stroke:#1a56b0}.stages{display:grid;grid-template-columns:repeat(auto-fill,minmax(6rem,1fr));gap:.4rem;font-size:.75rem}
.stages figure{margin:0}.stages img{width:100%;image-rendering:pixelated}body:has(#flow:not(:checked)) .flowmap{display:none}
body:has(#minutiae:not(:checked)) .minutiae{display:none}body:has(#place:not(:checked)) .place{display:none}
.segment{fill:none;stroke:#1a56b0;stroke-width:5}.segment.doubt{stroke:#b26a00;stroke-dasharray:14 8}
.name{fill:#0b3d86;font-family:system-ui,sans-serif;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:6px}
.place{fill:none;stroke:#7b2d8b;stroke-width:2;stroke-dasharray:6 4}@media print{body{background:#fff}.switches{display:none}}
"""
"""The page's look. Contrast of text is at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""

PATTERN_NAMES: Final = {
    Pattern.LEFT_LOOP: "left loop", Pattern.RIGHT_LOOP: "right loop", Pattern.WHORL: "whorl",
    Pattern.UNSURE: "not sure (an arch, or not enough of the finger)",
}  # fmt: skip
"""What a pattern is called, by a program and not by an examiner."""

SURE_QUALITY, FAIR_QUALITY = 75, 50
"""Qualities from which a minutia is drawn as sure, and as fair. Set by: thirds of what a good print's minutiae have."""


def summary_of(seen: SeenImage) -> dict[str, Any]:
    """One image as plain values: for ``--json``."""
    record = seen.record
    told: dict[str, Any] = {
        "record": record.record_index + 1 if record.record_type else None, "type": record.record_type or None, "position": record.position,
        "finger": name_of(record.position), "error": seen.error, "usable": seen.usable,
    }  # fmt: skip
    if seen.segments:
        told["segments"] = [
            {"position": s.position, "box": list(s.box), "corners": [list(corner) for corner in s.corners],
             "rotation_degrees": round(s.rotation * 360 / TURN, 1), "confidence": s.confidence, "reasons": list(s.reasons)}
            | _plain_summary(seen, s.position)
            for s in seen.segments
        ]  # fmt: skip
    if seen.finger is None:
        return told
    template, measures = seen.finger.template, seen.finger.measures
    return told | {
        "quality": template.quality, "minutiae": len(template.minutiae), "extractor": template.extractor,
        "reasons": [{"code": r.code, "effect": r.effect, "says": r.says, "action": r.action} for r in seen.reasons],
        "pattern": seen.pattern.value, "opens_to_the_thumb": seen.opens_to_the_thumb,
        "area_mm2": round(measures.area_mm2, 1), "clarity": round(measures.clarity, 3),
        "coherence": round(measures.over_ridges(measures.coherence), 3),
        "contrast": round(measures.over_ridges(measures.contrast), 1), "dark": round(measures.over_ridges(measures.dark), 3),
        "points": [
            {"x": int(p["x"]), "y": int(p["y"]), "angle": round(float(p["theta"]) * 360 / TURN, 2), "kind": int(p["kind"]),
             "quality": int(p["quality"])} for p in template.minutiae.points
        ],
    }  # fmt: skip


def line_of(seen: SeenImage) -> str:
    """One image as a line for a terminal."""
    head = (
        f"record {seen.record.record_index + 1}, {name_of(seen.record.position)}"
        if seen.record.record_type
        else name_of(seen.record.position)
    )
    if seen.segments:
        lines = [
            f"    {line}" for one in seen.segments for line in (_segment_line(one), *_plain_lines(seen, one.position))
        ]
        return "\n".join([f"{head}: {len(seen.segments)} fingers", *lines])
    if seen.finger is None:
        return f"{head}: {seen.error or 'no finger was found in it'}"
    template = seen.finger.template
    lines = [
        f"{head}: quality {template.quality}, {len(template.minutiae)} minutiae{'' if seen.usable else '; not usable'}"
    ]
    if seen.usable:
        lines.append(f"    pattern: {_pattern_in_words(seen)}")
    return "\n".join(lines + [f"    {reason.code}: {reason.says} {reason.action}" for reason in seen.reasons])


def _pattern_in_words(seen: SeenImage) -> str:
    """What the direction of ridges shows, and of a sure loop the side of the hand that it opens to."""
    if seen.opens_to_the_thumb is None:
        return PATTERN_NAMES[seen.pattern]
    return (
        f"{PATTERN_NAMES[seen.pattern]}, opens to the {'thumb' if seen.opens_to_the_thumb else 'little finger'}'s side"
    )


def _segment_line(one: FingerSegment) -> str:
    left, top, right, bottom = one.box
    doubts = f", {', '.join(one.reasons)}" if one.reasons else ""
    return f"{name_of(one.position)}: {left}, {top} to {right}, {bottom}; confidence {one.confidence}{doubts}"


def _plain_summary(seen: SeenImage, position: int) -> dict[str, Any]:
    """What was found in the plain print of one finger; nothing where the file shows the finger by itself."""
    if position in seen.failed:
        return {"plain": {"usable": False, "error": seen.failed[position]}}
    if position not in seen.plain:
        return {}
    template = seen.plain[position].template
    return {"plain": {
        "usable": is_usable(template), "error": None, "quality": template.quality, "minutiae": len(template.minutiae),
        "reasons": [{"code": code, "effect": REASONS[code].effect, "says": REASONS[code].says, "action": REASONS[code].action}
                    for code in template.reasons],
    }}  # fmt: skip


def _plain_lines(seen: SeenImage, position: int) -> list[str]:
    """The same, in words."""
    if position in seen.failed:
        return [f"    plain print: {seen.failed[position]}"]
    if position not in seen.plain:
        return []
    template = seen.plain[position].template
    unusable = "" if is_usable(template) else "; not usable: it would not be searched"
    told = [f"    plain print: quality {template.quality}, {len(template.minutiae)} minutiae{unusable}"]
    return told + [f"    {code}: {REASONS[code].says} {REASONS[code].action}" for code in template.reasons]


def name_of(position: int) -> str:
    """What a position is called; a number where the table has no name."""
    return FINGER_NAMES[position] if 0 <= position < len(FINGER_NAMES) else f"position {position}"


def page(title: str, images: Sequence[SeenImage]) -> str:
    """The whole page, with every picture inside it."""
    usable = sum(seen.usable_fingers for seen in images)
    switches = "".join(
        f'<label><input type="checkbox" id="{name}"{" checked" if on else ""}> {label}</label>'
        for name, label, on in (
            ("minutiae", "minutiae", True),
            ("flow", "orientation", False),
            ("place", "searched area", False),
        )
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,'
        f'initial-scale=1"><title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>Prints of a file</h1>'
        f'<p class="lead">{escape(title)}: {len(images)} images, {usable} usable fingers. Circles are ridge endings, squares '
        "bifurcations; blue from 75, amber from 50, red below. Minutiae and quality are a program's opinion, not a finding.</p>"
        f'<div class="switches">{switches}</div><div class="all">{"".join(_article(seen) for seen in images)}</div></body></html>'
    )


def _article(seen: SeenImage) -> str:
    record = seen.record
    place = (
        f"record {record.record_index + 1}, Type-{record.record_type}, "
        if record.record_type
        else "in no transaction, "
    )
    place += f"{record.width} × {record.height} pixels"
    if seen.finger is None and seen.decoded is not None and seen.segments:
        lines = "".join(
            f"<li>{'<br>'.join(escape(line.strip()) for line in (_segment_line(one), *_plain_lines(seen, one.position)))}</li>"
            for one in seen.segments
        )
        return f"<article><h2>{name_of(record.position)}</h2>{slap_drawing(seen, png='')}<ul>{lines}</ul><p class=lead>{place}</p></article>"
    if seen.finger is None:
        said = seen.error or "No finger was found in it."
        picture = f'<img alt="{name_of(record.position)}" src="{_address(seen.decoded)}">' if seen.decoded else ""
        return f"<article><h2>{name_of(record.position)}</h2>{picture}<p>{escape(said)}</p><p class=lead>{place}</p></article>"
    template, measures = seen.finger.template, seen.finger.measures
    said = "".join(
        f"<li{' class=unfit' if r.effect == 'unfit' else ''}>{escape(r.says)} {escape(r.action)}</li>"
        for r in seen.reasons
    )
    facts = {
        "pattern": _pattern_in_words(seen), "minutiae": str(len(template.minutiae)), "ridge area": f"{measures.area_mm2:.0f} mm²",
        "clear": f"{100 * measures.clarity:.0f} % of the ink", "dark": f"{100 * measures.over_ridges(measures.dark):.0f} % of ridge area",
        "extractor": template.extractor,
    }  # fmt: skip
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    stages = "".join(
        f'<figure><img alt="" src="{_address(GreyImage(s.values, Ppi(GRID_PPI)))}"><figcaption>{escape(s.name)}</figcaption></figure>'
        for s in seen.stages
    )
    return (
        f'<article><h2>{name_of(record.position)} <span class="score">{template.quality} / 100</span></h2>'
        f'<div class="bar"><i style="width:{template.quality}%"></i></div>{drawing(seen.finger, inline=True)}'
        f"{'' if seen.usable else '<p class=unfit>Not usable: it would not be searched.</p>'}"
        f"{f'<ul>{said}</ul>' if said else '<p>No fault was found.</p>'}<dl>{rows}</dl><p class=lead>{place}</p>"
        f"{f'<div class=stages>{stages}</div>' if stages else ''}</article>"
    )


def drawing(finger: Examined, *, inline: bool, png: str = "") -> str:
    """SVG over PNG: the image at 500 ppi, the area that was searched, orientation and minutiae. png: the picture's address if not inline."""
    rows, columns = finger.pixels.shape
    source = _address(GreyImage(finger.pixels, Ppi(GRID_PPI))) if inline else escape(png)
    space = "" if inline else f"<style>{_svg_style()}</style>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}" role="img" aria-label="print with minutiae">{space}'
        f'<image href="{source}" width="{columns}" height="{rows}"/>{_place(finger)}<g class="flowmap">{_flow(finger)}</g>'
        f'<g class="minutiae">{_minutiae(finger)}</g></svg>'
    )


def _short_name(seen: SeenImage, one: FingerSegment) -> str:
    """Without the hand where the whole slap is of one hand."""
    name = name_of(one.position)
    return name if seen.record.position == 15 else name.removeprefix("right ").removeprefix("left ")


def slap_drawing(seen: SeenImage, *, png: str) -> str:
    """SVG over PNG: a slap as it was sent, with the place and name of each finger. png: its address, or empty to put it in."""
    image = seen.decoded
    if image is None:
        return ""
    rows, columns = image.pixels.shape
    drawn = []
    for one in seen.segments:
        points = " ".join(f"{x:.0f},{y:.0f}" for x, y in one.corners)
        x, y = one.corners[0]
        drawn.append(
            f'<polygon class="segment{"" if one.confidence >= SURE_SEGMENT else " doubt"}" points="{points}"/>'
            f'<text class="name" x="{x:.0f}" y="{max(y - 8, 24):.0f}" font-size="{columns // 28}">{_short_name(seen, one)}</text>'
        )
    space = f"<style>{_svg_style()}</style>" if png else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}" role="img" aria-label="slap with fingers">{space}'
        f'<image href="{escape(png) or _address(image)}" width="{columns}" height="{rows}"/>{"".join(drawn)}</svg>'
    )


def _svg_style() -> str:
    return "".join(
        rule + "}"
        for rule in STYLE.replace("\n", "").split("}")
        if rule.startswith((".flow{", ".m", ".place{", ".segment", ".name{"))
    )


def _address(image: GreyImage) -> str:
    return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode("ascii")


def _place(finger: Examined) -> str:
    """A box around what LEADER was shown; nothing for an extractor that looks everywhere."""
    if not finger.template.extractor.startswith((LEADER_FAMILY, FAST_FAMILY)):
        return ""
    rows, columns = printed_area(finger.pixels)
    size = f'width="{columns.stop - columns.start}" height="{rows.stop - rows.start}"'
    return f'<rect class="place" x="{columns.start}" y="{rows.start}" {size}/>'


def _flow(finger: Examined) -> str:
    """A stroke along the ridges in every cell that shows them."""
    lines = "".join(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" for x1, y1, x2, y2 in strokes(finger.measures))
    return f'<path class="flow" d="{lines}"/>'


def _minutiae(finger: Examined) -> str:
    drawn = []
    for point in finger.template.minutiae.points:
        quality = int(point["quality"])
        shape = "M4 0h10M-4-4h8v8h-8z" if int(point["kind"]) == 2 else "M4 0h10M4 0a4 4 0 1 1-8 0a4 4 0 1 1 8 0"
        level = 0 if quality >= SURE_QUALITY else 1 if quality >= FAIR_QUALITY else 2
        turn = -float(point["theta"]) * 360 / TURN
        drawn.append(
            f'<path class="m q{level}" transform="translate({int(point["x"])} {int(point["y"])}) rotate({turn:.1f})" d="{shape}">'
            f"<title>quality {quality}</title></path>"
        )
    return "".join(drawn)


def write_folder(folder: Path, title: str, images: Sequence[SeenImage]) -> None:
    """``index.html``, ``prints.json``, and for each image a PNG and, where minutiae were taken, an SVG over it.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seen in images:
        name = f"{seen.record.record_index + 1:03d}-{seen.record.position:02d}"
        shown: Pixels | None = seen.finger.pixels if seen.finger else seen.decoded.pixels if seen.decoded else None
        if shown is not None:
            (folder / f"{name}.png").write_bytes(encode_png(GreyImage(shown, Ppi(GRID_PPI))))
        if seen.segments:
            (folder / f"{name}.svg").write_text(slap_drawing(seen, png=f"{name}.png"), encoding="utf-8")
        if seen.finger:
            (folder / f"{name}.svg").write_text(drawing(seen.finger, inline=False, png=f"{name}.png"), encoding="utf-8")
    (folder / "prints.json").write_text(json.dumps([summary_of(seen) for seen in images], indent=1), encoding="utf-8")
    (folder / "index.html").write_text(page(title, images), encoding="utf-8")
