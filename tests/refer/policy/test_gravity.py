"""Which of several charges is the most serious under one level policy, and where nobody can say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.refer.policy.gravity import most_serious
from tenprint.refer.policy.levels import Offence
from tenprint.refer.policy.programme import Programme, programme_root

POLICIES = {policy.id: policy for policy in Programme.load(programme_root()).rules.level_policies}
SOP, MORTON, MOA = (POLICIES[name] for name in ("sc-sop-2009", "morton-2011", "sc-moa-2008"))
ON = date(2011, 6, 7)
MURDER, LARCENY, TRESPASS, DRUGS, FLAG, OBSCENE = (
    Offence(basis="charge", ncic=n) for n in ("0901", "2301", "5707", "3560", "8004", "3700")
)


@pytest.mark.parametrize(
    ("offences", "expected"),
    [
        ([], None),
        ([OBSCENE], 0),
        ([LARCENY, MURDER, TRESPASS], 1),
        ([MURDER, LARCENY], 0),
        ([TRESPASS, DRUGS], 1),
        ([DRUGS, LARCENY], 0),
        ([FLAG, TRESPASS], 1),
        ([MURDER, OBSCENE], 0),
        ([LARCENY, OBSCENE], None),
        ([Offence(basis="charge", ncic="0399", code_source="defaulted"), TRESPASS], 1),
    ],
)
def test_by_the_code_table(offences: list[Offence], expected: int | None) -> None:
    """Domain 1.5 OFF, 2.2: the most serious charge; a drug charge is 1 or 2; a code in no group may be anything; flags are no offence."""
    assert expected == most_serious(SOP, offences, on=ON)


def test_by_felonies_and_by_words() -> None:
    """Domain 2.1, 2.3: under the policy asked, which may order the same charges otherwise."""
    resisting = Offence(basis="charge", ncic="4801", max_penalty_days=180)
    burglary = Offence(basis="charge", ncic="2202", max_penalty_days=1825)
    assert (0, 1) == (
        most_serious(SOP, [resisting, burglary], on=ON),
        most_serious(MORTON, [resisting, burglary], on=ON),
    )
    assert most_serious(MORTON, [burglary, Offence(basis="charge", ncic="2202")], on=ON) is None
    words = [Offence(basis="charge", word="fraud"), Offence(basis="charge", word="robbery")]
    assert 1 == most_serious(MOA, words, on=ON)


@given(
    st.lists(st.sampled_from([MURDER, LARCENY, TRESPASS, DRUGS, FLAG, OBSCENE]), min_size=1, max_size=5), st.randoms()
)
def test_the_order_of_charges_changes_only_which_of_equal_ones_is_named(offences: list[Offence], rng) -> None:
    """The last coded charge is nothing special."""
    shuffled = offences[:]
    rng.shuffle(shuffled)
    one, other = most_serious(SOP, offences, on=ON), most_serious(SOP, shuffled, on=ON)

    assert (one is None) == (other is None)
    if one is not None and other is not None and len(offences) > 1:
        levels = [SOP.evaluate([x], basis="charge", on=date(2010, 1, 15), stage="match", aggravated_felony=None, conviction_known=None).level
                  for x in (offences[one], shuffled[other])]  # fmt: skip
        assert levels[0] == levels[1] or set(levels) == {"1-or-2", "2"}
