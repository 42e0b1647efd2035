"""IAQ and IAR: the query names an accountable person and never turns an unknown charge into an immigration one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import ExchangeError, FieldInvalid, FieldMissing, RecordUnparseable
from tenprint.exchange.iaq import STATUSES, Iaq, Iar, SourceChecked, compose_iaq, compose_iar, read_iaq, read_iar

QUERY = Iaq(
    ori="ZZ0000101", attention="SPECIALIST ONE", phone="555-0100", name="EXAMPLE,ALPHA B", birth_date=date(1980, 2, 29), sex="F",
    birth_place="MX", in_custody=True, offense="5404", alien_number="012345678",
)  # fmt: skip
RESPONSE = Iar(
    reference="TEST-0000000001", specialist="SPECIALIST ONE", status="LPR", status_as_of=date(2009, 1, 31), removable="undetermined",
    citizenship_evidence=("naturalised",), sources=(SourceChecked(system="FILES A/B", checked_on=date(2011, 6, 8), found=True),),
    text="Seen as LPR in 2009.\nTXT/ nothing later was found.",
)  # fmt: skip


class TestQuery:
    """Nlets IAQ: required and optional tags."""

    def test_reads_back_as_written(self) -> None:
        """Every tag survives."""
        assert read_iaq(compose_iaq(QUERY)) == QUERY
        assert compose_iaq(QUERY).startswith(
            "IAQ.ZZ0000101.AX.TXT\nPUR/C.ATN/SPECIALIST ONE.PHN/555-0100.NAM/EXAMPLE,ALPHA B.DOB/19800229"
        )

    def test_an_uncoded_charge_is_marked_as_defaulted(self) -> None:
        """OFF/0399 is the generic code: it is read as *no coded offence*, so that no level can hang on it."""
        text = compose_iaq(replace(QUERY, offense=None))

        assert "OFF/0399" in text
        assert (read_iaq(text).offense, read_iaq(text).offense_code_source) == (None, "defaulted")
        assert read_iaq(compose_iaq(QUERY)).offense_code_source == "coded"
        with pytest.raises(FieldInvalid):
            compose_iaq(replace(QUERY, offense="0399"))

    @pytest.mark.parametrize("tag", ["PUR", "ATN", "PHN", "NAM", "DOB", "SEX", "POB", "CUS", "OFF"])
    def test_required_tags_are_asked_for(self, tag: str) -> None:
        """A query without its asker, or any other required tag, is none."""
        head, body = compose_iaq(QUERY).split("\n")
        without = ".".join(part for part in body.split(".") if not part.startswith(tag))

        with pytest.raises(FieldMissing, match=f"{tag}/"):
            read_iaq(f"{head}\n{without}")

    def test_a_year_without_a_century_is_not_guessed(self) -> None:
        """DOB mmddyy could be two people."""
        with pytest.raises(FieldInvalid, match="century"):
            read_iaq(compose_iaq(QUERY).replace("DOB/19800229", "DOB/022980"))

    def test_other_tags_are_passed_over(self) -> None:
        """The published list goes on after OLN/."""
        assert read_iaq(compose_iaq(QUERY) + ".OLN/X123.") == QUERY

    @given(
        st.text(max_size=200)
        | st.builds(lambda t: "IAQ.ZZ0000101.AX.TXT\n" + t, st.text("ABCDNMTPURX/.019, \n", max_size=80))
    )
    def test_any_text_is_a_query_or_a_named_refusal(self, text: str) -> None:
        """A text from outside never ends in another exception."""
        try:
            found = read_iaq(text)
        except ExchangeError:
            return
        assert found == read_iaq(compose_iaq(found))


class TestResponse:
    """IAR in our own form: what is known, as of when, looked up where, by whom."""

    @pytest.mark.parametrize("status", STATUSES)
    def test_reads_back_as_written(self, status: str) -> None:
        """Also with line breaks and our own names in the free text."""
        response = replace(RESPONSE, status=status)

        assert response == read_iar(compose_iar(response))

    def test_no_date_is_no_date(self) -> None:
        """status_as_of absent stays absent: old records must not look new."""
        assert read_iar(compose_iar(replace(RESPONSE, status_as_of=None))).status_as_of is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "unknown"},
            {"removable": "perhaps"},
            {"citizenship_evidence": ("rumour",)},
            {"specialist": ""},
            {"reference": "A\nB"},
        ],
    )
    def test_values_outside_their_lists_are_refused(self, changes: dict[str, object]) -> None:
        """A status that nobody defined is not written."""
        with pytest.raises(FieldInvalid):
            compose_iar(replace(RESPONSE, **changes))

    @pytest.mark.parametrize(
        ("old", "new", "error"),
        [
            ("IAR TENPRINT/1", "IAR", RecordUnparseable), ("SPC/SPECIALIST ONE\n", "", FieldMissing), ("REM/", "XYZ/", RecordUnparseable),
            ("ASO/20090131", "ASO/20090231", FieldInvalid), ("SRC/20110608 Y", "SRC/20110608 M", FieldInvalid), ("TXT/", "T/", RecordUnparseable),
        ],
    )  # fmt: skip
    def test_a_damaged_response_is_refused(self, old: str, new: str, error: type[ExchangeError]) -> None:
        """Form, names and dates are checked line by line."""
        with pytest.raises(error):
            read_iar(compose_iar(RESPONSE).replace(old, new))
