"""Extractors find the minutiae that are there, on the 500 ppi grid, with ISO directions, and none where there is nothing."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tenprint.errors import ExtractionFailed, ModelMissing, ResolutionUnusable, UsageError
from tenprint.identify.extract import weights
from tenprint.identify.extract.choice import EXTRACTORS, extractor
from tenprint.identify.extract.leader import LeaderExtractor, kinds
from tenprint.identify.extract.leader_onnx import LeaderOnnxExtractor
from tenprint.identify.extract.mindtct import MindtctExtractor
from tenprint.identify.extract.mindtct import _points as mindtct_points
from tenprint.model.prints import MAX_MINUTIAE, GreyImage, in_order
from tenprint.units import Ppi


def nearest(points, column, row):
    """The minutia nearest to a place, and its distance in pixels."""
    distance = np.hypot(points["x"].astype(float) - column, points["y"].astype(float) - row)
    return points[distance.argmin()], distance.min()


def turned(later, earlier):
    """Degrees from one direction to another, -180 to 180, counter-clockwise with y up."""
    return ((int(later["theta"]) - int(earlier["theta"]) + 32768) % 65536 - 32768) * 360 / 65536


@pytest.mark.parametrize("ppi", [300, 500, 569, 750, 1000])
def test_minutiae_lie_where_they_were_drawn_at_every_resolution(installed, synthetic, ppi):
    """Units: positions are pixels at 500 ppi from the image's own top left corner, whatever the scan was."""
    draw, places = synthetic
    found = installed.extract(GreyImage(draw(ppi), Ppi(ppi)))
    assert (found.width, found.height) == (300, 300)
    for column, row in places:
        point, distance = nearest(found.points, column, row)
        assert distance <= 4, f"nothing within 4 px of ({column}, {row}); nearest is {distance:.1f} px away"
        assert point["quality"] >= 60


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_the_image_turns_places_and_directions(installed, synthetic, turns):
    """ISO/IEC 19794-2: directions grow counter-clockwise with y up; with the wrong sign matching still half works."""
    draw, places = synthetic
    image = draw()
    before = installed.extract(GreyImage(image, Ppi(500)))
    after = installed.extract(GreyImage(np.ascontiguousarray(np.rot90(image, turns)), Ppi(500)))
    for column, row in places:
        x, y = column, row
        for _ in range(turns):  # a quarter turn counter-clockwise takes column x, row y to column y, row 299 - x
            x, y = y, 299 - x
        first, _ = nearest(before.points, column, row)
        second, distance = nearest(after.points, x, y)
        assert distance <= 4
        error = (turned(second, first) - 90 * turns + 180) % 360 - 180
        assert abs(error) <= 12, f"turned by {turned(second, first):.0f} degrees instead of {90 * turns}"


def test_both_extractors_agree_on_the_direction(synthetic_image, synthetic, leader):
    """ISO/IEC 19794-2: the direction points along the ridge, away from its end; no extractor is half a turn off."""
    try:
        mindtct = MindtctExtractor()
    except ModelMissing as error:
        pytest.skip(str(error))
    one, other = leader.extract(synthetic_image), mindtct.extract(synthetic_image)
    for column, row in synthetic[1]:
        assert abs(turned(nearest(one.points, column, row)[0], nearest(other.points, column, row)[0])) <= 20


def test_a_direction_points_from_the_ridge_end_into_the_ridge(leader):
    """ISO/IEC 19794-2: a ridge that begins here and runs to the right has direction 0; one that runs to the left, half a turn."""
    y, x = np.mgrid[0:200, 0:200].astype(float)
    for sign, degrees in ((1, 0), (-1, 180)):
        grey = 128 + 100 * np.cos(2 * np.pi * y / 9 + sign * np.arctan2(y - 100, x - 100))
        found = leader.extract(GreyImage(grey.astype(np.uint8), Ppi(500)))
        point, distance = nearest(found.points, 100, 100)
        assert distance <= 4
        error = (int(point["theta"]) * 360 / 65536 - degrees + 180) % 360 - 180
        assert abs(error) <= 10


def test_minutiae_are_in_the_one_order_and_within_the_image(installed, synthetic_image):
    """Template record v1: quality descending, then y, x, theta; at most 255; inside the image."""
    found = installed.extract(synthetic_image)
    assert np.array_equal(found.points, in_order(found.points))
    assert 5 <= len(found) <= MAX_MINUTIAE
    assert found.points["x"].max() < found.width
    assert found.points["y"].max() < found.height
    assert set(found.points["kind"]) <= {1, 2}


def test_leader_keeps_quality_30_and_more(leader, synthetic_image):
    """Quality is the network's confidence times 100; below 30 is not kept."""
    qualities = leader.extract(synthetic_image).points["quality"]
    assert qualities.min() >= 30
    assert qualities.max() <= 100


def test_mindtct_minutiae_of_little_reliability_stay_usable():
    """Reliability 0 to 1 becomes quality 40 to 100: matching cuts at 45, and half of mindtct's minutiae are below 0.4."""
    answer = b"10 10\n1 2 0 0.000000 1\n3 4 8 1.000000 0\n5 6 31 0.100000 1\nend\n"
    points = mindtct_points(answer, 10, 10)
    assert points["quality"].tolist() == [40, 100, 46]
    assert points["theta"].tolist() == [16384, 0, 16384 + 2048]  # 32 directions clockwise from up
    assert points["kind"].tolist() == [1, 2, 1]


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (31, 17), (64, 64), (150, 33), (200, 260)])
def test_a_blank_image_of_any_size_has_no_minutiae(installed, shape, grey):
    """Nothing there is no minutiae, not an error and not a crash."""
    found = installed.extract(GreyImage(np.full(shape, grey, dtype=np.uint8), Ppi(500)))
    assert (len(found), found.height, found.width) == (0, *shape)


def test_the_fast_profile_keeps_qualities_what_they_mean(leader, synthetic_image):
    """A threshold on quality keeps about as many minutiae as with the default: clear ridges stay clear."""
    fast = extractor("leader-fast").extract(synthetic_image).points
    own = leader.extract(synthetic_image).points
    assert abs(int((fast["quality"] >= 60).sum()) - int((own["quality"] >= 60).sum())) <= 2


def test_noise_is_not_a_fingerprint(leader):
    """White noise has no ridges: almost no minutiae."""
    noise = np.random.default_rng(1).integers(0, 256, (200, 200), dtype=np.uint8)
    assert len(leader.extract(GreyImage(noise, Ppi(500)))) <= 5


def test_padding_does_not_move_minutiae(leader, synthetic):
    """The network's input is padded to multiples of 32; coordinates stay relative to the image itself."""
    image = synthetic[0]()
    for rows, columns in ((300, 300), (288, 291), (289, 289), (300, 257)):
        found = leader.extract(GreyImage(np.ascontiguousarray(image[:rows, :columns]), Ppi(500)))
        assert (found.height, found.width) == (rows, columns)
        assert nearest(found.points, 150, 145)[1] <= 4


def test_more_than_one_finger_can_hold_is_refused(installed):
    """Over 1.5 million pixels at 500 ppi is a card, and would take gigabytes."""
    with pytest.raises(ExtractionFailed, match="1300×1300"):
        installed.extract(GreyImage(np.full((1300, 1300), 255, dtype=np.uint8), Ppi(500)))
    for shape in ((0, 10), (10, 0), (2, 70_000), (8001, 1)):
        with pytest.raises(ExtractionFailed, match=f"{shape[1]}×{shape[0]}"):
            installed.extract(GreyImage(np.zeros(shape, dtype=np.uint8), Ppi(500)))


def test_too_coarse_a_scan_is_refused(installed):
    """Below 250 ppi the ridges themselves are gone; nothing is made up."""
    with pytest.raises(ResolutionUnusable, match="200 ppi"):
        installed.extract(GreyImage(np.full((100, 100), 255, dtype=np.uint8), Ppi(200)))


def test_one_extractor_serves_several_threads(installed, synthetic_image):
    """The extractor is shared by all workers; the answers are those of one thread."""
    alone = installed.extract(synthetic_image)
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(installed.extract, [synthetic_image] * 4):
            assert np.array_equal(found.points, alone.points)


def test_names_and_versions_tell_what_decided_the_result(installed):
    """Templates carry the version: it holds the family, part of the pinned hash, and what ran LEADER's network."""
    assert installed.name in EXTRACTORS
    family, pinned, *loops = installed.version.split("/")
    assert family == f"{installed.name.removesuffix('-onnx')}-1"
    hashes = dict.fromkeys(("leader-1", "leader-fast-1"), weights.LEADER_SHA256) | {
        "mindtct-1": weights.NBIS_ARCHIVE_SHA256
    }
    assert hashes[family].startswith(pinned)
    assert len(pinned) == 16
    assert (
        loops
        == {"leader": kinds()[:1], "leader-fast": kinds()[:1], "leader-onnx": ["onnx"], "mindtct": []}[installed.name]
    )


def test_an_unknown_extractor_is_a_usage_error():
    """The names that there are stand in the text."""
    with pytest.raises(UsageError, match="leader, leader-fast, mindtct, leader-onnx"):
        extractor("sift")


def test_absent_weights_say_what_to_run(tmp_path, monkeypatch):
    """The folder may be moved by TENPRINT_MODELS; without the weights the command that fetches them is named."""
    monkeypatch.setenv("TENPRINT_MODELS", str(tmp_path))
    for made, command in (
        (LeaderExtractor, r"tools/convert_leader\.py"),
        (LeaderOnnxExtractor, r"tools/fetch_models\.py"),
    ):
        with pytest.raises(ModelMissing, match=command) as caught:
            made()
        assert str(tmp_path) in str(caught.value)


def test_weights_with_another_hash_are_never_used(tmp_path):
    """A damaged or exchanged file is refused by its SHA-256, wherever it lies."""
    path = tmp_path / "LEADER.onnx"
    path.write_bytes(b"not the network")
    for made in (LeaderExtractor, LeaderOnnxExtractor):
        with pytest.raises(ModelMissing, match="SHA-256"):
            made(path)


def test_mindtct_without_its_stamp_or_with_another_executable_is_refused(tmp_path):
    """The stamp pins archive and executable; without both nothing runs."""
    executable = tmp_path / "mindtct-grey"
    executable.write_bytes(b"#!/bin/sh\n")
    with pytest.raises(ModelMissing, match="--mindtct"):
        MindtctExtractor(executable)
    stamp = tmp_path / "mindtct-grey.json"
    stamp.write_text('{"archive_sha256": "00", "executable_sha256": "00"}')
    with pytest.raises(ModelMissing, match="built from the archive 00"):
        MindtctExtractor(executable)
    stamp.write_text(f'{{"archive_sha256": "{weights.NBIS_ARCHIVE_SHA256}", "executable_sha256": "00"}}')
    with pytest.raises(ModelMissing, match="SHA-256"):
        MindtctExtractor(executable)
