"""Made-up rules for tests: written as files and read back, or drawn by Hypothesis over a handful of facts of every kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from tenprint.model.facts import FactValue
from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.conditions import Condition, FactIs, Group
from tenprint.refer.policy.rules import ANSWERS, Rule, Scope, read_rules

BOTH = st.booleans()
DOMAIN: dict[str, list[FactValue]] = {
    "person.juvenile": [True, False],
    "conviction.age_years": [0, 1, 2, 3, 4],
    "status.removable": ["yes", "no", "undetermined"],
    "charge.ncic": ["0901", "0999", "1299", "1301", "5003"],
    "conviction.classes": [(), ("serious",), ("violent",), ("serious", "violent"), ("other",)],
    "detainer.form": ["I-247", "I-247A", "I-247D"],
}
"""A few facts, one of each kind of value, with values on both sides of what the drawn conditions name."""

SOURCE = Source("made up", None, None)
DAY = date(2011, 7, 1)
ANYWHERE = Scope()


def leaves() -> st.SearchStrategy[Condition]:
    """One comparison by any operator that the fact's kind allows."""
    known = st.builds(FactIs, st.sampled_from(sorted(DOMAIN)), st.sampled_from(["known", "unknown"]), st.just(True))
    whole = st.builds(FactIs, st.just("conviction.age_years"), st.sampled_from(["equals", "at_least", "at_most", "more_than", "less_than"]),
                      st.integers(1, 3))  # fmt: skip
    some = st.sampled_from(["yes", "no", "undetermined"])
    texts = st.builds(
        FactIs,
        st.just("status.removable"),
        st.sampled_from(["in", "not_in"]),
        st.lists(some, min_size=1, max_size=2).map(tuple),
    )
    free = st.builds(FactIs, st.just("detainer.form"), st.just("equals"), st.sampled_from(["I-247", "I-247D"]))
    flag = st.builds(FactIs, st.just("person.juvenile"), st.just("equals"), BOTH)
    codes = st.builds(
        FactIs,
        st.just("charge.ncic"),
        st.just("in_ranges"),
        st.sampled_from([("0901-0999",), ("1301",), ("0900-1300", "5003")]),
    )
    held = st.builds(
        FactIs,
        st.just("conviction.classes"),
        st.just("contains"),
        st.sampled_from([("serious",), ("serious", "violent")]),
    )
    return st.one_of(known, whole, texts, free, flag, codes, held)


def conditions(*, absence: bool = True) -> st.SearchStrategy[Condition]:
    """Conditions up to three deep; absence: whether ``known`` and ``unknown`` may occur."""
    simple = leaves() if absence else leaves().filter(lambda leaf: leaf.operator not in ("known", "unknown"))
    return st.recursive(
        simple,
        lambda part: st.one_of(
            st.builds(Group, st.sampled_from(["all", "any"]), st.lists(part, min_size=1, max_size=3).map(tuple)),
            st.builds(lambda only: Group("not", (only,)), part),
        ),
        max_leaves=5,
    )


def facts() -> st.SearchStrategy[dict[str, FactValue]]:
    """Some of the facts, each with a value."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in DOMAIN.items()})


def all_facts() -> st.SearchStrategy[dict[str, FactValue]]:
    """Every fact, with a value."""
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in DOMAIN.items()})


SCOPES = st.sampled_from(
    [Scope(), Scope(state="MA"), Scope(state="MA", county="Suffolk"), Scope(state="NY"), Scope(ori="MA013")]
)
PLACES = st.sampled_from(
    [
        Scope(state="MA", county="Suffolk", ori="MA0130100"),
        Scope(state="MA"),
        Scope(state="NY", county="Albany", ori="NY0010000"),
        Scope(),
    ]
)


def rule_of(
    number: int, answers: str, when: Condition, *, scope: Scope = ANYWHERE, default: bool = False, in_force: InForce | None = None
) -> Rule:  # fmt: skip
    """A rule with everything else made up."""
    return Rule(
        id=f"made-up/r{number}/1", question="made_up", answer=next(a for a in ANSWERS if a == answers), when=when,
        in_force=in_force or InForce(date(2011, 1, 1)), scope=scope, source=SOURCE, evidence="recalled_not_verified", why="for a test",
        replaces=None, default=default, role="supervisor" if answers in ("needs_person", "required") else None, max_hold_hours=None,
        path=Path(f"r{number}.yaml"),
    )  # fmt: skip


def rules(*, absence: bool = True, most: int = 4, answers: tuple[str, ...] = ANSWERS) -> st.SearchStrategy[list[Rule]]:
    """A handful of rules on one question."""
    spec = st.tuples(st.sampled_from(answers), conditions(absence=absence), SCOPES, st.booleans())
    return st.lists(spec, min_size=1, max_size=most).map(
        lambda specs: [
            rule_of(n, a, when, scope=scope, default=default) for n, (a, when, scope, default) in enumerate(specs)
        ]
    )


def written(folder: Path, name: str, answers: str, *, when: str = "", scope: str = "", dates: str = "from: 2011-01-01, until: null",
            question: str = "made_up", extra: str = "") -> Rule:  # fmt: skip
    """A rule written to a file and read back."""
    role = "role: supervisor\n" if answers in ("needs_person", "required") else ""
    path = folder / f"{name}.yaml"
    path.write_text(
        f"id: made-up/{name}/1\nquestion: {question}\nanswers: {answers}\n{role}{extra}"
        + (f"when: {when}\n" if when else "")
        + f"in_force: {{{dates}}}\nscope: {{{scope}}}\nsource: {{title: made up, href: null, read_on: null}}\n"
        "evidence: recalled_not_verified\nwhy: for a test\n"
    )
    return read_rules(path)[0]
