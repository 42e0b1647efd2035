"""The native engine gives what the published graph gives, on every set of loops that this processor runs."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import UsageError
from tenprint.identify import _native
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract import weights
from tenprint.identify.extract.leader import LeaderExtractor, alike_on_a_drawn_print, kinds
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


@pytest.fixture(scope="module", params=[kind for kind in kinds() if not kind.endswith("bf16")])
def engine(request, leader):
    """Each set of loops with floats."""
    return LeaderExtractor(kind=request.param)


def differences(one, other):
    """How many minutiae of two answers are not the same: place within 1 px, direction within 1 degree, kind, quality within 1."""
    left = list(other.points)
    apart = 0
    for point in one.points:
        for at, candidate in enumerate(left):
            near = max(abs(int(point[c]) - int(candidate[c])) for c in ("x", "y", "quality")) <= 1
            turned = (int(point["theta"]) - int(candidate["theta"]) + 32768) % 65536 - 32768
            if near and abs(turned) <= 182 and point["kind"] == candidate["kind"]:
                del left[at]
                break
        else:
            apart += 1
    return apart + len(left)


@pytest.mark.parametrize("shape", [(300, 300), (64, 64), (97, 161), (33, 300)])
def test_drawn_ridges_give_what_the_graph_gives(engine, reference, synthetic, shape):
    """Design 3.12: images to minutiae is compared with a tolerance; the engine differs from the graph by rounding."""
    image = GreyImage(np.ascontiguousarray(synthetic[0]()[: shape[0], : shape[1]]), Ppi(500))
    assert differences(engine.extract(image), reference.extract(image)) == 0


@pytest.mark.slow
@pytest.mark.prints
def test_real_prints_give_what_the_graph_gives(engine, reference, prints, extent):
    """Of ten thousand minutiae of scanned and inked prints at most one is not the graph's, as far as rounding goes."""
    files = extent.pick(sorted((prints / "fvc").rglob("*.tif")) + sorted((prints / "minex3").glob("*.png")), 2)
    apart = count = 0
    for file in files[:: 1 if engine.version.endswith(kinds()[0]) else 8]:
        image = read_image_file(file, Ppi(500))
        expected = reference.extract(image)
        apart += differences(engine.extract(image), expected)
        count += len(expected)
    assert apart <= count / 10_000, f"{apart} of {count}"


def test_loops_that_do_not_run_here_are_refused(leader):
    """The names that there are stand in the text."""
    with pytest.raises(UsageError, match="allowed: auto, " + kinds()[0]):
        LeaderExtractor(kind="sse1")


@settings(max_examples=30, deadline=None)
@given(at=st.floats(0, 1), flip=st.integers(0, 255))
def test_a_damaged_weights_file_is_refused_and_never_read_past_its_end(leader, at, flip):
    """The hash is checked before; the reader itself also survives any file: it refuses or it has every number it needs."""
    content = bytearray((weights.models_folder() / weights.ENGINE_FILE).read_bytes())
    short = bytes(content[: int(at * (len(content) - 1))])
    with pytest.raises(ValueError, match="weights file"):
        _native.Leader(short, "auto")
    content[int(at * 4000)] ^= flip
    with contextlib.suppress(ValueError):
        _native.Leader(bytes(content), "auto")


@pytest.mark.parametrize("shape", [(0, 10), (10, 0), (40_000, 1), (2100, 2100)])
def test_a_hostile_size_is_refused_before_anything_is_allocated(leader, shape):
    """Memory follows the size: 4 million pixels are the end, long after `finger_pixels` has refused."""
    network = _native.Leader((weights.models_folder() / weights.ENGINE_FILE).read_bytes(), "auto")
    with pytest.raises(ValueError, match="allowed"):
        network.find(np.zeros(shape, dtype=np.uint8), 0.3)


def test_taps_show_every_stage(leader, synthetic_image):
    """Each stage's output, a decoder's already doubled: rows and columns halve with each level; positions lie between 0 and 1."""
    stages = leader.taps(synthetic_image)
    rows, columns, _ = stages["position"].shape
    assert stages["stem0"].shape == (rows // 2, columns // 2, 16)
    assert stages["enc1_3"].shape == (rows // 16, columns // 16, 32)
    assert stages["dec1_0"].shape == (rows // 2, columns // 2, 20)
    assert list(stages)[:2] == ["stem0", "stem1"]
    assert list(stages)[-2:] == ["position", "blurred"]
    assert 0 <= stages["position"].min() <= stages["position"].max() <= 1


class Shifted:
    """A network whose answers are off: too few, moved, or turned."""

    def __init__(self, network, fault):
        self._network, self._fault = network, fault

    def find(self, pixels, least):
        found = self._network.find(pixels, least).copy()
        if self._fault == "few":
            return found[1:]
        column = {"moved": 0, "unsure": 2, "turned": 3}[self._fault]
        found[0, column] += {"moved": 3.0, "unsure": -0.3, "turned": 0.5}[self._fault]
        return found


@pytest.mark.parametrize("fault", ["few", "moved", "unsure", "turned"])
def test_quicker_loops_are_taken_only_if_they_find_the_same_here(leader, fault):
    """At start the loops with bfloat16 are held against those with floats on a drawn print: a wrong processor or compiler shows."""
    content = (weights.models_folder() / weights.ENGINE_FILE).read_bytes()
    plain = _native.Leader(content, "auto")
    for kind in kinds():
        assert alike_on_a_drawn_print(_native.Leader(content, kind), plain), kind
    assert not alike_on_a_drawn_print(Shifted(plain, fault), plain)
