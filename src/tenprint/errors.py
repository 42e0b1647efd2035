"""Every error tenprint raises on purpose, in one tree.

    TenprintError
    ├── UsageError                      the command or call itself is wrong
    ├── ExchangeError                   a transaction can't be read, or breaks the rules of its edition
    │   ├── FileTruncated               the bytes end before the record says they do
    │   ├── RecordLengthWrong           LEN disagrees with the record that follows
    │   ├── RecordUnparseable           separators, tags or order are not those of the encoding
    │   ├── FieldCountWrong             a field repeats too often, or has too many or few items
    │   ├── FieldMissing                a mandatory field is absent
    │   ├── FieldInvalid                a value is outside its pattern, length or code list
    │   ├── FieldsInconsistent          two fields contradict each other
    │   ├── UnknownTransactionType      1.004 TOT is not in the edition's list
    │   ├── TransactionNotAuthorized    a real transaction type, but not one this door takes
    │   ├── UnknownAgency               an ORI that nobody has registered
    │   ├── DuplicateTransaction        same (ORI, TCN), other content
    │   └── FileTooLarge                more bytes, records or fields than are read at all
    ├── IdentifyError
    │   ├── ImageTooLarge               the claimed pixel count is over the limit (checked before allocation)
    │   ├── ImageUnreadable             the bytes are not an image of the kind they claim
    │   ├── ResolutionUnusable          no usable scanning resolution
    │   ├── ModelMissing                the extractor's weights are not installed, or not the expected ones
    │   ├── ExtractionFailed            the extractor itself failed on a readable image
    │   ├── TemplateInvalid             a template record is damaged, or from another extractor or code book
    │   ├── AuthorityRefused            no, spent, foreign, expired or wrongly signed search authority
    │   └── GalleryError
    │       ├── GalleryCorrupt          a checksum, manifest or log of the gallery folder does not hold
    │       ├── GalleryBusy             another process has the folder open for writing
    │       └── PersonUnknown           no such person, or encounter, in this repository
    ├── ReferError
    │   ├── NoRuleInForce               no rule answers the question on that day
    │   ├── RulesConflict               two rules in force disagree
    │   ├── RuleInvalid                 a rule or case file breaks the rule language
    │   ├── FactInvalid                 a fact outside the glossary, or of the wrong type
    │   └── LevelsNotComparable         levels of different policies were compared or added
    ├── AccountError
    │   ├── LedgerCorrupt               a tile, entry or checkpoint does not hold
    │   ├── LedgerForked                the log would have to change what it already promised
    │   ├── CheckpointInvalid           a signed note does not verify
    │   ├── ProofInvalid                an inclusion or consistency proof does not verify
    │   └── ReleaseInvalid              a released file, statement or count does not verify
    └── InfraError
        ├── StoreError                  the database refused, or holds what it can't hold
        │   ├── StreamMoved             somebody else wrote to the stream first: load again and decide again
        │   └── NotFound                no such submission, case, actor or record
        ├── ObjectMissing               an encrypted object is gone though its key is not
        ├── ObjectDamaged               an encrypted object does not authenticate
        ├── KeyDestroyed                expunged: the key was destroyed on purpose
        ├── KeySealed                   sealed by law: only a court reader with an order opens it
        ├── KeyMissing                  a key is not there, and nobody destroyed it
        └── AccessError
            ├── NotAuthenticated        no actor, or a credential that is not valid
            ├── NotPermitted            this actor may not do this, here, for this purpose
            └── TooManyAttempts         sign-in was tried too often; wait

A refusal that the law or a rule asks for is a value, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a transaction: what the sender needs to find the fault.

    record_type is the ITL record type (1, 2, 4, 14 …), record_index counts records from 0 in file order,
    field is the number after the dot (14.013 -> 13), byte_offset counts from the start of the file.
    """

    record_type: int | None = None
    record_index: int | None = None
    field: int | None = None
    byte_offset: int | None = None

    @property
    def tag(self) -> str | None:
        """The field as the standard writes it, such as ``2.073``; None when no field is known."""
        if self.record_type is None or self.field is None:
            return None
        return f"{self.record_type}.{self.field:03d}"

    def __str__(self) -> str:
        parts = []
        if self.tag:
            parts.append(f"field {self.tag}")
        elif self.record_type is not None:
            parts.append(f"Type-{self.record_type} record")
        if self.record_index is not None:
            parts.append(f"record {self.record_index + 1} of the file")
        if self.byte_offset is not None:
            parts.append(f"byte {self.byte_offset}")
        return ", ".join(parts) or "the file"


class TenprintError(Exception):
    """Root of every error tenprint raises on purpose. ``str(error)`` is one sentence or more for the person who can act."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL"


class UsageError(TenprintError):
    """The command or call itself is wrong; nothing was done."""

    exit_code = 2
    http_status = 400
    code = "USAGE"


class ExchangeError(TenprintError):
    """A transaction can't be read, or breaks the rules of its edition. Nothing of it was taken in.

    Parts, in order: where, found, allowed [source], what was not done, what to do next. All but ``where`` are texts;
    ``code`` is the EFTS Appendix M message code where one is known (E0001 …), so that an ERRT can be built from data.
    """

    exit_code = 3
    http_status = 422
    code = "E0004"

    def __init__(
        self,
        found: str,
        *,
        where: Where | None = None,
        allowed: str = "",
        source: str = "",
        next_step: str = "Correct the file and send it again under a new TCN.",
    ) -> None:
        self.found = found
        self.where = where or Where()
        self.allowed = allowed
        self.source = source
        self.next_step = next_step
        cite = f" [{source}]" if source else ""
        want = f" Allowed: {allowed}{cite}." if allowed else cite
        super().__init__(f"{self.where}: {found}.{want} Nothing of this transaction was taken in. {next_step}")


class FileTruncated(ExchangeError):
    """The bytes end before the record says they do."""


class RecordLengthWrong(ExchangeError):
    """LEN (x.001) disagrees with the record that follows."""


class RecordUnparseable(ExchangeError):
    """Separators, tags or record order are not those of the traditional encoding."""


class FieldCountWrong(ExchangeError):
    """A field repeats too often, or a subfield has too many or too few items."""

    code = "E0005"


class FieldMissing(ExchangeError):
    """A mandatory field is absent or empty."""

    code = "E0001"


class FieldInvalid(ExchangeError):
    """A value is outside its pattern, length, range or code list."""

    code = "E0002"


class FieldsInconsistent(ExchangeError):
    """Two fields contradict each other."""

    code = "E0006"


class UnknownTransactionType(ExchangeError):
    """1.004 TOT is not in the edition's list."""

    code = "E0002"


class TransactionNotAuthorized(ExchangeError):
    """A real transaction type, but not one that this door takes (civil, latent, response …)."""

    code = "A0004"


class UnknownAgency(ExchangeError):
    """An originating or controlling agency that nobody has registered here."""

    code = "E0002"
    http_status = 403


class DuplicateTransaction(ExchangeError):
    """The (ORI, TCN) is already taken by a transaction with other content."""

    code = "E0002"
    http_status = 409


class FileTooLarge(ExchangeError):
    """More bytes, records, fields or repeats than are read at all."""

    http_status = 413


class IdentifyError(TenprintError):
    """An image or template can't be used, or a gallery can't serve. ``where`` is set once a transaction's record is known."""

    exit_code = 4
    http_status = 422
    code = "L0008"

    def __init__(self, message: str, *, where: Where | None = None) -> None:
        self.where = where or Where()
        super().__init__(message)


class ImageTooLarge(IdentifyError):
    """The claimed pixel count is over the limit; refused before any allocation."""

    code = "E0003"


class ImageUnreadable(IdentifyError):
    """The bytes are not an image of the kind they claim."""

    code = "E0002"


class ResolutionUnusable(IdentifyError):
    """No scanning resolution is declared, or it is outside what can be resampled honestly."""

    code = "E0003"


class ModelMissing(IdentifyError):
    """The extractor's weights are not installed, or their hash is not the expected one."""

    http_status = 503


class ExtractionFailed(IdentifyError):
    """The extractor itself failed on a readable image."""


class TemplateInvalid(IdentifyError):
    """A template record is damaged, or made by another extractor or code book."""


class AuthorityRefused(IdentifyError):
    """No search authority, or one that is spent, foreign, for another repository, or wrongly signed. Nothing was searched."""

    http_status = 403
    code = "A0004"


class GalleryError(IdentifyError):
    """A gallery folder can't serve."""

    http_status = 503


class GalleryCorrupt(GalleryError):
    """A checksum, manifest or log of the gallery folder does not hold."""


class GalleryBusy(GalleryError):
    """Another process has the folder open for writing."""


class PersonUnknown(GalleryError):
    """No such person or encounter in this repository."""

    http_status = 404


class ReferError(TenprintError):
    """A rule can't be read or applied. The case waits for a person."""

    exit_code = 5
    http_status = 409


class NoRuleInForce(ReferError):
    """No rule answers the question on that day. Nothing is decided; silence is never "no"."""


class RulesConflict(ReferError):
    """Two rules in force disagree. Both are named; nothing is decided."""


class RuleInvalid(ReferError):
    """A rule, case or participation file breaks the rule language."""


class FactInvalid(ReferError):
    """A fact outside the glossary, or a value of the wrong type."""


class LevelsNotComparable(ReferError):
    """Levels of different policies, versions or bases were compared or added."""


class AccountError(TenprintError):
    """The log, a proof or a release does not verify."""

    exit_code = 6


class LedgerCorrupt(AccountError):
    """A tile, entry bundle or checkpoint on disk does not hold."""


class LedgerForked(AccountError):
    """The log would have to change what it has already signed."""


class CheckpointInvalid(AccountError):
    """A signed note does not parse, or no trusted signature verifies."""


class ProofInvalid(AccountError):
    """An inclusion or consistency proof does not verify."""


class ReleaseInvalid(AccountError):
    """A released file, its statement or one of its counts does not verify."""


class InfraError(TenprintError):
    """Storage, keys or access failed."""

    exit_code = 7


class StoreError(InfraError):
    """The database refused, or holds what it can't hold."""


class StreamMoved(StoreError):
    """Somebody else wrote to the stream first: load it again and decide again."""

    http_status = 409


class NotFound(StoreError):
    """No such submission, case, actor or record."""

    http_status = 404


class ObjectMissing(InfraError):
    """An encrypted object is gone though its key is not."""


class ObjectDamaged(InfraError):
    """An encrypted object does not authenticate under its key."""


class KeyDestroyed(InfraError):
    """Expunged: the key was destroyed on purpose; what it sealed can't be read by anyone."""

    http_status = 410


class KeySealed(InfraError):
    """Sealed by law: the key is held back; only a court's order, acted on by a court reader, opens what it sealed."""

    http_status = 403


class KeyMissing(InfraError):
    """A key is not there, and nobody destroyed it: never made, or lost. Restore the key backup before going on."""


class AccessError(InfraError):
    """Who asked may not have this."""

    exit_code = 8


class NotAuthenticated(AccessError):
    """No actor, or a credential that is not valid."""

    http_status = 401


class NotPermitted(AccessError):
    """The actor may not do this, here, for this purpose."""

    http_status = 403


class TooManyAttempts(AccessError):
    """Sign-in was tried too often for one name or from one address. Nothing was checked; wait and try again."""

    http_status = 429
