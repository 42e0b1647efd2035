"""The staff's use cases: each builds one command from what a named person says and what the rules answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import KeyDestroyed, NotPermitted, UsageError
from tenprint.identify.gallery.candidates import CandidateList
from tenprint.ids import CaseId, ClaimId, DetainerId, KeyId, ObjectId, SubmissionId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.facts import FactValue
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.casework import Acted, act, case_file, case_state, controlling_ori, stage_of
from tenprint.workflow.deciding import MAY_HOLD, MAY_ISSUE, MAY_NOTIFY, ask, parse_facts, permission, place_of
from tenprint.workflow.history import stream_of
from tenprint.workflow.holding import terms_of_hold
from tenprint.workflow.house import House
from tenprint.workflow.offences import gravest_of
from tenprint.workflow.owing import claim_due
from tenprint.workflow.participation import day_at
from tenprint.workflow.people import actor_with
from tenprint.workflow.sealed import refuse_if_sealed

CLAIM_CLOCK: Final = timedelta(hours=24)
"""The longest time for a supervisor to resolve a citizenship claim; the programme's notices may say less. Set by: shorter than any
detainer's 48 hours (design decision 7)."""

DEFAULTED: Final = "0399"
"""The code that an IAQ carries when no charge is coded; never used for a level. Source: Nlets IAQ, OFF."""


def conclude(house: House, case: CaseId, *, conclusion: str, reasons: str, candidate: str | None, by: Actor) -> Acted:
    """An examiner's conclusion over the candidates of a case."""
    if conclusion not in {c.SOURCE_IDENTIFICATION, c.SOURCE_EXCLUSION, c.INCONCLUSIVE}:
        raise UsageError(
            f"no conclusion {conclusion!r}; allowed: SOURCE_IDENTIFICATION, SOURCE_EXCLUSION, INCONCLUSIVE. Nothing was recorded."
        )
    return act(house, case, kind=c.RecordConclusion, by=by, make=lambda who, at, _: c.RecordConclusion(
        by=who, at=at, conclusion=conclusion, reasons=reasons, candidate=candidate))  # type: ignore[arg-type]  # fmt: skip


def raise_conflict(house: House, case: CaseId, *, reason: str, by: Actor) -> Acted:
    """Two repositories, or name and print, disagree about who this is: identity is in dispute until a supervisor resolves it."""
    return act(
        house,
        case,
        kind=c.RaiseIdentityConflict,
        by=by,
        make=lambda who, at, _: c.RaiseIdentityConflict(by=who, at=at, reason=reason),
    )


def query(house: House, case: CaseId, *, attention: str, offense: str | None, in_custody: bool, by: Actor) -> Acted:
    """Send the status query on the most serious coded charge (the first, where no order is known); without one, 0399, defaulted."""

    def make(who: c.Actor, at: datetime, state: CaseState) -> c.Command:
        standing = [x for x in state.charges if x.code_source == "coded" and x.ncic and x.id not in state.ended_charges]
        gravest = gravest_of(house.programme.rules, day_at(place_of(house, case)[0], at))(standing)
        code = offense or (gravest.ncic if gravest else next((x.ncic for x in standing), None))
        return c.SendStatusQuery(by=who, at=at, offense_code=code or DEFAULTED, offense_code_source="coded" if code else "defaulted",
                                 in_custody=in_custody, attention=attention)  # fmt: skip

    return act(house, case, kind=c.SendStatusQuery, by=by, make=make)


def acknowledge(house: House, case: CaseId, *, by: Actor) -> Acted:
    """The status desk acknowledged the query."""
    return act(
        house,
        case,
        kind=c.AcknowledgeStatusQuery,
        by=by,
        make=lambda who, at, _: c.AcknowledgeStatusQuery(by=who, at=at),
    )


def respond(
    house: House, case: CaseId, *, status: str, as_of: date | None, stale: bool, removable: str, citizenship_evidence: str, text: str,
    sources: tuple[str, ...], by: Actor,
) -> Acted:  # fmt: skip
    """The specialist's status response."""
    return act(house, case, kind=c.RecordStatusResponse, by=by, make=lambda who, at, _: c.RecordStatusResponse(
        by=who, at=at, day=day_at(place_of(house, case)[0], at), status=status, status_as_of=as_of, stale=stale, removable_indication=removable,  # type: ignore[arg-type]
        citizenship_evidence=citizenship_evidence, text=text, sources=sources))  # fmt: skip


def dispose(
    house: House,
    case: CaseId,
    *,
    disposition: str,
    reason_code: str,
    reason: str,
    removability_ground: str,
    asserted: Sequence[str],
    by: Actor,
) -> Acted:
    """The officer's disposition of the status response, also when nothing follows."""
    facts = parse_facts(asserted)

    def make(who: c.Actor, at: datetime, state: CaseState) -> c.Command:
        level = state.levels[-1] if state.levels else None
        answer = (
            ask(house, case, MAY_ISSUE, on=at, asserted=facts, by=_names(who))
            if disposition in {"detainer", "notification_request"}
            else None
        )
        return c.DecideDisposition(
            by=who, at=at, disposition=disposition, reason_code=reason_code, reason=reason,
            facts=tuple(asserted), removability_ground=removability_ground, rules=answer.rules if answer else (), permission=permission(answer),
            basis=level.basis if level else "none", level=level.level if level else None, policy=level.policy if level else None,
        )  # fmt: skip

    return act(house, case, kind=c.DecideDisposition, by=by, make=make)


def _names(who: c.Actor) -> str:
    """Who asserts a fact, as the trace shows it."""
    return f"{who.role} {who.id}"


def issue_detainer(
    house: House, case: CaseId, *, form: str, officer_class: str, boxes: tuple[str, ...], warrant: str, recipient: str, reason_code: str,
    reason: str, conditional: bool, supersedes: str | None, asserted: Sequence[str], by: Actor,
    supervisor: Actor | None = None, supervisor_reason: str = "",
) -> Acted:  # fmt: skip
    """Issue a detainer, under what the rules in force answer today.

    supervisor, with a written reason: needed against a protected person; authenticated as the acting officer is.
    Raises NotPermitted when the supervisor named is none.
    """
    facts = parse_facts(asserted)
    new: dict[str, FactValue] = {"detainer.warrant": warrant, "detainer.form": form, "detainer.served": False}
    above = None
    if supervisor is not None:
        above = c.Actor(supervisor.id, require(supervisor, "lift_detainer", role="supervisor"))

    def make(who: c.Actor, at: datetime, _state: CaseState) -> c.Command:
        answer = ask(house, case, MAY_ISSUE, on=at, asserted=facts, by=_names(who), act=new)
        return c.IssueDetainer(
            by=who, at=at, detainer=DetainerId(fresh()), form=form, editions=house.programme.rules.forms,
            officer_class=officer_class, boxes=boxes, warrant=warrant,  # type: ignore[arg-type]
            recipient=recipient, reason_code=reason_code, reason=reason, facts=tuple(asserted), permission=permission(answer),
            conditional=conditional, supersedes=DetainerId(supersedes) if supersedes else None,
            supervisor=above, supervisor_reason=supervisor_reason, day=day_at(place_of(house, case)[0], at),
        )  # fmt: skip

    return act(house, case, kind=c.IssueDetainer, by=by, make=make)


def serve_detainer(house: House, case: CaseId, detainer: DetainerId, *, language: str, by: Actor) -> Acted:
    """A copy was served on the person."""
    return act(
        house,
        case,
        kind=c.ServeDetainer,
        by=by,
        make=lambda who, at, _: c.ServeDetainer(by=who, at=at, detainer=detainer, language=language),
    )


def answer_detainer(
    house: House,
    case: CaseId,
    detainer: DetainerId,
    *,
    answer: str,
    reason_code: str,
    reason: str,
    asserted: Sequence[str],
    by: Actor,
) -> Acted:
    """The holding agency's answer, under its jurisdiction's rules."""
    facts = parse_facts(asserted)

    def make(who: c.Actor, at: datetime, _state: CaseState) -> c.Command:
        return c.AnswerDetainer(
            by=who, at=at, detainer=detainer, answer=answer, reason_code=reason_code, reason=reason,  # type: ignore[arg-type]
            facts=tuple(asserted), permission=permission(ask(house, case, MAY_HOLD, on=at, asserted=facts, by=_names(who))),
            notification=None if answer != "notify_only" else
            permission(ask(house, case, MAY_NOTIFY, on=at, asserted=facts, by=_names(who))),
        )  # fmt: skip

    return act(house, case, kind=c.AnswerDetainer, by=by, make=make)


def lift_detainer(
    house: House, case: CaseId, detainer: DetainerId, *, reason_code: str, reason: str, by: Actor
) -> Acted:
    """A detainer is cancelled."""
    return act(house, case, kind=c.LiftDetainer, by=by,
               make=lambda who, at, _: c.LiftDetainer(by=who, at=at, detainer=detainer, reason_code=reason_code, reason=reason))  # fmt: skip


def mark_eligible(house: House, case: CaseId, *, why: str, eligible_at: datetime | None, by: Actor) -> Acted:
    """The release clock starts, by the calendar in force at that place and for that form."""

    def make(who: c.Actor, at: datetime, state: CaseState) -> c.Command:
        terms = terms_of_hold(house, case, state, eligible_at or at)
        return c.MarkReleaseEligible(
            by=who, at=at, why=why, eligible_at=eligible_at, calendar=terms.calendar, expires=terms.expires,
            rules=terms.rules, zone=terms.zone, facility=terms.facility, missing=terms.missing, review=terms.review,
        )  # fmt: skip

    return act(house, case, kind=c.MarkReleaseEligible, by=by, make=make)


def record_release(house: House, case: CaseId, *, released_at: datetime | None, by: Actor) -> Acted:
    """The person was released."""
    return act(
        house,
        case,
        kind=c.RecordRelease,
        by=by,
        make=lambda who, at, _: c.RecordRelease(by=who, at=at, released_at=released_at),
    )


def transfer(house: House, case: CaseId, *, other_key: str, by: Actor) -> Acted:
    """Transfer of custody: a custodian gives, a field officer receives; each signs with their own key."""
    other = actor_with(house, other_key)
    sides = {
        "custodian" if "custodian" in a.roles else "field-officer" if "field-officer" in a.roles else "": a
        for a in (by, other)
    }
    if set(sides) != {"custodian", "field-officer"}:
        raise NotPermitted(
            "a transfer needs a custodian who gives and a field officer who receives; nothing was recorded"
        )
    file = case_file(house, case)
    for role, actor in sides.items():
        require(actor, "custody", role=role, ori=controlling_ori(house, file))
    giving, receiving = (c.Actor(sides[role].id, role) for role in ("custodian", "field-officer"))
    return act(
        house,
        case,
        kind=c.TransferCustody,
        by=by,
        make=lambda who, at, _: c.TransferCustody(by=who, at=at, giving=giving, receiving=receiving),
    )


def claim(house: House, case: CaseId, *, evidence: str, by: Actor) -> Acted:
    """A claim of US citizenship, with its own clock."""
    return act(house, case, kind=c.ClaimCitizenship, by=by, make=lambda who, at, _: c.ClaimCitizenship(
        by=who, at=at, claim=ClaimId(fresh()), evidence=evidence,
        due=claim_due(house, place_of(house, case)[1], at, otherwise=CLAIM_CLOCK)))  # fmt: skip


def resolve_claim(house: House, case: CaseId, claim: ClaimId, *, upheld: bool, reason: str, by: Actor) -> Acted:
    """A supervisor decides a claim."""
    return act(
        house,
        case,
        kind=c.ResolveClaim,
        by=by,
        make=lambda who, at, _: c.ResolveClaim(by=who, at=at, claim=claim, upheld=upheld, reason=reason),
    )


def protect(house: House, case: CaseId, *, asserted_by: str, verified: bool, source: str, by: Actor) -> Acted:
    """Flag a victim, witness or plaintiff."""
    return act(house, case, kind=c.FlagProtected, by=by, make=lambda who, at, _: c.FlagProtected(
        by=who, at=at, asserted_by=asserted_by, verified=verified, source=source))  # fmt: skip


def record_outcome(house: House, case: CaseId, *, outcome: str, conviction_known: str, reason: str, by: Actor) -> Acted:
    """What came of it; the last level evaluated for removal goes with it, if there is one."""

    def make(who: c.Actor, at: datetime, state: CaseState) -> c.Command:
        level = next((x for x in reversed(state.levels) if x.stage == "removal"), None)
        return c.RecordOutcome(by=who, at=at, outcome=outcome, conviction_known=conviction_known, reason=reason,  # type: ignore[arg-type]
                               policy=level.policy if level else None, level=level.level if level else None,
                               basis=level.basis if level else None)  # type: ignore[arg-type]  # fmt: skip

    return act(house, case, kind=c.RecordOutcome, by=by, make=make)


def close(house: House, case: CaseId, *, reason_code: str, reason: str, by: Actor) -> Acted:
    """Nothing more will be decided."""
    return act(
        house,
        case,
        kind=c.CloseCase,
        by=by,
        make=lambda who, at, _: c.CloseCase(by=who, at=at, reason_code=reason_code, reason=reason),
    )


# -- looking -----------------------------------------------------------------------------------------------------------
def stage(house: House, case: CaseId) -> str:
    """Where a case stands, in one word."""
    return stage_of(case_state(house, case))


def cases(house: House, *, by: Actor, open_only: bool, repository: str | None) -> list[dict[str, Any]]:
    """Case files for lists: ids, stages and places, no persons."""
    require(by, "view_case")
    with house.store.reader() as reader:
        files = reader.cases.list(open_only=open_only, repository=repository)
        files = [file for file in files if _may_see(reader, by, file.submission)]
    return [
        {"case": f.id, "repository": f.repository, "jurisdiction": f.jurisdiction, "stage": f.stage, "zone": f.zone,
         "opened": to_text(f.opened_at), "submission": f.submission}
        for f in files
    ]  # fmt: skip


def tasks(house: House, *, by: Actor) -> list[dict[str, Any]]:
    """Open tasks, soonest due first."""
    require(by, "view_case")
    with house.store.reader() as reader:
        found = [task for task in reader.tasks.list() if _may_see(reader, by, task.submission)]
    return [
        {
            "task": t.id,
            "kind": t.kind,
            "role": t.role,
            "due": to_text(t.due) if t.due else None,
            "case": t.case_id,
            "submission": t.submission,
        }
        for t in found
    ]


def _may_see(reader: Reader, by: Actor, submission: str | None) -> bool:
    """Whether the case of a submission is one of the actor's: some roles reach their own agencies only."""
    if "*" in by.oris:
        return True
    row = reader.submissions.get(submission) if submission else None
    try:
        require(by, "view_case", ori=row.cri if row else None)
    except NotPermitted:
        return False
    return row is not None


def show_case(house: House, case: CaseId, *, by: Actor) -> dict[str, Any]:
    """One case for its desk. Candidates are shown to examiners only, without scores.

    An examiner who may still conclude does not see what another one concluded: the second look is independent.
    """
    require(by, "view_case")
    file = case_file(house, case)
    require(by, "view_case", ori=controlling_ori(house, file))
    refuse_if_sealed(house, file)
    stream = stream_of(house, case)
    state = replay(stream)
    blind = "examiner" in by.roles and state.identity == "none" and all(x.examiner != by.id for x in state.conclusions)
    examiner = bool({"examiner", "supervisor"} & set(by.roles))
    return {
        "case": case, "stage": stage_of(state), "repository": state.repository, "jurisdiction": state.jurisdiction, "identity": state.identity,
        "candidates": _candidates(house, file) if examiner else "shown to examiners",
        "status": state.finding.status if state.finding else None,
        "levels": [{"policy": x.policy, "version": x.policy_version, "basis": x.basis, "stage": x.stage, "level": x.level,
                    "after": x.after} for x in state.levels],
        "priorities": [{"policy": x.policy, "version": x.policy_version, "kind": x.kind, "basis": x.basis, "stage": x.stage, "value": x.value,
                        "classes": list(x.classes), "on": x.on} for x in state.priorities],
        "detainers": [{"detainer": d.id, "form": d.form, "in_effect": state.in_effect(d), "answer": d.answer, "ended": d.ended}
                      for d in state.detainers],
        "hold": {"expires": to_text(state.hold.expires), "running": state.hold.running} if state.hold else None,
        "claims": [{"claim": x.id, "due": to_text(x.due), "upheld": x.upheld} for x in state.claims],
        "timeline": [_line(event, blind=blind) for event in stream],
    }  # fmt: skip


def _line(event: Recorded, *, blind: bool = False) -> dict[str, Any]:
    hidden = {"inputs_hash"}
    if blind and event.type == events.CONCLUSION_RECORDED:
        hidden |= {"conclusion", "examiner", "resolves"}
    facts = {k: v for k, v in event.public.items() if v not in (None, [], "") and k not in hidden}
    return {"at": to_text(event.effective_at), "recorded": to_text(event.recorded_at), "event": event.type, "by_role": event.role, **facts,
            **({"expunged": True} if event.expunged else {})}  # fmt: skip


def _candidates(house: House, file: CaseFile) -> list[dict[str, Any]] | str:
    """The candidate list of the case's repository, best first; ``expunged`` when nobody can read it any more."""
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, SubmissionId(file.submission), private=True)
    for event in reversed(stream):
        if event.type == events.SEARCH_COMPLETED and event.public["repository"] == file.repository:
            sealed = (event.private or {}).get("candidate_list")
            if event.expunged or sealed is None:
                return "expunged"
            try:
                listed = CandidateList.from_bytes(house.vault.open(KeyId(file.key_id), ObjectId(str(sealed))))
            except KeyDestroyed:
                return "expunged"
            return [
                {"rank": x.rank, "person": x.person, "zone": x.zone, "fingers_compared": x.common}
                for x in listed.candidates
                if x.zone != "none"
            ]
    return []
