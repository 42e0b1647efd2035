"""Objects that are sealed together: one file, one flush, each under its own key and destroyed by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import KeyDestroyed, ObjectDamaged, ObjectMissing
from tenprint.ids import KeyId, fresh
from tenprint.infra.vault import packs
from tenprint.infra.vault.files import FileVault


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "objects", tmp_path / "keys")


def key_of(vault: FileVault, name: str) -> KeyId:
    vault.create_key(KeyId(name))
    return KeyId(name)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]


def test_what_is_sealed_together_lies_in_one_file_and_reads_back(vault: FileVault, tmp_path: Path) -> None:
    """Group commit: nothing before `keep`, everything after it, whichever keys."""
    a, b = key_of(vault, "a"), key_of(vault, "b")
    together = vault.together()
    names = [together.seal(key, payload) for key, payload in ((a, b"one"), (b, b""), (a, b"three" * 1000))]
    assert [] == files(tmp_path)
    assert b"three" * 1000 == together.open(a, names[2]), "it can be read before it is kept"

    together.keep()

    assert 1 == len(files(tmp_path))
    assert [b"one", b"", b"three" * 1000] == [vault.open(k, n) for k, n in zip((a, b, a), names, strict=True)]
    assert sorted(names) == sorted(vault.objects())
    assert [] == vault.fsck(set(names))


def test_one_of_them_is_destroyed_by_itself_and_the_file_goes_with_the_last(vault: FileVault, tmp_path: Path) -> None:
    """Design decision 3: overwritten, not only forgotten; the others stay as they are."""
    key = key_of(vault, "a")
    together = vault.together()
    names = [together.seal(key, text) for text in (b"one", b"two")]
    together.keep()
    (file,) = files(tmp_path)
    before = file.read_bytes()
    first = packs.places(file)[0]

    vault.destroy_object(names[0])
    vault.destroy_object(names[0])

    after = file.read_bytes()
    assert bytes(first.length) == after[first.offset : first.offset + first.length]
    assert before[first.offset + first.length :] == after[first.offset + first.length :]
    with pytest.raises(ObjectMissing):
        vault.open(key, names[0])
    assert b"two" == vault.open(key, names[1])
    assert [names[1]] == list(vault.objects())
    vault.destroy_object(names[1])
    assert [] == files(tmp_path)


def test_destroying_a_key_destroys_what_it_sealed_in_a_pack_and_nothing_else(vault: FileVault) -> None:
    """Each object is under its own encounter's key, also where they share a file."""
    a, b = key_of(vault, "a"), key_of(vault, "b")
    together = vault.together()
    of_a, of_b = together.seal(a, b"one"), together.seal(b, b"two")
    together.keep()

    vault.destroy_key(a)

    with pytest.raises(KeyDestroyed):
        vault.open(a, of_a)
    assert b"two" == vault.open(b, of_b)


@given(st.binary(max_size=200), st.data())
def test_a_damaged_pack_is_named_and_never_half_read(
    tmp_path_factory: pytest.TempPathFactory, payload: bytes, data: st.DataObject
) -> None:
    """A cut or changed pack is an error by name; a changed object does not authenticate."""
    root = tmp_path_factory.mktemp(fresh())
    vault = FileVault(root / "objects", root / "keys")
    key = key_of(vault, "a")
    together = vault.together()
    names = [together.seal(key, payload), together.seal(key, b"two")]
    together.keep()
    (file,) = files(root)
    content = file.read_bytes()
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ObjectDamaged, match="cut short"):
        vault.open(key, names[0])
    assert any("cut short" in line for line in vault.fsck(set(names)))

    changed = bytearray(content)
    at = packs_place(content)
    changed[data.draw(st.integers(at, len(content) - 1))] ^= 1
    file.write_bytes(changed)
    damaged = 0
    for name in names:
        try:
            vault.open(key, name)
        except ObjectDamaged:
            damaged += 1
    assert 1 == damaged


def packs_place(content: bytes) -> int:
    return 8 + 4 * int.from_bytes(content[4:8], "big")


def test_what_nobody_kept_leaves_nothing_and_orphans_can_be_swept(vault: FileVault, tmp_path: Path) -> None:
    """A crash after `keep` and before the commit leaves objects that nothing refers to: named, and destroyed by the sweep."""
    key = key_of(vault, "a")
    vault.together().seal(key, b"never kept")
    assert [] == files(tmp_path)
    together = vault.together()
    names = [together.seal(key, b"one"), together.seal(key, b"two")]
    together.keep()

    assert sorted(names) == sorted(vault.orphans(set()))
    for name in vault.orphans(set()):
        vault.destroy_object(name)
    assert [] == files(tmp_path)
