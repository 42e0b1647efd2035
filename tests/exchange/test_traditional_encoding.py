"""ANSI/NIST-ITL 1, traditional encoding: records, separators, lengths and the list of contents."""

from __future__ import annotations

import time
from pathlib import Path

import nistitl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import (
    ExchangeError,
    FieldCountWrong,
    FieldInvalid,
    FieldMissing,
    FieldsInconsistent,
    FileTooLarge,
    FileTruncated,
    RecordLengthWrong,
    RecordUnparseable,
    Where,
)
from tenprint.exchange.check import faults, warnings
from tenprint.exchange.header import Header, read_header
from tenprint.exchange.itl import Limits, list_content, read, write
from tenprint.exchange.listing import describe
from tenprint.exchange.records import Field, Record, Transaction

FS, GS, RS, US = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
SMALL = b"1.001:%d\x1d1.002:0400\x1d1.003:1\x1f1\x1e2\x1f00\x1d1.004:CAR\x1c"
HEAD = SMALL % (len(SMALL) - 2 + 2)
TWO = b"2.001:26\x1d2.002:00\x1d2.009:A\x1c"


def tagged(record_type: int, *fields: tuple[int, bytes]) -> Record:
    made = tuple(Field(f"{record_type}.{n:03d}", n, v) for n, v in fields)
    return Record(record_type, (Field(f"{record_type}.001", 1, b"0"), *made))


def transaction(*records: Record) -> Transaction:
    header = tagged(1, (2, b"0400"), (4, b"CAR"))
    content = list_content(records)
    return Transaction((Record(1, (header.fields[0], header.fields[1], content, header.fields[2])), *records))


class TestReferenceFiles:
    """Every reference file of the standard's authors is read, and written back byte for byte."""

    def test_reading_and_writing_is_the_identity(self, reference_files: list[Path]) -> None:
        """ITL traditional encoding: no byte of a valid file is lost, moved or normalised."""
        different = [f.name for f in reference_files if write(read(f.read_bytes())) != f.read_bytes()]

        assert different == []
        assert len(reference_files) >= 50

    @pytest.mark.filterwarnings("ignore:Record of type:DeprecationWarning")
    def test_an_independent_reader_sees_the_same_records_and_images(self, reference_files: list[Path]) -> None:
        """Differential oracle: nistitl agrees on types, IDCs, text fields and image bytes."""
        for file in reference_files:
            message = nistitl.Message()
            message.parse(file.read_bytes())
            ours = read(file.read_bytes())

            assert [(r.type, r.idc) for r in ours.records[1:]] == [(r.type, int(r.IDC)) for r in list(message)[1:]], (
                file.name
            )
            for mine, theirs in zip(ours.records, message, strict=True):
                if mine.type == 14:
                    assert bytes(mine.field(999).value) == theirs.DATA, file.name
                for field in mine.fields:
                    value = theirs[field.number].value if field.number not in {1, 999} else None
                    if isinstance(value, str) and value.isascii():
                        assert value == field.text, (file.name, field.tag)

    def test_images_are_pointed_at_and_not_copied(self, card) -> None:
        """A file of 100 MB is read without a second copy of its images."""
        data = card()
        field = read(data).records[2].field(999)

        assert isinstance(field.value, memoryview)
        assert field.value.obj is data

    def test_every_listing_can_be_made(self, reference_files: list[Path]) -> None:
        """`inspect` works on any ITL file, also on one that is no booking."""
        for file in reference_files:
            listing = describe(read(file.read_bytes()))

            assert len(listing["records"]) == len(read(file.read_bytes()).records)


class TestLength:
    """x.001 LEN: the number of bytes of the record, itself included."""

    @pytest.mark.parametrize("padding", range(3))
    @pytest.mark.parametrize(
        "size", [0, 1, 60, 61, 62, 63, 64, 75, 76, 77, 78, 79, 960, 961, 962, 963, 964, 975, 976, 977, 978]
    )
    def test_counts_itself_at_every_number_of_digits(self, size: int, padding: int) -> None:
        """LEN grows with its own digits: the fixpoint is found on both sides of each power of ten."""
        written = write(transaction(tagged(2, (2, b"00"), (9, b"x" * (size + padding)))))
        two = read(written).records[1]

        assert int(two.text(1)) == len(written) - two.offset

    def test_leading_zeros_that_hold_are_kept(self) -> None:
        """A sender may pad LEN: the bytes come back as they were."""
        padded = HEAD + b"2.001:00000032\x1d2.002:00\x1d2.009:A\x1c"

        assert len(padded) - len(HEAD) == 32
        assert padded == write(read(padded))

    def test_too_long_is_refused_with_its_place(self) -> None:
        """LEN says one byte more than the record has."""
        with pytest.raises(RecordLengthWrong) as refused:
            read(HEAD + TWO.replace(b":26", b":27"))

        assert Where(2, 1, 1, len(HEAD)) == refused.value.where

    def test_too_short_is_refused(self) -> None:
        """LEN says one byte less than the record has."""
        with pytest.raises(RecordLengthWrong):
            read(HEAD + TWO.replace(b":26", b":25"))

    def test_shorter_than_its_own_field_is_refused(self) -> None:
        """A LEN of 3 can't even hold its own tag."""
        with pytest.raises(RecordLengthWrong):
            read(HEAD + TWO.replace(b":26", b":3"))

    @pytest.mark.parametrize("claim", [b"\x00\x00\x00\x00", b"\x00\x00\x00\x11"])
    def test_of_a_binary_record_covers_its_header(self, claim: bytes, card) -> None:
        """Type-4 LEN is four bytes, big-endian, and at least 18."""
        data = card(as_type=4)
        at = read(data).records[2].offset

        with pytest.raises(RecordLengthWrong) as refused:
            read(data[:at] + claim + data[at + 4 :])

        assert Where(4, 2, 1, at) == refused.value.where

    def test_of_an_image_record_that_ends_elsewhere_is_refused(self, card) -> None:
        """A Type-14 LEN that ends inside the image is not where FS stands."""
        data = card()
        record = read(data).records[2]
        claimed = record.text(1).encode()
        at = record.offset + len("14.001:")

        with pytest.raises(RecordLengthWrong):
            read(data[:at] + str(int(claimed) - 1).encode() + data[at + len(claimed) :])


class TestTruncation:
    """A file that ends before its records do is refused as truncated, wherever it was cut."""

    @given(st.data())
    def test_no_prefix_of_a_card_is_taken(self, card, data) -> None:
        """Cut anywhere, a transaction is no transaction."""
        whole = card(as_type=data.draw(st.sampled_from([4, 14])))
        cut = data.draw(st.integers(0, len(whole) - 1))

        with pytest.raises(FileTruncated):
            read(whole[:cut])

    def test_a_missing_last_record_is_named(self, card) -> None:
        """1.003 CNT lists a record that is not there."""
        whole = card()
        last = read(whole).records[-1]

        with pytest.raises(FileTruncated) as refused:
            read(whole[: last.offset])

        assert Where(14, 10, None, last.offset) == refused.value.where

    def test_bytes_after_the_last_record_are_refused(self, card) -> None:
        """1.003 CNT lists every record: nothing may follow."""
        with pytest.raises(RecordUnparseable) as refused:
            read(card() + b"\r\n")

        assert len(card()) == refused.value.where.byte_offset


class TestContent:
    """1.003 CNT: the type and IDC of every record, in order."""

    def test_absent(self) -> None:
        """CNT is mandatory: without it no record can be found."""
        with pytest.raises(FieldMissing) as refused:
            read(b"1.001:28\x1d1.002:0400\x1d1.004:C\x1c")

        assert refused.value.where.tag == "1.003"

    @pytest.mark.parametrize(
        ("listed", "error"),
        [
            (b"1\x1f2\x1e2\x1f00", FieldCountWrong),
            (b"1\x1f1\x1e2\x1f00\x1f1", FieldCountWrong),
            (b"1\x1f1\x1e2", FieldCountWrong),
            (b"2\x1f1\x1e2\x1f00", FieldInvalid),
            (b"1\x1f1\x1e1\x1f00", FieldInvalid),
            (b"1\x1f1\x1eX\x1f00", FieldInvalid),
            (b"1\x1f1\x1e0\x1f00", FieldInvalid),
            (b"1\x1f1\x1e2\x1f01", FieldsInconsistent),
            (b"1\x1f1\x1e9\x1f00", RecordUnparseable),
        ],
    )
    def test_must_be_what_follows(self, listed: bytes, error: type[ExchangeError], replaced) -> None:
        """Counts, types and IDCs of CNT are compared with the records."""
        start = b"1.001:%d\x1d1.002:0400\x1d1.003:" + listed + b"\x1d1.004:CAR\x1c"

        with pytest.raises(error):
            read(start % (len(start) - 2 + 2) + TWO)

    def test_is_compared_when_writing_too(self) -> None:
        """Nothing is written that could not be read back."""
        good = transaction(tagged(2, (2, b"00")))

        with pytest.raises(FieldsInconsistent):
            write(Transaction((*good.records, tagged(2, (2, b"00")))))
        with pytest.raises(FieldsInconsistent):
            write(Transaction((good.records[0], tagged(2, (2, b"07")))))
        with pytest.raises(RecordUnparseable):
            write(Transaction((good.records[1],)))
        with pytest.raises(RecordUnparseable):
            write(transaction(tagged(2, (2, b"00"), (9, b"a\x1cb"))))


class TestFields:
    """Tags, repeats and limits."""

    def test_a_field_of_another_record_type_is_refused(self, replaced) -> None:
        """Every tag of a record carries the record's type."""
        with pytest.raises(RecordUnparseable) as refused:
            read(HEAD + TWO.replace(b"2.009", b"4.009"))

        assert len(HEAD) + TWO.index(b"2.009") == refused.value.where.byte_offset

    def test_a_field_twice_in_one_record_is_refused(self) -> None:
        """Repeats are subfields; a second field of one number would be read by some and overlooked by others."""
        two = b"2.001:34\x1d2.002:00\x1d2.009:A\x1d2.009:B\x1c"

        with pytest.raises(FieldCountWrong) as refused:
            read(HEAD + two.replace(b":34", b":%d" % len(two)))

        assert refused.value.where.tag == "2.009"

    def test_separators_inside_an_image_are_image(self, card, picture) -> None:
        """x.999 is raw: FS, GS, RS and US in it separate nothing."""
        bytes_of_all = FS + GS + RS + US + b"14.013:9" + FS
        data = card(images=[picture(2, data=bytes_of_all)])

        assert bytes_of_all == read(data).records[2].field(999).value

    def test_items_and_subfields(self) -> None:
        """RS separates subfields, US items; empty ones count."""
        record = read(write(transaction(tagged(2, (2, b"00"), (47, b"20110605\x1fA\x1e\x1fB"))))).records[1]

        assert record.subfields(47) == (("20110605", "A"), ("", "B"))

    @pytest.mark.parametrize(
        "limits",
        [
            Limits(file_bytes=100),
            Limits(fields=2),
            Limits(records=5),
            Limits(subfields=3),
            Limits(items=2),
            Limits(text_bytes=5),
        ],
    )
    def test_limits_come_before_work(self, limits: Limits, card) -> None:
        """Sizes, records, fields and repeats are bounded before they are built."""
        with pytest.raises(FileTooLarge):
            read(card(), limits=limits)

    def test_letters_beyond_ascii_stay_visible_and_unchanged(self) -> None:
        """A byte that is no UTF-8 is neither dropped nor guessed."""
        data = write(transaction(tagged(2, (2, b"00"), (9, b"\xff\xc3\xa9"))))

        assert read(data).records[1].text(9) == "\\xffé"
        assert data == write(read(data))


class TestAnyBytes:
    """Uploads are hostile: a reader of any bytes ends with a transaction or a named refusal, and nothing else."""

    @staticmethod
    def survives(data: bytes) -> None:
        header = read_header(data)
        assert isinstance(header, Header)
        try:
            found = read(data)
        except ExchangeError:
            return
        assert data == write(found)
        faults(found)
        warnings(found)
        describe(found, show_person=True)

    @given(st.binary(max_size=400))
    def test_of_no_form(self, data: bytes) -> None:
        """Random bytes."""
        self.survives(data)

    @given(
        st.lists(
            st.sampled_from(
                [
                    b"1.001:",
                    b"1.003:",
                    b"2.001:",
                    b"14.999:",
                    FS,
                    GS,
                    RS,
                    US,
                    b"1",
                    b"0",
                    b"2",
                    b"14",
                    b"9" * 12,
                    b"\x00\x00\x00\x12",
                ]
            ),
            max_size=40,
        )
    )
    def test_of_the_words_of_the_standard(self, words: list[bytes]) -> None:
        """Tags, separators and numbers in any order."""
        self.survives(b"".join(words))

    @settings(max_examples=150)
    @given(st.data())
    def test_of_a_card_that_was_damaged(self, card, data) -> None:
        """A valid card with bytes changed, cut out, doubled or inserted."""
        whole = bytearray(card(as_type=data.draw(st.sampled_from([4, 14]))))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(whole) - 1))
            new = data.draw(st.one_of(st.binary(max_size=3), st.sampled_from([FS, GS, RS, US, b"9", b"0"])))
            whole[at : at + data.draw(st.integers(0, 3))] = new
        self.survives(bytes(whole))

    @settings(max_examples=80)
    @given(st.data())
    def test_of_a_card_whose_fields_say_anything(self, card, changed, data) -> None:
        """Any text in any field leads to faults, never to another exception."""
        tag = data.draw(
            st.sampled_from(
                [
                    "1.002",
                    "1.004",
                    "1.005",
                    "1.014",
                    "2.018",
                    "2.022",
                    "2.027",
                    "2.029",
                    "2.047",
                    "2.051",
                    "2.073",
                    "2.084",
                    "14.006",
                    "14.009",
                    "14.013",
                ]
            )
        )
        text = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\x1c\x1d"), max_size=20))
        self.survives(changed(card(), tag, text))


def test_a_large_file_is_read_in_linear_time(card, picture) -> None:
    """Twice the bytes, about twice the time, and far less than decoding: 96 MB of images in under two seconds."""

    def seconds(megabytes: int) -> float:
        image = b"\x1c\x1d\x1e\x1f" * (megabytes * 1024 * 1024 // 4)
        data = write(transaction(tagged(2, (2, b"00")), tagged(14, (2, b"01"), (999, image))))
        started = time.perf_counter()
        read(data, limits=Limits(file_bytes=len(data)))
        return time.perf_counter() - started

    assert seconds(96) < 2.0


@pytest.mark.parametrize("fields", [500, 1900])
def test_many_fields_cost_no_more_than_their_number(fields: int) -> None:
    """A record of thousands of fields and subfields is read and listed without quadratic work."""
    many = tagged(2, (2, b"00"), *((100 + n, b"x\x1e" * 50 + b"x") for n in range(fields)))
    data = write(transaction(many))
    started = time.perf_counter()
    describe(read(data))

    assert time.perf_counter() - started < 3.0
