"""The Merkle tree against RFC 6962's own definition, written a second time here."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.account.ledger import layout, merkle
from tenprint.errors import ProofInvalid

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    n = len(entries)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    n = len(entries)
    if n == 1:
        return []
    k = 1
    while k * 2 < n:
        k *= 2
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], b: bool) -> list[bytes]:
    """RFC 6962 2.1.2, word for word."""
    n = len(entries)
    if m == n:
        return [] if b else [mth(entries)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*subproof(m, entries[:k], b), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def entries_of(count: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(count)]


def subtree_of(entries: list[bytes]) -> merkle.Subtree:
    leaves = [merkle.leaf_hash(e) for e in entries]
    return lambda height, index: merkle.complete_root(leaves[index << height : (index + 1) << height])


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    """RFC 6962 2.1: MTH({}) = SHA-256()."""
    assert merkle.root([]).hex() == EMPTY


@pytest.mark.parametrize("count", [*range(1, 20), 255, 256, 257, 300])
def test_roots_are_those_of_the_recursive_definition(count: int) -> None:
    """RFC 6962 2.1, checked with a second implementation, also for 7 and 8 leaves."""
    entries = entries_of(count)

    assert mth(entries) == merkle.root([merkle.leaf_hash(e) for e in entries])


def test_every_audit_path_of_small_trees_is_the_rfc_s_and_verifies() -> None:
    """RFC 6962 2.1.1."""
    for count in range(1, 34):
        entries = entries_of(count)
        subtree = subtree_of(entries)
        for index in range(count):
            proof = merkle.inclusion_path(index, count, subtree)

            assert path(index, entries) == proof
            merkle.verify_inclusion(merkle.leaf_hash(entries[index]), index, size=count, proof=proof, root=mth(entries))


def test_every_consistency_proof_of_small_trees_is_the_rfc_s_and_verifies() -> None:
    """RFC 6962 2.1.2."""
    for new in range(1, 34):
        entries = entries_of(new)
        for old in range(new + 1):
            proof = merkle.consistency_path(old, new, subtree_of(entries))

            assert ([] if old == 0 else subproof(old, entries, True)) == proof
            merkle.verify_consistency(old, new, old_root=mth(entries[:old]), new_root=mth(entries), proof=proof)


@given(st.data())
def test_an_inclusion_proof_holds_for_one_entry_at_one_place_only(data: st.DataObject) -> None:
    """A changed hash, index, size, leaf or length never verifies."""
    count = data.draw(st.integers(2, 80))
    entries = entries_of(count)
    index = data.draw(st.integers(0, count - 1))
    proof = merkle.inclusion_path(index, count, subtree_of(entries))
    leaf, root = merkle.leaf_hash(entries[index]), mth(entries)
    other = data.draw(st.integers(0, count - 1).filter(lambda i: i != index))
    step = data.draw(st.integers(0, len(proof) - 1))
    changed = [bytes([h[0] ^ 1]) + h[1:] if i == step else h for i, h in enumerate(proof)]
    for wrong in (
        {"index": other},
        {"proof": changed},
        {"proof": proof[:-1]},
        {"proof": [*proof, root]},
        {"leaf": merkle.leaf_hash(b"another")},
        {"root": EMPTY.encode()[:32]},
        {"size": index},
    ):
        right = {"leaf": leaf, "index": index, "size": count, "proof": proof, "root": root} | wrong
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(
                right["leaf"], right["index"], size=right["size"], proof=right["proof"], root=right["root"]
            )  # type: ignore[arg-type]


@given(st.data())
def test_two_histories_have_no_consistency_proof(data: st.DataObject) -> None:
    """RFC 6962 2.1.2: a rewritten entry below the older size can't be hidden."""
    new = data.draw(st.integers(2, 80))
    old = data.draw(st.integers(1, new))
    at = data.draw(st.integers(0, old - 1))
    entries = entries_of(new)
    rewritten = [b"rewritten" if i == at else e for i, e in enumerate(entries)]
    proof = merkle.consistency_path(old, new, subtree_of(rewritten))

    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(old, new, old_root=mth(entries[:old]), new_root=mth(rewritten), proof=proof)


@given(st.data())
def test_a_range_proof_holds_for_exactly_its_entries(data: st.DataObject) -> None:
    """Design decision 3.4: rows of a close are proven together, and none can be left out, added, moved or changed."""
    size = data.draw(st.integers(1, 120))
    first = data.draw(st.integers(0, size - 1))
    count = data.draw(st.integers(1, size - first))
    entries = entries_of(size)
    leaves = [merkle.leaf_hash(e) for e in entries]
    proof = merkle.range_path(first, count, size, subtree_of(entries))
    right = leaves[first : first + count]

    merkle.verify_range(right, first, size=size, proof=proof, root=mth(entries))
    assert len(proof) <= 2 * size.bit_length()
    wrong = [
        (right[:-1], first),
        ([*right[:-1], leaves[0][::-1]], first),
        (right, first + 1),
        ([*right, right[0]], first),
    ]
    if count > 1:
        wrong.append((right[::-1], first))
    for rows, at in wrong:
        with pytest.raises(ProofInvalid):
            merkle.verify_range(rows, at, size=size, proof=proof, root=mth(entries))
    with pytest.raises(ProofInvalid):
        merkle.verify_range(right, first, size=size, proof=[*proof, right[0]], root=mth(entries))


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (10**9, "x001/x000/x000/000"),
    ],
)
def test_tile_indices_are_written_in_groups_of_three(index: int, text: str) -> None:
    """C2SP tlog-tiles: all groups but the last stand behind an x."""
    assert text == layout.digits(index)


@given(st.one_of(st.none(), st.integers(0, 7)), st.integers(0, 10**12), st.integers(1, 256))
def test_a_tile_s_path_names_that_tile_and_no_other(level: int | None, index: int, width: int) -> None:
    """C2SP tlog-tiles: one spelling per tile."""
    name = layout.TileName(level, index, width)

    assert name == layout.parse_name(name.path)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/00/001",
        "tile/0/x000/001",
        "tile/0/001.p/256",
        "tile/0/001.p/0",
        "tile/entry/001",
        "tile/0/001/x",
    ],
)
def test_other_spellings_name_no_tile(path: str) -> None:
    """C2SP tlog-tiles: leading zeros, empty groups and full partials are not paths of tiles."""
    assert layout.parse_name(path) is None


@given(st.lists(st.binary(max_size=80), max_size=30))
def test_bundles_come_back_as_they_were(entries: list[bytes]) -> None:
    """C2SP tlog-tiles: each entry behind its length as two big-endian bytes."""
    content = layout.bundle(entries)

    assert (entries, len(content)) == layout.unbundle(content, len(entries), where="x")
    assert sum(2 + len(e) for e in entries) == len(content)
