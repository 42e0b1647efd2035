"""The immigration alien query (IAQ) and its response (IAR) as text: written and read, never sent from here.

The query follows the published Nlets tags. The response's field list is not public: its text form here is our own, and
says so in its first line. Both are by a named person; neither holds a default that looks like a fact.
Source: Nlets, Immigration Alien Transactions, legacy text examples; dossier 1.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.errors import FieldInvalid, FieldMissing, RecordUnparseable
from tenprint.exchange.dates import day_of, digits_of

DESTINATION: Final = "AX"
"""Where status queries go. Source: Nlets, IAQ, destination."""

DEFAULTED_OFFENSE: Final = "0399"
"""The generic immigration code that stands where no charge is coded. Source: Nlets, IAQ, OFF.

It says nothing about the charge: whoever reads it must not count it as an immigration offence (dossier 1.5)."""

STATUSES: Final = (
    "USC", "LPR", "nonimmigrant_in_status", "refugee_asylee", "pending_application", "overstay", "EWI", "removal_order",
    "previously_removed", "parolee", "no_record", "unable_to_determine",
)  # fmt: skip
"""What a specialist may find. Source: dossier 1.5; the same list as the fact ``status.value``."""

REMOVABLE: Final = ("yes", "no", "undetermined")
"""The specialist's indication: an opinion, not probable cause. Source: dossier 1.5."""

CITIZENSHIP_EVIDENCE: Final = ("derived", "naturalised", "us_birth_claim", "acquired")
"""Kinds of evidence of citizenship. Source: dossier 1.5."""

IAR_FIRST_LINE: Final = "IAR TENPRINT/1"
"""First line of a response in our own form, with its version."""

_SOURCE: Final = "Nlets, IAQ legacy text"
_FORMS: Final = {
    "PUR": r"[CF]", "ATN": r"[^./\x00-\x1f]{1,30}", "PHN": r"[0-9()+ -]{1,20}",
    "NAM": r"[^./,\x00-\x1f]{1,28},[^./\x00-\x1f]{1,29}",
    "DOB": r"[0-9]{8}", "SEX": r"[A-Z]", "POB": r"[A-Z]{2}", "CUS": r"[YN]", "OFF": r"[0-9]{4}", "ARN": r"[0-9]{8,9}",
    "FBI": r"[A-Za-z0-9]{1,9}", "SID": r"[A-Za-z0-9-]{3,10}",
}  # fmt: skip
_OPTIONAL: Final = frozenset({"ARN", "FBI", "SID"})
_ADDRESS: Final = re.compile(r"IAQ\.([A-Za-z0-9]{9})\.([A-Z]{2})\.TXT\s+(.*)", re.DOTALL)
_TAGGED: Final = re.compile(r"([A-Z]{3})/([^./\r\n]*)(?:[.\r\n]|\Z)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Iaq:
    """One query. attention: the accountable person who asks; offense: NCIC code, None when no charge is coded.

    purpose: C (criminal justice) or F; birth_place: NCIC state or country code; in_custody: as stated by the asker.
    """

    ori: str
    attention: str
    phone: str
    name: str
    birth_date: date
    sex: str
    birth_place: str
    in_custody: bool
    offense: str | None
    purpose: str = "C"
    destination: str = DESTINATION
    alien_number: str | None = None
    fbi_number: str | None = None
    sid: str | None = None

    @property
    def offense_code_source(self) -> str:
        """``coded``, or ``defaulted`` when the generic code stands for an uncoded charge."""
        return "coded" if self.offense is not None else "defaulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChecked:
    """One system that the specialist looked into. checked_on: the day; found: whether it held a record."""

    system: str
    checked_on: date
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Iar:
    """One response. status_as_of: date of the newest underlying record, None when the specialist gives none.

    removable: yes, no or undetermined; citizenship_evidence: kinds found; text: the specialist's words, may be empty.
    """

    reference: str
    specialist: str
    status: str
    status_as_of: date | None
    removable: str
    citizenship_evidence: tuple[str, ...]
    sources: tuple[SourceChecked, ...]
    text: str


def compose_iaq(query: Iaq) -> str:
    """The query as text, one line of address and one of tags. Raises FieldInvalid for a value of another form."""
    values = {
        "PUR": query.purpose, "ATN": query.attention, "PHN": query.phone, "NAM": query.name,
        "DOB": digits_of(query.birth_date), "SEX": query.sex, "POB": query.birth_place,
        "CUS": "Y" if query.in_custody else "N", "OFF": query.offense or DEFAULTED_OFFENSE,
        "ARN": query.alien_number, "FBI": query.fbi_number, "SID": query.sid,
    }  # fmt: skip
    given = {tag: value for tag, value in values.items() if value is not None}
    for tag, value in given.items():
        _require_form(tag, value)
    if query.offense == DEFAULTED_OFFENSE:
        raise FieldInvalid(
            f"OFF/{DEFAULTED_OFFENSE} as a coded offence",
            allowed="None for an uncoded charge, or its own code",
            source=_SOURCE,
        )
    text = f"IAQ.{query.ori}.{query.destination}.TXT\n" + ".".join(f"{tag}/{value}" for tag, value in given.items())
    if _ADDRESS.fullmatch(text) is None:
        raise FieldInvalid(
            "the sender is no ORI, or the destination no two letters", allowed="9 and 2 characters", source=_SOURCE
        )
    return text


def read_iaq(text: str) -> Iaq:
    """The inverse of `compose_iaq`. A six-digit date of birth (mmddyy) is refused: no century is guessed.

    OFF/0399 is read as *no coded offence*; tags that are not ours (OLN …) are skipped. Raises RecordUnparseable,
    FieldMissing or FieldInvalid.
    """
    address = _ADDRESS.fullmatch(text.strip())
    if address is None:
        raise RecordUnparseable("no query starts here", allowed="IAQ. sender .destination.TXT", source=_SOURCE)
    values: dict[str, str] = {}
    at, body = 0, address[3]
    while at < len(body):
        found = _TAGGED.match(body, at)
        if found is None or found[1] in values:
            raise RecordUnparseable(
                f"character {at} of the query starts no new tag",
                allowed="three letters, a slash, a value, a point",
                source=_SOURCE,
            )
        values[found[1]] = found[2]
        at = found.end()
    for tag in _FORMS:
        if tag not in values and tag not in _OPTIONAL:
            raise FieldMissing(f"{tag}/ is absent", source=_SOURCE)
    return _iaq(address[1], address[2], values)


def _iaq(ori: str, destination: str, values: dict[str, str]) -> Iaq:
    for tag, value in values.items():
        if tag in _FORMS and tag != "DOB":
            _require_form(tag, value)
    born = _birth(values["DOB"])
    return Iaq(
        ori=ori, destination=destination, purpose=values["PUR"], attention=values["ATN"], phone=values["PHN"],
        name=values["NAM"],
        birth_date=born, sex=values["SEX"], birth_place=values["POB"], in_custody=values["CUS"] == "Y",
        offense=None if values["OFF"] == DEFAULTED_OFFENSE else values["OFF"], alien_number=values.get("ARN"),
        fbi_number=values.get("FBI"), sid=values.get("SID"),
    )  # fmt: skip


def _birth(text: str) -> date:
    day = day_of(text)
    if day is None:
        raise FieldInvalid(
            "DOB/ is no real day with its century",
            allowed="ccyymmdd",
            source=_SOURCE,
            next_step="Ask the sender for the whole year.",
        )
    return day


def _require_form(tag: str, value: str) -> None:
    if not re.fullmatch(_FORMS[tag], value):
        raise FieldInvalid(
            f"{tag}/ has another form ({len(value)} characters)", allowed=f"the form {_FORMS[tag]}", source=_SOURCE
        )


def compose_iar(response: Iar) -> str:
    """The response in our own text form, one ``NAME/value`` a line, the free text last. Raises FieldInvalid."""
    _check_iar(response)
    lines = [IAR_FIRST_LINE, f"REF/{response.reference}", f"SPC/{response.specialist}", f"STA/{response.status}"]
    lines += [f"ASO/{digits_of(response.status_as_of)}"] if response.status_as_of else []
    lines += [f"REM/{response.removable}", *(f"CIT/{kind}" for kind in response.citizenship_evidence)]
    lines += [f"SRC/{digits_of(s.checked_on)} {'Y' if s.found else 'N'} {s.system}" for s in response.sources]
    return "\n".join([*lines, f"TXT/{response.text}"])


def read_iar(text: str) -> Iar:
    """The inverse of `compose_iar`. Raises RecordUnparseable, FieldMissing or FieldInvalid."""
    head, separator, words = text.partition("\nTXT/")
    first, *lines = head.split("\n")
    if first != IAR_FIRST_LINE or not separator:
        raise RecordUnparseable("no response in the form of version 1", allowed=f"{IAR_FIRST_LINE} first and TXT/ last")
    values: dict[str, list[str]] = {}
    for line in lines:
        tag, slash, value = line.partition("/")
        if not slash or tag not in {"REF", "SPC", "STA", "ASO", "REM", "CIT", "SRC"}:
            raise RecordUnparseable(
                "a line of the response has no known name", allowed="REF SPC STA ASO REM CIT SRC TXT"
            )
        values.setdefault(tag, []).append(value)
    for tag in ("REF", "SPC", "STA", "REM"):
        if len(values.get(tag, [])) != 1:
            raise FieldMissing(f"{tag}/ stands {len(values.get(tag, []))} times", allowed="once")
    response = Iar(
        reference=values["REF"][0], specialist=values["SPC"][0], status=values["STA"][0],
        status_as_of=_as_of(values.get("ASO", [])), removable=values["REM"][0],
        citizenship_evidence=tuple(values.get("CIT", [])),
        sources=tuple(_checked(value) for value in values.get("SRC", [])), text=words,
    )  # fmt: skip
    _check_iar(response)
    return response


def _as_of(values: list[str]) -> date | None:
    days = [day_of(value) for value in values]
    if not days:
        return None
    if len(days) != 1 or days[0] is None:
        raise FieldInvalid("ASO/ is no single real day", allowed="CCYYMMDD, once")
    return days[0]


def _checked(value: str) -> SourceChecked:
    found = re.fullmatch(r"([0-9]{8}) ([YN]) (.+)", value)
    day = day_of(found[1]) if found else None
    if found is None or day is None:
        raise FieldInvalid(
            "SRC/ names no system with its day and finding", allowed="CCYYMMDD, Y or N, name of the system"
        )
    return SourceChecked(system=found[3], checked_on=day, found=found[2] == "Y")


def _check_iar(response: Iar) -> None:
    if response.status not in STATUSES or response.removable not in REMOVABLE:
        raise FieldInvalid("a status or removability outside its list", allowed=", ".join((*STATUSES, *REMOVABLE)))
    if not set(response.citizenship_evidence) <= set(CITIZENSHIP_EVIDENCE):
        raise FieldInvalid("a kind of citizenship evidence outside its list", allowed=", ".join(CITIZENSHIP_EVIDENCE))
    names = [response.reference, response.specialist, *(s.system for s in response.sources)]
    if any(not name or "\n" in name for name in names):
        raise FieldInvalid("a reference, specialist or system is empty or has a line break", allowed="one line of text")
