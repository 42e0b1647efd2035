"""Made-up rules, facts, places and offences for the replay's tests, every operator and every absence among them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st

from tenprint.errors import NoRuleInForce, RulesConflict
from tenprint.lab.replay.answers import KINDS, AnswerColumns
from tenprint.lab.replay.cases import RecordedCase
from tenprint.model.facts import FactValue
from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.answers import Answer, answer
from tenprint.refer.policy.conditions import ALWAYS, FactIs, Group
from tenprint.refer.policy.levels import Offence
from tenprint.refer.policy.rules import Rule, Scope

DAY = date(2011, 6, 6)
FACTS: Mapping[str, st.SearchStrategy[FactValue]] = {
    "status.value": st.sampled_from(["USC", "LPR", "overstay"]),
    "person.juvenile": st.booleans(),
    "identity.examiners": st.integers(0, 3),
    "conviction.classes": st.sampled_from([(), ("a",), ("a", "b"), ("c",)]),
    "offense.ncic": st.sampled_from(["0901", "3560", "8004"]),
}
LEAVES = st.one_of(
    st.builds(FactIs, st.just("status.value"), st.sampled_from(["in", "not_in"]), st.just(("USC", "LPR"))),
    st.builds(FactIs, st.just("status.value"), st.just("equals"), st.just("LPR")),
    st.builds(FactIs, st.just("person.juvenile"), st.just("equals"), st.booleans()),
    st.builds(FactIs, st.just("identity.examiners"), st.sampled_from(["at_least", "at_most", "more_than", "less_than"]), st.integers(0, 3)),
    st.builds(FactIs, st.just("conviction.classes"), st.just("contains"), st.just(("b", "c"))),
    st.builds(FactIs, st.just("offense.ncic"), st.just("in_ranges"), st.just(("0901-0999", "8004"))),
    st.builds(FactIs, st.sampled_from(sorted(FACTS)), st.sampled_from(["known", "unknown"]), st.just(value=True)),
)  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Group, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Group, st.just("not"), inner.map(lambda one: (one,))),
    ),
    max_leaves=6,
)
SCOPES = st.sampled_from([
    Scope(), Scope(programme="p"), Scope(state="MA"), Scope(state="IL"), Scope(state="MA", county="Suffolk"), Scope(ori="MA013"),
    Scope(state="MA", ori="MA0130"), Scope(facility="jail"), Scope(programme="p", state="MA", facility="jail"),
])  # fmt: skip
PLACES = st.builds(
    Scope,
    programme=st.sampled_from([None, "p", "q"]),
    state=st.sampled_from([None, "MA", "IL"]),
    county=st.sampled_from([None, "Suffolk", "Cook"]),
    ori=st.sampled_from([None, "MA0130100", "MA0140100", "IL0160000"]),
    facility=st.sampled_from([None, "jail"]),
)
SPANS = st.sampled_from([
    InForce(date(2000, 1, 1)), InForce(date(2000, 1, 1), DAY), InForce(DAY), InForce(date(2000, 1, 1), DAY + timedelta(1)),
])  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Up to seven rules on one question; few scopes and few conditions, so that they meet and contradict each other."""
    return [
        Rule(
            id=f"made-up/{number}/1",
            question="made_up",
            answer=draw(st.sampled_from(["permitted", "refused", "required", "needs_person"])),
            when=draw(st.one_of(st.just(ALWAYS), CONDITIONS)),
            in_force=draw(SPANS),
            scope=draw(SCOPES),
            source=Source("made up", None, None),
            evidence="recalled_not_verified",
            why="for a test",
            replaces=None,
            default=draw(st.booleans()),
            role="supervisor",
            max_hold_hours=draw(st.sampled_from([None, 24, 48])),
            path=Path("made-up.yaml"),
        )
        for number in range(draw(st.integers(0, 7)))
    ]


OFFENCES = st.builds(
    Offence,
    basis=st.sampled_from(["charge", "conviction"]),
    ncic=st.sampled_from(
        [None, "0901", "1099", "2202", "3560", "3599", "4801", "5401", "5707", "7399", "8004", "9999"]
    ),
    code_source=st.sampled_from(["coded", "coded", "defaulted"]),
    sentence_days=st.sampled_from([None, 0, 364, 365, 366, 5000]),
    max_penalty_days=st.sampled_from([None, 0, 364, 365, 366, 10**12]),
    severity=st.sampled_from([None, "felony", "misdemeanor", "infraction"]),
    word=st.sampled_from([None, "murder", "larceny", "other", "arson"]),
)
CASES = st.builds(
    RecordedCase,
    day=st.dates(DAY - timedelta(2), DAY + timedelta(2)) | st.dates(date(2008, 1, 1), date(2018, 1, 1)),
    place=PLACES,
    facts=st.fixed_dictionaries({}, optional=dict(FACTS)),
    offences=st.lists(OFFENCES, max_size=8).map(tuple),
    basis=st.sampled_from(["charge", "conviction"]),
    stage=st.sampled_from(["match", "arrest", "removal"]),
    conviction_known=st.sampled_from([None, "yes", "none", "unknown"]),
    aggravated_felony=st.sampled_from([None, True, False]),
    charges_ended=st.booleans(),
)


def single(question: str, some: list[Rule] | tuple[Rule, ...], case: RecordedCase) -> Answer | str:
    """What the single-case engine says; a silence or a conflict by its name."""
    try:
        return answer(question, some, case.facts, on=case.day, place=case.place)
    except NoRuleInForce:
        return "no_rule"
    except RulesConflict:
        return "conflict"


def at(found: AnswerColumns, number: int) -> tuple[str, str | None, int | None]:
    """Kind, deciding rule and limit of one case out of columns."""
    by, hours = int(found.by[number]), int(found.max_hold_hours[number])
    return KINDS[found.kind[number]], None if by < 0 else found.rules[by], None if hours < 0 else hours


def told(one: Answer | str) -> tuple[str, str | None, int | None]:
    """The same of the single-case engine's answer."""
    return (one, None, None) if isinstance(one, str) else (one.kind, one.by, one.max_hold_hours)
