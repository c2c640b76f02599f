"""Re-votes, recounts and disputes: what is due, what is overdue, and the result of each."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.polling.disputes import as_known
from analytics.reports.review.replay import counted_on
from data.polling.disputes import dispute_id, save_dispute
from data.store.engine import Store
from services.dataset import Dataset
from services.texts import day, label, number, text
from services.wording import link

CATEGORIES = ("psu", "hitung_ulang", "sengketa")
"""Categories of reports that may belong to a dispute."""
STATE_COLOUR = {
    "lewat_tenggat": "#d55e00",
    "menunggu": "#e69f00",
    "direkomendasikan": "#0072b2",
    "terlaksana": "#009e73",
    "selesai": "#536773",
    "tanpa_tanggal": "#9aa7b0",
}


@dataclass(frozen=True, eq=False)
class Tracker:
    """What the page draws.

    Attributes
    ----------
    rows
        Disputes as known on the day; see `analytics.polling.disputes.as_known`.
    reports
        Reports of the kind as known on the day, newest first, to be looked through for more.
    """

    as_of: date
    rows: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)

    def count(self, state: str) -> int:
        """Return how many disputes are in a state."""
        return int(self.rows["state"].eq(state).sum())


def tracker(data: Dataset, election: str, as_of: date) -> Tracker:
    """Return the disputes of an election as known on a day."""
    rows = data.read("disputes")
    rows = rows[rows["election"].eq(election)].reset_index(drop=True)
    reports = data.reports
    voting = data.elections.set_index("election")["voting_date"]
    start = voting[election]
    later = voting[voting > start].min()
    happened = reports["date_event"]
    kept = (
        reports["category"].isin(CATEGORIES)
        & happened.ge(start)
        & happened.le(pd.Timestamp(as_of))
        & counted_on(reports, as_of)
        & (happened.lt(later) if pd.notna(later) else True)
    )
    found = reports[kept].sort_values("date_event", ascending=False, kind="stable")
    return Tracker(as_of, as_known(rows, as_of), found)


def elections_with(data: Dataset, as_of: date) -> list[str]:
    """Return the elections of which a dispute is on record by a day."""
    rows = as_known(data.read("disputes"), as_of)
    return [str(name) for name in rows["election"].unique()]


def place_words(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return where a dispute, a ``row`` of the table `disputes`, is: TPS if one, and the unit."""
    place = data.place_names.get(str(row["unit_code"]), str(row["unit_code"]))
    if isinstance(row["tps_id"], str):
        return text("dispute.tps", lang, tps=row["tps_id"].rpartition("/")[2], place=place)
    return place


def dispute_items(found: Tracker, data: Dataset, lang: str) -> list[str]:
    """Return each dispute as HTML: state, kind, place, its five steps, and the source."""
    return [_item(row, data, lang) for _, row in found.rows.iterrows()]


_STEP_WORDS = {
    "recommended_date": "dispute.recommended",
    "decided_date": "dispute.decided",
    "legal_deadline": "dispute.deadline",
    "held_date": "dispute.held",
}


def _item(row: pd.Series, data: Dataset, lang: str) -> str:
    state = str(row["state"])
    steps = {
        name: text(key, lang, day=day(row[name], lang, "short"))
        for name, key in _STEP_WORDS.items()
        # A dispute is ruled on; it need be neither recommended nor held.
        if row["kind"] != "sengketa" or pd.notna(row[name])
    }
    if pd.notna(row["days_left"]):
        left = int(row["days_left"])
        key = "dispute.overdue" if left < 0 else "dispute.left"
        steps["legal_deadline"] += f" ({text(key, lang, n=number(abs(left), lang))})"
    if bool(row["held_late"]):
        steps["held_date"] += f" ({text('dispute.late', lang)})"
    notes = [str(row[name]) for name in ("result", "legal_basis", "note") if _has(row[name])]
    return (
        f'<span class="sb-tag" style="--c:{STATE_COLOUR[state]}">'
        f"{html.escape(label('dispute_state', state, lang))}</span>"
        f"<b>{html.escape(label('dispute_kind', row['kind'], lang))}</b> · "
        f"{html.escape(place_words(row, data, lang))}<br>"
        f"{html.escape(' → '.join(steps.values()))}"
        + "".join(f"<br>{html.escape(note)}" for note in notes)
        + f'<br><span class="sb-note">{_source(row, data, lang)}</span>'
    )


def _has(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _source(row: pd.Series, data: Dataset, lang: str) -> str:
    if _has(row["source_id"]):
        url = data.source_urls.get(str(row["source_id"]))
        return link(url, str(data.publishers.get(str(row["source_id"])) or url))
    if _has(row["source_text"]):
        return html.escape(str(row["source_text"]))
    return html.escape(text("report.no_source", lang))


def dispute_table(found: Tracker, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the disputes for a spreadsheet."""
    rows = found.rows
    columns: dict[str, Any] = {
        "state": [label("dispute_state", state, lang) for state in rows["state"]],
        "kind": [label("dispute_kind", kind, lang) for kind in rows["kind"]],
        "place": [place_words(row, data, lang) for _, row in rows.iterrows()],
        "recommended_date": rows["recommended_date"],
        "decided_date": rows["decided_date"],
        "legal_deadline": rows["legal_deadline"],
        "days_left": rows["days_left"],
        "legal_basis": rows["legal_basis"],
        "held_date": rows["held_date"],
        "result": rows["result"],
        "note": rows["note"],
        "source": rows["source_id"].map(data.source_urls).fillna(rows["source_text"]),
    }
    return pd.DataFrame(
        {label("dispute_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


def keep_dispute(store: Store, row: dict[str, Any]) -> None:
    """Keep one dispute; see `data.polling.disputes.save_dispute`. A new one gets its key here."""
    key = row.get("dispute_id") or dispute_id(
        row["election"], row["kind"], row["unit_code"], row.get("tps_id")
    )
    save_dispute(store, {**row, "dispute_id": key})


def stored_row(data: Dataset, key: str) -> dict[str, Any]:
    """Return one dispute as it is stored, missing values as None and dates as dates."""
    rows = data.read("disputes").set_index("dispute_id", drop=False)
    row = rows.loc[key]
    out: dict[str, Any] = {}
    for name, value in row.items():
        plain: Any = None if pd.isna(value) else value
        out[str(name)] = plain.date() if isinstance(plain, pd.Timestamp) else plain
    return out


def tps_of(election: str, unit_code: str, number_text: str) -> str | None:
    """Return the id of a station typed by its number; None where none was typed."""
    digits = number_text.strip()
    if not digits:
        return None
    plain = f"{int(digits):03d}" if digits.isdigit() else digits
    return f"{election}/{unit_code}/{plain}"
