"""Files of rules mean what they look like: no silent booleans, no silent last-key-wins, no key that nobody reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.strict_yaml import Sheet, parse, read


def test_a_bare_on_and_a_country_code_stay_texts() -> None:
    """Style example 9: YAML 1.1 reads ``on`` as true and ``NO`` as false; here both are texts."""
    assert parse("on: NO\nyes: off\n", where="x") == {"on": "NO", "yes": "off"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0399", "0399"), ("399", 399), ("-1", -1), ("true", True), ("True", "True"), ("null", None), ("~", "~"), ("2011-06-03", date(2011, 6, 3)),
     ('"2011-06-03"', "2011-06-03"), ('"12"', "12"), ("1.5", "1.5"), ("0x10", "0x10"), ("1_000", "1_000"), ("12:30", "12:30"), ("=", "=")],
)  # fmt: skip
def test_a_scalar_is_a_number_or_a_day_only_in_its_exact_spelling(written: str, meant: object) -> None:
    """A code keeps its leading zero; a quoted text is never anything else."""
    found = parse(f"key: {written}", where="x")

    assert {"key": meant} == found
    assert type(meant) is type(found["key"])  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: 1\na: 2", "twice"), ("a: &x 1\nb: *x", "anchors"), ("a: !!python/object:os.system 1", "tag"), ("a: !!int '3'", None), ("- a\n---\n- b", "one YAML"),
     ("", "empty"), ("a: 2011-02-30", "calendar"), ("? [a, b]\n: 1", "key"), ("a: [1, 2", "not one YAML"), ("a: " + "[" * 40 + "]" * 40, "deep")],
)  # fmt: skip
def test_what_could_be_misread_is_refused(text: str, says: str | None) -> None:
    """Duplicate keys, anchors, tags, second documents, impossible days and deep nesting are refused by name."""
    if says is None:
        assert parse(text, where="x") == {"a": "3"}
        return
    with pytest.raises(RuleInvalid, match=says):
        parse(text, where="x")


def test_a_key_that_nobody_reads_is_refused() -> None:
    """A misspelt condition must never be a condition less."""
    sheet = Sheet(parse("id: a\nwenn: b", where="x"), "x")
    sheet.text("id")

    with pytest.raises(RuleInvalid, match="unknown keys wenn"):
        sheet.finish()


@pytest.mark.parametrize("text", ["a: true", "a: -1", "a: x", "a: 1.0"])
def test_a_number_is_not_guessed(text: str) -> None:
    """A boolean, a text or a negative number is no count."""
    with pytest.raises(RuleInvalid, match="an integer"):
        Sheet(parse(text, where="x"), "x").whole("a")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error names the file and that nothing was loaded."""
    with pytest.raises(RuleInvalid, match=r"absent\.yaml.*nothing was loaded"):
        read(tmp_path / "absent.yaml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused with the byte that is wrong."""
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")

    with pytest.raises(RuleInvalid, match="byte 3 is not UTF-8"):
        read(tmp_path / "a.yaml")
