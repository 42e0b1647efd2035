"""``tenprint case priority``: in which classes of a dated priority policy a person is, said by a named officer."""

from __future__ import annotations

from typing import Annotated

import typer

from tenprint.cli.case import CaseArgument, FactOption, ReasonCodeOption, ReasonOption, app, carry_out
from tenprint.cli.desk import DEFAULT_DATA, DataOption, JsonOption, KeyOption, acting, house_at, show
from tenprint.ids import CaseId
from tenprint.workflow import priorities as use

PolicyOption = Annotated[str, typer.Option("--policy", help="Such as pep-2014; see `tenprint case classes`")]
BasisOption = Annotated[str, typer.Option("--basis", help="arrest, charge, conviction or admission")]
StageOption = Annotated[str, typer.Option("--stage", help="match, arrest or removal")]


@app.command("priority")
def priority(
    case: CaseArgument,
    policy: PolicyOption,
    basis: BasisOption,
    stage: StageOption,
    reason_code: ReasonCodeOption,
    reason: ReasonOption,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Code of a class that applies; repeat; none says: in no class")
    ] = None,
    rests_on: Annotated[
        list[str] | None,
        typer.Option(
            "--rests-on", help="record-1, statement-2, charge-1, finding-1, response, or document:CODE; repeat"
        ),
    ] = None,
    fact: FactOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which classes of one policy in force today apply to the person, or none. Nothing follows from it.

    A class that the facts rule out is refused; what the policy's conditions give is recorded beside what you say. It is kept beside
    all earlier ones and is no level.

    Example: tenprint case priority CASE --policy pep-2014 --basis conviction --stage match --class p1d --rests-on statement-1
    --reason-code felony --reason "The judgment is on file."
    """
    carry_out(data, key, as_json, lambda h, by: use.decide_priority(
        h, CaseId(case), policy=policy, basis=basis, stage=stage, classes=tuple(classes or ()), rests_on=tuple(rests_on or ()),
        reason_code=reason_code, reason=reason, asserted=fact or [], by=by))  # fmt: skip


@app.command("classes")
def classes_of(
    case: CaseArgument,
    policy: PolicyOption,
    basis: BasisOption,
    stage: StageOption,
    fact: FactOption = None,
    data: DataOption = DEFAULT_DATA,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at one policy's classes on what the case holds: which hold, which may, what is missing, with source and evidence mark.

    Nothing is recorded.
    """
    with house_at(data) as house:
        found = use.look_at_priority(
            house, CaseId(case), policy=policy, basis=basis, stage=stage, asserted=fact or [], by=acting(house, key)
        )
        show(found, as_json=as_json, title=f"{found['policy']} on {found['on']}")
