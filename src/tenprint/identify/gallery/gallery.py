"""A persistent gallery: one folder for one repository, open in several processes at once.

Every operation takes the folder's lock (shared to read, exclusive to write), reads what others appended, then works.
What is acknowledged is durable; a process killed at any byte leaves a folder that opens. No biometric plaintext is on
disk. What it can't do: drop the prepared templates of *another* process before that process's next operation here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tenprint.errors import GalleryError, PersonUnknown, TemplateInvalid, UsageError
from tenprint.identify.gallery import compaction, durable, founding, manifest, permission
from tenprint.identify.gallery.authority_log import ATTEMPT, SETTLED, Entry
from tenprint.identify.gallery.candidates import Candidate, CandidateList, content_hash, listed
from tenprint.identify.gallery.comparing import Comparing
from tenprint.identify.gallery.fsck import fsck
from tenprint.identify.gallery.manifest import MANIFEST, SERVED, STUDY, Manifest
from tenprint.identify.gallery.open_folder import OpenFolder
from tenprint.identify.gallery.receipt import ERASED, ExpungeReceipt, signed
from tenprint.identify.gallery.records import Enrol, Expunge, payload, to_body
from tenprint.identify.gallery.study import StudyKey
from tenprint.ids import AuthorityId, EncounterId, KeyId, PersonId, fresh
from tenprint.model import authority as purposes
from tenprint.model.authority import SearchAuthority
from tenprint.model.prints import TenprintTemplate
from tenprint.model.protocols import Sealer, Signer

__all__ = ["Candidate", "CandidateList", "ExpungeReceipt", "Gallery", "fsck"]


class Gallery:
    """One repository's gallery. Safe to share between threads; threads compare side by side and wait only for writes.

    All methods raise GalleryCorrupt when a file does not check, GalleryBusy when another process holds the folder for
    over a minute, GalleryError when the disk refuses or the gallery is closed.
    """

    def __init__(self, folder: OpenFolder, *, sealer: Sealer, matcher: Comparing) -> None:
        """Use `open` or `study`."""
        self.root = folder.root
        self.repository = folder.manifest.repository
        self.kind = folder.manifest.kind
        self.matcher_version = folder.matcher_version
        self._folder = folder
        self._sealer = sealer
        self._matcher = matcher
        self._erasing = False  # an expungement waits for running searches; written under the folder's mutex

    @classmethod
    def create(cls, root: Path, *, repository: str, kind: str, issuers: Mapping[str, bytes], signer: Signer) -> None:
        """Make an empty gallery folder.

        kind:    ``served`` or ``study``; never changes. issuers: name -> raw Ed25519 public key (32 bytes) of each
                 accepted gate.
        signer:  the repository's own key; of a served repository it is never an issuer's.
        Raises:  UsageError when any of these is wrong or the folder holds a gallery already; nothing is changed then.
        """
        founding.found(root, repository=repository, kind=kind, issuers=issuers, signer=signer)

    @classmethod
    def open(cls, root: Path, *, sealer: Sealer, signer: Signer, matcher: Comparing, kind: str = SERVED) -> Gallery:
        """Open a folder and load its templates; finishes what a killed process left.

        kind: what the caller takes the folder for; a study folder is never opened as a served one.
        The matcher becomes the folder's: other processes that hold it open with another one must open it again.
        Raises GalleryError for another kind or another repository's signer, GalleryCorrupt when a file does not check.
        """
        content = manifest.load(root)
        stated = manifest.read(content)
        _check_kind(root, stated, kind)
        if signer.public_key != stated.public_key:
            raise GalleryError(
                f"{root} belongs to another key than {signer.name}. Nothing was opened. Use the key of "
                f"{stated.repository}."
            )
        folder = OpenFolder(root, sealer=sealer, signer=signer, matcher=matcher, content=content)
        with folder.mutex, durable.locked(root, exclusive=True):
            folder.take_over()
        return cls(folder, sealer=sealer, matcher=matcher)

    @classmethod
    def study(cls, root: Path, *, sealer: Sealer, matcher: Comparing) -> Gallery:
        """Open a folder for study, made on the first call: it keeps its own key, and `study_authority` issues for it.

        Raises as `open`.
        """
        root.mkdir(parents=True, exist_ok=True)
        made = (root / MANIFEST).exists()
        if made:
            _check_kind(root, manifest.read(manifest.load(root)), STUDY)
        key = StudyKey.kept_in(root)
        if not made:
            with suppress(UsageError):  # another notebook was faster
                cls.create(
                    root, repository=f"study/{root.name}", kind=STUDY, issuers={key.name: key.public_key}, signer=key
                )
        return cls.open(root, sealer=sealer, signer=key, matcher=matcher, kind=STUDY)

    def study_authority(self, reason: str, *, at: datetime) -> SearchAuthority:
        """A fresh authority for one search of this study folder. Raises AuthorityRefused in a served one."""
        if self.kind != STUDY:
            raise permission.refusal(
                f"{self.repository} is served and was asked to issue an authority to itself",
                "authorities of another party's key",
                "Ask the gate.",
            )
        unsigned = SearchAuthority(
            id=AuthorityId(fresh()),
            repository=self.repository,
            purpose=purposes.STUDY,
            issuer=self._folder.signer.name,
            issued_at=at,
            reason=reason,
        )
        return replace(unsigned, signature=self._folder.signer.sign(unsigned.signed_bytes()))

    @property
    def generation(self) -> int:
        """Grows by one with each enrolment and each expungement."""
        with self._folder.reading():
            return self._folder.holdings.generation

    def __len__(self) -> int:
        return len(self.persons())

    def persons(self) -> list[PersonId]:
        """Everyone who can be found here, by id."""
        with self._folder.reading():
            holdings = self._folder.holdings
            return sorted({held.person for encounter, held in holdings.live() if holdings.still_live(encounter)})

    def encounters(self) -> dict[EncounterId, PersonId]:
        """Every encounter that can be found here, and whose it is."""
        with self._folder.reading():
            holdings = self._folder.holdings
            return {encounter: held.person for encounter, held in holdings.live() if holdings.still_live(encounter)}

    def person_of(self, encounter: EncounterId) -> PersonId | None:
        """Under whom an encounter is enrolled here; None when it is not."""
        with self._folder.reading():
            return self._folder.holdings.holder(encounter)

    def has_encounter(self, encounter: EncounterId) -> bool:
        """Whether this encounter is enrolled and can be found; False once its key is destroyed."""
        with self._folder.reading():
            return self._folder.holdings.still_live(encounter)

    def enroll(self, person: PersonId, encounter: EncounterId, template: TenprintTemplate, *, key: KeyId) -> None:
        """Add an encounter of a person; the template is sealed under ``key``, which the caller has made.

        Durable on return. The same encounter again does nothing. Raises TemplateInvalid without minutiae or from
        another extractor family, PersonUnknown for a person expunged from here, KeyDestroyed, and GalleryError for an
        encounter held under someone else.
        """
        family = _family(template)
        if not (person and encounter and key) or family is None:
            raise TemplateInvalid(
                f"{self.repository}: encounter {encounter}: no finger has minutiae, or an id is empty. Nobody was "
                "enrolled."
            )
        with self._folder.writing():
            holder = self._folder.holdings.holder(encounter)
            if holder is not None and holder != person:
                raise GalleryError(
                    f"{self.repository}: encounter {encounter} is enrolled under another person. Nothing was "
                    "written. Expunge first."
                )
            if self._folder.holdings.was_expunged(person) or self._folder.holdings.was_expunged(PersonId(encounter)):
                raise PersonUnknown(
                    f"{self.repository}: person {person}, or this encounter, was expunged; an id is never used again [matching 4.5]. "
                    "Nobody was enrolled."
                )
            if holder is not None:
                return
            self._folder.accept_family(family)
            plain = payload(template, repository=self.repository, person=person, encounter=encounter)
            record = Enrol(
                person=person,
                encounter=encounter,
                key=key,
                sealed=self._sealer.seal_bytes(key, plain),
                generation=self._folder.holdings.generation + 1,
            )
            prepared = self._matcher.prepare(template)
            end = self._folder.holdings.file.append(to_body(record), end=self._folder.holdings.end)
            self._folder.holdings.admit(record, end=end, prepared=prepared)

    def expunge(self, person: PersonId) -> ExpungeReceipt:
        """Remove all encounters of a person: file bytes overwritten and compacted, prepared templates dropped.

        Durable on return. The same order again gives the receipt again. The keys are the vault's to destroy. Cost: the
        file is written anew. Raises PersonUnknown for someone who was never here.
        """
        held = partial(self._folder.holdings.encounters_of, person)
        return self._erase(lambda: person if held() else None, None, subject=person)

    def expunge_encounter(self, encounter: EncounterId) -> ExpungeReceipt:
        """Remove one encounter; other encounters of the person stay. As `expunge`; the receipt's subject is the encounter.

        The same order again gives the receipt again. Raises PersonUnknown for an encounter that was never here.
        """
        return self._erase(lambda: self._folder.holdings.holder(encounter), encounter, subject=PersonId(encounter))

    def refresh_sealed(self) -> None:
        """Let every process take in which encounters are sealed or unsealed now: the records are written anew, unchanged."""
        self._quietly(lambda: compaction.compact(self.root, repository=self.repository))

    def _quietly(self, work: Callable[[], None]) -> None:
        """While no comparison runs: do it, take in the records anew, and wipe what was dropped."""
        with self._folder.mutex:
            self._erasing = True
            try:
                self._folder.mutex.wait_for(lambda: self._folder.comparing == 0)
                with self._folder.writing():
                    work()
                    self._folder.holdings.refresh()
                    self._folder.write_checkpoint()
                    self._folder.holdings.wipe()
            finally:
                self._erasing = False
                self._folder.mutex.notify_all()

    def _erase(
        self, holder: Callable[[], PersonId | None], encounter: EncounterId | None, *, subject: PersonId
    ) -> ExpungeReceipt:
        def work() -> None:
            whose = holder()
            if whose is not None:
                decision = Expunge(person=whose, generation=self._folder.holdings.generation + 1, encounter=encounter)
                self._folder.holdings.file.append(to_body(decision), end=self._folder.holdings.end)
                compaction.compact(self.root, repository=self.repository)

        self._quietly(work)
        left = self._folder.holdings.was_expunged(subject)
        if left is None:
            raise PersonUnknown(
                f"{self.repository}: {subject} is not here. Nothing was removed. Check the id and repository."
            )
        receipt = ExpungeReceipt(
            repository=self.repository,
            subject=left.subject,
            encounters=left.encounters,
            generation=left.generation,
            what=ERASED,
            public_key=self._folder.signer.public_key,
        )
        return signed(receipt, self._folder.signer)

    def search(
        self, probe: TenprintTemplate, authority: SearchAuthority | None, *, at: datetime, limit: int = 20
    ) -> CandidateList:
        """Compare the probe with every encounter; the best ``limit`` persons, by score, then id, each with its zone.

        The authority is spent, durably, before the list is returned. A retry with the identical probe is a further
        attempt under it, until `settle`. A probe without minutiae gives an incomplete list. An empty gallery gives a
        complete, empty one. Raises AuthorityRefused, TemplateInvalid for a probe from another extractor family,
        UsageError for a limit below 1.
        """
        if limit < 1:
            raise UsageError(f"a list of {limit} candidates was asked for; 1 is the least. Nothing was searched.")
        if authority is None:
            raise permission.absent(self.repository)
        grant = permission.granted(authority, self._folder.manifest)
        digest, family = hashlib.sha256(probe.to_bytes()).hexdigest(), _family(probe)
        with self._folder.mutex:
            self._folder.mutex.wait_for(lambda: not self._erasing)
            with self._folder.reading():
                self._folder.log.check_attempt(authority.id, probe=digest, grant=grant)
                self._folder.check_family(family)
                live, generation = self._folder.holdings.live(), self._folder.holdings.generation
                hot = [held.prepared for _, held in live]
                self._folder.comparing += 1
        try:
            compared = self._compare(probe if family else None, hot)
        finally:
            del hot
            with self._folder.mutex:
                self._folder.comparing -= 1
                self._folder.mutex.notify_all()
        with self._folder.writing():
            attempt = self._folder.log.check_attempt(authority.id, probe=digest, grant=grant)
            pairs = (
                (held.person, encounter, one) for (encounter, held), one in zip(live, compared or [], strict=False)
            )
            found = CandidateList(
                repository=self.repository,
                authority=authority.id,
                generation=generation,
                matcher=self.matcher_version,
                searched=len(compared or []),
                complete=compared is not None and (not compared or any(one.common > 0 for one in compared)),
                candidates=listed(pairs, self._matcher, limit=limit, still_held=self._still_held),
                log_hash="",
                attempt=0,
            )
            entry = self._folder.log.append(
                Entry(
                    sequence=0,
                    kind=ATTEMPT,
                    authority=authority.id,
                    attempt=attempt,
                    at=at,
                    probe=digest,
                    generation=generation,
                    searched=found.searched,
                    results=len(found.candidates),
                    complete=found.complete,
                    result=content_hash(found),
                    issuer=authority.issuer,
                    grant=grant,
                    grant_signature=authority.signature,
                ),
                self._folder.signer,
            )
        return replace(found, log_hash=entry.hash, attempt=attempt)

    def settle(self, authority_id: AuthorityId, *, at: datetime) -> None:
        """The caller has durably recorded the result: no further attempt under this authority. Again does nothing.

        Raises AuthorityRefused for an authority that was never spent here.
        """
        with self._folder.writing():
            use = self._folder.log.uses.get(authority_id)
            if use is None:
                raise permission.refusal(
                    f"{self.repository}: authority {authority_id} was never spent here",
                    "settling what was searched",
                    "Search first.",
                )
            if not use.settled:
                entry = Entry(sequence=0, kind=SETTLED, authority=authority_id, attempt=use.attempts, at=at)
                self._folder.log.append(entry, self._folder.signer)

    def attempts(self, authority_id: AuthorityId) -> int:
        """How many searches were made under this authority; 0 when it was never spent here."""
        with self._folder.reading():
            use = self._folder.log.uses.get(authority_id)
            return use.attempts if use else 0

    def spent(self) -> list[Entry]:
        """Every attempt in order, read from disk with chain and all signatures verified. Raises GalleryCorrupt.

        The number of authorities spent is the number of entries with ``attempt == 1``.
        """
        return [entry for entry in self.entries() if entry.kind == ATTEMPT]

    def entries(self) -> list[Entry]:
        """The whole of authorities.log, attempts and settlements, verified as `spent`."""
        with self._folder.reading():
            return self._folder.log.verified()

    def close(self) -> None:
        """Drop all templates from memory; notes in the manifest how far the logs have come. Twice does nothing."""
        with self._folder.mutex:
            if self._folder.closed:
                return
            self._folder.mutex.wait_for(lambda: self._folder.comparing == 0)
            with suppress(GalleryError), self._folder.writing():  # without the checkpoint nothing acknowledged is lost
                self._folder.write_checkpoint()
            self._folder.holdings.forget()
            self._folder.holdings.wipe()
            self._folder.closed = True

    def _compare(self, probe: TenprintTemplate | None, hot: list[Any]) -> list[Any] | None:
        """One comparison for each, or None when the probe shows nothing that could be compared."""
        if probe is None:
            return None
        compared = list(self._matcher.search(self._matcher.prepare(probe), hot)) if hot else []
        if len(compared) != len(hot):
            raise GalleryError(
                f"the matcher {self.matcher_version} gave {len(compared)} comparisons for {len(hot)} encounters. "
                "Nothing was answered."
            )
        return compared

    def _still_held(self, person: PersonId, encounter: EncounterId) -> bool:
        return self._folder.holdings.holder(encounter) == person and self._folder.holdings.still_live(encounter)


def _family(template: TenprintTemplate) -> str | None:
    """The extractor's name and version without the hash, ``leader-1`` of ``leader-1/3f…``; None without minutiae.

    Raises TemplateInvalid when the fingers are of different families.
    """
    families = {finger.extractor.partition("/")[0] for finger in template.fingers if len(finger.minutiae)}
    if len(families) > 1:
        raise TemplateInvalid(
            f"fingers of different extractors ({', '.join(sorted(families))}) in one template; it was not used"
        )
    return families.pop() if families else None


def _check_kind(root: Path, stated: Manifest, kind: str) -> None:
    if stated.kind != kind:
        raise GalleryError(
            f"{root} is a {stated.kind} folder and was to be opened as {kind}. Allowed: each as what it was made for "
            "[design decision 1]. Nothing was opened. Study folders open with Gallery.study."
        )
