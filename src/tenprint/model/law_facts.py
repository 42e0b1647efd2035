"""Facts that the instruments of the record ask about: levels and priorities, forms, and the laws of states and counties.

Rows of the glossary of `facts`: name, kind, what it says, source, choices, unit. Most are findings that a named person
must make; software infers none of them. A class in ``*.classes`` is a word of the instrument, given by a person.
"""

from __future__ import annotations

from typing import Final

_FINDING: Final = "a named person's finding"
_HISTORY: Final = "criminal history"
_CODED: Final = "coded by a named person"

LAW_FACTS: Final[tuple[tuple[str, ...], ...]] = (
    ("arrest.classes", "set", "Named classes of offences for which the person was arrested", _CODED),
    ("charge.classes", "set", "Named classes of offences charged", _CODED),
    ("charge.pending", "bool", "A criminal charge is not resolved", "criminal case"),
    ("charge.magistrate_finding", "bool", "A magistrate found probable cause of a listed felony", "criminal case"),
    ("admission.classes", "set", "Named classes of offences whose elements the person admitted", _FINDING),
    ("conviction.felonies_not_status", "int", "Felony convictions of which immigration status is no element", _HISTORY, "", "convictions"),
    ("conviction.misdemeanors_counted", "int",
     "Misdemeanour convictions of separate incidents, without minor traffic and status offences", _HISTORY, "", "convictions"),
    ("conviction.gang_element", "bool", "A conviction has active participation in a street gang as an element", _HISTORY),
    ("conviction.longest_custody_days", "int", "Longest time in custody imposed for one conviction", _HISTORY, "", "days"),
    ("bond.posted", "bool", "Bond was posted for the pending charge", "criminal case"),
    ("warrant.arrest_outstanding", "bool", "A criminal arrest warrant is outstanding", "warrant system"),
    ("warrant.federal_felony", "bool", "A federal warrant for a felony is outstanding", "warrant system"),
    ("transfer.judicial_probable_cause", "bool", "A judge found probable cause for the transfer", "court"),
    ("hold.probable_cause_found", "bool", "Probable cause for a new seizure was found apart from the detainer", "court or officer, with its record"),
    ("person.registries", "set", "Registries the person is on: sex_offender, arson", "registry"),
    ("person.known_gang_member", "bool", "Known to the agency as a gang member", _FINDING),
    ("person.watchlist_match", "bool", "Possible match of a terrorist watch-list", "watch-list, confirmed by a named person"),
    ("finding.reason_to_believe_removable", "bool", "An officer has reason to believe that the person is removable", _FINDING),
    ("finding.inadmissible", "bool", "An officer found the person inadmissible on a ground that the act names", _FINDING),
    ("finding.national_security", "bool", "Terrorism, espionage or another danger to national security", _FINDING),
    ("finding.gang_participation", "bool", "Intended participation in a criminal gang at 16 or older", _FINDING),
    ("finding.public_safety_risk", "bool", "A significant, or unacceptable, risk to public safety", _FINDING),
    ("finding.border_apprehension", "bool", "Apprehended at the border or a port while attempting unlawful entry", _FINDING),
    ("finding.recent_unlawful_entry", "bool", "A recent unlawful entry; how recent, no text here says", _FINDING),
    ("finding.obstructs_control", "bool", "Obstructs immigration control otherwise than by an order not complied with", _FINDING),
    ("finding.visa_abuse", "bool", "Significant abuse of a visa or of visa waiver", _FINDING),
    ("finding.immigration_fraud", "bool", "An immigration officer or judge found knowing immigration fraud", _FINDING),
    ("finding.chargeable_acts", "bool", "Acts that constitute a chargeable criminal offence, not charged", _FINDING),
    ("finding.misrepresentation", "bool", "Fraud or wilful misrepresentation in a matter before an agency", _FINDING),
    ("finding.benefits_abuse", "bool", "Abuse of a programme of public benefits", _FINDING),
    ("finding.other_risk", "bool", "An immigration officer judges the person otherwise a risk", _FINDING),
    ("entry.unlawful", "bool", "The last entry or re-entry was unlawful", "immigration record"),
    ("entry.present_since", "date", "Day since which continuous presence is shown", "immigration record"),
    ("entry.reentry_after_removal", "bool", "Re-entered unlawfully after a removal or return", "immigration record"),
    ("order.final", "bool", "A final order of removal is outstanding", "immigration record"),
    ("order.issued_on", "date", "Day on which the final order was issued", "immigration record"),
    ("order.not_complied", "bool", "Subject to a final order and has not complied with the duty to depart", "immigration record"),
    ("jurisdiction.local_law_allows_hold", "bool", "Local law and policy allow a hold on a detainer", "jurisdiction"),
    ("purpose.law_enforcement", "bool", "A legitimate law-enforcement purpose unrelated to civil immigration law, stated by a named person",
     _FINDING),
    ("exception.found", "bool", "An exception of the instrument that the rule does not carry was looked for and found", _FINDING),
)  # fmt: skip
"""Source of each row: the policies of domain 2, the forms of 3.2 and the atoms and instruments of 3.7."""
