"""How many people the vote takes, and how many are known to be there."""

from __future__ import annotations

from datetime import date

from services.briefing.facts.plain import Facts, both, plain
from services.dataset import Dataset
from services.people.tables import nothing_to_count, personnel_head, whatif_sentence
from services.people.teams import PersonnelAsked, personnel_view
from services.risk.index import risk_view


def people(data: Dataset, as_of: date, election: str) -> Facts:
    """Return police and linmas by kabupaten as the page of the same name has them; or why not."""
    view = risk_view(data, election, as_of)
    asked = PersonnelAsked()
    if view.note:
        return {"election": election, "note": view.note, "units": []}
    found = personnel_view(data, election, as_of, view, asked)
    if nothing_to_count(found):
        return {"election": election, "note": "personel.none", "units": []}
    columns = ("tps", "teams", "police", "linmas", "available", "short")
    units = [
        {"code": str(code), "name": str(data.names[str(code)])}
        | {c: plain(row[c]) for c in columns if c in row}
        for code, row in found.kabupaten.to_dict("index").items()
    ]
    assumed = whatif_sentence(found, asked, "id") is not None
    return {
        "election": election,
        "note": None,
        "finding": both(lambda lang: personnel_head(found, lang)),
        "assumed": both(lambda lang: whatif_sentence(found, asked, lang) or "")
        if assumed
        else None,
        "simulated": bool(view.simulation),
        "units": units,
    }
