"""The vault: what is sealed is read only under its key, and never again once the key is destroyed (design decision 3)."""

from __future__ import annotations

import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenprint.errors import KeyDestroyed, KeyMissing, KeySealed, ObjectDamaged, ObjectMissing, UsageError
from tenprint.ids import KeyId, ObjectId, fresh
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing, verify_with


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "objects", tmp_path / "keys")


def sealed(vault: FileVault, payload: bytes = b"whorl") -> tuple[KeyId, ObjectId]:
    key = KeyId(fresh())
    vault.create_key(key)
    return key, vault.seal(key, payload)


def file_of(tmp_path: Path, name: ObjectId) -> Path:
    return tmp_path / "objects" / name[:2] / name[2:]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=3000))
def test_what_is_sealed_opens_again_and_is_nowhere_in_the_clear(
    vault: FileVault, tmp_path: Path, payload: bytes
) -> None:
    """Design decision 3: payloads are encrypted objects; any bytes come back as they were."""
    key, name = sealed(vault, payload)

    assert payload == vault.open(key, name)
    assert payload == vault.open_bytes(key, vault.seal_bytes(key, payload))
    assert len(payload) < 8 or payload not in file_of(tmp_path, name).read_bytes()


def test_two_seals_of_the_same_payload_have_nothing_in_common(vault: FileVault) -> None:
    """NIST SP 800-38D section 8.2: a nonce is never used twice under a key."""
    key, _ = sealed(vault)

    assert vault.seal_bytes(key, b"same")[36:48] != vault.seal_bytes(key, b"same")[36:48]


def test_a_destroyed_key_is_told_from_a_missing_one_and_its_id_is_never_used_again(
    vault: FileVault, tmp_path: Path
) -> None:
    """Design decision 3: expunged is a state of its own, never an error of storage."""
    key, name = sealed(vault)
    loose = vault.seal_bytes(key, b"x")
    vault.destroy_key(key)
    vault.destroy_key(key)
    again = FileVault(tmp_path / "objects", tmp_path / "keys")

    for one in (vault, again):
        assert one.is_destroyed(key)
        for act in (
            lambda v: v.open(key, name),
            lambda v: v.open_bytes(key, loose),
            lambda v: v.create_key(key),
            lambda v: v.seal(key, b""),
        ):
            with pytest.raises(KeyDestroyed):
                act(one)
        with pytest.raises(KeyMissing, match="none of that name was destroyed"):
            one.open(KeyId(fresh()), name)
    assert (key,) == again.destroyed()
    assert not (tmp_path / "keys" / key).exists()


def test_another_process_sees_a_destruction_at_once(vault: FileVault, tmp_path: Path) -> None:
    """Several processes serve one data folder: none may read what another one expunged."""
    key, name = sealed(vault)
    other = FileVault(tmp_path / "objects", tmp_path / "keys")
    assert other.open(key, name) == b"whorl"
    vault.destroy_key(key)

    with pytest.raises(KeyDestroyed):
        other.open(key, name)


def test_a_destruction_that_a_crash_cut_short_is_finished_at_the_next_start(vault: FileVault, tmp_path: Path) -> None:
    """The list is written first: a key on the list whose file is still there is destroyed at the next start."""
    key, name = sealed(vault)
    secret = (tmp_path / "keys" / key).read_bytes()
    vault.destroy_key(key)
    (tmp_path / "keys" / key).write_bytes(secret)
    assert [f"key {key} was destroyed, but its file is still there"] == vault.fsck({name})

    again = FileVault(tmp_path / "objects", tmp_path / "keys")

    assert not (tmp_path / "keys" / key).exists()
    assert again.fsck({name}) == []


def test_half_a_line_in_the_list_of_destroyed_keys_destroys_nothing(vault: FileVault, tmp_path: Path) -> None:
    """A crash while the list is written leaves half a line: that destruction was never acknowledged."""
    key, name = sealed(vault)
    with (tmp_path / "keys" / "destroyed.log").open("ab") as log:
        log.write(key[:9].encode())
    assert not vault.is_destroyed(key)
    assert vault.open(key, name) == b"whorl"
    vault.destroy_key(key)

    assert [key] == (tmp_path / "keys" / "destroyed.log").read_text().splitlines()
    assert vault.is_destroyed(key)


def test_a_linked_copy_of_a_destroyed_key_holds_only_zeros(vault: FileVault, tmp_path: Path) -> None:
    """The key's bytes are overwritten in place before its name is removed, and so are an object's."""
    key, name = sealed(vault)
    (tmp_path / "key").hardlink_to(tmp_path / "keys" / key)
    (tmp_path / "object").hardlink_to(file_of(tmp_path, name))
    vault.destroy_object(name)
    vault.destroy_object(name)
    vault.destroy_key(key)

    assert bytes(32) == (tmp_path / "key").read_bytes()
    assert {0} == set((tmp_path / "object").read_bytes())


def test_a_destroyed_object_is_missing_though_its_key_lives(vault: FileVault) -> None:
    """RET=N: images go, the record of what happened stays readable (design decision 8)."""
    key, name = sealed(vault)
    other = vault.seal(key, b"stays")
    vault.destroy_object(name)

    with pytest.raises(ObjectMissing):
        vault.open(key, name)
    assert vault.open(key, other) == b"stays"


@pytest.mark.parametrize("offset", [0, 5, 40, 50, -1])
def test_one_changed_byte_anywhere_is_damage(vault: FileVault, tmp_path: Path, offset: int) -> None:
    """Magic, key mark, nonce, ciphertext and tag are all authenticated."""
    key, name = sealed(vault)
    content = bytearray(file_of(tmp_path, name).read_bytes())
    content[offset] ^= 1
    file_of(tmp_path, name).write_bytes(content)

    with pytest.raises(ObjectDamaged):
        vault.open(key, name)


def test_two_objects_under_one_key_can_not_be_exchanged(vault: FileVault, tmp_path: Path) -> None:
    """The id is authenticated with the content: one print can't be put in place of another."""
    key, name = sealed(vault)
    other = vault.seal(key, b"arch")
    file_of(tmp_path, other).replace(file_of(tmp_path, name))

    with pytest.raises(ObjectDamaged, match="authenticate"):
        vault.open(key, name)


def test_an_object_cut_short_or_under_another_key_is_damage(vault: FileVault, tmp_path: Path) -> None:
    """Named faults, never a traceback of the cipher."""
    key, name = sealed(vault)
    other, _ = sealed(vault)
    with pytest.raises(ObjectDamaged, match="another key"):
        vault.open(other, name)
    file_of(tmp_path, name).write_bytes(b"TPv1")
    with pytest.raises(ObjectDamaged, match="4 bytes"):
        vault.open(key, name)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".lock", "destroyed.log", "signing", "x" * 65, "ä"])
def test_a_key_id_is_never_a_path(vault: FileVault, name: str) -> None:
    """Ids come from requests: none may leave the folder or name another file of it."""
    with pytest.raises(UsageError):
        vault.create_key(KeyId(name))


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "ab", "A" * 32])
def test_an_object_id_is_never_a_path(vault: FileVault, name: str) -> None:
    """Anything but 32 hexadecimal digits names no object."""
    key, _ = sealed(vault)
    with pytest.raises(ObjectMissing):
        vault.open(key, ObjectId(name))


def test_keys_and_objects_are_for_their_owner_only(vault: FileVault, tmp_path: Path) -> None:
    """Design section 6: key files are 0600."""
    key, name = sealed(vault)
    KeyRing(tmp_path / "keys").signer("repository/immigration", create=True)

    for path in (
        tmp_path / "keys" / key,
        file_of(tmp_path, name),
        tmp_path / "keys" / "signing" / "repository" / "immigration.key",
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_fsck_names_orphans_lost_keys_damage_and_leftovers(vault: FileVault, tmp_path: Path) -> None:
    """`tenprint doctor --fsck`: each fault by name; an intact vault gives none."""
    key, name = sealed(vault)
    lost_key, lost = sealed(vault)
    gone_key, gone = sealed(vault)
    _, orphan = sealed(vault)
    assert vault.fsck({name, lost, gone, orphan}) == []
    vault.destroy_key(gone_key)
    (tmp_path / "keys" / lost_key).unlink()
    cut = vault.seal(key, b"loop")
    file_of(tmp_path, cut).write_bytes(b"TPv1")
    (tmp_path / "objects" / "ab").mkdir(exist_ok=True)
    (tmp_path / "objects" / "ab" / ".0.part").write_bytes(b"")

    found = vault.fsck({name, lost, gone, cut})

    assert [orphan] == vault.orphans({name, lost, gone, cut})
    assert len(found) == 4
    assert f"object {orphan} is an orphan: nothing refers to it" in found
    assert any(lost in line and "restore the key backup" in line for line in found)
    assert any(cut in line and "4 bytes" in line for line in found)
    assert any(".0.part" in line for line in found)


KILLED = """
    import sys
    from pathlib import Path
    from tenprint.ids import KeyId, fresh
    from tenprint.infra.vault.files import FileVault
    root = Path(sys.argv[1])
    vault = FileVault(root / "objects", root / "keys")
    while True:
        key = KeyId(fresh())
        vault.create_key(key)
        name = vault.seal(key, key.encode())
        print("sealed", key, name, flush=True)
        if name < "8":
            vault.destroy_key(key)
            print("destroyed", key, name, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Design section 6: a process killed at any step loses nothing that it had reported."""
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            told = [child.stdout.readline().split() for _ in range(12)]
            child.kill()
            told += [
                line.split()
                for line in child.stdout.read().splitlines()
                if line.count(" ") == 2 and len(line.split()[-1]) == 32
            ]
    vault = FileVault(tmp_path / "objects", tmp_path / "keys")
    destroyed = {KeyId(key) for word, key, _ in told if word == "destroyed"}

    assert all(vault.is_destroyed(key) for key in destroyed)
    for word, key, name in told:
        if word == "sealed" and not vault.is_destroyed(KeyId(key)):
            assert key.encode() == vault.open(KeyId(key), ObjectId(name))
    assert all("half written" in line for line in vault.fsck(set(vault.objects())))


def test_a_signer_signs_and_only_its_own_name_verifies(tmp_path: Path) -> None:
    """Ed25519, RFC 8032; names tell the gate's key from a repository's (design decision 1)."""
    ring = KeyRing(tmp_path / "keys")
    gate, log = ring.signer("gate", create=True), ring.signer("log", create=True)
    signature = gate.sign(b"one search")

    assert ring.verify("gate", b"one search", signature)
    assert not ring.verify("log", b"one search", signature)
    assert not ring.verify("gate", b"two searches", signature)
    assert not ring.verify("gate", b"one search", b"short")
    assert verify_with(gate.public_key, b"one search", signature)
    assert {"gate": gate.public_key, "log": log.public_key} == KeyRing(tmp_path / "keys").public_keys()
    assert gate.public_key == KeyRing(tmp_path / "keys").signer("gate", create=True).public_key
    assert repr(gate) == "KeySigner('gate')"


def test_a_signing_key_is_never_made_by_asking_for_it(tmp_path: Path) -> None:
    """A lost key must be noticed, not replaced in silence."""
    ring = KeyRing(tmp_path / "keys")

    with pytest.raises(KeyMissing, match="no signing key 'gate'"):
        ring.signer("gate")
    with pytest.raises(KeyMissing):
        ring.verify("gate", b"", b"")
    with pytest.raises(UsageError):
        ring.signer("../gate", create=True)
    ring.signer("gate", create=True)
    (tmp_path / "keys" / "signing" / "gate.key").write_bytes(b"short")
    with pytest.raises(KeyMissing, match="5 bytes"):
        KeyRing(tmp_path / "keys").signer("gate")


def test_a_key_held_back_opens_for_a_court_reader_only_and_is_not_destroyed(vault: FileVault, tmp_path: Path) -> None:
    """ADR 0013: every path is refused unless it acts under the order; another process sees it at once; it can be given back."""
    key, name = sealed(vault)
    vault.hold_back(key)
    vault.hold_back(key)
    other = FileVault(tmp_path / "objects", tmp_path / "keys")

    for one in (vault, other):
        assert one.is_held_back(key)
        assert not one.is_destroyed(key)
        for act in (lambda v: v.open(key, name), lambda v: v.seal(key, b""), lambda v: v.create_key(key)):
            with pytest.raises(KeySealed):
                act(one)
        with one.under_order(key):
            assert one.open(key, name)
    assert (key,) == vault.held_back()
    assert [] == vault.fsck({name})
    vault.give_back(key)
    vault.give_back(key)
    assert vault.open(key, name)
    vault.hold_back(key)
    vault.destroy_key(key)
    with vault.under_order(key), pytest.raises(KeyDestroyed):
        vault.open(key, name)
    assert [] == vault.fsck({name})


def test_a_sweep_removes_what_a_crash_left_half_written_and_no_object_with_it(vault: FileVault, tmp_path: Path) -> None:
    """Design section 6: killed at each step. Cut before the name, half a file stays; cut after it, two names of one whole file."""
    key, name = sealed(vault, b"loop")
    half = tmp_path / "keys" / ".1.part"
    half.write_bytes(b"half a key")
    (tmp_path / "objects" / name[:2] / ".2.part").hardlink_to(file_of(tmp_path, name))
    assert 2 == len(vault.fsck({name}))

    swept = vault.sweep_parts()

    assert 2 == swept
    assert [] == vault.fsck({name})
    assert b"loop" == vault.open(key, name)
