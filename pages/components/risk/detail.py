"""One TPS opened: how high, why, what is unknown, how sure; and the ranking as files."""

from __future__ import annotations

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics.reports.rakor import previous_rakor
from analytics.risk.params import INDICES
from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.risk.changes import place_changes, since_words_of
from services.risk.charts import waterfall
from services.risk.explain import Explanation, headline, rule_lines, unknown_line
from services.risk.files import field_list, layer_bytes, ranking_bytes
from services.risk.index import RiskView, risk_view
from services.risk.ranking import NO_CLASS, Ranked, explained, place_title, rank_words, tier_words
from services.texts import day, label, number
from services.wording import source_links


def file_name(found: Ranked, what: str) -> str:
    """Return the name of a file of a ranking without its ending, marked where it is simulated."""
    name = f"{what}_{found.view.election}_{found.view.as_of:%Y%m%d}"
    return f"SIMULASI_{name}" if found.view.simulation else name


def draw_files(found: Ranked, table: pd.DataFrame) -> None:
    """Offer what is listed as XLSX, GeoJSON and PDF; all carry the access mark."""
    lang, name = language(), file_name(found, "kerawanan")
    columns = st.columns(3)
    makers = {
        "xlsx": partial(ranking_bytes, found, table, lang),
        "geojson": partial(layer_bytes, found, lang),
        "pdf": partial(field_list, found, lang),
    }
    for column, (kind, make) in zip(columns, makers.items(), strict=True):
        column.download_button(
            t(f"kerawanan.file_{kind}"),
            make,
            f"{name}.{kind}",
            on_click="ignore",
            key=f"k_file_{kind}",
            width="stretch",
        )


_CHART = {"displayModeBar": False}


def draw(view: RiskView, place_id: str, first: str) -> None:
    """Draw the reasons of a TPS, or of a kabupaten by its code.

    Parameters
    ----------
    view
        The view it is in.
    place_id
        ``tps_id`` or code.
    first
        The index that comes first.
    """
    lang = language()
    found = explained(view, place_id)
    show.title(place_title(view, place_id, lang))
    if view.simulation:
        st.html(f'<span class="sb-banner">{html.escape(t("risk.simulation"))}</span>')
    _facts(view, found, lang)
    for index in (first, *(name for name in INDICES if name != first)):
        _index(view, found, index, lang)
    _changes(view, place_id, lang)
    _indicators(found, lang)


def _facts(view: RiskView, found: Explanation, lang: str) -> None:
    """Draw the police class, the delivery and how remote it is: facts beside the indices."""
    if place_is_kabupaten(view, found):
        show.note(t("kerawanan.kabupaten_level"))
        return
    kelas = found.row["kelas_resmi"]
    if isinstance(kelas, str):
        rows = view.tables.classes
        mine = rows[rows["tps_id"].eq(found.place_id)].iloc[-1]
        words = t(
            "kerawanan.class_line",
            kelas=label("kelas", kelas, lang),
            date=day(mine["date"], lang),
            source=mine["source"],
        )
    else:
        words = t("kerawanan.class_none", kelas=label("kelas", NO_CLASS, lang))
    entries = [words, _delivery(found, lang), _remote(found, lang)]
    if bool(found.row["lokasi_khusus"]):
        entries.insert(0, t("kerawanan.special"))
    show.items(html.escape(entry) for entry in entries)


def place_is_kabupaten(view: RiskView, found: Explanation) -> bool:
    """Return whether the place opened is a whole kabupaten."""
    return found.place_id in view.kabupaten.index


def _delivery(found: Explanation, lang: str) -> str:
    reported = found.delivery
    if reported is None:
        return t("kerawanan.delivery_none")
    late = reported["late_min"]
    return t(
        "kerawanan.delivery",
        state=label("receipt_state", reported["state"], lang),
        late=number(late, lang) if pd.notna(late) else "–",
    )


def _remote(found: Explanation, lang: str) -> str:
    row = found.remoteness
    if row is None:
        return t("kerawanan.remote_none")
    return t(
        "kerawanan.remote",
        p95=number(row["p95_min"], lang),
        usual=number(row["usual_min"], lang),
        changes=number(row["mode_changes"], lang),
        sea=number(row["sea_min"], lang),
    )


def _index(view: RiskView, found: Explanation, index: str, lang: str) -> None:
    """Draw one index: value and range, tier with its probability, waterfall, reports, unknown."""
    row = found.row
    show.title(headline(found, index, lang))
    if not place_is_kabupaten(view, found):
        place = view.data.names[row["kabupaten_code"]]
        if words := rank_words(row.to_dict(), index, lang, place):
            show.note(words)
    for words in rule_lines(found, index, lang):
        show.note(words)
    show.note(_sure(row, index, lang))
    st.plotly_chart(
        waterfall(found, index, lang),
        width="stretch",
        theme=None,
        config=_CHART,
        key=f"waterfall_{index}",
    )
    if index == "keamanan":
        _reports(found, view.data, lang)
    unknown = found.unknown[found.unknown["index"].eq(index)]
    if len(unknown):
        show.note(t("kerawanan.unknown"))
        show.items(html.escape(unknown_line(r, lang).strip(" ?")) for _, r in unknown.iterrows())


def _sure(row: pd.Series, index: str, lang: str) -> str:
    if row[f"tier_{index}"] == "belum_cukup":
        return t("kerawanan.not_enough", coverage=number(100 * row["cakupan"], lang))
    chances = " · ".join(
        f"{tier_words(tier, lang)} {number(100 * row[f'p_{index}_{tier}'], lang)} %"
        for tier in ("rendah", "sedang", "tinggi")
    )
    stable = label("stable", str(bool(row[f"stabil_{index}"])).lower(), lang)
    return t("kerawanan.sure", chances=chances, stable=stable)


def _reports(found: Explanation, data: Dataset, lang: str) -> None:
    """Draw the reports behind the index, the heaviest first, with weight and source."""
    rows = found.reports
    if rows.empty:
        show.empty(t("kerawanan.no_reports"))
        return
    show.note(t("kerawanan.reports", n=number(rows["report_id"].nunique(), lang)))
    show.items(_report(row, data, lang) for _, row in rows.head(12).iterrows())


def _report(row: pd.Series, data: Dataset, lang: str) -> str:
    when = html.escape(day(row["date_event"], lang, "short"))
    share = row["contribution"]
    weight = t(
        "kerawanan.report_weight",
        weight=number(row["weight"], lang, 3),
        share="–" if pd.isna(share) else number(share, lang, 3),
        role=label("risk_role", row["role"], lang),
    )
    source = source_links(str(row["report_id"]), row["source_id"], data, lang)
    return (
        f'<span class="when">{when}</span> <b>{html.escape(str(row["report_id"]))}</b> '
        f"{html.escape(str(row['summary']))}<br>"
        f'<span class="sb-note">{html.escape(str(row["place"]))} · {html.escape(weight)} · '
        f"{source}</span>"
    )


def _changes(view: RiskView, place_id: str, lang: str) -> None:
    """Draw what changed since the previous meeting, and why."""
    mark = previous_rakor(view.data.rakor, view.as_of)
    since = mark.date.date()
    before = risk_view(view.data, view.election, since, view.params, simulation=view.simulation)
    items = place_changes(view, before, place_id, lang)
    show.title(t("kerawanan.changed", since=since_words_of(mark, lang)))
    if items:
        show.items(items)
    else:
        show.note(t("kerawanan.changed_none"))


def _indicators(found: Explanation, lang: str) -> None:
    rows = found.indicators
    if rows.empty:
        show.note(t("kerawanan.no_list"))
        return
    known = rows[rows["value"].notna()]
    title = t("kerawanan.indicators", known=len(known), total=len(rows))
    with st.expander(title, icon=":material/checklist:"):
        table = pd.DataFrame(
            {
                label("risk_column", "number", lang): rows["number"],
                label("risk_column", "indicator", lang): rows["name"],
                label("risk_column", "value", lang): [
                    "?" if pd.isna(v) else number(v, lang, 2) for v in rows["value"]
                ],
                t("indicator_weight.contribution"): rows["contribution"].round(3),
                t("indicator_weight.most"): rows["most"].round(3),
                t("indicator_weight.gravity"): rows["gravity"],
                t("indicator_weight.share"): (100 * rows["share"]).round(2),
                t("indicator_weight.basis"): [
                    "" if pd.isna(b) else label("share_basis", b, lang) for b in rows["basis"]
                ],
            }
        )
        show.table(table.sort_values(t("indicator_weight.most"), ascending=False), height=260)
        show.note(t("indicator_weight.note"))
