"""A programme as one signed folder: who takes part in it, what may be searched, by which rules, under which profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.gate import PROFILES
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import ORI, Jurisdictions
from tenprint.refer.participation.sources import Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read
from tenprint.refer.policy.rulebook import RuleBook

MOST_REVIEW_DAYS = 90
"""Longest review period a programme may state, days. Set by: design decision 8, RET=N data go when the verification
closes; three months is already far beyond any examiner's queue."""


TOTS = (
    "CAR", "CNA", "CPNU", "CPDR", "DOCE", "EMUF", "FANC", "FAUF", "FNDR", "NNDR", "NFAP", "NFUE", "NFUF", "MAP", "DEK", "DEU", "MPR", "AMN",
    "CARC", "CNAC", "DEKC", "FNCC", "FUFC", "MAPC", "NFFC", "NFDP",
)  # fmt: skip
"""Types of ten-print transaction that a repository may name; another one is a slip of the pen and would open nothing. Source: EBTS 9.1
(domain 1.4)."""

FLOWS = ("gate", "edit_checks", "criminal_search", "immigration_search", "status_response")
"""The flows that have a response target. Source: domain 6.3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A named gallery of the programme. owner, purpose: texts for people. tots: types of transaction that may open it.

    review_tots: types that a person must admit. retention_enrols: True where RET=Y enrols the encounter.
    """

    name: str
    title: str
    owner: str
    purpose: str
    tots: tuple[str, ...]
    review_tots: tuple[str, ...]
    retention_enrols: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTarget:
    """How soon a flow should end. seconds: 95 of 100 within it. source and evidence as everywhere."""

    flow: str
    seconds: int
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One programme. profile: the one it ships with, ``consent`` or ``historical``; a change is an event, never an
    argument.

    review_period: after receipt, images and templates of RET=N are destroyed at the latest then. own_ori: 1.008 of its
    answers, nine characters. roles: name -> what it decides. rules: see `RuleBook`. hash: SHA-256, hex, over every
    file.
    """

    id: str
    title: str
    profile: str
    repositories: Mapping[str, Repository]
    review_period: timedelta
    review_source: Source
    roles: Mapping[str, str]
    response_targets: Mapping[str, ResponseTarget]
    own_ori: str
    rules: RuleBook
    root: Path

    @classmethod
    def load(cls, root: Path) -> Programme:
        """A programme's folder, whole. Raises RuleInvalid or RulesConflict, naming the file and what is wrong in it."""
        path = root / "programme.yaml"
        sheet = Sheet(read(path), str(path))
        rules = RuleBook.load(root)
        retention = sheet.table("retention")
        days = retention.whole("review_days", at_least=1)
        if days > MOST_REVIEW_DAYS:
            raise retention.wrong("review_days", days, f"at most {MOST_REVIEW_DAYS}")
        review_source = Source.read(retention.table("source"))
        evidence_of(retention, review_source)
        retention.finish()
        programme = cls(
            id=sheet.text("id"),
            title=sheet.text("title"),
            profile=sheet.text("profile", choices=PROFILES),
            repositories=_by_name(sheet),
            review_period=timedelta(days=days),
            review_source=review_source,
            roles=MappingProxyType(_roles(sheet.table("roles"))),
            response_targets=_targets(sheet),
            own_ori=sheet.text("own_ori"),
            rules=rules,
            root=root,
        )
        _all_listed(sheet, path, "level_policies", "levels", {policy.id for policy in rules.level_policies})
        _all_listed(sheet, path, "priority_policies", "priorities", {policy.id for policy in rules.priority_policies})
        sheet.finish()
        if not ORI.match(programme.own_ori):
            raise RuleInvalid(f"{path}: own_ori is {programme.own_ori!r}; allowed: nine characters, two letters first")
        unknown = sorted({rule.role for rule in rules.rules if rule.role is not None} - set(programme.roles))
        if unknown:
            raise RuleInvalid(f"{path}: rules name the roles {', '.join(unknown)}, which the programme does not have")
        return programme

    @property
    def hash(self) -> str:
        """SHA-256, hex, over every file of the programme."""
        return self.rules.hash

    @property
    def history(self) -> ParticipationHistory:
        """The participation documents the programme ships with; `workflow` adds those recorded since."""
        return self.rules.history

    @property
    def jurisdictions(self) -> Jurisdictions:
        """The places of the programme."""
        return self.rules.history.jurisdictions

    @property
    def level_policies(self) -> tuple[str, ...]:
        """The ids of every level policy, in file order."""
        return tuple(policy.id for policy in self.rules.level_policies)

    def level_policies_on(self, on: date) -> tuple[str, ...]:
        """The ids of the level policies in force on a day; empty when there is none."""
        return self.rules.level_policy_in_force(on)


def _all_listed(sheet: Sheet, path: Path, key: str, folder: str, found: set[str]) -> None:
    """What is signed names every policy: one more or one less in the folder is refused."""
    listed = sheet.texts(key)
    if set(listed) != found:
        raise RuleInvalid(f"{path}: {key} are {', '.join(listed)}; the folder {folder}/ holds others; list them all")


def programme_root(name: str = "secure_communities") -> Path:
    """The folder of a programme that ships with tenprint. Raises RuleInvalid when there is none of that name."""
    package = f"tenprint.programmes.{name}"
    try:
        with resources.as_file(resources.files(package) / "programme.yaml") as path:
            root = path.parent
    except ModuleNotFoundError as refused:
        raise RuleInvalid(f"no programme {name!r} ships with tenprint; nothing was loaded") from refused
    if not (root / "programme.yaml").is_file():
        raise RuleInvalid(f"{root}: no programme.yaml in it; nothing was loaded. Install tenprint again.")
    return root


def _by_name(sheet: Sheet) -> Mapping[str, Repository]:
    found: dict[str, Repository] = {}
    for table in sheet.tables("repositories"):
        repository = Repository(
            name=table.text("name"),
            title=table.text("title"),
            owner=table.text("owner"),
            purpose=table.text("purpose"),
            tots=table.texts("tots"),
            review_tots=table.texts("review_tots"),
            retention_enrols=table.flag("retention_enrols", absent=False),
        )
        table.finish()
        for key, tots in (("tots", repository.tots), ("review_tots", repository.review_tots)):
            if not set(tots) <= set(TOTS):
                raise table.wrong(key, tots, ", ".join(TOTS))
        if repository.name in found:
            raise table.wrong("name", repository.name, "each repository once")
        found[repository.name] = repository
    immigration = found.get("immigration")
    if immigration is not None and (
        immigration.retention_enrols or immigration.review_tots or set(immigration.tots) - {"CAR", "CNA"}
    ):
        raise sheet.wrong(
            "repositories", "immigration", "CAR and CNA only, and no enrolment by a booking (design decisions 1 and 8)"
        )
    return MappingProxyType(found)


def _roles(sheet: Sheet) -> dict[str, str]:
    roles = {name: sheet.text(name) for name in sheet.keys()}  # noqa: SIM118 - a Sheet is no mapping
    sheet.finish()
    return roles


def _targets(sheet: Sheet) -> Mapping[str, ResponseTarget]:
    targets: dict[str, ResponseTarget] = {}
    for table in sheet.tables("response_targets"):
        source = Source.read(table.table("source"))
        target = ResponseTarget(
            flow=table.text("flow", choices=FLOWS),
            seconds=table.whole("seconds", at_least=1),
            source=source,
            evidence=evidence_of(table, source),
        )
        table.finish()
        if target.flow in targets:
            raise table.wrong("flow", target.flow, "each flow once")
        targets[target.flow] = target
    return MappingProxyType(targets)
