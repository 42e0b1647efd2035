"""The columns of the month's table: what each counts, and the sums that must hold among them.

They follow the published table of the historical programme (submissions, matches, arrests, removals by level), with its
faults mended:
the third class of matches is explicit, a level names one policy and basis, and blocked, failed and refuted searches are
shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.account.statistics.columns import (
    CORRECTED,
    DISPOSITIONS,
    GATE_REASONS,
    OVERDUE_BANDS,
    OVERDUE_REST,
)
from tenprint.account.statistics.encounters import EPISODE, PERSON
from tenprint.account.statistics.predicates import All, Condition, Neither, one_of
from tenprint.errors import ReleaseInvalid

LEVELS: Final = ("1", "2", "3")
"""The levels that have a name; all other findings are ``other``. Source: programme policies of 2008 to 2014."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of the table: its key, the condition that its events fulfil, and what it says. The level columns hold
    for one policy.
    """

    key: str
    condition: Condition
    says: str


@dataclass(frozen=True, slots=True)
class Sum:
    """An identity: ``total`` is the sum of ``parts``, which exclude each other."""

    total: str
    parts: tuple[str, ...]


def _counted(*measures: str) -> Condition:
    return one_of("measure", *measures)


def _reasons(*names: str) -> Condition:
    return _counted(*(f"not-searched/{name}" for name in names))


def _first_of(*values: str) -> Condition:
    return All((_counted("submission"), one_of("first_of", *values)))


LATE: Final = {
    OVERDUE_BANDS[0][0]: "by less than an hour",
    OVERDUE_BANDS[1][0]: "by an hour to less than six",
    OVERDUE_BANDS[2][0]: "by six hours to less than a day",
    OVERDUE_REST: "by a day or more",
}
"""Bands of late releases and what they say; the hours of a month lie between the bands' lower and upper ends."""


def _late(*bands: str) -> Condition:
    return _counted(*(f"released-late/{band}" for band in bands))


def _dispositions(*outcomes: str) -> Condition:
    return _counted(*(f"disposition/{outcome}" for outcome in outcomes))


def _outcome(prefix: str, counted: Condition, of: str, policy: str) -> list[Measure]:
    """Total, convicted at each level under ``policy``, no known conviction, and the rest."""
    convicted = [All((one_of("level", n), one_of("policy", policy), one_of("conviction", "yes"))) for n in LEVELS]
    none = one_of("conviction", "none")
    return [
        *(
            Measure(
                f"{prefix}_level_{n}", All((counted, at_level)), f"{of}: convicted, Level {n} under the table's policy"
            )
            for n, at_level in zip(LEVELS, convicted, strict=True)
        ),
        Measure(
            f"{prefix}_no_known_conviction", All((counted, none)), f"{of}: history looked for, no known conviction"
        ),
        Measure(
            f"{prefix}_other", All((counted, Neither((*convicted, none)))), f"{of}: conviction or level not established"
        ),
    ]


_OTHER_REASONS: Final = ("unknown_jurisdiction", "no_rule", "other")
_CONSENT: Final = ("no_consent", "suspended", "terminated")
_TRANSACTION: Final = ("civil_transaction", "tot_not_admitted", "tot_needs_person")


def measures(policy: str) -> tuple[Measure, ...]:
    """The table's columns in order, level columns under ``policy``: levels of different policies are never added."""
    match, arrest, gone = _counted("match"), _counted("arrest"), _counted("removal", "return")
    first = All((one_of("level", "1"), one_of("policy", policy)))
    second = All((one_of("level", "2", "3"), one_of("policy", policy)))
    detainers = ("issued", "declined", "lifted", "expired")
    return (
        Measure("submissions", _counted("submission"), "transactions taken in; not persons"),
        Measure(
            "persons",
            _first_of(PERSON),
            "persons behind the submissions, each counted where first booked in the month; two bookings are one person's "
            "only where examiners identified them by the month's close, so that the number is rather too large",
        ),
        Measure(
            "episodes",
            _first_of(PERSON, EPISODE),
            "submissions of one person with at most 24 hours between them counted once",
        ),
        Measure(
            "submissions_refused",
            _counted("submission-refused"),
            "transactions refused as faulty; nothing was searched",
        ),
        Measure(
            "immigration_searches",
            _counted("searched"),
            "searches of the immigration repository, one per spent authority",
        ),
        Measure(
            "not_searched",
            _reasons(*GATE_REASONS, "other"),
            "the gate kept the immigration repository shut, any reason",
        ),
        Measure("not_searched_not_active", _reasons("not_active"), "the place was not active on that day"),
        Measure(
            "not_searched_no_consent",
            _reasons(*_CONSENT),
            "the state had not agreed, or suspended or ended its agreement",
        ),
        Measure(
            "not_searched_transaction", _reasons(*_TRANSACTION), "the type of transaction does not open the repository"
        ),
        Measure(
            "not_searched_juvenile", _reasons("juvenile_review"), "a juvenile, or age unknown: a person decides first"
        ),
        Measure("not_searched_other", _reasons(*_OTHER_REASONS), "no rule, no known place, or another reason"),
        Measure("search_no_match", _counted("search-no-match"), "immigration searches that ended without a candidate"),
        Measure(
            "search_errors",
            _counted("search-error", "search-incomplete"),
            "searches that failed or were incomplete: no answer",
        ),
        Measure(
            "examiner_refuted",
            _counted("examiner-refuted"),
            "candidates that examiners excluded or could not conclude on",
        ),
        Measure("matches", match, "identifications in the immigration repository, each by two examiners"),
        Measure(
            "matches_level_1", All((match, first)), "matches: Level 1 under the table's policy, charged or convicted"
        ),
        Measure("matches_level_2_3", All((match, second)), "matches: Level 2 or 3 under the table's policy"),
        Measure("matches_other", All((match, Neither((first, second)))), "matches: no level, or not established"),
        Measure("us_citizens", _counted("usc"), "status responses that found a citizen of the United States"),
        *(Measure(f"detainers_{what}", _counted(f"detainer-{what}"), f"detainers {what}") for what in detainers),
        Measure(
            "releases_overdue", _counted("release-overdue"), "persons held a full hour or more past the release due"
        ),
        Measure("released_late", _late(*LATE), "persons released later than release was due, by any time"),
        *(
            Measure(f"released_late_{band.replace('-', '_')}", _late(band), f"persons released late: {says}")
            for band, says in LATE.items()
        ),
        Measure("arrests", arrest, "administrative arrests: custody transferred with both signatures"),
        *_outcome("arrests", arrest, "arrests", policy),
        Measure("removals_and_returns", gone, "removals by order and voluntary returns together"),
        Measure("removals", _counted("removal"), "removals by order"),
        Measure("returns", _counted("return"), "voluntary returns"),
        *_outcome("removals", gone, "removals and returns", policy),
        Measure(
            "dispositions",
            _dispositions(*DISPOSITIONS),
            "outcomes of booked charges heard after the referral, that is after the person was identified in the immigration "
            "repository; charges, not persons, in the month in which they were recorded",
        ),
        *(
            Measure(f"dispositions_{outcome}", _dispositions(outcome), f"dispositions: {outcome.replace('_', ' ')}")
            for outcome in DISPOSITIONS
        ),
        Measure(
            "dispositions_corrected",
            _dispositions(CORRECTED),
            "later statements that corrected or took back a disposition, which stays counted where it was heard; not among "
            "the dispositions",
        ),
    )


ALWAYS: Final = ("submissions", "immigration_searches")
"""Columns that no table goes without: marks of small places rest on the first, closed gates speak of the second."""


def declared_measures(policy: str, keys: Sequence[str] | None) -> tuple[Measure, ...]:
    """The columns that a table declares, in its own order; all of this version for None.

    A table may declare fewer columns than this version has: it was made before they came. Raises ReleaseInvalid for a
    column that this version does not know (what it counts can't be checked), for one twice, and without `ALWAYS`.
    """
    known = {measure.key: measure for measure in measures(policy)}
    if keys is None:
        return tuple(known.values())
    unknown = sorted(set(keys) - set(known))
    if unknown:
        raise ReleaseInvalid(
            f"columns declared that this version does not know: {', '.join(unknown)}; nothing was verified. "
            "Verify with the version that made the release, or a later one"
        )
    if len(set(keys)) != len(keys):
        raise ReleaseInvalid("a column is declared twice; nothing was verified")
    lacking = [key for key in ALWAYS if key not in keys]
    if lacking:
        raise ReleaseInvalid(f"columns that no table goes without: {', '.join(lacking)}; nothing was verified")
    return tuple(known[key] for key in keys)


def _outcome_parts(prefix: str) -> tuple[str, ...]:
    return (*(f"{prefix}_level_{n}" for n in LEVELS), f"{prefix}_no_known_conviction", f"{prefix}_other")


SUMS: Final = (
    Sum(
        "not_searched",
        tuple(f"not_searched_{why}" for why in ("not_active", "no_consent", "transaction", "juvenile", "other")),
    ),
    Sum("released_late", tuple(f"released_late_{band.replace('-', '_')}" for band in LATE)),
    Sum("matches", ("matches_level_1", "matches_level_2_3", "matches_other")),
    Sum("arrests", _outcome_parts("arrests")),
    Sum("removals_and_returns", ("removals", "returns")),
    Sum("removals_and_returns", _outcome_parts("removals")),
    Sum("dispositions", tuple(f"dispositions_{outcome}" for outcome in DISPOSITIONS)),
)
"""Sums among the columns of one place. Source: the identities of the published table (matches = L1 + L2/3 + other, and
so on).
"""

AT_MOST: Final = (
    ("matches", "submissions"),
    ("arrests", "matches"),
    ("persons", "episodes"),
    ("episodes", "submissions"),
)
"""(less, more): checked per cohort only; by month of event, events of earlier cohorts lag behind."""
