"""What the simulated staff do with a case: the same decisions, in the same order, through the same use cases as real staff.

The rehearsal knows whose prints it sent; its examiners conclude accordingly. Everything else a person would have to find out is drawn
from the seed, independently of the person's name, sex, age and prints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final

from tenprint.clock import SetClock
from tenprint.errors import TenprintError
from tenprint.ids import CaseId, DetainerId, PersonId
from tenprint.lab.rehearsal.cast import Cast
from tenprint.workflow import charges, desk
from tenprint.workflow.casework import Acted, case_state
from tenprint.workflow.deciding import place_of
from tenprint.workflow.history import evaluate_level, review_change, state_history
from tenprint.workflow.house import IMMIGRATION, House
from tenprint.workflow.notices import give_notice, notices
from tenprint.workflow.participation import day_at

STATUSES: Final = (
    "overstay",
    "EWI",
    "LPR",
    "USC",
    "removal_order",
    "no_record",
    "unable_to_determine",
    "previously_removed",
)
"""What the simulated specialist finds, by weight below. Invented: no published shares of these exist."""

WEIGHTS: Final = (30, 20, 18, 8, 8, 6, 5, 5)
"""Weights of `STATUSES`. Set by: every branch of the process is seen in a few dozen cases."""

CHARGES: Final = (("2303", "misdemeanor", 180), ("5404", "misdemeanor", 365), ("1313", "misdemeanor", 180), ("2202", "felony", 1825),
                  ("1399", "felony", 3650), ("5311", "misdemeanor", 90), ("3562", "misdemeanor", 180))  # fmt: skip
"""NCIC code, class and maximum penalty (days) of the charges that bookings carry."""

COURT_EVERY: Final = 8
"""Of the cases that reach custody, and of those that end without action, every eighth hears of its court: an acquittal there, a
dismissal here. Set by: a handful of each in the month; counted, not drawn, so that everything else stays as the seed has it."""

STEP: Final = timedelta(minutes=7)
"""Programme time between two decisions of the simulated staff."""


@dataclass(slots=True)
class Desks:
    """The simulated staff at work. truth: person id in a repository -> number of the synthetic person.

    heard: how many cases came to the point where a court could have ruled, by outcome.
    """

    house: House
    clock: SetClock
    cast: Cast
    truth: Mapping[PersonId, int]
    draw: Random
    heard: Counter[str] = field(default_factory=Counter)

    def examine(self, case: CaseId, shown: int) -> str:
        """Two examiners conclude over the candidates; ``shown`` is the synthetic person whose prints were sent. Returns the stage."""
        candidates = desk.show_case(self.house, case, by=self.cast.examiners[0])["candidates"]
        mates = [c["person"] for c in candidates if self.truth.get(PersonId(c["person"])) == shown]
        for examiner in self.cast.examiners:
            self._do(partial(
                desk.conclude, self.house, case, conclusion="SOURCE_IDENTIFICATION" if mates else "SOURCE_EXCLUSION",
                candidate=mates[0] if mates else None, by=examiner,
                reasons="ridge flow, type and relation of minutiae agree" if mates else "patterns and minutiae differ"))  # fmt: skip
        return desk.stage(self.house, case)

    def refer(self, case: CaseId) -> str:
        """From the status query to the outcome, as far as the rules and the drawn facts go. Returns the stage."""
        house, cast = self.house, self.cast
        state = case_state(house, case)
        if state.repository != IMMIGRATION or state.identity != "established" or not state.adult:
            return desk.stage(house, case)
        self._do(
            lambda: desk.query(
                house, case, attention="SIMULATED SPECIALIST", offense=None, in_custody=True, by=cast.specialist
            )
        )
        self._do(lambda: desk.acknowledge(house, case, by=cast.specialist))
        status = self.draw.choices(STATUSES, WEIGHTS)[0]
        self._do(lambda: desk.respond(
            house, case, status=status, as_of=self.clock.now().date() - timedelta(days=self.draw.randrange(30, 900)), stale=False,
            removable={"USC": "no", "LPR": "no"}.get(status, "undetermined"), citizenship_evidence="naturalised" if status == "USC" else "none",
            text="simulated response", sources=("simulated-system",), by=cast.specialist))  # fmt: skip
        if status == "USC":
            return desk.stage(house, case)
        convicted = self._record(case)
        return self._dispose(case, status, convicted)

    def _record(self, case: CaseId) -> bool:
        """Charge, history and levels, on both bases where there is something to evaluate."""
        house, cast = self.house, self.cast
        ncic, severity, penalty = self.draw.choice(CHARGES)
        for (
            officer
        ) in cast.charge_officers:  # the second is the second look that a Level 1 charge needs; harmless elsewhere
            self._do(partial(charges.code_charge, house, case, charge="1", ncic=ncic, reason="from the booking's charge text",
                             severity=severity, max_penalty_days=penalty, by=officer))  # fmt: skip
        known = self.draw.choices(("none", "yes", "unknown"), (55, 35, 10))[0]
        past = self.draw.choice(CHARGES)
        convictions = (f"{past[0]}:{past[1]}:{past[2]}:30",) if known == "yes" else ()
        self._do(lambda: charges.record_history(
            house, case, known=known, source="rap_sheet", as_of=self._today(case), reason="simulated record check",
            convictions=convictions, corrects=None, by=cast.charge_officers[0]))  # fmt: skip
        for policy in house.programme.rules.level_policy_in_force(self.clock.now().date()):
            for stage in ("match", "arrest", "removal"):
                self._do(partial(evaluate_level, house, case, policy=policy, basis="conviction", stage=stage,
                                 by=cast.charge_officers[0]))  # fmt: skip
        return known == "yes"

    def _today(self, case: CaseId) -> date:
        """Today at the booking's place: nothing is dated after it."""
        return day_at(place_of(self.house, case)[0], self.clock.now())

    def _court(self, case: CaseId, outcome: str) -> bool:
        """Now and then the booking's charge ends in the person's favour before the case goes on: stated, looked at, the person told.

        The rules of the place are asked whether the record must be sealed; what they answer waits for the supervisor.
        """
        self.heard[outcome] += 1
        if self.heard[outcome] % COURT_EVERY:
            return False
        house, cast = self.house, self.cast
        self._do(lambda: state_history(
            house, case, kind="disposition", outcome=outcome, source="court", as_of=self._today(case), charge="1",
            reason="simulated court record", by=cast.charge_officers[0]))  # fmt: skip
        self._do(
            lambda: review_change(
                house, case, person_told=True, language="es", reason="simulated review", by=cast.officer
            )
        )
        return True

    def _dispose(self, case: CaseId, status: str, convicted: bool) -> str:
        house, cast = self.house, self.cast
        lawful = status == "LPR"
        act = (
            status not in {"no_record", "unable_to_determine"}
            and (convicted or not lawful)
            and self.draw.random() < 0.8
        )
        ground = "simulated ground by conviction" if lawful else ""
        done = self._try(lambda: desk.dispose(
            house, case, disposition="detainer" if act else "no_action", reason_code="priority" if act else "no_ground",
            reason="simulated decision", removability_ground=ground, asserted=[], by=cast.officer))  # fmt: skip
        if done is None or not act:
            if done is None:
                self._do(lambda: desk.dispose(house, case, disposition="no_action", reason_code="rules_refuse", reason="simulated decision",
                                              removability_ground="", asserted=[], by=cast.officer))  # fmt: skip
            self._court(case, "dismissed")
            return self._close(case, "no_action")
        issued = self._try(lambda: desk.issue_detainer(
            house, case, form="I-247 (08/10)", officer_class="deportation_officer", boxes=("investigation_initiated",), warrant="none",
            recipient="simulated jail", reason_code="priority", reason="simulated decision", conditional=False, supersedes=None, asserted=[],
            by=cast.officer))  # fmt: skip
        if issued is None:
            return self._close(case, "rules_refuse")
        return self._custody(case)

    def _custody(self, case: CaseId) -> str:
        house, cast = self.house, self.cast
        detainer = case_state(house, case).open_detainer
        if detainer is None:
            return desk.stage(house, case)
        name = DetainerId(detainer.id)
        self._do(lambda: desk.serve_detainer(house, case, name, language="es", by=cast.officer))
        honours = self.draw.random() < 0.75
        answered = self._try(lambda: desk.answer_detainer(
            house, case, name, answer="honour" if honours else "decline", reason_code="policy", reason="simulated decision",
            asserted=["facility.honours_detainers=yes" if honours else "facility.honours_detainers=no"], by=cast.jail))  # fmt: skip
        if answered is None:
            honours = False
            self._do(lambda: desk.answer_detainer(house, case, name, answer="decline", reason_code="rules_refuse", reason="simulated decision",
                                                  asserted=[], by=cast.jail))  # fmt: skip
        if self.draw.random() < 0.12:
            self._do(lambda: desk.claim(house, case, evidence="simulated claim", by=cast.supervisor))
        why = "acquittal" if self._court(case, "acquitted") else "bail_posted"
        self._do(lambda: desk.mark_eligible(house, case, why=why, eligible_at=None, by=cast.jail))
        for owed in notices(house, by=cast.jail, case=case):
            if owed["what"] == "charges_ended":
                told = partial(
                    give_notice, house, case, owed["notice"], outcome="told", language=None, note="", by=cast.jail
                )
                self._do(told)
        if case_state(house, case).running_hold and self.draw.random() < 0.85:
            self._do(lambda: desk.transfer(house, case, other_key=cast.custodian.token, by=cast.officer))
            outcome = self.draw.choices(("removal", "return", "relief", "terminated"), (6, 2, 1, 1))[0]
            known = case_state(house, case).conviction_known
            self._do(
                lambda: desk.record_outcome(
                    house, case, outcome=outcome, conviction_known=known, reason="simulated outcome", by=cast.officer
                )
            )
        elif not case_state(house, case).running_hold:
            self._do(lambda: desk.record_release(house, case, released_at=None, by=cast.custodian.actor))
        return desk.stage(house, case)

    def _close(self, case: CaseId, code: str) -> str:
        self._try(
            lambda: desk.close(self.house, case, reason_code=code, reason="simulated decision", by=self.cast.officer)
        )
        return desk.stage(self.house, case)

    def _do(self, decide: Callable[[], Acted]) -> Acted:
        """A decision that must go through; a refusal here is a fault of the rehearsal."""
        done = self._step(decide)
        if done.refused is not None:
            raise TenprintError(f"the rehearsal was refused: {done.refused.code}: {done.refused.why}")
        return done

    def _try(self, decide: Callable[[], Acted]) -> Acted | None:
        """A decision that the rules may refuse; None when they did."""
        done = self._step(decide)
        return None if done.refused is not None else done

    def _step(self, decide: Callable[[], Acted]) -> Acted:
        self.clock.advance(STEP)
        return decide()
