"""EBTS 9.1: which fields a transaction must have, of what form, and which transactions come through the booking door."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tenprint.errors import (
    ExchangeError,
    FieldCountWrong,
    FieldInvalid,
    FieldMissing,
    FieldsInconsistent,
    TransactionNotAuthorized,
    UnknownTransactionType,
    UsageError,
)
from tenprint.exchange.check import check, faults, require_booking, warnings
from tenprint.exchange.edition import rules_of
from tenprint.exchange.itl import read
from tenprint.exchange.submission import read_booking

RULES = rules_of("9.1")
ROOT = Path(__file__).resolve().parents[2]
MANDATORY = [
    "2.005", "2.018", "2.020", "2.022", "2.024", "2.025", "2.027", "2.029", "2.031", "2.032", "2.045", "2.047", "2.073",
]  # fmt: skip
"""Type-2 fields that a CAR and a CNA must have. Source: EBTS 9.1, CAR; 2.001 and 2.002 are told by the encoding itself."""


class TestTheDoor:
    """1.004 TOT: only bookings come in; every other type is named for what it is."""

    @pytest.mark.parametrize("tot", sorted(RULES.kinds))
    def test_only_car_and_cna_come_in(self, tot: str, card, changed) -> None:
        """All types of the edition: two are taken, the others are refused with A0004 and their kind."""
        data = changed(card(), "1.004", tot)
        if tot in {"CAR", "CNA"}:
            assert tot == read_booking(data).tot
            return

        with pytest.raises(TransactionNotAuthorized) as refused:
            read_booking(data)

        assert (refused.value.code, refused.value.where.tag) == ("A0004", "1.004")
        assert RULES.kinds[tot].group in str(refused.value)

    @pytest.mark.parametrize(
        ("tot", "kind"),
        [
            ("MAP", "civil"), ("FAUF", "civil"), ("NFUF", "civil"), ("DEK", "known deceased"), ("DEU", "unknown deceased"),
            ("MPR", "missing person"), ("AMN", "amnesia victim"), ("LFS", "latent"), ("SRE", "response"), ("RPIS", "rapid search"),
            ("CPNU", "criminal, non-urgent"), ("CPDR", "criminal, direct route"), ("CARC", "twin of CAR"), ("NFFC", "twin of NFUF"),
        ],
    )  # fmt: skip
    def test_a_refusal_says_what_kind_it_was(self, tot: str, kind: str, card, changed) -> None:
        """EBTS 9.1, types of transaction; a civil transaction is refused as civil even when it lacks everything else."""
        lacking = changed(changed(card(), "1.004", tot), "2.073", None)

        with pytest.raises(TransactionNotAuthorized, match=kind):
            read_booking(lacking)

    @pytest.mark.parametrize("tot", ["CARX", "car", "XYZ"])
    def test_an_unknown_type_is_another_error(self, tot: str, card, changed) -> None:
        """1.004: a type that the edition does not list is no type."""
        with pytest.raises(UnknownTransactionType):
            read_booking(changed(card(), "1.004", tot))

    def test_no_type_at_all_is_a_missing_field(self, card, changed) -> None:
        """1.004 is mandatory."""
        with pytest.raises(FieldMissing) as refused:
            require_booking(read(changed(card(), "1.004", None)))

        assert refused.value.where.tag == "1.004"


class TestMandatoryFields:
    """EBTS 9.1: M fields of CAR and CNA."""

    @pytest.mark.parametrize("tag", [*MANDATORY, "1.002", "1.005", "1.007", "1.008", "1.009", "1.011", "1.012"])
    @pytest.mark.parametrize("tot", ["CAR", "CNA"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_each_is_asked_for(self, tag: str, tot: str, value: str | None, card, changed) -> None:
        """Absent or empty: E0001 with the field and its record."""
        with pytest.raises(FieldMissing) as refused:
            read_booking(changed(card(tot=tot), tag, value))

        assert ("E0001", tag, int(tag[0]) - 1) == (
            refused.value.code,
            refused.value.where.tag,
            refused.value.where.record_index,
        )

    @pytest.mark.parametrize("tag", [f"14.{n:03d}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 999)])
    def test_each_of_an_image_is_asked_for(self, tag: str, card, changed) -> None:
        """Type-14: layout, position and the image itself."""
        with pytest.raises(FieldMissing) as refused:
            read_booking(changed(card(), tag, None, record=4))

        assert (tag, 4) == (refused.value.where.tag, refused.value.where.record_index)

    def test_all_faults_can_be_told_at_once(self, card, changed) -> None:
        """`faults` names every fault in the order of the file; `check` raises the first."""
        broken = read(changed(changed(changed(card(), "2.073", None), "2.024", "Q"), "1.009", "SHORT"))

        assert [f.where.tag for f in faults(broken)] == ["1.009", "2.024", "2.073"]
        with pytest.raises(FieldInvalid):
            check(broken)

    def test_a_valid_card_has_no_faults_and_no_warnings(self, card) -> None:
        """The card that all other tests break is whole."""
        assert (faults(read(card())), warnings(read(card()))) == ((), ())


class TestForms:
    """Length, character set, list, pattern and repeats of single fields."""

    @pytest.mark.parametrize(
        ("tag", "value", "error"),
        [
            ("1.006", "0", FieldInvalid),
            ("1.007", "ZZFED00", FieldInvalid),
            ("1.009", "SHORT", FieldInvalid),
            ("1.009", "X" * 41, FieldInvalid),
            ("1.011", "1969", FieldInvalid),
            ("1.002", "0201", FieldInvalid),
            ("1.002", "0300", FieldInvalid),
            ("1.005", "20110231", FieldInvalid),
            ("1.014", "20110607250000Z", FieldInvalid),
            ("2.005", "X", FieldInvalid),
            ("2.006", "SGT. PEPPER", FieldInvalid),
            ("2.018", "NO COMMA", FieldInvalid),
            ("2.018", "EXAMPLE, ALPHA", FieldInvalid),
            ("2.018", "EXAMPLE,R2", FieldInvalid),
            ("2.019", "A,B\x1e" * 10 + "A,B", FieldCountWrong),
            ("2.017", "AR123456", FieldInvalid),
            ("2.022", "19800230", FieldInvalid),
            ("2.022", "19800000", FieldInvalid),
            ("2.022", "\x1e".join(["19800101"] * 6), FieldCountWrong),
            ("2.024", "Q", FieldInvalid),
            ("2.027", "512", FieldInvalid),
            ("2.027", "51", FieldInvalid),
            ("2.029", "049", FieldInvalid),
            ("2.031", "RED", FieldInvalid),
            ("2.045", "20111301", FieldInvalid),
            ("2.045", "20110609", FieldsInconsistent),
            ("2.047", "DRIVING", FieldCountWrong),
            ("2.047", "20110605\x1f", FieldMissing),
            ("2.047", "20110605\x1f BLANK FIRST", FieldInvalid),
            ("2.047", "20110605\x1f" + "X" * 301, FieldInvalid),
            ("2.047", "\x1e".join(["\x1fX"] * 41), FieldCountWrong),
            ("2.047", "20110609\x1fLATER", FieldsInconsistent),
            ("2.051", "20100101\x1fTHEFT", FieldCountWrong),
            ("2.051", "20100101\x1fTHEFT\x1f", FieldMissing),
            ("2.073", "ZZ0000101\x1e" * 3 + "ZZ0000101", FieldCountWrong),
            ("2.073", "ZZ-000101", FieldInvalid),
            ("2.084", "11\x1fUP", FieldInvalid),
            ("2.084", "01\x1fZZ", FieldInvalid),
            ("2.084", "01", FieldCountWrong),
            ("2.087", "N", FieldInvalid),
            ("14.003", "9", FieldInvalid),
            ("14.006", "0", FieldInvalid),
            ("14.006", "65536", FieldInvalid),
            ("14.006", "-1", FieldInvalid),
            ("14.010", "499", FieldsInconsistent),
            ("14.011", "WSQ", FieldInvalid),
            ("14.013", "51", FieldInvalid),
            ("14.013", "3", FieldsInconsistent),
            ("14.005", "20110000", FieldInvalid),
        ],
    )
    def test_a_wrong_value_is_refused_where_it_stands(
        self, tag: str, value: str, error: type[ExchangeError], card, changed
    ) -> None:
        """EBTS 9.1, the field named: the refusal is of the right class and names the field."""
        found = faults(read(changed(card(), tag, value)))

        assert (error, tag) in [(type(f), f.where.tag) for f in found]

    @pytest.mark.parametrize(
        ("tag", "value"),
        [
            ("1.006", "2"), ("1.013", "NORAM\x1fEBTS 9.1"), ("1.013", "NORAM\x1f"), ("1.014", "20110607140309Z"), ("2.006", "SGT PEPPER"),
            ("2.017", "AR-012345678\x1ePP-1"), ("2.018", "O-NEILL SMITH,MARY-ANN B"), ("2.018", "UNKNOWN AMNESIA,XX"), ("2.019", "&,A"),
            ("2.021", "MX"), ("2.022", "00000000"), ("2.022", "19800101\x1e19810101"), ("2.027", "N66"), ("2.027", "000"), ("2.029", "000"),
            ("2.045", "20110608"), ("2.047", "\x1fX"), ("2.051", "\x1fTHEFT\x1f30 DAYS"), ("2.084", "01\x1fXX\x1e10\x1fUP"), ("2.087", "Y"),
            ("2.041", "1 ROAD\r\nTOWN"), ("14.006", "60000"), ("14.013", "02"), ("14.011", "WSQ20"), ("14.021", "2\x1f1\x1f2\x1f3\x1f4"),
        ],
    )  # fmt: skip
    def test_a_right_value_is_taken(self, tag: str, value: str, card, changed) -> None:
        """EBTS 9.1, the field named: an example of the edition, or the edge of a range."""
        assert faults(read(changed(card(), tag, value))) == ()

    def test_custody_is_stated_whole_or_not_at_all(self, card, changed) -> None:
        """2.054 SSD: the start of custody needs its literal (2.055) and the agency's case number (2.009)."""
        start = changed(card(), "2.054", "20110607")
        whole = changed(changed(start, "2.055", "JAIL"), "2.009", "CASE 1")

        assert [f.where.tag for f in faults(read(start))] == ["2.009", "2.055"]
        assert faults(read(whole)) == ()
        assert [f.where.tag for f in faults(read(changed(whole, "2.054", "20110605")))] == ["2.054"]

    def test_who_somebody_is_never_stands_in_a_refusal(self, card, changed) -> None:
        """Errors are kept and mailed: they say how long a personal value is, not what it is."""
        for tag, secret in [("2.018", "SECRETNAME9"), ("2.016", "SECRET678"), ("2.020", "S?"), ("2.022", "SECRET99")]:
            told = " ".join(str(f) for f in faults(read(changed(card(), tag, secret))))

            assert told
            assert secret not in told

    def test_letters_beyond_ascii_need_a_directory(self, card, changed) -> None:
        """1.015 DCS declares every character set other than ASCII."""
        named = changed(card(), "2.018", "PEÑA,JOSÉ")

        assert [f.where.tag for f in faults(read(named))] == ["2.018"]
        assert faults(read(changed(named, "1.015", "003\x1fUTF-8\x1f"))) == ()


class TestRecords:
    """How often each record type may stand in a transaction."""

    def test_fourteen_images_at_most(self, card, picture) -> None:
        """CAR: 1 to 14 records of Type-4 or Type-14."""
        fourteen = [picture(p) for p in range(1, 15)]
        assert faults(read(card(images=fourteen, missing=[]))) == ()

        with pytest.raises(FieldCountWrong) as refused:
            card(images=[*fourteen, picture(15)], missing=[])

        assert refused.value.where.tag == "1.003"

    def test_one_image_at_least(self, card) -> None:
        """CAR: a booking without prints is none."""
        with pytest.raises(FieldCountWrong):
            card(images=[])

    @pytest.mark.parametrize("as_type", [4, 14])
    def test_a_position_stands_once(self, as_type: int, card, picture) -> None:
        """Two rolled right index fingers: one of them is another finger."""
        with pytest.raises(FieldsInconsistent, match="already shown by record 3"):
            card(images=[picture(2), picture(2)], as_type=as_type)

    def test_a_rolled_and_a_plain_thumb_are_two_positions(self, card, picture) -> None:
        """Positions 1 and 11 show the same thumb and do not contradict each other."""
        data = card(
            images=[*(picture(p) for p in range(1, 11)), picture(11, impression=0), picture(13, impression=0)],
            missing=[],
        )

        assert (faults(read(data)), warnings(read(data))) == ((), ())

    @pytest.mark.parametrize(("at", "value", "field"), [(5, 9, 3), (6, 15, 4), (6, 255, 4), (12, 2, 5), (17, 7, 8)])
    def test_a_binary_header_holds_only_its_codes(self, at: int, value: int, field: int, card) -> None:
        """Type-4: IMP, FGP, ISR and GCA come from their tables."""
        data = bytearray(card(as_type=4))
        data[read(bytes(data)).records[2].offset + at] = value

        assert (FieldInvalid, field) in [(type(f), f.where.field) for f in faults(read(bytes(data)))]

    @pytest.mark.parametrize("at", [13, 15])
    def test_a_binary_image_of_no_size_is_refused(self, at: int, card) -> None:
        """Type-4 HLL and VLL: 1 to 65535."""
        data = bytearray(card(as_type=4))
        start = read(bytes(data)).records[2].offset + at
        data[start : start + 2] = b"\0\0"

        assert FieldInvalid in [type(f) for f in faults(read(bytes(data)))]


class TestWarnings:
    """Unusual is not wrong: it is carried, and said."""

    @pytest.mark.parametrize(
        ("tot", "tag", "value", "words"),
        [
            ("CNA", "2.006", "SGT PEPPER", "ATN is not used in a CNA"),
            ("CAR", "2.037", "LAW ENFORCEMENT", "RFP is not used in a CAR"),
            ("CAR", "2.500", "STATE FIELD", "no field of EBTS 9.1"),
            ("CAR", "1.002", "0500", "1.002 VER is 0500"),
            ("CAR", "2.027", "711", ""),
            ("CAR", "2.027", "800", "HGT lies outside"),
            ("CAR", "2.029", "500", "WGT lies above"),
            ("CAR", "2.084", None, "fingers 01"),
            ("CAR", "2.084", "02\x1fXX\x1e01\x1fUP", "finger 02 is shown although"),
            ("CAR", "2.073", "ZZ1", "2.073 CRI has 3 characters"),
        ],
    )
    def test_is_told_and_taken(self, tot: str, tag: str, value: str | None, words: str, card, changed) -> None:
        """The booking is read; the warning travels with it."""
        found = read_booking(changed(card(tot=tot), tag, value)).warnings

        assert bool(words) == bool(found)
        assert not words or any(words in w for w in found), found

    @pytest.mark.parametrize("version", ["0400", "0500", "0501", "0502"])
    def test_versions_in_use_are_taken(self, version: str, card, changed) -> None:
        """ITL 1-2007 and later: the fields of EBTS 9.1 are the same."""
        assert version == read_booking(changed(card(), "1.002", version)).version


class TestTheRuleFile:
    """The rules are data, made from a table by a script that is kept."""

    def test_is_what_the_script_makes(self, shared: Path, tmp_path: Path) -> None:
        """The committed files are reproduced byte for byte from the source table."""
        source = shared / "rules" / "ebts91_fields.csv"
        subprocess.run(
            [sys.executable, ROOT / "tools" / "import_ebts_rules.py", source, tmp_path], check=True, capture_output=True
        )

        for made in sorted(tmp_path.iterdir()):
            assert made.read_bytes() == (ROOT / "src" / "tenprint" / "exchange" / "rules" / made.name).read_bytes()

    def test_holds_no_sentence_of_the_source(self, shared: Path) -> None:
        """Facts only: no description of the source table stands in our files."""
        ours = "".join(p.read_text() for p in (ROOT / "src" / "tenprint" / "exchange" / "rules").iterdir())
        rows = list(
            csv.DictReader(
                (shared / "rules" / "ebts91_fields.csv").read_text(encoding="utf-8").splitlines(keepends=True)
            )
        )

        assert [r["tag"] for r in rows if len(r["description"]) > 20 and r["description"][:20] in ours] == []

    def test_every_mandatory_field_of_a_booking_is_in_it(self) -> None:
        """CAR and CNA ask for the same Type-2 fields."""
        for tot in ("CAR", "CNA"):
            assert {"2.001", "2.002", *MANDATORY} == {f"2.{r.field:03d}" for r in RULES.mandatory(2, tot)}

    def test_an_edition_that_is_not_here_is_said(self) -> None:
        """No rules, no check: never a silent pass."""
        with pytest.raises(UsageError, match=r"there are: 9\.1"):
            rules_of("10.0")
