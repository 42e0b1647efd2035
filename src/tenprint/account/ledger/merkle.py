"""The Merkle tree of RFC 6962 section 2.1: roots, proofs and their verification, over any source of hashes.

Leaf ``SHA-256(0x00 ‖ entry)``, node ``SHA-256(0x01 ‖ left ‖ right)``; a tree of n > 1 leaves splits at the largest
power of two
below n. Proofs are made from a function that gives the hash of an aligned, complete subtree, so that nothing here
touches a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from tenprint.errors import ProofInvalid

HASH_BYTES: Final = 32
"""Length of a hash, bytes. Source: RFC 6962 2.1 (SHA-256)."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of the tree without leaves. Source: RFC 6962 2.1."""

MOST_LEAVES: Final = 2**63 - 1
"""Largest tree that is read. Source: C2SP tlog-tiles, indices fit a signed 64-bit integer."""

Subtree: TypeAlias = Callable[[int, int], bytes]
"""(height, index) -> hash of the complete subtree over the leaves [index * 2**height, (index + 1) * 2**height)."""


def leaf_hash(entry: bytes) -> bytes:
    """``SHA-256(0x00 ‖ entry)``, 32 bytes (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 ‖ left ‖ right)``, 32 bytes (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of neighbouring subtree hashes. Raises ValueError for any other count."""
    level = list(hashes)
    if not level or len(level) & (len(level) - 1):
        raise ValueError(f"{len(level)} hashes are no complete subtree")
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes that are all in memory; ``EMPTY_ROOT`` for none."""
    return tree_root(len(leaves), lambda height, index: complete_root(leaves[index << height : (index + 1) << height]))


def split(count: int) -> int:
    """The largest power of two below ``count`` (count > 1): where RFC 6962 splits a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def tree_root(size: int, subtree: Subtree) -> bytes:
    """The root of the first ``size`` leaves, from O(log size) complete subtrees."""
    return EMPTY_ROOT if size == 0 else span_hash(0, size, subtree)


def span_hash(start: int, end: int, subtree: Subtree) -> bytes:
    """Hash of the leaves [start, end), where start is a multiple of the span's next power of two."""
    count = end - start
    if count & (count - 1) == 0:
        return subtree(count.bit_length() - 1, start // count)
    middle = start + split(count)
    return node_hash(span_hash(start, middle, subtree), span_hash(middle, end, subtree))


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf ``index`` in the first ``size`` leaves, sibling of the leaf first (RFC 6962 2.1.1). Needs
    0 <= index < size.
    """
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(span_hash(middle, end, subtree))
            end = middle
        else:
            path.append(span_hash(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the first ``old`` of ``new`` leaves are the old tree (RFC 6962 2.1.2); empty when old is 0 or
    equals new.
    """
    if old in {0, new}:
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(span_hash(middle, end, subtree))
            end = middle
        else:
            path.append(span_hash(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        path.append(span_hash(start, end, subtree))
    return path[::-1]


def range_path(first: int, count: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes beside the leaves [first, first + count) that give the root of ``size`` leaves, left to right.

    At most two per level: far fewer than one audit path per leaf. Needs count >= 1 and first + count <= size.
    """

    def beside(start: int, end: int) -> Iterator[bytes]:
        if first <= start and end <= first + count:
            return
        if end <= first or start >= first + count:
            yield span_hash(start, end, subtree)
            return
        middle = start + split(end - start)
        yield from beside(start, middle)
        yield from beside(middle, end)

    return list(beside(0, size))


def verify_inclusion(leaf: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofInvalid unless ``leaf`` (a leaf hash) is entry ``index`` of the tree with this size and root."""
    if not 0 <= index < size <= MOST_LEAVES:
        raise ProofInvalid(f"entry {index} can't be in a tree of {size} entries")
    _check_hashes(proof)
    node, last, at = leaf, size - 1, index
    for step, beside in enumerate(proof):
        if last == 0:
            raise ProofInvalid(
                f"the inclusion proof of entry {index} has {len(proof)} hashes; the tree of {size} ends after {step}"
            )
        if at & 1 or at == last:
            node = node_hash(beside, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofInvalid(
            f"the inclusion proof of entry {index} ends too early: {len(proof)} hashes for a tree of {size}"
        )
    if node != root:
        raise ProofInvalid(
            f"entry {index} gives another root than the checkpoint of size {size}: it is not in that tree"
        )


def verify_consistency(old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofInvalid unless the tree of ``old`` leaves is the beginning of the tree of ``new`` leaves."""
    if not 0 <= old <= new <= MOST_LEAVES:
        raise ProofInvalid(f"a tree of {old} entries can't be the beginning of a tree of {new}")
    _check_hashes(proof)
    if old in {0, new}:
        if proof:
            raise ProofInvalid(f"the proof from {old} to {new} entries has {len(proof)} hashes; it needs none")
        if old == new and old_root != new_root:
            raise ProofInvalid(f"two different roots for the same {old} entries: the log was forked")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofInvalid("the empty tree has another root than the one given")
        return
    given = list(proof)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    seed = given.pop(0) if at and given else old_root
    before = after = seed
    for beside in given:
        if last == 0:
            raise ProofInvalid(f"the consistency proof from {old} to {new} has too many hashes")
        if at & 1 or at == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofInvalid(f"the consistency proof from {old} to {new} ends too early")
    if before != old_root:
        raise ProofInvalid(f"the proof does not give the root of the older tree of {old} entries")
    if after != new_root:
        raise ProofInvalid(f"the proof does not give the root of the newer tree of {new} entries")


def verify_range(leaf_hashes: Sequence[bytes], first: int, *, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofInvalid unless ``leaf_hashes`` are exactly the entries [first, first + len) of the tree with this size
    and root.
    """
    count = len(leaf_hashes)
    if count < 1 or first < 0 or not first + count <= size <= MOST_LEAVES:
        raise ProofInvalid(f"{count} entries from {first} on can't be in a tree of {size}")
    _check_hashes(proof)
    rest = iter(proof)

    def rebuilt(start: int, end: int) -> bytes:
        if end <= first or start >= first + count:
            beside = next(rest, None)
            if beside is None:
                raise ProofInvalid(f"the range proof of {count} entries from {first} on ends too early")
            return beside
        if end - start == 1:
            return leaf_hashes[start - first]
        middle = start + split(end - start)
        left = rebuilt(start, middle)
        return node_hash(left, rebuilt(middle, end))

    found = rebuilt(0, size)
    if next(rest, None) is not None:
        raise ProofInvalid(f"the range proof of {count} entries from {first} on has hashes left over")
    if found != root:
        raise ProofInvalid(f"the {count} entries from {first} on give another root than the checkpoint of size {size}")


def _check_hashes(proof: Sequence[bytes]) -> None:
    for step, value in enumerate(proof):
        if len(value) != HASH_BYTES:
            raise ProofInvalid(f"hash {step} of the proof has {len(value)} bytes; allowed: {HASH_BYTES} [RFC 6962 2.1]")
