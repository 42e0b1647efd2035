"""The composition root: which store, which keys, which galleries, which clock. Nothing else composes a house."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Final

from tenprint import __version__
from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log
from tenprint.clock import Clock, SystemClock
from tenprint.errors import LedgerCorrupt
from tenprint.identify.extract.choice import extractor as extractor_named
from tenprint.identify.gallery.gallery import Gallery
from tenprint.identify.match.mcc import Matcher
from tenprint.infra.store.store import Store
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing
from tenprint.model.protocols import Extractor
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.workflow.adoption import adopt_programme
from tenprint.workflow.house import GATE_KEY, LOG_KEY, STATISTICS_KEY, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.people import grant_first_operator

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

    clock: the programme's time (default real time). programme: a folder of rules (default the shipped Secure Communities).
    Raises StoreError, GalleryCorrupt, LedgerCorrupt or RuleInvalid rather than start on what does not hold.
    """
    data.mkdir(parents=True, exist_ok=True)
    keys = KeyRing(data / "keys")
    vault = FileVault(data / "objects", data / "keys")
    rules = Programme.load(programme or programme_root())
    store = Store.open(f"sqlite:///{(data / 'tenprint.db').resolve()}", sealer=vault)
    gate = keys.signer(GATE_KEY, create=True)
    keys.signer(STATISTICS_KEY, create=True)
    log_signer = keys.signer(LOG_KEY, create=True)
    matcher = Matcher()
    galleries = {}
    for name in rules.repositories:
        root = data / "gallery" / name
        signer = keys.signer(f"repository-{name}", create=True)
        if not (root / "manifest.json").exists():
            Gallery.create(root, repository=name, kind="served", issuers={GATE_KEY: gate.public_key}, signer=signer)
        galleries[name] = Gallery.open(root, sealer=vault, signer=signer, matcher=matcher)
    real = real_clock or SystemClock()
    house = House(
        root=data, clock=clock or real, real_clock=real, store=store, vault=vault, keys=keys, programme=rules, galleries=galleries,
        extractor=_lazy(extractor), origin=ORIGIN, code_version=__version__,
    )  # fmt: skip
    if not (house.ledger_root / "log.json").exists() and not any(house.ledger_root.glob("*")):
        Log.create(house.ledger_root, origin=ORIGIN, signer=log_signer)
    if not (data / OPERATOR_TOKEN).exists():
        _first_operator(house)
    adopt_programme(house)
    try:
        tell_log(house)
    except LedgerCorrupt:
        verify_folder(house.ledger_root, keys={ORIGIN: log_signer.public_key})  # names the file and place
        raise
    return house


def _lazy(name: str) -> functools.partial[Extractor]:
    return functools.partial(_extractor, name)


@functools.cache
def _extractor(name: str) -> Extractor:
    return extractor_named(name)


def _first_operator(house: House) -> None:
    """Keep the first operator's credential where only the owner of the keys can read it."""
    granted = grant_first_operator(house)
    path = house.root / OPERATOR_TOKEN
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(granted.token + "\n")
