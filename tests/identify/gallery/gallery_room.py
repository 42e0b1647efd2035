"""What the gallery's tests share: a deterministic matcher, a sealer in memory, keys, and templates of nobody."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenprint.errors import KeyDestroyed, ObjectDamaged, ObjectMissing
from tenprint.identify.gallery.gallery import Gallery
from tenprint.ids import AuthorityId, EncounterId, EventId, KeyId, ObjectId, PersonId, SubmissionId, fresh
from tenprint.model.authority import BOOKING, SearchAuthority
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, TenprintTemplate, in_order

AT = datetime(2011, 6, 6, 14, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Key:
    """An Ed25519 key made from a word, so that two processes of a test have the same one."""

    name: str

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.name.encode().ljust(32, b".")[:32])

    @property
    def public_key(self) -> bytes:
        return self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


REPOSITORY = Key("repository/criminal")
GATE = Key("gate")


@dataclass
class MemorySealer:
    """Keys derived from their id, so that processes of one test agree; destroyed ones are remembered here only."""

    destroyed: set[KeyId] = field(default_factory=set)
    kept: dict[ObjectId, bytes] = field(default_factory=dict)

    def create_key(self, key: KeyId) -> None:
        self._cipher(key)

    def seal(self, key: KeyId, payload: bytes) -> ObjectId:
        name = ObjectId(fresh())
        self.kept[name] = self.seal_bytes(key, payload)
        return name

    def open(self, key: KeyId, object_id: ObjectId) -> bytes:
        if object_id not in self.kept:
            raise ObjectMissing(object_id)
        return self.open_bytes(key, self.kept[object_id])

    def seal_bytes(self, key: KeyId, payload: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher(key).encrypt(nonce, payload, key.encode())

    def open_bytes(self, key: KeyId, sealed: bytes) -> bytes:
        try:
            return self._cipher(key).decrypt(sealed[:12], sealed[12:], key.encode())
        except InvalidTag as error:
            raise ObjectDamaged("does not authenticate") from error

    def destroy_object(self, object_id: ObjectId) -> None:
        self.kept.pop(object_id, None)

    def destroy_key(self, key: KeyId) -> None:
        self.destroyed.add(key)

    def is_held_back(self, key: KeyId) -> bool:
        return False

    def is_destroyed(self, key: KeyId) -> bool:
        return key in self.destroyed

    def _cipher(self, key: KeyId) -> AESGCM:
        if key in self.destroyed:
            raise KeyDestroyed(f"key {key} was destroyed")
        return AESGCM(key.encode().ljust(32, b"k")[:32])


@dataclass(frozen=True)
class Likeness:
    score: int
    fingers: Mapping[int, int]
    common: int


@dataclass
class Prepared:
    fingers: dict[int, set[bytes]]
    wiped: bool = False

    def wipe(self) -> None:
        self.fingers, self.wiped = {}, True


class SameMinutiae:
    """Scores ten points for each minutia that both fingers hold exactly. Slow, obvious, and always the same."""

    name = "same-minutiae"

    def __init__(self, version: str = "same-minutiae-1") -> None:
        self.version = version
        self.prepared: list[Prepared] = []

    def prepare(self, template: TenprintTemplate) -> Prepared:
        made = Prepared(
            {f.position: {p.tobytes() for p in f.minutiae.points} for f in template.fingers if len(f.minutiae)}
        )
        self.prepared.append(made)
        return made

    def search(self, probe: Prepared, gallery: Sequence[Prepared]) -> list[Likeness]:
        found = []
        for held in gallery:
            fingers = {
                p: 10 * len(probe.fingers[p] & held.fingers[p]) for p in probe.fingers.keys() & held.fingers.keys()
            }
            found.append(Likeness(sum(fingers.values()), fingers, len(fingers)))
        return found

    def zone(self, comparison: Likeness) -> str:
        return "strong" if comparison.score >= 100 else "review" if comparison.score >= 30 else "none"


def template(
    seed: int, *, positions: Sequence[int] = (1, 2), count: int = 6, extractor: str = "made-1/00"
) -> TenprintTemplate:
    """Fingers of nobody: minutiae drawn from a seed."""
    draw = random.Random(seed)
    fingers = []
    for position in positions:
        points = np.array(
            [(draw.randrange(400), draw.randrange(400), draw.randrange(65536), 1, 60) for _ in range(count)],
            dtype=MINUTIA,
        )
        fingers.append(FingerTemplate(position, Minutiae(in_order(points), 400, 400), 50, extractor))
    return TenprintTemplate(tuple(fingers))


EMPTY = TenprintTemplate((FingerTemplate(1, Minutiae(np.zeros(0, dtype=MINUTIA), 10, 10), 0, "made-1/00"),))


def authority(repository: str = "criminal", *, key: Key = GATE, **changes: object) -> SearchAuthority:
    """A booking authority as the gate signs it, with some fields changed before it is signed."""
    unsigned = SearchAuthority(
        id=AuthorityId(fresh()), repository=repository, purpose=BOOKING, issuer="gate", issued_at=AT,
        submission=SubmissionId(fresh()), gate_decision=EventId(fresh()),
    )  # fmt: skip
    unsigned = replace(unsigned, **changes)  # type: ignore[arg-type]
    return replace(unsigned, signature=key.sign(unsigned.signed_bytes()))


def make(root: Path) -> Path:
    """An empty served folder."""
    Gallery.create(root, repository="criminal", kind="served", issuers={"gate": GATE.public_key}, signer=REPOSITORY)
    return root


def reopen(root: Path, *, sealer: MemorySealer | None = None, matcher: SameMinutiae | None = None) -> Gallery:
    return Gallery.open(root, sealer=sealer or MemorySealer(), signer=REPOSITORY, matcher=matcher or SameMinutiae())


def person(number: int) -> PersonId:
    return PersonId(f"person-{number:026d}")


def enrol(gallery: Gallery, number: int, *, encounter: int = 0, seed: int | None = None) -> EncounterId:
    """Enrol template ``seed`` (the person's number unless given) as an encounter of a person; its key has the encounter's id."""
    name = EncounterId(f"encounter-{number:012d}-{encounter:09d}")
    gallery.enroll(person(number), name, template(number if seed is None else seed), key=KeyId(name))
    return name


def everything_in(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())


def copies(folder: Path, tmp_path: Path) -> Callable[[], Path]:
    """What makes a fresh copy of a folder, each time in the same place."""

    def copy() -> Path:
        again = tmp_path / "copy"
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(folder, again)
        return again

    return copy


def kill_at_step(step: int, work: Callable[[], None]) -> bool:
    """Run ``work`` in a child that dies before its ``step``-th change of the disk; True when it died, False when it finished."""
    child = os.fork()
    if child == 0:
        left = step

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return call

        for name in ("pwrite", "fsync", "link", "unlink", "replace", "rename", "ftruncate"):
            setattr(os, name, dying(getattr(os, name)))
        try:
            work()
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
