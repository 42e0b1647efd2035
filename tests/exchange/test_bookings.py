"""A booking: what one CAR or CNA says, with absence kept as absence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import FieldInvalid, UsageError
from tenprint.exchange.header import Header, read_header
from tenprint.exchange.itl import read, write
from tenprint.exchange.submission import ChargeText, CourtSegment, MissingFinger, juvenile_on, read_booking

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAMES = st.builds(
    lambda a, b: f"{a},{b}", st.text(LETTERS, min_size=1, max_size=14), st.text(LETTERS, min_size=1, max_size=14)
)
TEXTS = st.text("".join(map(chr, range(33, 127))), min_size=1, max_size=300)
DAYS = st.dates(date(1900, 1, 1), date(2011, 6, 6))


class TestReading:
    """EBTS 9.1 fields of CAR and CNA become facts of the same meaning."""

    def test_every_fact_of_the_card(self, card, changed) -> None:
        """Type-1 and Type-2 fields, one by one."""
        data = changed(
            card(treat_as_adult=True, court=[CourtSegment(None, "THEFT", "30 DAYS")], missing=[(1, "XX"), (6, "UP")]),
            "1.006",
            "2",
        )
        for tag, value in {
            "2.014": "1234567A\x1e99",
            "2.015": "ZZ123",
            "2.017": "PP-1\x1eAR-012345678",
            "2.019": "OTHER,A",
            "2.021": "MX",
            "2.009": "C-1",
        }.items():
            data = changed(data, tag, value)
        b = read_booking(data)

        assert ("CAR", "ZZ0000001", "ZZFED000Z", "TEST-0000000001", None, date(2011, 6, 7), 2, "0400") == (
            b.tot, b.ori, b.dai, b.tcn, b.tcr, b.date, b.priority, b.version
        )  # fmt: skip
        assert (("ZZ0000101",), True, "EXAMPLE,ALPHA B", ("OTHER,A",), (date(1980, 2, 29),), "MX", ("MX",)) == (
            b.cri, b.retain, b.name, b.aliases, b.birth_dates, b.birth_place, b.citizenship
        )  # fmt: skip
        assert ("F", "U", "504", "130", "BRO", "BLK", date(2011, 6, 6)) == (
            b.sex,
            b.race,
            b.height,
            b.weight,
            b.eyes,
            b.hair,
            b.arrest_date,
        )
        assert (ChargeText(date(2011, 6, 5), "DRIVING WITHOUT A LICENSE"), ChargeText(None, "TRESPASS")) == b.charges
        assert (CourtSegment(None, "THEFT", "30 DAYS"),) == b.court
        assert (
            b.treat_as_adult,
            b.fbi_numbers,
            b.sid,
            b.a_number,
            b.oca,
        ) == (True, ("1234567A", "99"), "ZZ123", "012345678", "C-1")
        assert (MissingFinger(1, "XX"), MissingFinger(6, "UP")) == b.missing

    def test_absent_facts_stay_absent(self, card) -> None:
        """Nothing is filled in; only the priority has a default, and that is the edition's own (1.006: 9)."""
        b = read_booking(card())

        assert (
            b.tcr, b.sid, b.a_number, b.oca, b.aliases, b.citizenship, b.court, b.fbi_numbers, b.mnu, b.priority
        ) == (None, None, None, None, (), (), (), (), (), 9)  # fmt: skip

    @pytest.mark.parametrize(("tot", "wants"), [("CAR", True), ("CNA", False)])
    def test_only_car_wants_an_answer(self, tot: str, wants: bool, card) -> None:
        """CNA: no answer necessary."""
        assert wants == read_booking(card(tot=tot)).wants_answer

    @pytest.mark.parametrize(("retain", "code"), [(True, b"2.005:Y"), (False, b"2.005:N")])
    def test_retention_is_what_the_sender_asked_for(self, retain: bool, code: bytes, card) -> None:
        """2.005 RET."""
        data = card(retain=retain)

        assert code in data
        assert retain == read_booking(data).retain


class TestImages:
    """Type-4 and Type-14 become the same noun; claims are carried, not judged."""

    @pytest.mark.parametrize("as_type", [4, 14])
    def test_one_noun_for_both_types(self, as_type: int, card, picture) -> None:
        """Position, impression, claims, compression and the very bytes."""
        b = read_booking(
            card(images=[picture(2, compression="WSQ20"), picture(13, impression=0, data=b"\x1c\x1d")], as_type=as_type)
        )
        first, second = b.images

        assert (as_type, 2, 1, 2, 1, 6, 4, "WSQ20", 8) == (
            first.record_type, first.record_index, first.idc, first.position, first.impression, first.width, first.height,
            first.compression, first.bits,
        )  # fmt: skip
        assert bytes(range(24)) == bytes(first.data)
        assert (second.position, second.impression, bytes(second.data)) == (13, 0, b"\x1c\x1d")
        assert first.pixels_per_mm == pytest.approx(500 / 25.4, abs=0.01)

    @pytest.mark.parametrize(
        ("unit", "scale", "expected"),
        [("1", "500", 500 / 25.4), ("1", "1000", 1000 / 25.4), ("2", "197", 19.7), ("0", "1", None)],
    )
    def test_resolution_of_a_tagged_image(self, unit: str, scale: str, expected: float | None, card, changed) -> None:
        """14.008 SLC: 1 per inch, 2 per centimetre, 0 says nothing, and nothing is assumed."""
        data = card()
        for tag, value in {"14.008": unit, "14.009": scale, "14.010": scale}.items():
            data = changed(data, tag, value, record=2)
        found = read_booking(data).images[0].pixels_per_mm

        assert expected == (pytest.approx(found) if found is not None else None)

    @pytest.mark.parametrize(("code", "expected"), [(0, 19.69), (1, 39.37)])
    def test_resolution_of_a_binary_image(self, code: int, expected: float, card, changed) -> None:
        """Type-4 ISR: 1 means the native resolution of 1.011 NSR, 0 the transmitting one of 1.012 NTR."""
        data = bytearray(changed(card(as_type=4), "1.011", "39.37"))
        data[read(bytes(data)).records[2].offset + 12] = code

        assert expected == read_booking(bytes(data)).images[0].pixels_per_mm

    def test_no_resolution_is_not_five_hundred(self, card, changed) -> None:
        """1.012 of 00.00 states nothing."""
        assert read_booking(changed(card(as_type=4), "1.012", "00.00")).images[0].pixels_per_mm is None

    @pytest.mark.parametrize("as_type", [4, 14])
    def test_a_huge_claim_is_carried_as_a_claim(self, as_type: int, card, picture) -> None:
        """65535 x 65535 pixels in 24 bytes: whether that is decoded is for `identify` to refuse, before allocation."""
        image = read_booking(card(images=[picture(2, width=65535, height=65535)], as_type=as_type)).images[0]

        assert (image.width, image.height, len(image.data)) == (65535, 65535, 24)


class TestAge:
    """2.022 DOB, 2.087 TAA: under 18 on the day, unless to be treated as an adult; unknown is neither."""

    @pytest.mark.parametrize(
        ("born", "day", "juvenile"),
        [
            (date(1993, 6, 8), date(2011, 6, 7), True),
            (date(1993, 6, 7), date(2011, 6, 7), False),
            (date(1992, 2, 29), date(2010, 2, 28), True),
            (date(1992, 2, 29), date(2010, 3, 1), False),
            (date(2011, 6, 7), date(2011, 6, 6), None),
            ("00000000", date(2011, 6, 7), None),
        ],
    )
    def test_on_a_day(self, born: date | str, day: date, juvenile: bool | None, card) -> None:
        """The birthday itself is the first day of being of age."""
        assert juvenile is juvenile_on(read_booking(card(birth_date=born)), day)

    def test_treat_as_adult_is_stated_never_assumed(self, card) -> None:
        """2.087 TAA=Y ends the juvenile rules; absent means that they hold."""
        assert (
            juvenile_on(read_booking(card(birth_date=date(1995, 1, 1), treat_as_adult=True)), date(2011, 6, 7)) is False
        )
        assert juvenile_on(read_booking(card(birth_date=date(1995, 1, 1))), date(2011, 6, 7)) is True

    @pytest.mark.parametrize(("others", "juvenile"), [("19950101", None), ("19810101", False), ("00000000", False)])
    def test_birth_dates_that_disagree_answer_nothing(self, others: str, juvenile: bool | None, card, changed) -> None:
        """Up to five dates of birth: only when all usable ones agree is there an answer."""
        assert juvenile is juvenile_on(
            read_booking(changed(card(), "2.022", f"19800101\x1e{others}")), date(2011, 6, 7)
        )


class TestComposing:
    """What is composed is valid, and reads back as what was meant."""

    @given(
        tot=st.sampled_from(["CAR", "CNA"]), as_type=st.sampled_from([4, 14]), name=NAMES, born=DAYS, retain=st.booleans(), adult=st.booleans(),
        charges=st.lists(st.builds(ChargeText, st.none() | DAYS, TEXTS), min_size=1, max_size=40),
        court=st.lists(st.builds(CourtSegment, st.none() | DAYS, TEXTS, TEXTS), max_size=3),
        positions=st.sets(st.integers(1, 14), min_size=1), contents=st.binary(min_size=1, max_size=200),
    )  # fmt: skip
    def test_reading_gives_back_what_was_meant(
        self, card, picture, tot, as_type, name, born, retain, adult, charges, court, positions, contents
    ) -> None:
        """Write then read is the identity on every booking of our own profile; bytes survive a second round."""
        images = [picture(p, data=contents) for p in sorted(positions)]
        data = card(
            tot=tot, as_type=as_type, name=name, birth_date=born, retain=retain, treat_as_adult=adult, charges=charges, court=court,
            images=images, missing=[],
        )  # fmt: skip
        b = read_booking(data)

        assert data == write(read(data))
        assert (tot, name, (born,), retain, adult, tuple(charges), tuple(court)) == (
            b.tot, b.name, b.birth_dates, b.retain, b.treat_as_adult, b.charges, b.court
        )  # fmt: skip
        assert [(p, contents) for p in sorted(positions)] == [(i.position, bytes(i.data)) for i in b.images]
        assert read_header(data) == Header.of(b)

    def test_refuses_what_its_own_check_would_refuse(self, card) -> None:
        """A composer that wrote invalid files would hide faults of the reader."""
        with pytest.raises(FieldInvalid):
            card(name="NO COMMA")
        with pytest.raises(UsageError):
            card(as_type=13)
        with pytest.raises(UsageError):
            card(extra={"2.018": "TWICE,NAMED"})
        with pytest.raises(UsageError):
            card(extra={"nonsense": "x"})

    def test_further_fields_by_tag(self, card) -> None:
        """`extra` takes every other Type-1 and Type-2 field."""
        b = read_booking(card(extra={"1.006": "4", "1.010": "EARLIER-TCN-1", "2.017": "AR-12345678"}))

        assert (b.priority, b.tcr, b.a_number) == (4, "EARLIER-TCN-1", "12345678")


class TestHeaderOfABrokenFile:
    """A refusal must be addressed and attributed even when the file can't be read."""

    def test_is_found_in_a_truncated_file(self, card) -> None:
        """The first kilobyte is enough."""
        assert Header.of(read_booking(card())) == read_header(card()[:600])

    def test_is_found_although_a_length_is_wrong(self, card, replaced) -> None:
        """LEN is not needed to find who sent it."""
        data = card()
        two = read(data).records[1]

        assert read_header(replaced(data, b"2.001:" + two.text(1).encode(), b"2.001:1")).cri == "ZZ0000101"

    def test_what_is_no_identifier_is_none(self, card, changed) -> None:
        """Only values of the right form are ever used to address an answer."""
        data = changed(changed(card(), "1.008", "A B"), "1.009", "X" * 50)

        assert (read_header(data).ori, read_header(data).tcn, read_header(data).tot) == (None, None, "CAR")

    @pytest.mark.parametrize("data", [b"", b"\xff" * 100, b"II*\0 1.008:ZZ0000001\x1d", b"2.073:ZZ0000101\x1d"])
    def test_bytes_that_are_no_transaction_name_nobody(self, data: bytes) -> None:
        """A tag inside some other file is no sender."""
        assert Header() == read_header(data)

    @pytest.mark.parametrize(("tag", "name"), [("1.008", "ori"), ("2.073", "cri")])
    def test_image_bytes_that_look_like_tags_are_not_read(self, tag: str, name: str, card, picture, changed) -> None:
        """A sender can't be planted in an image, also where the real field is absent."""
        planted = f"\x1c\x1d{tag}:EVIL00000\x1d".encode()
        data = changed(card(images=[picture(2, data=planted)]), tag, None)

        assert getattr(read_header(data), name) is None

    def test_fields_of_one_record_are_not_read_in_the_other(self, card) -> None:
        """A Type-1 tag inside the Type-2 record is no header."""
        data = b"1.001:10\x1d1.002:0400\x1c2.001:50\x1d1.073:EVIL00000\x1d1.008:EVIL00000\x1c"

        assert Header(version="0400") == read_header(data)
