"""Priority policies, grounds for a detainer and factors of discretion, read from their files as conditions over facts.

The most serious class counts. A class that may apply, and would change the answer, sends the question to a person; so
does every policy of discretion, always, and a policy whose text is not known beyond its classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tenprint.errors import FactInvalid, NoRuleInForce
from tenprint.model.facts import GLOSSARY, FactValue, check
from tenprint.refer.participation.sources import EVIDENCE, InForce, Source, evidence_of, weakest
from tenprint.refer.participation.strict_yaml import Sheet, read
from tenprint.refer.policy.conditions import Condition, Finding, read_condition
from tenprint.refer.policy.levels import STAGES, Stage
from tenprint.refer.policy.priorities import (
    KINDS,
    PRIORITY_BASES,
    Kind,
    Priority,
    PriorityBasis,
    PriorityValue,
    facts_hash,
)

STATUS: Final = "status"
"""What a class rests on when it rests on no act but on the immigration record or a finding: it counts on any basis."""

WEIGHED: Final = "weighed"
"""What a person's discretion comes to: factors were looked at; the policy gives them no weight, and neither does tenprint."""

_CODE: Final = re.compile(r"[a-z0-9_]+\Z")
_RESTS_BY_PREFIX: Final[Mapping[str, str]] = dict(
    [*zip(PRIORITY_BASES, PRIORITY_BASES, strict=True), ("sentence", "conviction")]
)
_EMPTY: Final[Mapping[str, FactValue]] = {"int": 0, "bool": False, "set": ()}
NO_CONVICTION: Final[Mapping[str, FactValue]] = {
    fact.name: _EMPTY[fact.kind]
    for fact in GLOSSARY.values()
    if fact.name.startswith("conviction.") and fact.kind in _EMPTY and fact.unit != "years"
}
"""What follows for each fact about convictions when it is known that there is none; a number of years then stays unknown."""

Otherwise: TypeAlias = Literal["none", "needs_person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityClass:
    """One class or box of a policy. rank: 1 to 3, None where the policy ranks none. rests_on: bases, or ``status``.

    when: the condition. asks_when: where this is true or unknown, a class that does not apply is open instead, since the
    policy does not say. evidence: of this class, if weaker than the policy's.
    """

    code: str
    rank: int | None
    rests_on: tuple[str, ...]
    says: str
    when: Condition
    asks_when: Condition | None
    evidence: str

    def find(self, facts: Mapping[str, FactValue]) -> Finding:
        """Whether the class applies: true, false, or unknown with the facts it would need."""
        found = self.when.find(facts)
        if found.truth is True or self.asks_when is None:
            return found
        doubt = self.asks_when.find(facts)
        if doubt.truth is False:
            return found
        return Finding(None, because=doubt.because, missing=found.missing | doubt.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityPolicy:
    """One policy. bases: which bases each stage allows. requires: what must hold beside any class. otherwise: what
    follows where no class applies. factors: (code, sentence) that a person weighs, for kind ``discretion``.
    """

    id: str
    version: str
    kind: Kind
    title: str
    in_force: InForce
    bases: Mapping[str, tuple[PriorityBasis, ...]]
    requires: Condition | None
    classes: tuple[PriorityClass, ...]
    factors: tuple[tuple[str, str], ...]
    otherwise: Otherwise
    source: Source
    evidence: str
    why: str
    path: Path

    def evaluate(self, facts: Mapping[str, FactValue], *, basis: PriorityBasis, on: date, stage: Stage) -> Priority:
        """What the policy says on these facts, of which only those of ``basis`` and of status count.

        Raises NoRuleInForce outside the policy's days, FactInvalid for a fact outside the glossary or a basis that the
        stage does not allow.
        """
        check(facts)
        if on not in self.in_force:
            raise NoRuleInForce(f"policy {self.id} on {on}: in force {self.in_force}; no priority was given")
        if basis not in self.bases.get(stage, ()):
            allowed = "; ".join(f"{s}: {' or '.join(b)}" for s, b in self.bases.items())
            raise FactInvalid(
                f"{self.id}: a {self.kind} at {stage} by {basis}; allowed: {allowed} [{self.source.title}]; none was given"
            )
        known = _settled(facts)
        found = [(one, one.find(known)) for one in self.classes if {basis, STATUS} & set(one.rests_on)]
        applies = [one for one, finding in found if finding.truth is True]
        open_ = [(one, finding) for one, finding in found if finding.truth is None]
        value, reasons, missing = self._value(applies, open_, known)
        counted = [one.evidence for one in (*applies, *(one for one, _ in open_))]
        return Priority(
            policy=self.id,
            version=self.version,
            kind=self.kind,
            basis=basis,
            evaluated_on=on,
            stage=stage,
            inputs_hash=facts_hash(
                {name: facts[name] for name in self.names if name in facts},
                policy=self.id, version=self.version, basis=basis, stage=stage, on=on,
            ),
            value=value,
            grounds=tuple(one.code for one in applies),
            open=tuple(one.code for one, _ in open_),
            missing=tuple(sorted(missing)),
            reasons=reasons,
            evidence=weakest([self.evidence, *counted]),
        )  # fmt: skip

    def stated(self, codes: Sequence[str], *, basis: PriorityBasis, stage: Stage) -> str:
        """What classes that a person names come to: the best rank, ``listed``, ``none``; factors of discretion ``weighed``.

        Raises FactInvalid for a code that the policy does not have, one that rests on other acts than ``basis``, one twice,
        or a basis that the stage does not allow.
        """
        if basis not in self.bases.get(stage, ()):
            raise FactInvalid(f"{self.id}: no {self.kind} at {stage} by {basis}; nothing was recorded")
        there = {one.code: one for one in self.classes if {basis, STATUS} & set(one.rests_on)}
        known = {code for code, _ in self.factors} | set(there)
        wrong = sorted(set(codes) - known)
        if wrong or len(set(codes)) != len(codes):
            raise FactInvalid(
                f"{self.id} by {basis} has no class {', '.join(wrong) or 'twice'}; there are: {', '.join(sorted(known))}. "
                "Nothing was recorded."
            )
        if self.kind == "discretion":
            return WEIGHED
        ranks = [rank for code in codes if (rank := there[code].rank) is not None]
        return str(min(ranks)) if ranks else "listed" if codes else "none"

    def truth_of(self, facts: Mapping[str, FactValue], *, basis: PriorityBasis) -> Mapping[str, bool | None]:
        """Class code -> whether its condition holds on these facts; None: may hold. Classes of other bases are left out."""
        known = _settled(facts)
        return {one.code: one.find(known).truth for one in self.classes if {basis, STATUS} & set(one.rests_on)}

    @property
    def names(self) -> frozenset[str]:
        """Every fact that the policy looks at; ``conviction.known`` always."""
        conditions = [self.requires, *(c for one in self.classes for c in (one.when, one.asks_when))]
        return frozenset({"conviction.known"}).union(*(c.names for c in conditions if c is not None))

    def _value(
        self, applies: list[PriorityClass], open_: list[tuple[PriorityClass, Finding]], facts: Mapping[str, FactValue]
    ) -> tuple[PriorityValue, tuple[str, ...], frozenset[str]]:
        nothing: frozenset[str] = frozenset()
        if self.kind == "discretion":
            weighed = tuple(says for _, says in self.factors)
            return "needs_person", ("discretion is a named person's; factors to weigh follow", *weighed), nothing
        needed = None if self.requires is None else self.requires.find(facts)
        if needed is not None and needed.truth is False:
            return "none", (f"not met: {', '.join(sorted(needed.because))}",), nothing
        value, reasons, missing = self._of_classes(applies, open_)
        if needed is not None and needed.truth is None and value != "none":
            return (
                "needs_person",
                (*reasons, "what the policy requires beside a class is not known"),
                missing | needed.missing,
            )
        return value, reasons, missing

    def _of_classes(
        self, applies: list[PriorityClass], open_: list[tuple[PriorityClass, Finding]]
    ) -> tuple[PriorityValue, tuple[str, ...], frozenset[str]]:
        reasons = tuple(f"{one.code}: {one.says}" for one in applies)
        best = min((one.rank for one in applies if one.rank is not None), default=None)
        matter = [
            (one, f)
            for one, f in open_
            if not applies or (best is not None and one.rank is not None and one.rank < best)
        ]
        if matter:
            doubts = tuple(f"{one.code} may apply: {one.says}" for one, _ in matter)
            return "needs_person", (*reasons, *doubts), frozenset().union(*(f.missing for _, f in matter))
        if best is not None:
            value: PriorityValue = "1" if best == 1 else "2" if best == 2 else "3"
            return value, reasons, frozenset()
        if applies:
            return "listed", reasons, frozenset()
        told = {
            "none": "no class of the policy applies",
            "needs_person": "no class that is known applies, and the policy's text is not known beyond them",
        }
        return self.otherwise, (told[self.otherwise],), frozenset()


def _settled(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts, with what follows where it is known that there is no conviction; what is given contradicts nothing."""
    if facts.get("conviction.known") != "none":
        return dict(facts)
    against = sorted(name for name, value in NO_CONVICTION.items() if facts.get(name, value) != value)
    if against:
        raise FactInvalid(
            f"no conviction is known, and yet {', '.join(against)} say otherwise; no priority was given. Correct the history."
        )
    return {**NO_CONVICTION, **facts}


def read_priority_policy(path: Path) -> PriorityPolicy:
    """One policy from its file. Raises RuleInvalid, naming the file and what is wrong in it."""
    sheet = Sheet(read(path), str(path))
    kind = next(k for k in KINDS if k == sheet.text("kind", choices=KINDS))
    bases_sheet = sheet.table("bases")
    bases: dict[str, tuple[PriorityBasis, ...]] = {stage: _bases(bases_sheet, stage) for stage in STAGES}
    bases_sheet.finish()
    source = Source.read(sheet.table("source"))
    mark = evidence_of(sheet, source)
    otherwise = "none" if kind == "discretion" else sheet.text("otherwise", choices=("none", "needs_person"))
    policy = PriorityPolicy(
        id=sheet.text("id"),
        version=str(sheet.whole("version", at_least=1)),
        kind=kind,
        title=sheet.text("title"),
        in_force=InForce.read(sheet.table("in_force")),
        bases=bases,
        requires=read_condition(sheet.table("requires")) if sheet.has("requires") else None,
        classes=tuple(_class(one, mark) for one in sheet.tables("classes")),
        factors=tuple(_factor(one) for one in sheet.tables("factors")),
        otherwise="none" if otherwise == "none" else "needs_person",
        source=source,
        evidence=mark,
        why=sheet.text("why"),
        path=path,
    )
    if "requires" in sheet.keys() and not sheet.has("requires"):  # noqa: SIM118 - an empty condition must not mean "nothing"
        raise sheet.wrong("requires", None, "a condition; leave the key out for a policy without one")
    sheet.value("requires")
    sheet.finish()
    _whole(sheet, policy)
    return policy


def _whole(sheet: Sheet, policy: PriorityPolicy) -> None:
    """Refuse a policy whose parts do not fit together."""
    codes = [one.code for one in policy.classes] + [code for code, _ in policy.factors]
    if len(set(codes)) != len(codes):
        raise sheet.wrong("classes", codes, "each code once")
    if (policy.kind == "discretion") == bool(policy.classes) or (policy.kind == "discretion") != bool(policy.factors):
        raise sheet.wrong("classes", policy.kind, "classes, or for discretion factors and no class")
    ranked = {one.rank is not None for one in policy.classes}
    if len(ranked) > 1 or (ranked == {True} and policy.kind != "priority"):
        raise sheet.wrong("rank", policy.kind, "a rank for every class of a priority or for none; no other kind ranks")
    if policy.evidence == EVIDENCE[0] and policy.otherwise != "needs_person" and policy.kind != "discretion":
        raise sheet.wrong("otherwise", policy.otherwise, f"needs_person, since the evidence is {EVIDENCE[0]}")


def _bases(sheet: Sheet, stage: str) -> tuple[PriorityBasis, ...]:
    found = sheet.texts(stage)
    if not found or not set(found) <= set(PRIORITY_BASES):
        raise sheet.wrong(stage, found, ", ".join(PRIORITY_BASES))
    return tuple(basis for basis in PRIORITY_BASES if basis in found)


def _class(sheet: Sheet, mark: str) -> PriorityClass:
    one = PriorityClass(
        code=_code(sheet),
        rank=sheet.whole("rank", at_least=1) if sheet.has("rank") else None,
        rests_on=sheet.texts("rests_on"),
        says=sheet.text("says"),
        when=read_condition(sheet.table("when")),
        asks_when=read_condition(sheet.table("asks_when")) if sheet.has("asks_when") else None,
        evidence=sheet.text_or_none("evidence", choices=EVIDENCE) or mark,
    )
    for key in ("rank", "asks_when"):
        sheet.value(key)
    sheet.finish()
    if one.rank is not None and one.rank > 3:
        raise sheet.wrong("rank", one.rank, "1, 2 or 3")
    if not one.rests_on or not set(one.rests_on) <= {*PRIORITY_BASES, STATUS}:
        raise sheet.wrong("rests_on", one.rests_on, f"{', '.join(PRIORITY_BASES)}, {STATUS}")
    _acts_of_its_basis(sheet, one)
    return one


def _acts_of_its_basis(sheet: Sheet, one: PriorityClass) -> None:
    """A class by conviction may not look at a charge: mixing the two is the main misreading of the record."""
    names: Iterable[str] = one.when.names | (one.asks_when.names if one.asks_when else frozenset())
    acts = {_RESTS_BY_PREFIX[prefix] for name in names if (prefix := name.partition(".")[0]) in _RESTS_BY_PREFIX}
    if not acts <= set(one.rests_on):
        raise sheet.wrong("when", ", ".join(sorted(acts - set(one.rests_on))), f"facts of {', '.join(one.rests_on)}")


def _code(sheet: Sheet) -> str:
    code = sheet.text("code")
    if not _CODE.match(code):
        raise sheet.wrong("code", code, "small letters, digits and _")
    return code


def _factor(sheet: Sheet) -> tuple[str, str]:
    factor = (_code(sheet), sheet.text("says"))
    sheet.finish()
    return factor
