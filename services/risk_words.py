"""The reasons of a TPS as sentences."""

from __future__ import annotations

import pandas as pd

from analytics.risk_params import INDICES, NOT_ENOUGH
from services.risk_build import RiskView
from services.risk_explain import Changes, Explanation, unit_changes
from services.texts import DEFAULT_LANGUAGE, day, label, number, text

__all__ = ["change_lines", "headline", "reason_lines", "summary_lines", "unknown_line"]


def summary_lines(view: RiskView, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return what a view says as a whole: places per tier of each index, and how sure."""
    table = view.tps if view.level == "tps" else view.kabupaten
    lines = [text(view.note, lang)] if view.note else []
    if view.simulation:
        lines.insert(0, text("risk.simulation", lang))
    for name in INDICES:
        counts = table[f"tier_{name}"].value_counts()
        tiers = ", ".join(f"{label('risk_tier', key, lang)} {number(n, lang)}"
                          for key, n in counts.items())  # fmt: skip
        ranked = table[f"tier_{name}"].ne(NOT_ENOUGH)
        unsure = int((ranked & ~table[f"stabil_{name}"]).sum())
        lines.append(
            text("risk.summary", lang, index=label("risk_index", name, lang), tiers=tiers,
                 unstable=number(unsure, lang))
        )  # fmt: skip
    return lines


def headline(found: Explanation, name: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return one index of a place with its range and tier."""
    row = found.row
    return text(
        "risk.headline", lang,
        index=label("risk_index", name, lang), value=number(row[f"indeks_{name}"], lang, 3),
        low=number(row[f"{name}_low"], lang, 3), high=number(row[f"{name}_high"], lang, 3),
        tier=label("risk_tier", row[f"tier_{name}"], lang),
    )  # fmt: skip


def reason_lines(found: Explanation, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return the reasons of a place, one a line: contributions, reports, what is unknown."""
    lines = []
    for name in INDICES:
        lines.append(headline(found, name, lang))
        own = found.contributions[found.contributions["index"].eq(name)]
        known = own[own["contribution"].notna()]
        for row in known.sort_values("contribution", ascending=False).itertuples():
            lines.append(
                text("risk.contribution", lang, component=label("risk_component", row.component,
                     lang), value=number(row.contribution, lang, 3))
            )  # fmt: skip
            if name == "keamanan":
                lines += _report_lines(found.reports, str(row.component), lang)
        unknown = found.unknown[found.unknown["index"].eq(name)]
        lines += [unknown_line(row, lang) for _, row in unknown.iterrows()]
    return lines


def change_lines(
    found: Changes, now: RiskView, place: str, lang: str = DEFAULT_LANGUAGE
) -> list[str]:
    """Return what changed for a place since the meeting, contribution by contribution."""
    mark = found.mark
    assumed = text("risk.assumed", lang) if mark.assumed else ""
    lines = [text("risk.since", lang, day=day(mark.date, lang), assumed=assumed)]
    rows = unit_changes(now, found.before, place)
    for _, row in rows.iterrows():
        behind = row["reports"]
        telling = behind.loc[behind["reason"].eq(row["reason"]), "report_id"]
        lines.append(
            text(
                "risk.change", lang,
                component=label("risk_component", row["component"], lang),
                sign="+" if row["difference"] > 0 else "−",
                value=number(abs(row["difference"]), lang, 3),
                reason=label("change_reason", row["reason"], lang),
                reports=", ".join(telling),
            )
        )  # fmt: skip
    return lines if len(rows) else [*lines, text("risk.no_change", lang)]


def _report_lines(reports: pd.DataFrame, component: str, lang: str) -> list[str]:
    mine = reports[reports["component"].eq(component)]
    return [
        text(
            "risk.report", lang,
            id=row["report_id"], date=day(row["date_event"], lang, "short"), place=row["place"],
            weight=number(row["weight"], lang, 3), role=label("risk_role", row["role"], lang),
            url="" if pd.isna(row["url"]) else row["url"],
        )
        for _, row in mine.iterrows()
    ]  # fmt: skip


def unknown_line(row: pd.Series, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what is not known of a component, and how far it may move the index."""
    return text(
        "risk.unknown", lang,
        component=label("risk_component", row["component"], lang),
        reason=label("risk_unknown", row["reason"], lang), share=number(100 * row["share"], lang),
        weight=number(row["weight"], lang, 3),
    )  # fmt: skip
