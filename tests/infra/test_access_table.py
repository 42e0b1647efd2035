"""The table of access, cell by cell: what is not written is refused, and nothing goes round it (design section 8, 3.14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import NotPermitted, UsageError
from tenprint.ids import ActorId, fresh_secret
from tenprint.infra.access.credentials import credential_digest, matches
from tenprint.infra.access.table import ROLES, TABLE, Actor, Reach, in_scope, permission, require

OWN, OTHER = "MA0130100", "TX1010000"

# The table a second time, by role, as a person would review it. A leading "own:" reaches only the actor's own ORIs.
ALLOWED = {
    "agency": "own:request_retention own:view_retention:* own:submit own:read_submission own:view_case own:claim own:flag_protected own:view_searches own:report_bookings",
    "examiner": "examine_card view_case conclude send_status_query claim",
    "status-specialist": "view_case send_status_query respond_status claim",
    "charge-officer": "request_retention view_retention:* view_case code_charge record_history claim",
    "field-officer": "request_retention view_retention:* view_case explain_case decide find_aggravated_felony issue_detainer lift_detainer serve_detainer custody claim give_notice flag_protected record_outcome close_case",
    "supervisor": "ask_retake request_retention decide_retention view_retention:* read_submission view_case explain_case code_charge find_aggravated_felony resolve_identity lift_detainer claim give_notice resolve_claim flag_protected close_case view_work",
    "jail-officer": "own:read_submission own:view_case own:explain_case own:serve_detainer own:answer_detainer own:custody own:claim own:give_notice own:flag_protected",
    "custodian": "own:view_case own:explain_case own:custody own:claim own:record_outcome own:lift_detainer",
    "court-reader": "read_sealed",
    "repository-owner": "view_retention:* enroll:criminal enroll:immigration enroll:* expunge:* search_study:*",
    "auditor": "view_retention:* read_submission view_case explain_case audit cosign view_work view_searches",
    "programme-authority": "record_participation change_profile adopt_programme",
    "operator": "submit close_month publish administer view_work",
    "system": "request_retention read_submission run_steps enroll:criminal expunge:* close_month publish view_work",
}


def actor(*roles: str, oris: tuple[str, ...] = (OWN,)) -> Actor:
    kind = "system" if "system" in roles else "agency" if roles == ("agency",) else "person"
    return Actor(id=ActorId("p"), kind=kind, roles=roles, oris=oris, label="Somebody")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", TABLE)
def test_every_cell_of_the_table_is_as_reviewed(action: str, role: str) -> None:
    """Design section 8: authorisation is a table tested cell by cell, with the reach of each."""
    cells = ALLOWED[role].split()
    somebody = actor(role)
    if action in cells:
        assert role == require(somebody, action, ori=OTHER) == require(somebody, action, role=role)
    elif f"own:{action}" in cells:
        assert role == require(somebody, action, ori=OWN) == require(somebody, action)
        with pytest.raises(NotPermitted, match="not one of theirs"):
            require(somebody, action, ori=OTHER)
    else:
        with pytest.raises(NotPermitted, match="needed: one of the roles"):
            require(somebody, action, ori=OWN)


def test_the_review_names_every_action_and_every_role() -> None:
    """No action without a holder, no role without an act, no cell only on one side."""
    reviewed = {cell.removeprefix("own:") for cells in ALLOWED.values() for cell in cells.split()}

    assert set(TABLE) == reviewed
    assert set(ROLES) == set(ALLOWED) == {role for row in TABLE.values() for role in row.roles}
    assert all(row.purposes and row.says and row.roles for row in TABLE.values())
    assert {"agency", "jail-officer", "custodian"} == {
        r for row in TABLE.values() for r, reach in row.roles.items() if reach is Reach.OWN
    }


def test_nobody_holds_every_key() -> None:
    """Design decision 14: no bypass. Even all a person's roles together don't act for the system, or for another agency."""
    everything = actor(*(role for role in ROLES if role != "system"))

    with pytest.raises(NotPermitted):
        require(everything, "run_steps")
    with pytest.raises(NotPermitted):
        require(everything, "answer_detainer", ori=OTHER)
    with pytest.raises(NotPermitted):
        require(actor(), "view_work")


def test_no_booking_and_no_system_ever_enrols_in_immigration() -> None:
    """Design decision 8: an enrolment in immigration is an act of its owner."""
    with pytest.raises(NotPermitted):
        require(actor("system"), "enroll:immigration")
    with pytest.raises(NotPermitted, match="purpose 'booking'"):
        require(actor("repository-owner"), "enroll:immigration", purpose="booking")
    with pytest.raises(NotPermitted):
        require(actor("system"), "enroll:somewhere")

    assert (
        require(actor("repository-owner:immigration"), "enroll:immigration", purpose="enrolment") == "repository-owner"
    )


def test_the_owner_of_one_repository_is_not_the_owner_of_another() -> None:
    """Each party has its own repository (design section 1)."""
    owner = actor("repository-owner:criminal")

    for action in ("enroll:criminal", "expunge:criminal", "search_study:criminal"):
        assert require(owner, action) == "repository-owner"
    for action in ("enroll:immigration", "expunge:immigration", "expunge", "search_study:immigration", "enroll:other"):
        with pytest.raises(NotPermitted):
            require(owner, action)
        assert require(actor("repository-owner"), action) == "repository-owner"


def test_the_role_asked_for_is_the_role_used_or_none() -> None:
    """The event names the role: it is one that the actor holds and that may, never another one."""
    both = actor("examiner", "supervisor")

    assert require(both, "view_case") == "examiner"
    assert require(both, "view_case", role="supervisor") == "supervisor"
    assert require(both, "resolve_claim") == "supervisor"
    with pytest.raises(NotPermitted, match="as examiner"):
        require(both, "resolve_claim", role="examiner")
    with pytest.raises(NotPermitted, match="as auditor"):
        require(both, "view_case", role="auditor")
    jailer = actor("jail-officer", "supervisor")
    assert require(jailer, "read_submission", ori=OTHER) == "supervisor"


def test_a_purpose_that_is_not_the_actions_is_refused() -> None:
    """Every request has a purpose; the table says which (design section 8)."""
    assert require(actor("agency"), "submit", purpose="booking") == "agency"
    with pytest.raises(NotPermitted, match="allowed: booking"):
        require(actor("agency"), "submit", purpose="study")


def test_an_unknown_action_is_a_fault_of_the_program_not_a_refusal() -> None:
    """A misspelt action must not look like a permission that somebody lacks."""
    for action in ("vew_case", "", "submit:x"):
        with pytest.raises(UsageError):
            permission(action)


@pytest.mark.parametrize(
    ("oris", "ori", "within"),
    [
        ((OWN,), OWN, True), ((OWN,), OWN[:8], False), ((OWN,), OWN + "0", False), (("MA013*",), OWN, True), (("MA*",), OTHER, False),
        (("*",), OTHER, True), (("*",), "", False), ((), OWN, False), (("MA013*", OTHER), OTHER, True), (("MA013*",), "MA013", True),
    ],
)  # fmt: skip
def test_an_agency_is_bound_to_its_oris(oris: tuple[str, ...], ori: str, *, within: bool) -> None:
    """Nine characters exactly, or a prefix that ends in an asterisk; an empty ORI is nobody's."""
    assert within == in_scope(actor("agency", oris=oris), ori)


@pytest.mark.parametrize(
    "ori", ["MA013", "ma0130100", "MA01301000", "MA013010*X", "M*", "Ä*", "MA013010**", "MA0130100*", "MA 13*"]
)
def test_a_scope_that_could_mean_more_than_it_says_is_refused(ori: str) -> None:
    """A scope is checked when an actor is made; `M*` is a scope, a bare prefix is not."""
    if ori == "M*":
        assert in_scope(actor("agency", oris=(ori,)), OWN)
    else:
        with pytest.raises(UsageError, match="ORI scope"):
            actor("agency", oris=(ori,))


def test_an_actor_is_only_what_the_table_knows() -> None:
    """No unknown role or kind; no person acts as the system, and the system as no person."""
    for kind, roles in (
        ("person", ("root",)),
        ("robot", ()),
        ("person", ("system",)),
        ("system", ("examiner",)),
        ("person", ("repository-owner:",)),
    ):
        with pytest.raises(UsageError):
            Actor(id=ActorId("x"), kind=kind, roles=roles)


@given(st.text(), st.text())
def test_a_credential_matches_its_own_digest_only(token: str, other: str) -> None:
    """Only the digest is stored; surrogates and other hostile text are simply no match."""
    digest = credential_digest(token)

    assert matches(token, digest)
    assert matches(other, digest) == (token == other)
    assert not matches(token, None)
    assert not matches(token, "é")
    assert len(digest) == 64
    assert len(fresh_secret()) >= 43
