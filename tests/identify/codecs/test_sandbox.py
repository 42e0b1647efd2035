"""A decoder that crashes, loops or eats memory ends its own process, and the next image is decoded."""

import sys
import threading

import numpy as np
import pytest

from tenprint.errors import ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.jpeg2000 import encode_jpeg2000
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.sandbox import DecodingPool
from tenprint.identify.codecs.wsq import decode_wsq, encode_wsq
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PIXELS = (np.add.outer(np.arange(120), np.arange(100)) % 251).astype(np.uint8)
IMAGE = GreyImage(PIXELS, Ppi(500))
CLAIM = {"width": 100, "height": 120, "bits": 8, "ppi": Ppi(500)}


def broken(what):
    """A worker whose decoder does ``what`` where the image begins with b'bad', and works otherwise."""
    return [sys.executable, "-c", f"""
import os, time
from tenprint.identify.codecs import decoding_worker as worker
whole = worker.decode
def decode(data, **claim):
    if data.startswith(b'bad'):
        {what}
    return whole(data, **claim)
worker.decode = decode
worker.serve()
"""]  # fmt: skip


@pytest.fixture
def pool(request):
    made = DecodingPool(broken(request.param), seconds=5) if hasattr(request, "param") else DecodingPool()
    yield made
    made.close()


def test_every_compression_is_decoded_as_in_this_process(pool):
    """PNG, JPEG 2000 and WSQ come back pixel for pixel; one worker does them all."""
    for compression, data in (
        ("PNG", encode_png(IMAGE)),
        ("JP2L", encode_jpeg2000(IMAGE, lossless=True)),
        ("NONE", PIXELS.tobytes()),
    ):
        assert np.array_equal(pool.decode(data, compression=compression, **CLAIM).pixels, PIXELS)
    data = encode_wsq(IMAGE)
    assert np.array_equal(pool.decode(data, compression="WSQ20", **CLAIM).pixels, decode_wsq(data))
    (worker,) = pool._idle
    assert worker.images == 3


def test_a_refusal_is_told_in_the_same_words(pool):
    """The error's kind and text cross the process boundary; a claim over the limit never reaches a worker."""
    with pytest.raises(ImageUnreadable, match="do not begin as a PNG"):
        pool.decode(b"no", compression="PNG", **CLAIM)
    with pytest.raises(ImageTooLarge):
        pool.decode(b"no", compression="PNG", **{**CLAIM, "width": 60000, "height": 60000})


@pytest.mark.parametrize("pool", ["os.kill(os.getpid(), 11)", "os._exit(3)"], indirect=True)
def test_a_crash_is_an_error_and_the_next_image_is_decoded(pool):
    """Design section 8: a fault of a library ends its own process only."""
    with pytest.raises(ImageUnreadable, match="ended abnormally"):
        pool.decode(b"bad", compression="WSQ20", **CLAIM)
    assert np.array_equal(pool.decode(encode_png(IMAGE), compression="PNG", **CLAIM).pixels, PIXELS)


@pytest.mark.parametrize("pool", ["time.sleep(600)"], indirect=True)
def test_a_decoder_that_hangs_is_killed(pool):
    """The wait is bounded by the wall clock too, not only by processor time."""
    with pytest.raises(ImageUnreadable, match="signal 9"):
        pool.decode(b"bad", compression="PNG", **CLAIM)


@pytest.mark.parametrize("pool", ["bytearray(4 << 30)"], indirect=True)
def test_a_decoder_that_eats_memory_is_refused_it(pool):
    """4 GB are not to be had in a worker."""
    with pytest.raises(ImageTooLarge, match="more memory"):
        pool.decode(b"bad", compression="PNG", **CLAIM)


@pytest.mark.parametrize(
    "pool", ["return type('I', (), {'pixels': __import__('numpy').zeros(7, 'u1')})"], indirect=True
)
def test_a_worker_is_not_believed(pool):
    """A worker that was taken over can't hand in another number of pixels than claimed."""
    with pytest.raises(ImageUnreadable, match="7 pixels of 12000"):
        pool.decode(b"bad", compression="PNG", **CLAIM)


def test_a_worker_that_was_ended_from_outside_is_replaced(pool):
    """An idle worker that the system has ended costs nothing but a start."""
    data = encode_png(IMAGE)
    pool.decode(data, compression="PNG", **CLAIM)
    pool._idle[0].process.kill()
    assert np.array_equal(pool.decode(data, compression="PNG", **CLAIM).pixels, PIXELS)


def test_threads_share_the_pool(pool):
    """Each image has a worker of its own while it is decoded; at most two are kept."""
    data, found = encode_png(IMAGE), []
    threads = [
        threading.Thread(target=lambda: found.append(pool.decode(data, compression="PNG", **CLAIM))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(image.pixels, PIXELS) for image in found)
    assert len(found) == 4
    assert len(pool._idle) <= 2
