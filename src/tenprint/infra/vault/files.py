"""Encrypted objects in files, each under the key of its encounter; destroying the key destroys all it sealed.

Order of a seal, named by what is lost if power fails now: *part* written and synced (lost; `fsck` names the part file),
*named* under its id (nothing; unless the caller commits a reference, `fsck` names the orphan).
Order of a destruction: *remembered* in destroyed.log (nothing can be read any more; the key file is finished off at
the next start), *overwritten*, *removed*.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenprint.errors import KeyDestroyed, KeyMissing, KeySealed, ObjectDamaged, ObjectMissing, UsageError
from tenprint.ids import KeyId, ObjectId, fresh
from tenprint.infra.vault import durable, packs, sealing

_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{32}")
COURT: Final = "court"
"""Folder under keys/ of the keys that are held back: their records are sealed, which is not destroyed."""

_RESERVED: Final = frozenset({"signing", "wrapping", COURT})
_UNDER_ORDER: Final[ContextVar[frozenset[str]]] = ContextVar("keys opened under a court's order", default=frozenset())


class FileVault:
    """A `Sealer` over two folders that must never share a backup. Safe between threads and processes on one machine.

    Keys are read from their files at each use and never cached, so that no process can read what another one expunged.
    """

    def __init__(self, objects: Path, keys: Path) -> None:
        self._objects = objects
        self._keys = keys
        durable.make_folder(objects)
        durable.make_folder(keys)
        self._destroyed_log = keys / "destroyed.log"
        self._guard = Lock()
        self._destroyed: set[str] = set()
        self._read_up_to = 0
        self._finish_interrupted_destruction()

    def create_key(self, key: KeyId) -> None:
        """Make the key, 256 random bits, if it does not exist. Raises KeyDestroyed; UsageError on a malformed id."""
        path = self._key_path(key)
        with durable.locked(self._keys / ".lock"):
            self._refuse_destroyed(key)
            self._refuse_held_back(key)
            if not path.exists():
                durable.write_new(path, AESGCM.generate_key(bit_length=8 * sealing.KEY_BYTES))

    def seal(self, key: KeyId, payload: bytes) -> ObjectId:
        """Encrypt ``payload`` and keep it durably; returns its random id. Raises KeyDestroyed or KeyMissing."""
        name = ObjectId(fresh())
        self._write(self._object_path(name), self.encrypted(key, payload, name), name)
        return name

    def encrypted(self, key: KeyId, payload: bytes, name: ObjectId) -> bytes:
        """The sealed bytes of an object that will bear that name; nothing is kept. Raises KeyDestroyed or KeyMissing."""
        return sealing.encrypt(self._secret(key), payload, kind=sealing.OBJECT, key=key, bound_to=name)

    def decrypted(self, key: KeyId, sealed: bytes, name: ObjectId) -> bytes:
        """The inverse of `encrypted`. Raises KeyDestroyed, KeyMissing or ObjectDamaged."""
        return sealing.decrypt(self._secret(key), sealed, kind=sealing.OBJECT, key=key, bound_to=name)

    def keep_pack(self, first: ObjectId, content: bytes) -> None:
        """Keep a pack durably. first: id of its first object."""
        self._write(self._pack_path(first), content, first)

    def _write(self, path: Path, content: bytes, name: ObjectId) -> None:
        durable.make_folder(path.parent)
        if not durable.write_new(path, content):
            raise ObjectDamaged(
                f"object id {name} exists already: the random source of this machine repeats itself; nothing was sealed"
            )

    def open(self, key: KeyId, object_id: ObjectId) -> bytes:
        """The payload. Raises KeyDestroyed (expunged), KeyMissing, ObjectMissing or ObjectDamaged."""
        secret = self._secret(key)
        sealed = self._sealed(object_id)
        if sealed is None:
            raise ObjectMissing(
                f"object {object_id or '(none)'} is not in the vault, though its key is; nothing was read. "
                "It was destroyed by itself, or the object folder is incomplete: run `tenprint doctor --fsck`."
            )
        return sealing.decrypt(secret, sealed, kind=sealing.OBJECT, key=key, bound_to=object_id)

    def seal_bytes(self, key: KeyId, payload: bytes) -> bytes:
        """Encrypt without keeping; 64 bytes longer than the payload. Raises KeyDestroyed or KeyMissing."""
        return sealing.encrypt(self._secret(key), payload, kind=sealing.LOOSE, key=key)

    def open_bytes(self, key: KeyId, sealed: bytes) -> bytes:
        """The inverse of `seal_bytes`. Raises KeyDestroyed, KeyMissing or ObjectDamaged."""
        return sealing.decrypt(self._secret(key), sealed, kind=sealing.LOOSE, key=key)

    def digest(self, object_id: ObjectId) -> str | None:
        """SHA-256, hex, of a sealed object as it lies on disk; None when it is not there. For receipts: it opens nothing."""
        sealed = self._sealed(object_id)
        return None if sealed is None else hashlib.sha256(sealed).hexdigest()

    def destroy_object(self, object_id: ObjectId) -> None:
        """Overwrite and remove one sealed object (its key lives on). No error if it is gone already."""
        if not durable.overwrite_and_remove(self._object_path(object_id)):
            packs.destroy(self._pack_path(object_id), int(object_id[packs.NAME_DIGITS :], 16))

    def together(self) -> SealedTogether:
        """Seal several objects, of any keys, with one flush: nothing of them is kept before `SealedTogether.keep`."""
        return SealedTogether(self)

    def destroy_key(self, key: KeyId) -> None:
        """Destroy the key: all it sealed is unreadable for ever. Idempotent, also for an id never used; remembered."""
        path = self._key_path(key)
        with durable.locked(self._keys / ".lock"):
            if not self.is_destroyed(key):
                durable.append_line(self._destroyed_log, key)
            durable.overwrite_and_remove(path)
            durable.overwrite_and_remove(self._held_back_path(key))

    def hold_back(self, key: KeyId) -> None:
        """Seal a record: its key moves away and opens nothing, except inside `under_order`. Idempotent; durable on return.

        Raises KeyDestroyed or KeyMissing.
        """
        self._move(self._key_path(key), self._held_back_path(key), key)

    def give_back(self, key: KeyId) -> None:
        """Unseal a record: the inverse of `hold_back`. Idempotent. Raises KeyDestroyed or KeyMissing."""
        self._move(self._held_back_path(key), self._key_path(key), key)

    def _move(self, origin: Path, place: Path, key: KeyId) -> None:
        durable.make_folder(self._keys / COURT)
        with durable.locked(self._keys / ".lock"):
            self._refuse_destroyed(key)
            if origin.exists():
                origin.rename(place)
                durable.sync_folder(place.parent)
                durable.sync_folder(origin.parent)
            elif not place.exists():
                raise KeyMissing(f"there is no key {key}; nothing was sealed or unsealed. Restore the key backup.")

    def held_back(self) -> tuple[KeyId, ...]:
        """Every key that is held back, in order."""
        folder = self._keys / COURT
        found = folder.iterdir() if folder.is_dir() else ()
        return tuple(sorted(KeyId(p.name) for p in found if _KEY_ID.fullmatch(p.name)))

    def is_held_back(self, key: KeyId) -> bool:
        """Whether the record of that key is sealed."""
        return self._held_back_path(key).exists()

    @contextmanager
    def under_order(self, *keys: KeyId) -> Iterator[None]:
        """While a named court reader acts on an order: these keys, held back, open and seal again, in this context only."""
        token = _UNDER_ORDER.set(_UNDER_ORDER.get() | set(keys))
        try:
            yield
        finally:
            _UNDER_ORDER.reset(token)

    def is_destroyed(self, key: KeyId) -> bool:
        """True once `destroy_key` has happened, in whichever process."""
        with self._guard:
            self._read_destroyed()
            return key in self._destroyed

    def destroyed(self) -> tuple[KeyId, ...]:
        """Every destroyed key id, in order of destruction: the list that a restore must replay (design decision 13)."""
        if not self._destroyed_log.exists():
            return ()
        return tuple(KeyId(line) for line in _whole_lines(self._destroyed_log.read_bytes()))

    def objects(self) -> Iterator[ObjectId]:
        """Every object id in the vault, in order of id."""
        for folder in sorted(p for p in self._objects.iterdir() if p.is_dir()):
            for file in sorted(folder.iterdir()):
                if _OBJECT_ID.fullmatch(folder.name + file.name):
                    yield ObjectId(folder.name + file.name)
                elif file.suffix == packs.ENDING:
                    with suppress(ObjectDamaged):  # `fsck` names it
                        for number in packs.read_all(file):
                            yield ObjectId(f"{folder.name}{file.stem}{number:08x}")

    def orphans(self, referenced: Collection[str]) -> list[ObjectId]:
        """Objects that nothing refers to: a crash or a rollback left them. The caller may destroy them."""
        return [name for name in self.objects() if name not in referenced]

    def fsck(self, referenced: Collection[str]) -> list[str]:
        """What is wrong in both folders, one sentence each; ``referenced`` holds every object id that is in use.

        Found: orphans, files cut short or no objects, objects whose key was lost, part files, destroyed keys present.
        A referenced object that is gone is found by whoever refers to it: it may have been destroyed on purpose.
        """
        faults = [f"object {name} is an orphan: nothing refers to it" for name in self.orphans(referenced)]
        lost = self._marks_of_live_keys() | {sealing.key_mark(key) for key in self.destroyed()}
        faults += self._damaged_packs()
        for name in self.objects():
            sealed = self._sealed(name)
            if sealed is None:
                continue  # destroyed in this moment
            fault = sealing.damage_of(sealed, kind=sealing.OBJECT)
            if fault:
                faults.append(f"object {name} {fault}")
            elif sealed[4:36] not in lost:
                faults.append(
                    f"object {name} is under a key that is not here and was never destroyed: restore the key backup"
                )
        faults += [f"{file.name} was left half written by a crash" for file in self._parts()]
        faults += [
            f"key {key} was destroyed, but its file is still there"
            for key in self.destroyed()
            if self._key_path(key).exists() or self._held_back_path(key).exists()
        ]
        return faults

    def sweep_parts(self) -> int:
        """Destroy the files that a crash left half written; returns how many. The caller is alone with both folders."""
        found = self._parts()
        for file in found:
            durable.remove_part(file)
        return len(found)

    def _parts(self) -> list[Path]:
        return [file for at in (self._objects, self._keys) for file in sorted(at.rglob(f"*{durable.TEMPORARY_SUFFIX}"))]

    def _damaged_packs(self) -> list[str]:
        faults = []
        for file in sorted(self._objects.glob(f"*/*{packs.ENDING}")):
            try:
                packs.places(file)
            except ObjectDamaged as error:
                faults.append(str(error))
        return faults

    def _sealed(self, object_id: ObjectId) -> bytes | None:
        """The encrypted bytes of an object, from its own file or a pack; None when it is in neither."""
        try:  # most are in packs: every event's private half is
            return packs.read(self._pack_path(object_id), int(object_id[packs.NAME_DIGITS :], 16))
        except FileNotFoundError:
            pass
        try:
            return self._object_path(object_id).read_bytes()
        except FileNotFoundError:
            return None

    def _marks_of_live_keys(self) -> set[bytes]:
        places = [folder for folder in (self._keys, self._keys / COURT) if folder.is_dir()]
        found = (path for folder in places for path in folder.iterdir())
        return {sealing.key_mark(KeyId(p.name)) for p in found if p.is_file() and _KEY_ID.fullmatch(p.name)}

    def _secret(self, key: KeyId) -> bytes:
        path = self._key_path(key)
        self._refuse_destroyed(key)
        self._refuse_held_back(key)
        if key in _UNDER_ORDER.get() and not path.exists():
            path = self._held_back_path(key)
        try:
            secret = path.read_bytes()
        except FileNotFoundError:
            self._refuse_destroyed(key)  # destroyed, or held back, between the two looks
            self._refuse_held_back(key)
            raise KeyMissing(
                f"there is no key {key}, and none of that name was destroyed; nothing was sealed or opened. "
                "Create it first, or restore the key backup."
            ) from None
        if len(secret) != sealing.KEY_BYTES:
            raise KeyMissing(
                f"key {key} has {len(secret)} bytes instead of {sealing.KEY_BYTES}; restore the key backup"
            )
        # A destruction may have overwritten the file while it was read: zeros are no key.
        self._refuse_destroyed(key)
        return secret

    def _refuse_destroyed(self, key: KeyId) -> None:
        if self.is_destroyed(key):
            raise KeyDestroyed(
                f"key {key} was destroyed on purpose (expunged): what it sealed can't be read again, by anyone"
            )

    def _refuse_held_back(self, key: KeyId) -> None:
        if key not in _UNDER_ORDER.get() and self.is_held_back(key):
            raise KeySealed(
                f"the record under key {key} is sealed by law; nothing was read or written. A court reader with an order may "
                "read it (`tenprint retention read`)."
            )

    def _read_destroyed(self) -> None:
        """Read what was appended to the list since the last look; half a line is left for the next one."""
        try:
            size = self._destroyed_log.stat().st_size
        except FileNotFoundError:
            return
        if size <= self._read_up_to:
            return
        with self._destroyed_log.open("rb") as file:
            file.seek(self._read_up_to)
            new = file.read()
        self._destroyed.update(_whole_lines(new))
        self._read_up_to += new.rfind(b"\n") + 1

    def _finish_interrupted_destruction(self) -> None:
        # The list is written first, under a lock: only the last one on it can be unfinished.
        with durable.locked(self._keys / ".lock"):
            last = self.destroyed()[-1:]
            for key in last:
                durable.overwrite_and_remove(self._key_path(key))
                durable.overwrite_and_remove(self._held_back_path(key))

    def _key_path(self, key: KeyId) -> Path:
        if not _KEY_ID.fullmatch(key) or key in _RESERVED:
            raise UsageError(
                f"key id {key[:80]!r}; allowed: 1 to 64 letters, digits, '-' and '_', not {sorted(_RESERVED)}"
            )
        return self._keys / key

    def _pack_path(self, object_id: ObjectId) -> Path:
        self._object_path(object_id)  # the same shape, checked in one place
        return self._objects / object_id[:2] / f"{object_id[2 : packs.NAME_DIGITS]}{packs.ENDING}"

    def _held_back_path(self, key: KeyId) -> Path:
        return self._keys / COURT / self._key_path(key).name

    def _object_path(self, object_id: ObjectId) -> Path:
        if not _OBJECT_ID.fullmatch(object_id):
            raise ObjectMissing(f"{object_id[:80]!r} is no object id (32 hexadecimal digits); nothing was read")
        return self._objects / object_id[:2] / object_id[2:]


class SealedTogether:
    """Objects of one unit of work, encrypted at once and written with one flush by `keep`. Made by `FileVault.together`.

    Of what was sealed here nothing is on disk before `keep`; after a crash in between nothing is left behind. Not for two
    threads.
    """

    def __init__(self, vault: FileVault) -> None:
        self._vault = vault
        self._pack = fresh()[: packs.NAME_DIGITS]
        self._sealed: dict[ObjectId, bytes] = {}

    def seal(self, key: KeyId, payload: bytes) -> ObjectId:
        """As `FileVault.seal`, but kept only by `keep`."""
        name = ObjectId(f"{self._pack}{len(self._sealed):08x}")
        self._sealed[name] = self._vault.encrypted(key, payload, name)
        return name

    def open(self, key: KeyId, object_id: ObjectId) -> bytes:
        """As `FileVault.open`, also for what was sealed here and not kept yet."""
        sealed = self._sealed.get(object_id)
        return self._vault.open(key, object_id) if sealed is None else self._vault.decrypted(key, sealed, object_id)

    def keep(self) -> None:
        """Write everything sealed here, durably, in one file. Nothing to do when nothing was."""
        if self._sealed:
            self._vault.keep_pack(ObjectId(next(iter(self._sealed))), packs.pack(list(self._sealed.values())))


def _whole_lines(content: bytes) -> list[str]:
    return content[: content.rfind(b"\n") + 1].decode("ascii").splitlines()
