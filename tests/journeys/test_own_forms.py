"""A programme with a form of its own: the case's page offers it, and a detainer is issued on it."""

from __future__ import annotations

import shutil
from pathlib import Path

from casestory import Story

from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.workflow.views.case_page import case_page

SHIPPED, OWN = "I-247 (08/10)", "I-247 (local)"


def test_the_case_uses_the_forms_of_the_programme_that_runs(programme, tmp_path: Path) -> None:
    """Domain 3.2: an edition is data; the shipped form is refused where the programme has another in its place."""
    folder = tmp_path / "edition"
    shutil.copytree(programme_root(), folder)
    form = folder / "forms" / "i-247-0810.yaml"
    form.write_text(form.read_text().replace(SHIPPED, OWN))
    story = Story(programme)
    story.booked_and_found()
    story.house.programme = Programme.load(folder)
    for done in (story.query(), story.respond(), story.dispose()):
        assert done.refused is None, done.refused

    page = case_page(story.house, story.case(), by=story.staff["field-officer"])
    assert (OWN,) == page.forms
    assert "investigation_initiated" in page.boxes
    refused = story.issue(SHIPPED).refused
    assert refused is not None
    assert "FORM_NOT_IN_USE" == refused.code
    assert story.issue(OWN).refused is None
