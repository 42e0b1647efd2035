"""SRE and ERRT: one answer to a booking, valid under the edition, with what the sender needs to act."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import (
    ExchangeError,
    FieldMissing,
    IdentifyError,
    ImageTooLarge,
    TransactionNotAuthorized,
    UsageError,
    Where,
)
from tenprint.exchange.answers import errt, messages_of, read_answer, sre
from tenprint.exchange.check import faults, warnings
from tenprint.exchange.header import Header, read_header
from tenprint.exchange.itl import read
from tenprint.exchange.submission import read_booking

DAY = date(2011, 6, 8)
OWN = "ZZFED000Z"


class TestResults:
    """SRE: NAM, SRF and CRI; agencies change places; TCR is the request's TCN."""

    @pytest.mark.parametrize("srf", ["I", "N"])
    def test_says_the_finding_and_returns_to_the_sender(self, srf, card) -> None:
        """EBTS 9.1, SRE: mandatory fields, and 1.007 and 1.008 swapped."""
        booking = read_booking(card())
        answer = read_answer(sre(booking, srf=srf, tcn="R2011-0000000001", date=DAY))

        assert ("SRE", srf, booking.name, booking.cri) == (answer.kind, answer.srf, answer.name, answer.cri)
        assert (booking.ori, booking.dai, booking.tcn, DAY) == (answer.dai, answer.ori, answer.tcr, answer.date)
        assert (
            answer.fbi_number,
            answer.sid,
            answer.rap_sheet,
            answer.messages,
            answer.code,
        ) == (None, None, None, (), None)

    def test_carries_numbers_and_rap_sheet_when_given(self, card) -> None:
        """2.014, 2.015 and 2.075 of an identification; the sender's own case number comes back."""
        booking = read_booking(card(extra={"2.009": "CASE-1"}, treat_as_adult=True))
        written = sre(
            booking,
            srf="I",
            tcn="R2011-0000000001",
            date=DAY,
            fbi_number="123456AA1",
            sid="ZZ12345",
            rap_sheet="ONE LINE\r\nTWO",
        )
        answer = read_answer(written)

        assert (answer.fbi_number, answer.sid, answer.rap_sheet) == ("123456AA1", "ZZ12345", "ONE LINE\r\nTWO")
        assert (read(written).records[1].text(9), read(written).records[1].text(87)) == ("CASE-1", "Y")

    def test_is_valid_under_its_edition_without_a_warning(self, card) -> None:
        """Written answers pass the same check as bookings."""
        found = read(sre(read_booking(card()), srf="N", tcn="R2011-0000000001", date=DAY))

        assert (faults(found), warnings(found)) == ((), ())

    def test_a_name_beyond_ascii_declares_its_characters(self, card) -> None:
        """1.015 DCS goes with every value that is not ASCII."""
        booking = read_booking(card(name="PEÑA,JOSÉ", extra={"1.015": "003\x1fUTF-8\x1f"}))

        assert read_answer(sre(booking, srf="N", tcn="R2011-0000000001", date=DAY)).name == "PEÑA,JOSÉ"

    def test_refuses_what_does_not_fit(self, card) -> None:
        """Nothing invalid is ever sent."""
        booking = read_booking(card())
        with pytest.raises(ExchangeError):
            sre(booking, srf="I", tcn="SHORT", date=DAY)
        with pytest.raises(ExchangeError):
            sre(booking, srf="I", tcn="R2011-0000000001", date=DAY, rap_sheet="X" * 200_001)
        with pytest.raises(UsageError):
            sre(booking, srf="I", tcn="R2011-0000000001", date=DAY, rap_sheet="A\x1cB\x1d")

    @pytest.mark.parametrize("bad", ["P", "R", "i", "X"])
    def test_an_srf_other_than_i_or_n_is_refused_both_ways(self, card, changed, bad: str) -> None:
        """Domain 10.5, EBTS 2.059: an answer to a tenprint says I or N; P, R, Y and G belong to others."""
        booking = read_booking(card())
        good = sre(booking, srf="N", tcn="R2011-0000000001", date=DAY)

        with pytest.raises(ExchangeError, match=r"2\.059"):
            sre(booking, srf=bad, tcn="R2011-0000000001", date=DAY)
        with pytest.raises(ExchangeError, match=r"2\.059"):
            read_answer(changed(good, "2.059", bad))


class TestRefusals:
    """ERRT: 2.060 MSG with code, field and reason."""

    def test_a_missing_field_is_named_in_the_message(self, card, changed) -> None:
        """EFTS Appendix M, E0001: the mandatory element that is absent."""
        broken = changed(card(), "2.073", None)
        with pytest.raises(FieldMissing) as refused:
            read_booking(broken)
        answer = read_answer(errt(read_header(broken), refused.value, tcn="E2011-0000000001", date=DAY, own_ori=OWN))

        assert (
            answer.kind,
            answer.code,
            answer.tcr,
            answer.dai,
            answer.ori,
        ) == ("ERRT", "E0001", "TEST-0000000001", "ZZ0000001", OWN)
        assert answer.messages[0].startswith("E0001 2.073 ")
        assert (answer.cri, answer.srf) == ((), None)

    def test_a_civil_transaction_is_refused_with_its_code(self, card, changed) -> None:
        """EFTS Appendix M, A0004: not authorised for this transaction type."""
        civil = changed(card(), "1.004", "MAP")
        with pytest.raises(TransactionNotAuthorized) as refused:
            read_booking(civil)
        answer = read_answer(errt(read_header(civil), refused.value, tcn="E2011-0000000001", date=DAY, own_ori=OWN))

        assert answer.messages[0].startswith("A0004 1.004 ")
        assert answer.cri == ("ZZ0000101",)

    @pytest.mark.parametrize(
        ("error", "code"),
        [(IdentifyError("ridges too faint"), "L0008"), (ImageTooLarge("65535 x 65535 pixels"), "E0003")],
    )
    def test_an_image_that_can_not_be_used_has_its_own_code(self, error, code, card) -> None:
        """EFTS Appendix M, L0008 and E0003, from the error itself."""
        answer = read_answer(errt(read_booking(card()), error, tcn="E2011-0000000001", date=DAY, own_ori=OWN))

        assert code == answer.code
        assert answer.cri == ("ZZ0000101",)

    def test_a_file_without_a_readable_sender_is_answered_to_the_house(self) -> None:
        """No ORI, no TCN: the refusal still exists, and refers to nothing."""
        answer = read_answer(errt(Header(), FieldMissing("no ORI"), tcn="E2011-0000000001", date=DAY, own_ori=OWN))

        assert (answer.dai, answer.ori, answer.tcr) == (OWN, OWN, None)

    @given(st.text(max_size=6000))
    def test_any_reason_fits_its_field(self, reason: str) -> None:
        """2.060: 1 to 11 messages of 1 to 300 printable characters."""
        error = FieldMissing(reason, where=Where(2, 1, 73))
        answer = read_answer(errt(Header(), error, tcn="E2011-0000000001", date=DAY, own_ori=OWN))

        assert messages_of(error) == answer.messages
        assert answer.messages[0].startswith("E0001 2.073")

    def test_a_long_reason_ends_with_the_eleventh_message(self) -> None:
        """2.060 stands at most eleven times."""
        told = messages_of(FieldMissing("word " * 2000))

        assert (len(told), all(len(line) <= 300 for line in told)) == (11, True)

    def test_only_answers_are_read_as_answers(self, card) -> None:
        """A booking is no answer."""
        with pytest.raises(TransactionNotAuthorized, match="CAR is no answer"):
            read_answer(card())
