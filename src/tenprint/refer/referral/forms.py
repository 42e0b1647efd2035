"""The detainer forms of the shipped programme, and who may issue one [domain 3.2, 8 CFR 287.7(b)].

The editions are data of a programme, ``forms/*.yaml``, read strictly once. A case uses those of the programme that runs, which
its command brings (`IssueDetainer.editions`); these here are the shipped ones, for whoever has no programme loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from tenprint.refer.policy.form_editions import Form, read_forms
from tenprint.refer.policy.programme import programme_root
from tenprint.refer.policy.rulebook import files

__all__ = ["FORMS", "OFFICER_CLASSES", "Form", "forms_in_use"]

OFFICER_CLASSES: Final = frozenset({
    "border_patrol_agent", "special_agent", "deportation_officer", "immigration_inspector", "adjudications_officer",
    "enforcement_agent", "supervisor", "designated_officer",
})  # fmt: skip
"""Who may issue a detainer. Source: 8 CFR 287.7(b), a closed list; the last is "others designated"."""

FORMS: Final[Mapping[str, Form]] = read_forms(list(files(programme_root() / "forms")))
"""Form id -> edition. Before 1 August 2010 no edition is on record here, so none can be issued. Source: domain 3.2."""


def forms_in_use(on: date) -> tuple[Form, ...]:
    """The editions in use on that day, oldest first; empty if none is on record."""
    return tuple(form for form in FORMS.values() if form.in_use(on))
