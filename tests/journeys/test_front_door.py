"""`import tenprint`: the front door for notebooks does what its page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import a_booking, rings
from PIL import Image

import tenprint
from tenprint.errors import AuthorityRefused, ExchangeError, GalleryError, ImageUnreadable, ModelMissing, PersonUnknown
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, TenprintTemplate, in_order

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "notebook.md"


def drawn(seed: int) -> TenprintTemplate:
    draw = np.random.default_rng(seed)
    fingers = []
    for position in (2, 7):
        points = np.zeros(40, MINUTIA)
        points["x"], points["y"] = draw.integers(20, 480, 40), draw.integers(20, 480, 40)
        points["theta"], points["quality"] = draw.integers(0, 65536, 40), 90
        fingers.append(FingerTemplate(position, Minutiae(in_order(points), 500, 500), 80, "drawn-1/00"))
    return TenprintTemplate(tuple(fingers))


def test_the_snippet_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/how-to/notebook.md, as written, from a file on disk to a candidate list."""
    monkeypatch.chdir(tmp_path)
    Path("booking.eft").write_bytes(a_booking("NOTEBOOK000001", seed=1))
    Image.fromarray(rings(22).pixels).save("right-index.png")
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    try:
        exec(compile(snippet, str(PAGE), "exec"), names)
    except ModelMissing as error:
        pytest.skip(f"no extractor is installed here: {error}")

    assert (2, 7) == names["template"].positions
    assert [1] == [candidate.rank for candidate in names["found"].candidates]
    assert names["found"].candidates[0].person == names["person"]
    assert names["found"].candidates[0].fingers[2] > 9000, "the same picture, compared with itself"
    assert capsys.readouterr().out.rstrip().endswith("True")


def test_an_authority_is_good_for_one_search_of_one_folder(tmp_path: Path) -> None:
    """Design decision 1: every door takes one, a notebook too; another folder's is refused."""
    with tenprint.open_gallery(tmp_path / "a") as mine, tenprint.open_gallery(tmp_path / "b") as other:
        person = mine.enroll(drawn(1))
        authority = mine.authority("test")
        found = mine.search(drawn(1), authority)
        with pytest.raises(AuthorityRefused):
            mine.search(drawn(1), authority)
        with pytest.raises(AuthorityRefused):
            other.search(drawn(1), mine.authority("test"))

    assert [person] == [candidate.person for candidate in found.candidates]
    assert "study/a" == found.repository


def test_a_study_folder_is_kept_and_people_leave_it_for_good(tmp_path: Path) -> None:
    """Opened again it holds who was enrolled; an expunged person is not found and the id is not used again."""
    with tenprint.open_gallery(tmp_path / "mine") as gallery:
        first, second = gallery.enroll(drawn(1)), gallery.enroll(drawn(2))
        gallery.expunge(first)
    with tenprint.open_gallery(str(tmp_path / "mine")) as again:
        found = again.search(drawn(1), again.authority("test"))

        assert 1 == len(again)
        assert [second] == [candidate.person for candidate in found.candidates]
        with pytest.raises(PersonUnknown):
            again.enroll(drawn(1), person=first)
    keys = [path for path in (tmp_path / "mine" / "keys").iterdir() if len(path.name) == 32]
    assert 1 == len(keys), "the key of whoever was expunged is destroyed"


def test_a_served_programme_is_never_opened_as_a_study(programme: Any) -> None:
    """Design decision 1: neither the programme's folder nor one of its repositories."""
    for folder in (programme.house.root, programme.house.root / "gallery" / "criminal"):
        with pytest.raises(GalleryError, match="served"):
            tenprint.open_gallery(folder)


def test_comparing_is_the_same_both_ways_and_finds_the_same_prints_most_alike() -> None:
    """A score says how alike prints are; by finger, only for fingers that both have."""
    one, two = drawn(1), drawn(2)

    assert tenprint.compare(one, two).score == tenprint.compare(two, one).score
    assert tenprint.compare(one, one).score > tenprint.compare(one, two).score
    assert {2, 7} == set(tenprint.compare(one, one).fingers)


def test_transactions_and_images_are_read_from_bytes_and_files_or_refused_by_name(tmp_path: Path) -> None:
    """The same readers as the served doors, with their errors."""
    path = tmp_path / "booking.eft"
    path.write_bytes(a_booking("NOTEBOOK000002"))

    assert "NOTEBOOK000002" == tenprint.read_transaction(path).tcn == tenprint.read_transaction(path.read_bytes()).tcn
    with pytest.raises(ExchangeError):
        tenprint.read_transaction(b"not a transaction")
    (tmp_path / "x.png").write_bytes(b"not a picture")
    with pytest.raises(ImageUnreadable):
        tenprint.read_image(tmp_path / "x.png", ppi=500)
    with pytest.raises(ValueError, match="100 to 4000"):
        tenprint.read_image(tmp_path / "x.png", ppi=19.69)


def test_the_front_door_is_short_documented_and_lazy() -> None:
    """Every name has a docstring and stands on the page; the import alone loads no arrays and no rooms."""
    names = [name for name in dir(tenprint) if name != "__version__"]
    page = PAGE.read_text()

    assert ["Ppi", "compare", "extract", "open_gallery", "read_image", "read_transaction"] == sorted(names)
    for name in names:
        assert getattr(tenprint, name).__doc__
        assert f"tenprint.{name}" in page, f"{name} is not on the page"
    code = "import sys, tenprint; dir(tenprint); sys.exit(any(m in sys.modules for m in ('numpy', 'sqlalchemy', 'tenprint.workflow')))"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
    with pytest.raises(AttributeError, match="open_gallery"):
        _ = tenprint.nothing_of_the_kind
