"""Every rule, level policy, clock and participation document of one programme, read once and asked many times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

from tenprint.errors import NoRuleInForce, RuleInvalid
from tenprint.model import canonical
from tenprint.model.facts import FactValue
from tenprint.refer.participation.documents import load_documents
from tenprint.refer.participation.facilities import Facilities
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdictions
from tenprint.refer.policy.answers import Answer, Given, answer
from tenprint.refer.policy.clock import ClockRule, chosen, read_clocks, soonest
from tenprint.refer.policy.form_editions import Form, read_forms
from tenprint.refer.policy.level_policies import LevelPolicy, read_policy
from tenprint.refer.policy.levels import AggravatedFelonyFinding, Basis, Level, Offence, Stage
from tenprint.refer.policy.notices import NoticeRule, read_notices
from tenprint.refer.policy.priorities import Priority, PriorityBasis
from tenprint.refer.policy.priority_policies import PriorityPolicy, read_priority_policy
from tenprint.refer.policy.rules import Rule, Scope, read_rules
from tenprint.refer.policy.spans import TaskSpan, read_spans
from tenprint.refer.policy.vocabularies import FILE, Vocabularies

CASES_SUFFIX = ".cases.yaml"
"""Ending of the files of cases that stand beside rules, levels and clocks."""


class RuleBook:
    """The rules of one programme. Immutable; reads no time: every question brings its day."""

    def __init__(
        self,
        *,
        rules: Sequence[Rule],
        level_policies: Sequence[LevelPolicy],
        clocks: Sequence[ClockRule],
        history: ParticipationHistory,
        content_hash: str,
        facilities: Facilities | None = None,
        notices: Sequence[NoticeRule] = (),
        task_spans: Sequence[TaskSpan] = (),
        priority_policies: Sequence[PriorityPolicy] = (),
        forms: Mapping[str, Form] | None = None,
        vocabularies: Vocabularies | None = None,
    ) -> None:
        """Raises RuleInvalid when an id stands twice or ``replaces`` names no rule."""
        _once([rule.id for rule in rules], "rule")
        _once([p.id for p in level_policies] + [p.id for p in priority_policies], "level or priority policy")
        _once([clock.id for clock in clocks], "clock")
        ids = {rule.id for rule in rules}
        for rule in rules:
            if rule.replaces is not None and rule.replaces not in ids:
                raise RuleInvalid(
                    f"{rule.path}: {rule.id} replaces {rule.replaces}, which is no rule; nothing was loaded"
                )
        self._rules = tuple(rules)
        self._policies = {policy.id: policy for policy in level_policies}
        self._priorities = {policy.id: policy for policy in priority_policies}
        self._forms = dict(forms or {})
        self._clocks = tuple(clocks)
        self._history = history
        self._hash = content_hash
        self._facilities = facilities or Facilities()
        self._notices = tuple(notices)
        self._vocabularies = vocabularies or Vocabularies({})
        self._task_spans = tuple(task_spans)

    @classmethod
    def load(cls, root: Path) -> RuleBook:
        """Everything under a programme's folder: ``rules/``, ``levels/``, ``priorities/``, ``forms/``, ``clocks/``,
        ``participation/``, ``jurisdictions.yaml``, ``facilities.yaml``, ``notices.yaml``, ``task_spans.yaml``,
        ``vocabularies.yaml``.

        Raises RuleInvalid or RulesConflict, naming the file and what is wrong in it.
        """
        jurisdictions = Jurisdictions.load(root / "jurisdictions.yaml")
        return cls(
            rules=[rule for path in files(root / "rules") for rule in read_rules(path)],
            level_policies=[read_policy(path) for path in files(root / "levels")],
            priority_policies=[read_priority_policy(path) for path in files(root / "priorities")],
            forms=read_forms(list(files(root / "forms"))),
            clocks=[clock for path in files(root / "clocks") for clock in read_clocks(path)],
            history=ParticipationHistory(load_documents(root / "participation"), jurisdictions),
            content_hash=folder_hash(root),
            facilities=Facilities.load(root / "facilities.yaml"),
            notices=read_notices(root / "notices.yaml"),
            vocabularies=Vocabularies.load(root / FILE),
            task_spans=read_spans(root / "task_spans.yaml"),
        )

    @property
    def hash(self) -> str:
        """SHA-256, hex, over every file of the programme: names its edition."""
        return self._hash

    @property
    def history(self) -> ParticipationHistory:
        """The participation documents that the programme ships with."""
        return self._history

    @property
    def facilities(self) -> Facilities:
        """The register of facilities."""
        return self._facilities

    @property
    def notices(self) -> tuple[NoticeRule, ...]:
        """What is owed to whom and by when, in file order."""
        return self._notices

    @property
    def vocabularies(self) -> Vocabularies:
        """The words of the programme's own: classes of offences and registries."""
        return self._vocabularies

    @property
    def task_spans(self) -> tuple[TaskSpan, ...]:
        """How long tasks may wait before they are late, in file order."""
        return self._task_spans

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in file order."""
        return self._rules

    @property
    def level_policies(self) -> tuple[LevelPolicy, ...]:
        """Every level policy, in file order."""
        return tuple(self._policies.values())

    @property
    def priority_policies(self) -> tuple[PriorityPolicy, ...]:
        """Every policy of priorities, grounds for a detainer and discretion, in file order: none gives a level."""
        return tuple(self._priorities.values())

    @property
    def forms(self) -> Mapping[str, Form]:
        """Form id -> edition of the detainer forms, by first day of use."""
        return self._forms

    @property
    def clocks(self) -> tuple[ClockRule, ...]:
        """Every clock, in file order."""
        return self._clocks

    @property
    def questions(self) -> tuple[str, ...]:
        """Every question that some rule answers, in alphabetical order."""
        return tuple(sorted({rule.question for rule in self._rules}))

    def ask(self, question: str, facts: Given, *, on: date, scope: Scope) -> Answer:
        """One of the four answers, with its trace. Absent and stale facts are unknown: never permission, never "no".

        scope: the place asked about; its None parts are not known. Raises FactInvalid, NoRuleInForce (naming the
        nearest rule and when it ended) or RulesConflict (naming both).
        """
        return answer(question, self._rules, facts, on=on, place=scope)

    def shortest_limit(self, question: str, *, on: date, scope: Scope) -> int | None:
        """The least hours that any rule on the question states that is in force on a day and not known to be of another place.

        Whether its condition holds is not asked: this is what bounds a hold while a person, not a rule, decides. None: no rule states
        one.
        """
        stated = [
            rule.max_hold_hours
            for rule in self._rules
            if rule.question == question and rule.max_hold_hours is not None
            and on in rule.in_force and rule.scope.covers(scope)[0] is not False
        ]  # fmt: skip
        return min(stated, default=None)

    def levels(
        self,
        policy_id: str,
        offences: Sequence[Offence],
        *,
        basis: Basis,
        on: date,
        stage: Stage,
        aggravated_felony: AggravatedFelonyFinding | None = None,
        conviction_known: str | None = None,
        charges_ended: bool = False,
    ) -> Level:
        """The level of these offences under one policy (see `LevelPolicy.evaluate`).

        Raises NoRuleInForce for an unknown policy or a day outside it, FactInvalid for a basis that the stage does not
        allow.
        """
        policy = self._policies.get(policy_id)
        if policy is None:
            raise NoRuleInForce(
                f"no level policy {policy_id!r}; there are: {', '.join(self._policies) or 'none'}; no level was given"
            )
        return policy.evaluate(
            offences,
            basis=basis,
            on=on,
            stage=stage,
            aggravated_felony=aggravated_felony,
            conviction_known=conviction_known,
            charges_ended=charges_ended,
        )

    def priority(
        self, policy_id: str, facts: Mapping[str, FactValue], *, basis: PriorityBasis, on: date, stage: Stage
    ) -> Priority:
        """What one policy of priorities, grounds or discretion says (see `PriorityPolicy.evaluate`); never a level.

        Raises NoRuleInForce for an unknown policy or a day outside it, FactInvalid for a basis that the stage does not
        allow or a fact outside the glossary.
        """
        policy = self._priorities.get(policy_id)
        if policy is None:
            raise NoRuleInForce(
                f"no priority policy {policy_id!r}; there are: {', '.join(self._priorities) or 'none'}; nothing was given"
            )
        return policy.evaluate(facts, basis=basis, on=on, stage=stage)

    def priority_policies_in_force(self, on: date) -> tuple[str, ...]:
        """The ids of the policies of priorities, grounds and discretion in force on a day."""
        return tuple(policy.id for policy in self._priorities.values() if on in policy.in_force)

    def level_policy_in_force(self, on: date) -> tuple[str, ...]:
        """The ids of the level policies in force on a day; empty when there is none."""
        return tuple(policy.id for policy in self._policies.values() if on in policy.in_force)

    def latest_day_of(self, policy_id: str, on: date) -> date:
        """``on``, or the last day of a level policy that has ended by then."""
        policy = self._policies.get(policy_id)
        until = None if policy is None else policy.in_force.until
        return until - timedelta(days=1) if until is not None and until <= on else on

    def calendar(self, *, on: date, form: str, scope: Scope) -> ClockRule:
        """The release clock for a form's edition at a place on a day: the tightest in force. Raises NoRuleInForce."""
        return chosen(self._clocks, on=on, form=form, place=scope)

    def hold_ends(self, start: datetime, *, tz: tzinfo, form: str, scope: Scope) -> tuple[ClockRule, datetime]:
        """By which clock a hold from ``start`` ends soonest, and when. Raises NoRuleInForce, UsageError (see `soonest`)."""
        return soonest(self._clocks, start=start, tz=tz, form=form, place=scope)


def files(folder: Path) -> Iterable[Path]:
    """The YAML files of a folder and below, without cases, by path."""
    return [path for path in sorted(folder.rglob("*.yaml")) if not path.name.endswith(CASES_SUFFIX)]


def folder_hash(root: Path) -> str:
    """SHA-256, hex, over every YAML and CSV file under ``root``: relative path and content, by path.

    Other files (this package's ``__init__``, compiled code) are not the programme.
    """
    if not root.is_dir():
        raise RuleInvalid(f"{root}: no such folder; no programme was loaded")
    content = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in (".yaml", ".csv")
    }
    return hashlib.sha256(b"tenprint programme v1\n" + canonical.encode(content)).hexdigest()


def _once(ids: Sequence[str], kind: str) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise RuleInvalid(f"the {kind} {', '.join(twice)} stands twice; nothing was loaded. Give each its own version.")
