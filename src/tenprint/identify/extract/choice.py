"""The extractors that there are, by the name that the command line and settings use."""

from __future__ import annotations

from tenprint.errors import UsageError
from tenprint.identify.extract.leader import LeaderExtractor
from tenprint.identify.extract.leader_fast import LeaderFastExtractor
from tenprint.identify.extract.mindtct import MindtctExtractor
from tenprint.model.protocols import Extractor

EXTRACTORS = ("leader", "leader-fast", "mindtct", "leader-onnx")
"""Names that `extractor` takes; the first is the default: the most accurate. The last is its reference, several times slower.
"""


def extractor(name: str = EXTRACTORS[0]) -> Extractor:
    """The installed extractor of that name, ready to use from several threads, one CPU thread for each image.

    ``leader@avx2``, and so on for `leader.kinds`, is the engine with those loops: for measuring.
    Raises: UsageError for another name; ModelMissing, with what to run, when it is not installed.
    """
    family, _, kind = name.partition("@")
    match name if family != "leader" else family:
        case "leader":
            return LeaderExtractor(kind=kind or "auto")
        case "leader-fast":
            return LeaderFastExtractor()
        case "mindtct":
            return MindtctExtractor()
        case "leader-onnx":
            from tenprint.identify.extract.leader_onnx import LeaderOnnxExtractor  # a second to load, for few

            return LeaderOnnxExtractor()
        case _:
            raise UsageError(
                f"no extractor is called {name!r}; there are {', '.join(EXTRACTORS)}. Nothing was extracted."
            )
