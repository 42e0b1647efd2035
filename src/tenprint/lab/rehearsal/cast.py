"""Who acts in a rehearsal: agencies, and staff whose names say that they are simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tenprint.ids import fresh_secret
from tenprint.workflow import people
from tenprint.workflow.house import House
from tenprint.workflow.people import Actor, Granted
from tenprint.workflow.signing_in import set_password

LOS_ANGELES: Final = "CA0190000"
"""A booking agency whose state has signed: searched under both profiles."""

HARRIS: Final = "TX1010000"
"""The first place of the historical programme; its state has signed."""

BOSTON: Final = "MA0130100"
"""Active by a pilot, without the state's agreement: searched under ``historical``, not under ``consent``."""

LAKE: Final = "IL0490000"
"""Its state gave notice on 4 May 2011: under ``consent`` searched until 2 June, and no longer from 3 June on."""

CAMBRIDGE: Final = "MA0090000"
"""Not active in June 2011."""

AGENCIES: Final = {
    LOS_ANGELES: "Los Angeles County",
    HARRIS: "Harris County",
    BOSTON: "Boston",
    LAKE: "Lake County IL",
    CAMBRIDGE: "Middlesex County MA",
}
"""ORI -> name of the simulated booking desk. The ORIs are illustrative."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody of a rehearsal. agencies: by ORI, with their keys."""

    agencies: dict[str, Granted]
    examiners: tuple[Actor, Actor]
    supervisor: Actor
    specialist: Actor
    charge_officers: tuple[Actor, Actor]
    officer: Actor
    jail: Actor
    custodian: Granted
    owner: Actor


def people_of(cast: Cast) -> tuple[Actor, ...]:
    """The simulated staff who may sign in at the pages."""
    return (
        *cast.examiners,
        cast.supervisor,
        cast.specialist,
        *cast.charge_officers,
        cast.officer,
        cast.jail,
        cast.custodian.actor,
    )


def give_password(house: House, cast: Cast, operator: Actor) -> str:
    """One password for all of the simulated staff, drawn for this rehearsal alone; returns it, to be shown once."""
    password = fresh_secret()[:20]
    for actor in people_of(cast):
        set_password(house, actor.id, password, by=operator)
    return password


def hire(house: House, operator: Actor) -> Cast:
    """Register the cast. Raises NotPermitted unless ``operator`` may administer."""

    def person(role: str, *, extra: str = "") -> Granted:
        label = f"simulated {role}{f' {extra}' if extra else ''}"
        return people.grant(house, kind="person", label=label, roles=[role], oris=["*"], by=operator)

    return Cast(
        agencies={
            ori: people.grant(
                house, kind="agency", label=f"simulated booking desk, {name}", roles=["agency"], oris=[ori], by=operator
            )
            for ori, name in AGENCIES.items()
        },
        examiners=(person("examiner", extra="A").actor, person("examiner", extra="B").actor),
        supervisor=person("supervisor").actor,
        specialist=person("status-specialist").actor,
        charge_officers=(person("charge-officer", extra="A").actor, person("charge-officer", extra="B").actor),
        officer=person("field-officer").actor,
        jail=person("jail-officer").actor,
        custodian=person("custodian"),
        owner=person("repository-owner").actor,
    )
