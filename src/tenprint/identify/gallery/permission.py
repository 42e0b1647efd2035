"""May this authority open this repository? Whether it was used before is the log's to say.

Design decision 1: no search without an authority, signed by another party than the repository, for one repository,
used once.
"""

from __future__ import annotations

from tenprint.errors import AuthorityRefused
from tenprint.identify.gallery.manifest import SERVED, Manifest, verified
from tenprint.model import authority as purposes
from tenprint.model.authority import SearchAuthority


def refusal(what: str, allowed: str, next_step: str) -> AuthorityRefused:
    """The error for a search that may not be made, in the order found, allowed, what was not done, next step."""
    return AuthorityRefused(f"{what}. Allowed: {allowed} [design decision 1]. Nothing was searched. {next_step}")


def absent(repository: str) -> AuthorityRefused:
    """The error for a search without any authority."""
    return refusal(
        f"{repository}: no search authority was given",
        "one authority for each search",
        "Ask the gate for an authority.",
    )


def granted(authority: SearchAuthority, manifest: Manifest) -> bytes:
    """The bytes the issuer signed, when ``authority`` opens the manifest's repository. Raises AuthorityRefused."""
    repository = manifest.repository
    if authority.repository != repository:
        raise refusal(
            f"{repository}: authority {authority.id} is for the repository {authority.repository}",
            "its own repository only",
            "Ask the gate for an authority for this repository.",
        )
    key = manifest.issuers.get(authority.issuer)
    if key is None:
        raise refusal(
            f"{repository}: authority {authority.id} names the issuer {authority.issuer!r}",
            f"the issuers of the manifest ({', '.join(sorted(manifest.issuers))})",
            "Ask one of them.",
        )
    try:
        signed = authority.signed_bytes()
    except (ValueError, TypeError) as error:
        raise refusal(
            f"{repository}: authority {authority.id} has no canonical form ({error})",
            "aware times, texts and ids",
            "Issue it anew.",
        ) from error
    if not verified(key, authority.signature, signed):
        raise refusal(
            f"{repository}: the signature of authority {authority.id} does not hold under the key {authority.issuer}",
            "authorities as their issuer signed them",
            "Ask the issuer for a new one; find out who changed this one.",
        )
    _check_purpose(authority, manifest)
    return signed


def _check_purpose(authority: SearchAuthority, manifest: Manifest) -> None:
    where = f"{manifest.repository}: authority {authority.id}"
    if (authority.purpose == purposes.STUDY) == (manifest.kind == SERVED):
        raise refusal(
            f"{where} is for the purpose {authority.purpose!r}, the folder is {manifest.kind}",
            "purpose study in study folders, and only there",
            "Search the folder that the purpose is for.",
        )
    if authority.purpose == purposes.BOOKING and not (authority.submission and authority.gate_decision):
        raise refusal(
            f"{where} is for a booking but names no submission and gate decision",
            "a booking authority with both",
            "Take the submission through the gate.",
        )
    if not authority.purpose or (authority.purpose not in {purposes.BOOKING, purposes.STUDY} and not authority.reason):
        raise refusal(
            f"{where} is for the purpose {authority.purpose!r} and gives no reason",
            "a named purpose with its logged reason",
            "Log the reason and issue the authority anew.",
        )
