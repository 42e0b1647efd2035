"""What stands beside a decision: the rule or document that decided, where it can be read, and how well it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.priority_policies import PriorityPolicy
from tenprint.refer.policy.spans import TaskSpan, span_of
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of

OWN_CHOICE: Final = "the programme's own choice; no source gives the figure"
"""Title of what the programme chose by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One rule, clock, policy, form or document. kind: rule, clock, span, policy, form, notice, document, or unknown (not loaded now).

    title: the source in words; href: its address, or None; evidence: its mark; why: the rule's own reason, or empty.
    """

    id: str
    kind: str
    title: str
    href: str | None
    evidence: str | None
    in_force: str
    why: str = ""


def citations(house: House) -> Mapping[str, Citation]:
    """Every rule, clock, policy (with and without its version), form edition and participation document, by id."""
    book = house.programme.rules
    found = [_cited("rule", r.id, r.source, r.evidence, r.in_force, r.why) for r in book.rules]
    found += [_cited("clock", k.id, k.source, k.evidence, k.in_force, k.why) for k in book.clocks]
    policies: list[LevelPolicy | PriorityPolicy] = [*book.level_policies, *book.priority_policies]
    for p in policies:
        found += [
            _cited("policy", name, p.source, p.evidence, p.in_force, p.why) for name in (p.id, f"{p.id}/{p.version}")
        ]
    found += [_cited("form", f.id, f.source, f.evidence, f.in_force, f.why) for f in book.forms.values()]
    found += [_cited("notice", n.id, n.source, n.evidence, n.in_force, n.why) for n in book.notices]
    found += [_span(span) for span in book.task_spans]
    found += [
        _cited("document", d.id, d.source, d.evidence, d.in_force, d.document) for d in history_of(house).documents
    ]
    return {citation.id: citation for citation in found}


def cited(known: Mapping[str, Citation], ids: Iterable[str]) -> tuple[Citation, ...]:
    """The citations of some ids, each once, in order; an id that is not loaded any more is shown as unknown."""
    return tuple(
        known.get(id_) or Citation(id=id_, kind="unknown", title="", href=None, evidence=None, in_force="")
        for id_ in dict.fromkeys(ids)
    )


def span_cited(
    house: House, known: Mapping[str, Citation], kind: str, *, raised_at: datetime, due: datetime | None
) -> tuple[Citation, ...]:
    """The span by which a task is due when it is; nothing where it has an instant of its own, or came under other data."""
    span = span_of(house.programme.rules.task_spans, kind, raised_at.date())
    return cited(known, [span.id]) if span is not None and due == raised_at + span.within else ()


def _span(span: TaskSpan) -> Citation:
    if span.source is not None:
        return _cited("span", span.id, span.source, span.evidence or "", span.in_force, span.why)
    return Citation(
        id=span.id, kind="span", title=OWN_CHOICE, href=None, evidence=None, in_force=str(span.in_force), why=span.why
    )


def _cited(kind: str, id_: str, source: Source, evidence: str, in_force: InForce, why: str) -> Citation:
    href = source.href if source.href and source.href.startswith(("https://", "http://")) else None
    return Citation(
        id=id_, kind=kind, title=source.title, href=href, evidence=evidence, in_force=str(in_force), why=why
    )
