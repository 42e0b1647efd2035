"""The composition root: which store, which keys, which galleries, which clock. Nothing else composes a house."""

from __future__ import annotations

import fcntl
import functools
import os
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

from tenprint import __version__
from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log
from tenprint.clock import Clock, SystemClock
from tenprint.errors import LedgerCorrupt, UsageError
from tenprint.identify.extract.choice import extractor as extractor_named
from tenprint.identify.gallery.gallery import Gallery
from tenprint.identify.match.mcc import Matcher
from tenprint.ids import fresh_secret
from tenprint.infra.store.store import Store
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing
from tenprint.model.protocols import Extractor
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.workflow.adoption import adopt_programme
from tenprint.workflow.archive import Archive
from tenprint.workflow.house import GATE_KEY, LOG_KEY, STATISTICS_KEY, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.people import grant_first_operator, has_operator
from tenprint.workflow.ticker import expire_first
from tenprint.workflow.wallclock import own_clock

OPERATOR_TOKEN: Final = Path("keys") / "operator.key"
"""Where a new data directory keeps its first operator's credential: whoever may read the keys is the operator."""

ORIGIN: Final = "tenprint.invalid/log"
"""Origin line of a log that no operator has named yet; `.invalid` is reserved and resolves nowhere (RFC 2606)."""


def open_house(
    data: Path,
    *,
    clock: Clock | None = None,
    real_clock: Clock | None = None,
    extractor: str = "leader",
    programme: Path | None = None,
) -> House:
    """Open the programme in ``data``, making the directory, its keys, galleries, log and first operator on first use.

    clock: the programme's time (default real time, which no wall clock sets back; a rehearsal's data keep their own).
    programme: a folder of rules (default the shipped Secure Communities).
    Raises StoreError, GalleryCorrupt, LedgerCorrupt or RuleInvalid rather than start on what does not hold.
    """
    _keep_logs_plain()
    data.mkdir(parents=True, exist_ok=True)
    with (data / "set-up.lock").open("a") as setting_up:
        fcntl.flock(setting_up, fcntl.LOCK_EX)  # two commands on a new directory: one makes it, the other waits
        house = _compose(data, clock=clock, real_clock=real_clock, extractor=extractor, programme=programme)
        try:
            _set_up(house)
        except BaseException:
            house.close()
            raise
    return house


def open_archive(data: Path) -> Archive:
    """A data directory opened to be read: nothing is made, set up, migrated, logged or appended.

    Raises UsageError when it is none, StoreError when its database can't be read by this program.
    """
    missing = [name for name in ("tenprint.db", "keys", "objects") if not (data / name).exists()]
    if missing:
        raise UsageError(
            f"{data} is no data directory: it has no {', '.join(missing)}. Nothing was read. Give one with --data."
        )
    _keep_logs_plain()
    vault = FileVault(data / "objects", data / "keys")
    store = Store.open_to_read(data / "tenprint.db", sealer=vault)
    return Archive(root=data, store=store, programme=Programme.load(programme_root()), code_version=__version__)


def _compose(
    data: Path, *, clock: Clock | None, real_clock: Clock | None, extractor: str, programme: Path | None
) -> House:
    in_use = (data / "in-use.lock").open("a")
    fcntl.flock(in_use, fcntl.LOCK_SH)
    keys = KeyRing(data / "keys")
    vault = FileVault(data / "objects", data / "keys")
    rules = Programme.load(programme or programme_root())
    store = Store.open(f"sqlite:///{(data / 'tenprint.db').resolve()}", sealer=vault)
    gate = keys.signer(GATE_KEY, create=True)
    keys.signer(STATISTICS_KEY, create=True)
    keys.signer(LOG_KEY, create=True)
    matcher = Matcher()
    galleries = {}
    for name in rules.repositories:
        root = data / "gallery" / name
        signer = keys.signer(f"repository-{name}", create=True)
        if not (root / "manifest.json").exists():
            Gallery.create(root, repository=name, kind="served", issuers={GATE_KEY: gate.public_key}, signer=signer)
        galleries[name] = Gallery.open(root, sealer=vault, signer=signer, matcher=matcher)
    real = real_clock or SystemClock()
    return House(
        root=data, clock=clock or real_clock or _own_clock(store),
        real_clock=real, store=store, vault=vault, keys=keys, programme=rules, galleries=galleries,
        extractor=_lazy(extractor), origin=ORIGIN, code_version=__version__,
        in_use=in_use,
    )  # fmt: skip


def _own_clock(store: Store) -> Clock:
    with store.reader() as reader:
        return own_clock(reader)


def _set_up(house: House) -> None:
    """What a new directory still needs, what a killed process left to do, and what fell due while nobody ran."""
    log_signer = house.keys.signer(LOG_KEY)
    if not (house.ledger_root / "log.json").exists() and not any(house.ledger_root.glob("*")):
        Log.create(house.ledger_root, origin=ORIGIN, signer=log_signer)
    if not has_operator(house):
        _first_operator(house)
    adopt_programme(house)
    try:
        tell_log(house)
    except LedgerCorrupt:
        verify_folder(house.ledger_root, keys={ORIGIN: log_signer.public_key})  # names the file and place
        raise
    expire_first(house)


def _lazy(name: str) -> functools.partial[Extractor]:
    return functools.partial(_extractor, name)


@functools.cache
def _extractor(name: str) -> Extractor:
    return extractor_named(name)


def _first_operator(house: House) -> None:
    """Keep the first operator's credential where only the owner of the keys can read it, then register it.

    In this order: a credential whose registration a crash prevented is made anew; one that nobody kept would lock everybody out.
    """
    token = fresh_secret()
    handle = os.open(house.root / OPERATOR_TOKEN, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    grant_first_operator(house, token=token)


def _keep_logs_plain() -> None:
    """Log lines go to stderr as JSON; of an exception its type and place, never its text or a variable, which may hold a person."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_values(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    told = line.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told
    if isinstance(error, BaseException):
        line["exception"] = type(error).__name__
        line["frames"] = [
            f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
        ]
    return line
