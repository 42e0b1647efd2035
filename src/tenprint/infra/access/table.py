"""Who may do what: one table, action by role, with the reach of each cell and the purposes of each action.

A cell that is not written is a refusal. There is no administrator who may everything and no way past `require`: the
operator runs the machines and decides about nobody. Sources: domain.md 3.4 (who decides what), design 3.1, 3.8-3.10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from tenprint.errors import NotPermitted, UsageError
from tenprint.ids import ActorId

ROLES: Final = (
    "agency", "examiner", "status-specialist", "charge-officer", "field-officer", "supervisor", "jail-officer",
    "custodian", "repository-owner", "court-reader", "auditor", "programme-authority", "operator", "system",
)  # fmt: skip
"""Every role there is. ``repository-owner:<name>`` is the owner of that repository only."""

KINDS: Final = ("person", "agency", "system")
"""What an actor can be. Only ``system`` holds the role ``system``."""


class Reach(Enum):
    """How far a cell of the table reaches."""

    ANYWHERE = "anywhere"
    OWN = "own"
    """Only for the actor's own ORIs."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the table: the roles that may, how far each reaches, and the purposes that may be named for it."""

    action: str
    says: str
    roles: Mapping[str, Reach]
    purposes: frozenset[str]


TABLE: Final[dict[str, Permission]] = {}
"""Action -> row; ``*`` after a colon stands for any repository, or none. The reference page is generated from it."""


def _row(action: str, says: str, *, purpose: str, anywhere: str = "", own: str = "") -> None:
    roles = dict.fromkeys(anywhere.split(), Reach.ANYWHERE) | dict.fromkeys(own.split(), Reach.OWN)
    TABLE[action] = Permission(action, says, roles, frozenset(purpose.split()))


# -- submissions and repositories
_row("submit", "Send a transaction in, or feed in a registered agency's file.", purpose="booking",
     anywhere="operator", own="agency")  # fmt: skip
_row("read_submission", "Read a submission's state and answer.", purpose="booking audit redress",
     anywhere="supervisor auditor system", own="agency jail-officer")  # fmt: skip
_row(
    "run_steps", "Do the steps of the main job that no person decides.", purpose="booking retention", anywhere="system"
)
_row("enroll:criminal", "Enrol an encounter in the criminal repository.", purpose="booking enrolment",
     anywhere="repository-owner system")  # fmt: skip
_row("enroll:immigration", "Enrol someone in the immigration repository: never a booking's doing.", purpose="enrolment",
     anywhere="repository-owner")  # fmt: skip
_row("enroll:*", "Enrol in any other repository.", purpose="enrolment", anywhere="repository-owner")
_row("expunge:*", "Destroy a person's or an encounter's key.", purpose="expungement retention redress",
     anywhere="repository-owner system")  # fmt: skip
_row("request_retention", "Ask to seal, unseal or delete the record of a booking.", purpose="redress expungement",
     anywhere="charge-officer field-officer supervisor system", own="agency")  # fmt: skip
_row("decide_retention", "Grant or refuse a request to seal, unseal or delete.", purpose="redress expungement",
     anywhere="supervisor")  # fmt: skip
_row("view_retention:*", "See requests to seal, unseal or delete a record of a repository, without persons.", purpose="redress audit",
     anywhere="supervisor auditor repository-owner charge-officer field-officer", own="agency")  # fmt: skip
_row("read_sealed", "Read a sealed record under a court's order.", purpose="court_order", anywhere="court-reader")
_row("search_study:*", "Search a repository for a logged study.", purpose="study", anywhere="repository-owner")
_row("examine_card", "Look at fingers in doubt, and say whether they stand in their own boxes.", purpose="booking",
     anywhere="examiner")  # fmt: skip
_row("ask_retake", "Ask an agency to take a card again.", purpose="booking", anywhere="supervisor")
# -- a case
_row("view_case", "Open a case.", purpose="referral custody audit redress",
     anywhere="examiner status-specialist charge-officer field-officer supervisor auditor",
     own="agency jail-officer custodian")  # fmt: skip
_row("explain_case", "See which rules answered in a case, and the facts they rest on, without its texts.",
     purpose="referral custody audit redress", anywhere="field-officer supervisor auditor", own="jail-officer custodian")  # fmt: skip
_row("conclude", "Conclude whether two sets of prints are of one source (G1).", purpose="referral", anywhere="examiner")
_row("resolve_identity", "Resolve a disputed identity (G1).", purpose="referral redress", anywhere="supervisor")
_row("send_status_query", "Send an immigration alien query.", purpose="referral", anywhere="examiner status-specialist")
_row("respond_status", "Answer a status query (G2).", purpose="referral", anywhere="status-specialist")
_row("code_charge", "Give a charge its code (G3); a supervisor where two codes differ.", purpose="referral",
     anywhere="charge-officer supervisor")  # fmt: skip
_row("record_history", "Record and correct criminal history.", purpose="referral redress", anywhere="charge-officer")
_row("find_aggravated_felony", "Conclude whether a conviction is an aggravated felony, or withdraw it.",
     purpose="referral redress", anywhere="field-officer supervisor")  # fmt: skip
_row("decide", "Dispose of a status response (G4).", purpose="referral", anywhere="field-officer")
_row("issue_detainer", "Issue a detainer (G5).", purpose="referral", anywhere="field-officer")
_row("lift_detainer", "Cancel a detainer (G8); a custodian on a court's order.", purpose="referral redress custody",
     anywhere="field-officer supervisor", own="custodian")  # fmt: skip
_row(
    "serve_detainer",
    "Serve a copy on the person.",
    purpose="custody referral",
    anywhere="field-officer",
    own="jail-officer",
)
_row("answer_detainer", "Honour, decline or only notify (G6).", purpose="custody", own="jail-officer")
_row("custody", "Record release, hold and transfer of custody (G9).", purpose="custody", anywhere="field-officer",
     own="jail-officer custodian")  # fmt: skip
_row("claim", "Raise a person's claim.", purpose="redress",
     anywhere="examiner status-specialist charge-officer field-officer supervisor",
     own="agency jail-officer custodian")  # fmt: skip
_row("give_notice", "Give a notice or reply that is owed.", purpose="referral custody redress",
     anywhere="field-officer supervisor", own="jail-officer")  # fmt: skip
_row("resolve_claim", "Decide a person's claim.", purpose="redress", anywhere="supervisor")
_row("flag_protected", "Assert that the person is a victim, witness or plaintiff.", purpose="referral redress",
     anywhere="field-officer supervisor", own="agency jail-officer")  # fmt: skip
_row("record_outcome", "Record what came of a case.", purpose="outcome", anywhere="field-officer", own="custodian")
_row("close_case", "Close a case.", purpose="referral outcome", anywhere="field-officer supervisor")
# -- programme and account
_row(
    "record_participation", "Record a participation document.", purpose="participation", anywhere="programme-authority"
)
_row("change_profile", "Propose or approve another profile: two people.", purpose="participation",
     anywhere="programme-authority")  # fmt: skip
_row("adopt_programme", "Put a signed programme in force.", purpose="participation", anywhere="programme-authority")
_row("close_month", "Append the month's rows to the log.", purpose="accounting", anywhere="operator system")
_row("publish", "Publish checkpoints and releases.", purpose="accounting", anywhere="operator system")
_row("audit", "Open event entries and replay decisions.", purpose="audit", anywhere="auditor")
_row("view_searches", "See what was received and searched for an agency, entry by entry, with proofs.", purpose="audit accounting redress",
     anywhere="auditor", own="agency")  # fmt: skip
_row("report_bookings", "Report how many bookings an agency made and did not forward.", purpose="participation accounting",
     own="agency")  # fmt: skip
_row("cosign", "Cosign that rows and events pair one to one.", purpose="audit", anywhere="auditor")
_row("administer", "Grant and revoke roles, resume held work, run the machines.", purpose="administration",
     anywhere="operator")  # fmt: skip
_row("view_work", "See counts and states of the work, without persons.", purpose="administration audit accounting",
     anywhere="operator supervisor auditor system")  # fmt: skip


class HasOris(Protocol):
    """Whoever is bound to agencies: an `Actor`, or the store's row of one."""

    @property
    def oris(self) -> Sequence[str]:
        """ORIs of nine characters, or prefixes that end in ``*``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. Made from an authenticated credential, never from a request's own words.

    kind: one of `KINDS`. roles: from `ROLES`. oris: nine characters each, or a prefix ending in ``*``.
    label: for the person's own screen; never in public pages. Raises UsageError on anything else.
    """

    id: ActorId
    kind: str
    roles: tuple[str, ...]
    oris: tuple[str, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"actor kind {self.kind!r}; allowed: {', '.join(KINDS)}")
        for role in self.roles:
            check_role(role)
        for ori in self.oris:
            check_ori(ori)
        if ("system" in self.roles) != (self.kind == "system"):
            raise UsageError(
                "the role 'system' and the kind 'system' go together: no person or agency acts as the system"
            )


def check_role(role: str) -> None:
    """Raises UsageError unless ``role`` is in `ROLES`, or is ``repository-owner:<name>``."""
    if role not in ROLES and not (role.startswith("repository-owner:") and role.partition(":")[2]):
        raise UsageError(f"no role {role!r}; allowed: {', '.join(ROLES)}, repository-owner:<name>")


def check_ori(ori: str) -> None:
    """Raises UsageError unless ``ori`` has nine characters A-Z, 0-9, or is such a beginning followed by ``*``."""
    stem = ori.removesuffix("*")
    whole = stem == ori
    fits = len(stem) == 9 if whole else len(stem) < 9
    if not fits or not all(c.isascii() and (c.isdigit() or c.isupper()) for c in stem):
        raise UsageError(f"ORI scope {ori!r}; allowed: nine characters A-Z and 0-9, or a beginning followed by '*'")


def in_scope(who: HasOris, ori: str) -> bool:
    """Whether ``ori`` is one of theirs: named in full, or under one of their prefixes. An empty ORI is nobody's."""
    return bool(ori) and any(ori.startswith(own[:-1]) if own.endswith("*") else ori == own for own in who.oris)


def permission(action: str) -> Permission:
    """The row of an action; ``expunge:<repository>``, or ``expunge`` alone, falls under ``expunge:*``.

    Raises UsageError for an action that is not in the table.
    """
    verb = action.partition(":")[0]
    found = TABLE.get(action) or TABLE.get(f"{verb}:*")
    if found is None:
        raise UsageError(f"no action {action!r} in the table of access; nothing was done")
    return found


def require(
    actor: Actor, action: str, *, role: str | None = None, ori: str | None = None, purpose: str | None = None
) -> str:
    """The role under which ``actor`` may do ``action``: the one asked for, else their first that may.

    ori: the agency that it concerns. Cells that reach only the actor's own ORIs are checked against it; without one,
    the caller asks `in_scope` as soon as it is known. purpose: checked when it is given.
    Raises NotPermitted, naming what is needed; UsageError for an unknown action.
    """
    row = permission(action)
    repository = action.partition(":")[2]
    if purpose is not None and purpose not in row.purposes:
        raise NotPermitted(
            f"{action} for the purpose {purpose!r} is not permitted; allowed: {', '.join(sorted(row.purposes))}. "
            "Nothing was done."
        )
    held = [_bare(name, repository) for name in actor.roles]
    for name in held:
        if name is None or (role is not None and name != role) or name not in row.roles:
            continue
        if row.roles[name] is Reach.ANYWHERE or ori is None or in_scope(actor, ori):
            return name
    who = actor.label or actor.id
    needed = ", ".join(sorted(row.roles))
    asked = f" as {role}" if role is not None else ""
    if any(name in row.roles for name in held if name is not None and role in (None, name)):
        raise NotPermitted(f"{who} may not {action}{asked} for ORI {ori}: it is not one of theirs. Nothing was done.")
    raise NotPermitted(
        f"{who} may not {action}{asked}; needed: one of the roles {needed}. Nothing was done. "
        "Ask the operator of this programme who holds it."
    )


def _bare(held: str, repository: str) -> str | None:
    """The role as the table knows it; None for the owner of another repository than the one concerned."""
    name, _, of = held.partition(":")
    return name if not of or of == repository else None
