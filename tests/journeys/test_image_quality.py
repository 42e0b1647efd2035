"""A booking's bad images: what is used, what is not, and what the event and the answer say of it."""

import numpy as np

from tenprint.exchange.answers import messages_of
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, TenprintTemplate
from tenprint.workflow.image_quality import reason_counts, reasons_by_finger, refusal, usable_fingers


def finger(position, *reasons, minutiae=40):
    return FingerTemplate(position, Minutiae(np.zeros(minutiae, dtype=MINUTIA), 300, 300), 50, "x-1", reasons)


CARD = TenprintTemplate(
    (
        finger(1),
        finger(2, "no_ridges"),
        finger(3, "too_dry", "few_minutiae", minutiae=9),
        finger(4, minutiae=7),
        finger(5, "larger_than_a_finger"),
        finger(6, "inverted", "a_reason_of_a_later_version"),
    )
)


def test_only_prints_of_one_finger_with_enough_minutiae_are_used():
    """Noise and palms are not searched; dry, negative and unheard-of conditions are noted and searched."""
    assert usable_fingers(CARD).positions == (1, 3, 6)


def test_events_count_codes_and_keep_fingers_private():
    """Design decision 3: the public half has counts by code only; which finger, and why, is private."""
    assert reason_counts(CARD) == {
        "a_reason_of_a_later_version": 1, "few_minutiae": 1, "inverted": 1, "larger_than_a_finger": 1, "no_ridges": 1, "too_dry": 1,
    }  # fmt: skip
    assert reasons_by_finger(CARD)["03"] == ["too_dry", "few_minutiae"]
    assert "01" not in reasons_by_finger(CARD)


def test_a_refusal_names_every_finger_and_what_to_do():
    """EFTS Appendix M, L0008, with a sentence for the operator of the scanner."""
    unusable = TenprintTemplate(tuple(f for f in CARD.fingers if f.position in {2, 4, 5}))
    told = " ".join(messages_of(refusal(unusable, {9: "no minutiae were found"})))
    assert told.startswith("L0008 The quality of the characteristics is too low to be used.")
    for part in ("Finger 02: The image shows no friction ridges.", "Finger 04: 7 minutiae, of 8 that are needed.",
                 "Finger 05: The image shows more ridges than one finger has", "Finger 09: no minutiae were found"):  # fmt: skip
        assert part in told
