"""What copying the police's published shares would mean: a what-if that nothing else uses."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from analytics.class_shares import shares_what_if
from analytics.dates import day as day_of
from services.risk_build import RiskView
from services.texts import day, label, number, text

RANKED_CLASSES = ("sangat_rawan", "rawan", "kurang_rawan")
"""From the gravest; "khusus" is a kind of place and ranks nothing."""


@dataclass(frozen=True, eq=False)
class SharesWhatIf:
    """Published shares laid over a ranking.

    Attributes
    ----------
    view
        The ranking.
    election, published
        Whose shares, and since when they are known.
    rows
        Of `analytics.class_shares.shares_what_if`.
    known
        TPS of which the index is known.
    url
        The page.
    """

    view: RiskView = field(repr=False)
    election: str
    published: pd.Timestamp
    rows: pd.DataFrame = field(repr=False)
    known: int
    url: str


def published_shares(view: RiskView) -> pd.DataFrame:
    """Return the newest totals of the province that name every class, as known on the day."""
    rows = view.data.store.read("class_totals")
    rows = rows[rows["level"].eq("provinsi") & rows["kelas"].isin(RANKED_CLASSES)]
    rows = rows[rows["date"].le(day_of(view.as_of))]
    whole = rows.groupby("election")["kelas"].transform("nunique").eq(len(RANKED_CLASSES))
    rows = rows[whole]
    return rows[rows["date"].eq(rows["date"].max())]


def what_if(view: RiskView, index: str = "keamanan") -> SharesWhatIf | None:
    """Return what the published shares would cut out of a ranking.

    None without TPS, or when no shares were published by the day of the view.
    """
    rows = published_shares(view)
    if rows.empty or view.tps.empty:
        return None
    counts = rows.set_index("kelas")["count"].reindex(list(RANKED_CLASSES)).astype(int).to_dict()
    values = view.tps[f"indeks_{index}"]
    return SharesWhatIf(
        view,
        str(rows["election"].iloc[0]),
        rows["date"].iloc[0],
        shares_what_if(values, counts),
        int(values.notna().sum()),
        str(view.data.source_urls.get(rows["source_id"].iloc[0], "")),
    )


def shares_words(found: SharesWhatIf, lang: str) -> str:
    """Return whose shares they are and what they are laid over."""
    return text(
        "coverage.shares_of",
        lang,
        election=label("election", found.election, lang),
        day=day(found.published, lang),
        n=number(len(found.view.tps), lang),
        known=number(found.known, lang),
    )


def shares_table(found: SharesWhatIf, lang: str) -> pd.DataFrame:
    """Return the shares and where they would cut."""
    rows = found.rows
    return pd.DataFrame(
        {
            text("coverage.shares_class", lang): [label("kelas", k, lang) for k in rows.index],
            text("coverage.shares_published", lang): rows["published"].to_numpy(),
            text("coverage.shares_share", lang): [
                number(100 * share, lang, 2) for share in rows["share"]
            ],
            text("coverage.shares_tps", lang): rows["tps"].to_numpy(),
            text("coverage.shares_border", lang): [
                number(value, lang, 3) for value in rows["border"]
            ],
            text("coverage.shares_tied", lang): rows["tied"].to_numpy(),
        }
    )
