"""The fact glossary: every fact that a rule may name, with its type. A rule that names another is refused.

Unknown is a fact's absence, never a default value. A fact that is asserted says from where, as of when and by whom;
one that is too old to rely on counts as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tenprint.errors import FactInvalid
from tenprint.model.law_facts import LAW_FACTS

FactValue = bool | int | str | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact a rule may use. kind: bool, int, str, date or set (of texts); choices: the closed list, if there is one.

    lasts_days: days after its as-of during which it may be relied on, None without limit; lasting: values that age never
    makes unknown.
    """

    name: str
    kind: str
    says: str
    source: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    lasts_days: int | None = None
    lasting: tuple[str, ...] = ()


STATUS_LASTS_DAYS: Final = 1095
"""How long an immigration status may be relied on after its newest record, days. Set by: tenprint (ADR 0010); domain 5.3 F19
asks for a rule of freshness and gives no figure; in Makowski and Gonzalez the record was older than the naturalisation."""

NO_CONVICTION_LASTS_DAYS: Final = 365
"""How long "no conviction known" may be relied on after the search of records, days; a conviction that is known stays known.
Set by: tenprint (ADR 0010); no source gives a figure."""

GLOSSARY: dict[str, Fact] = {}
"""Fact name -> definition. The reference page is generated from it."""


def _fact(
    name: str, kind: str, says: str, source: str, choices: str = "", unit: str = "", *,
    lasts_days: int | None = None, lasting: str = "",
) -> None:  # fmt: skip
    GLOSSARY[name] = Fact(name, kind, says, source, tuple(choices.split()), unit, lasts_days, tuple(lasting.split()))


_fact("submission.tot", "str", "Type of transaction", "EBTS 1.004 TOT")
_fact("submission.ori", "str", "Originating agency", "EBTS 1.008 ORI")
_fact("submission.cri", "str", "Controlling agency: the booking station", "EBTS 2.073 CRI")
_fact("submission.retain", "bool", "The sender asks for retention", "EBTS 2.005 RET")
_fact("repository.name", "str", "Repository asked about", "programme")
_fact("person.age_years", "int", "Age on the day of booking", "EBTS 2.022 DOB", unit="years")
_fact(
    "person.juvenile",
    "bool",
    "Under 18 on the day of booking and not to be treated as an adult",
    "EBTS 2.022, 2.087 TAA",
)
_fact("person.protected", "bool", "Victim, witness or plaintiff", "asserted, with source")
_fact(
    "charge.ncic",
    "str",
    "NCIC offence code of the most serious charge that stands, under the level policy of the day",
    "coded by a named person",
)
_fact(
    "charge.code_source", "str", "Whether the code was given or defaulted", "coded by a named person", "coded defaulted"
)
_fact("charge.severity", "str", "Class of the charge", "coded by a named person", "felony misdemeanor infraction")
_fact(
    "conviction.known",
    "str",
    "Whether any conviction is known; unknown is not none",
    "criminal history",
    "yes none unknown",
    lasts_days=NO_CONVICTION_LASTS_DAYS,
    lasting="yes unknown",
)
_fact("conviction.ncic", "str", "NCIC offence code of the conviction evaluated", "criminal history")
_fact(
    "conviction.felonies",
    "int",
    "Convictions each punishable by more than one year",
    "criminal history",
    unit="convictions",
)
_fact(
    "conviction.misdemeanors",
    "int",
    "Convictions each punishable by less than one year",
    "criminal history",
    unit="convictions",
)
_fact("conviction.exactly_one_year", "int", "Convictions punishable by exactly one year: in neither set", "criminal history",
      unit="convictions")  # fmt: skip
_fact("conviction.classes", "set", "Named classes of convictions held", "criminal history")
_fact("conviction.age_years", "int", "Completed years since the conviction relied on", "criminal history", unit="years")
_fact("conviction.in_custody_for", "bool", "The person is now held for the conviction relied on", "criminal history")
_fact(
    "conviction.years_since_prison",
    "int",
    "Completed years since release from prison for it",
    "criminal history",
    unit="years",
)
_fact("conviction.aggravated_felony", "bool", "A person's finding under INA 101(a)(43), with statute", "human finding")
_fact("offense.ncic", "str", "NCIC code of the offence evaluated", "charge or conviction")
_fact("offense.basis", "str", "Charge or conviction", "charge or conviction", "charge conviction")
_fact(
    "offense.code_source", "str", "Whether the code was given or defaulted", "charge or conviction", "coded defaulted"
)
_fact("sentence.days", "int", "Sentence imposed for the offence evaluated", "criminal history", unit="days")
_fact("detainer.form", "str", "Form edition", "domain: I-247 family")
_fact("detainer.served", "bool", "A copy was served on the person", "case")
_fact("detainer.warrant", "str", "Warrant that came with it", "case", "none administrative judicial criminal")
_fact("detainer.probable_cause", "str", "Basis box with evidence", "case")
_fact("status.value", "str", "Status found by the specialist", "IAR",
      "USC LPR nonimmigrant_in_status refugee_asylee pending_application overstay EWI removal_order previously_removed parolee "
      "no_record unable_to_determine", lasts_days=STATUS_LASTS_DAYS, lasting="USC")  # fmt: skip
_fact(
    "status.removable",
    "str",
    "The specialist's indication; an opinion, not probable cause",
    "IAR",
    "yes no undetermined",
    lasts_days=STATUS_LASTS_DAYS,
)
_fact("identity.examiners", "int", "Independent examiners who identified", "case", unit="examiners")
_fact(
    "agreement.cost_reimbursed", "bool", "Written agreement that all costs are reimbursed is in force", "jurisdiction"
)
_fact("claim.citizenship_open", "bool", "A claim of US citizenship is open", "case")
_fact("jurisdiction.state", "str", "State, two letters", "participation record")
_fact("jurisdiction.county", "str", "County", "participation record")
_fact("disposition.outcome", "str", "How the booking's charges ended, known only when all have ended, and alike", "criminal history",
      "convicted acquitted dismissed not_prosecuted vacated deferred pending")  # fmt: skip
_fact(
    "disposition.age_days", "int", "Days since the last of the charges' dispositions", "criminal history", unit="days"
)
_fact(
    "disposition.all_charges_ended",
    "bool",
    "Every coded charge of the booking ended in the person's favour",
    "criminal history",
)
_fact("record.owner_request", "bool", "The agency that controls the arrest asks for deletion", "EBTS CDEL, 2.073 CRI")
_fact("record.court_order", "bool", "A court ordered the deletion", "court")
_fact("facility.honours_detainers", "bool", "The facility's own policy is to honour detainers", "facility")

for _row in LAW_FACTS:
    _fact(*_row)

_TYPES: Final = {"bool": bool, "int": int, "str": str, "date": date, "set": tuple}


def check(facts: Mapping[str, FactValue]) -> None:
    """Raise FactInvalid if a fact is not in the glossary, has another type, or is outside its closed list."""
    for name, value in facts.items():
        fact = GLOSSARY.get(name)
        if fact is None:
            raise FactInvalid(f"no fact {name!r} in the glossary (model/facts.py); nothing was decided")
        right = isinstance(value, _TYPES[fact.kind]) and not (fact.kind == "int" and isinstance(value, bool))
        if not right:
            raise FactInvalid(f"fact {name} is {value!r}; the glossary wants {fact.kind}; nothing was decided")
        if fact.choices and value not in fact.choices:
            raise FactInvalid(f"fact {name} is {value!r}; allowed: {', '.join(fact.choices)}; nothing was decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertedFact:
    """A fact as somebody asserted it: what a decision that rests on it must be able to show.

    source: the event, form or record that it was taken from, in words without person data. as_of: the day of the newest
    record underneath, None if nobody stated it. asserted_by: id of the actor who answers for it. outdated: the source says itself
    that it is too old to rely on. Raises FactInvalid for a value that the glossary does not allow, or a blank source or asserter.
    """

    name: str
    value: FactValue
    source: str
    as_of: date | None
    asserted_by: str
    outdated: bool = False

    def __post_init__(self) -> None:
        check({self.name: self.value})
        if not self.source.strip() or not self.asserted_by.strip():
            raise FactInvalid(
                f"fact {self.name} is asserted without its source or without who asserts it; nothing was decided. Name both."
            )

    @property
    def kind(self) -> str:
        """Its type in the glossary: bool, int, str, date or set."""
        return GLOSSARY[self.name].kind

    def stale(self, on: date) -> str | None:
        """Why it may not be relied on on a day, in words; None when it may. A stale fact counts as unknown."""
        fact = GLOSSARY[self.name]
        if self.value in fact.lasting:
            return None
        if self.outdated:
            return "stale: its source calls the records underneath too old to rely on"
        if fact.lasts_days is None:
            return None
        if self.as_of is None:
            return f"stale: nobody stated as of when, and it may be relied on for {fact.lasts_days} days only"
        if on > self.as_of + timedelta(days=fact.lasts_days):
            return f"stale: as of {self.as_of}, and it may be relied on for {fact.lasts_days} days only"
        return None
