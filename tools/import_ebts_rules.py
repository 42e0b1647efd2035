"""Make the rule files of `tenprint.exchange` from a table of EBTS 9.1 field rules.

    python tools/import_ebts_rules.py PATH/TO/ebts91_fields.csv src/tenprint/exchange/rules

Takes facts only: tags, mnemonics, character sets, lengths, repeats, transaction types, code values and patterns.
Descriptions and the wording of the table are left behind. Every correction is listed here, with its reason.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

TYPES = {"1", "2", "14"}
"""Record types whose rules are taken over. Type-4 has no tags: its header is checked in code."""

FIELDS = [
    "tag", "item", "mnemonic", "charset", "shortest", "longest", "least", "most", "items", "everywhere",
    "mandatory", "optional", "values", "pattern", "forbidden",
]  # fmt: skip

RETAGGED = {("14.014..2", "T14_AMP_AMPCD"): "14.018..2"}
"""The amputation code is the second item of 14.018; the table files it under 14.014."""

RENAMED_TOTS = {"EHHR": "EHRR", "MCS": ""}
"""EHHR is a slip of EHRR; MCS is no transaction type of this edition."""

CORRECTED = {
    "1.013": {"charset": "ANS", "longest": "31"},
    "1.013..1": {"charset": "ANS"},
    "1.013..2": {"charset": "ANS", "shortest": "0", "longest": "15"},
    "1.015..3": {"charset": "ANS", "shortest": "0"},
    "14.001": {"shortest": "2", "longest": "9"},
    "14.003": {"charset": "N"},
    "14.006": {"shortest": "1", "longest": "5"},
    "14.007": {"shortest": "1", "longest": "5"},
    "14.022": {"least": "1"},
    "2.047..1": {"shortest": "0"},
    "2.051..1": {"shortest": "0"},
    "2.034..3": {"shortest": "0"},
}
"""Where the table is narrower than the standard it transcribes.

1.013: domain versions are written with a blank or a point (``EBTS 9.1``), and the version may be empty. 14.006, 14.007:
sizes are 1 to 65535 in ITL; whether so many pixels are decoded is not a question of form. 14.001: an
uncompressed slap at 1000 ppi may need more than seven digits. 14.022: a thumb has one score. Dates of 2.047 and 2.051
may be empty.
"""

ITEMS = {
    "1.013": "1-2", "1.015": "2-3", "2.010": "2-2", "2.034": "2-4", "2.047": "2-2", "2.051": "3-3", "2.064": "2-2",
    "2.067": "1-3",
    "2.084": "2-2", "2.091": "2-2", "2.092": "2-2", "14.014": "2-2", "14.015": "6-6", "14.018": "2-2", "14.021": "5-5",
    "14.022": "2-2", "14.023": "4-4", "14.024": "4-4",
}  # fmt: skip
"""How many items a subfield has: fewest and most."""

GROUPS = {
    "criminal booking": "CAR CNA",
    "criminal, non-urgent": "CPNU",
    "criminal, direct route": "CPDR",
    "civil": "DOCE EMUF FANC FAUF FNDR NNDR NFAP NFUE NFUF MAP",
    "known deceased": "DEK",
    "unknown deceased": "DEU",
    "missing person": "MPR",
    "amnesia victim": "AMN",
    "latent": "LFS LFIS LFFS LPNQ LRSQ LSMQ ELR CFS ULD ULAC",
    "rapid search": "RPIS",
    "image or photo request": "IRQ CPR",
    "ten-print search": "TPIS TPFS TPRS",
    "history query": "EQHR",
    "record maintenance": "FIS CPD",
    "response": (
        "SRE ERRT LSR RPISR IRR ISR ERRI PRR PDR TPRR SRT ERRL NAR SRL LPNR ULM LRSR LSMR ERRA EHRR EQRR EQER UULD "
        "ULAR ULDR FISR"
    ),
}
"""What kind of transaction each type is; Source: EBTS 9.1, types of transaction."""

TWINS = {
    "CARC": "CAR", "CNAC": "CNA", "DEKC": "DEK", "FNCC": "FANC", "FUFC": "FAUF", "MAPC": "MAP", "NFFC": "NFUF",
    "NFDP": "NFAP",
}  # fmt: skip
"""Submissions by a card-scanning service and the type whose twin they are."""

CARD = "1:1-1 2:1-1 4|14:1-14 10:0-4 7|13:0-2 15:0-8"
OCCURS = {
    **dict.fromkeys(["CAR", "CNA", "CPNU", "DOCE", "EMUF", "FANC", "FAUF", "FNDR", "NNDR", "NFAP", "NFUE", "NFUF",
    "MAP", "DEK", "DEU", "MPR", "AMN"], CARD),
    "CPDR": "1:1-1 2:1-1 4|14:1-14 10:0-4 15:0-8",
    "FIS": "1:1-1 2:1-1 4|14:1-14", "RPIS": "1:1-1 2:1-1 4|14:2-10", "RPISR": "1:1-1 2:1-2 10:0-2",
    "TPIS": "1:1-1 2:1-1 4|14:2-10", "TPFS": "1:1-1 2:1-1 9:2-10", "TPRS": "1:1-1 2:1-1 4|14:1-14",
    "TPRR": "1:1-1 2:1-1",
    "SRT": "1:1-1 2:1-1 4|14:0-14", "SRE": "1:1-1 2:1-1 10:0-1", "ERRT": "1:1-1 2:1-1", "IRQ": "1:1-1 2:1-1",
    "LFS": "1:1-1 2:1-1 4|14:0-10 7|13:0-10", "SRL": "1:1-1 2:1-1 4|14:0-99",
    "ULM": "1:1-1 2:1-1 4|14:0-10 7|13:0-10", "IRR": "1:1-1 2:1-1 4|14:0-14 7|13:0-1 9:0-14",
}  # fmt: skip
"""How often each record type may stand in a transaction: ``types:fewest-most``. Source: EBTS 9.1 record grammar."""


def span(text: str) -> tuple[str, str]:
    low, _, high = text.partition("-")
    return (low if low != "x" else "0", "" if (high or low) == "x" else high or low)


def codes(text: str) -> str:
    """Code values without their meanings; a reference to a list that is not part of the table gives none."""
    if text.startswith("file:"):
        return ""
    return " ".join(dict.fromkeys(part.split(":")[0].strip() for part in text.split("|")))


def types_of_transaction(text: str) -> str:
    return " ".join(t for t in (RENAMED_TOTS.get(name, name) for name in text.split()) if t)


def rule(row: dict[str, str]) -> dict[str, str]:
    written = RETAGGED.get((row["tag"], row["mnemonic"]), row["tag"])
    tag, _, item = written.partition("..")
    shortest, longest = span(row["length"])
    least, most = span(row["occurs"])
    made = {
        "tag": tag, "item": item or "0", "mnemonic": row["mnemonic"].split("_", 1)[1], "charset": row["chars"],
        "shortest": shortest, "longest": longest, "least": least, "most": most,
        "items": "" if item else ITEMS.get(tag, "1-1"), "everywhere": row["all_tots"],
        "mandatory": types_of_transaction(row["mandatory_tots"]),
        "optional": types_of_transaction(row["optional_tots"]),
        "values": codes(row["values"]) if tag not in {"1.002", "1.004"} else "",
        "pattern": row["regex"], "forbidden": row["not_regex"],
    }  # fmt: skip
    return made | CORRECTED.get(written, {})


def transactions(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    listed = next(row["values"] for row in rows if row["tag"] == "1.004")
    group = {tot: name for name, tots in GROUPS.items() for tot in tots.split()}
    made = []
    for tot in codes(listed).split():
        twin = TWINS.get(tot, "")
        made.append({"tot": tot, "group": group[twin or tot], "twin_of": twin, "records": OCCURS.get(twin or tot, "")})
    return made


def save(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows")


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines(keepends=True)))
    rules = [rule(row) for row in rows if row["tag"].split(".")[0] in TYPES]
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "ebts-9.1-fields.csv", FIELDS, rules)
    save(folder / "ebts-9.1-transactions.csv", ["tot", "group", "twin_of", "records"], transactions(rows))


if __name__ == "__main__":
    main()
