"""`tenprint bench extract`: a card's time, and a finger's beside the published graph, mindtct and the limit, in one run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tenprint.errors import ModelMissing, UsageError
from tenprint.exchange.itl import read
from tenprint.exchange.submission import images_of
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.extract.choice import extractor
from tenprint.lab.bench import extract
from tenprint.lab.bench.cards import usual_card
from tenprint.lab.bench.extract import bench_extract
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

TENPRINT = Path(sys.executable).with_name("tenprint")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images of ridges without end."""
    for name in ("leader", "leader-onnx"):
        try:
            extractor(name)
        except ModelMissing as error:
            pytest.skip(str(error))
    y, _ = np.mgrid[0:160, 0:128]
    for number in (1, 2):
        pixels = np.full((480, 480), 255, np.uint8)  # mostly empty, as the boxes of cards are
        pixels[100:260, 200:328] = (128 + 100 * np.cos(2 * np.pi * y / (8 + number))).astype(np.uint8)
        (tmp_path / f"{number}.png").write_bytes(encode_png(GreyImage(pixels, Ppi(500))))
    return tmp_path


def test_the_command_gives_card_finger_peers_limit_and_setting(folder: Path) -> None:
    """Law, point 7: speed, peers and physical limit in the same run, with workload, machine and commit."""
    run = subprocess.run([str(TENPRINT), "bench", "extract", str(folder), "--repeats", "1", "--json"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    found = json.loads(run.stdout)
    assert found["card_s_p50"] > 0
    assert found["speedup_over_fp32"] == pytest.approx(
        found["leader_fp32_ms_per_finger_core_p50"] / found["ms_per_finger_core_p50"], rel=0.2
    )
    assert found["speedup_over_fp32"] > 1.5, "the engine is there to be faster than the graph"
    assert 0 < found["limit"]["share_reached"] < 1, "only what the network was shown counts as done"
    assert found["workload"]["fingers"] == 2
    assert "card_with_slaps_s_p50" in found["left_out"]
    assert ("mindtct_ms_per_finger_core_p50" in found) != ("mindtct_ms_per_finger_core_p50" in found["left_out"])
    assert {"machine", "commit", "version", "peak_mb", "extractor"} <= set(found)


def test_a_transaction_is_read_as_a_card(shared: Path) -> None:
    """NIST's sample card: ten rolled fingers in WSQ; a file without prints and one that is absent are refused."""
    samples = shared / "exchange" / "nist_itl"

    assert sorted(extract._card(samples / "type-14-tpcard-nqm.an2", Ppi(500)).read()) == list(range(1, 11))
    card = extract._card(samples / "type-4-tpcard.an2", Ppi(500))
    assert [True, True] == [took > 0 for took in extract._segment_ms(card, 1)], "both of its slaps are taken apart"
    for name, words in (("type-8-sig.an2", "no print"), ("absent.an2", "No such file")):
        with pytest.raises(UsageError, match=words):
            bench_extract(samples / name, repeats=1, ppi=Ppi(500))


def test_without_a_file_the_research_card_is_timed(shared, monkeypatch, tmp_path):
    """The usual card is the rolled one of NIST's samples where the research data is."""
    monkeypatch.setenv("TENPRINT_SHARED", str(shared))
    assert usual_card(tmp_path).name == "type-14-tpcard-nqm.an2"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_without_research_data_a_drawn_card_is_timed(monkeypatch, tmp_path):
    """Ten rolled images of somebody who does not exist, in a file that reads as any other."""
    monkeypatch.setenv("TENPRINT_SHARED", str(tmp_path / "absent"))
    card = usual_card(tmp_path)
    assert [image.position for image in images_of(read(card.read_bytes()))] == list(range(1, 11))
