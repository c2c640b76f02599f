"""Bukti TPS: the whole chain of one TPS from print contract to returned result, on one page.

What is not known is shown as unknown; it is neither fine nor wrong.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analytics.custody.chain import RETURNED
from data.province import province
from geo.codes import is_one_of
from services.custody.procurement import BALLOTS, STAGES, items_of, procurement_view, words
from services.custody.receipts import ReceiptView, receipt_view
from services.custody.receipts_view import LATE_MIN, clock, gap_words, islet_words, within
from services.dataset import Dataset
from services.paper import Block, Signatures, Table, Text
from services.plan.ends import custody
from services.plan.hands.adopt import in_force_words
from services.plan.inputs import kit_rules, kit_table
from services.plan.make import load_plan
from services.plan.views.view import place_label
from services.texts import day, label, number, text

_MOST_FOUND = 60
_CHAIN = (
    "at",
    "state",
    "boxes",
    "short",
    "seals",
    "between",
    "carrier",
    "receiver",
    "authorised_by",
    "scope",
)
_SHORT, _CARRIED, _DASH = ("short_count", "damaged_count"), ("carrier", "vehicle"), "–"


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the chain.

    Attributes
    ----------
    key
        ``procurement``, ``kit``, ``plan``, ``receipts`` or ``returned``.
    lines
        What is known, in sentences.
    unknown
        What is not, in sentences.
    table
        Rows, if any.
    """

    key: str
    lines: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    table: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Proof:
    """The chain of one TPS.

    Attributes
    ----------
    tps_id
        The TPS.
    title, sub
        Its name; election, place and the moment looked from.
    gaps
        Gaps in custody and what is late, in sentences.
    parts
        One per link, in the order of the chain.
    """

    tps_id: str
    title: str
    sub: str
    gaps: list[str]
    parts: list[Part]

    @property
    def unknown(self) -> list[str]:
        """Everything that is not known, of all parts."""
        return [sentence for part in self.parts for sentence in part.unknown]


def find_tps(data: Dataset, election: str, query: str, kabupaten: str | None) -> list[str]:
    """Return TPS whose desa or number is asked for, such as a name and ``3``.

    Parameters
    ----------
    data
        The tables.
    election
        An election with a register.
    query
        Name of a desa, number of a TPS, both, or the id of a TPS; case does not matter.
    kabupaten
        Code to look in; None for all.

    Returns
    -------
    list of str
        At most 60 ids; nothing for an empty query.
    """
    tps = data.tps[data.tps["election"].eq(election)]
    if kabupaten:
        tps = tps[tps["desa_code"].str.startswith(f"{kabupaten}.")]
    words = query.casefold().replace("tps", " ").split()
    if query.strip() in set(tps["tps_id"]):
        return [query.strip()]
    numbers = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()]
    if not words:
        return []
    if numbers:
        tps = tps[tps["number"].eq(numbers[-1].zfill(3))]
    path = tps["desa_code"].map(data.place_names).str.casefold()
    for name in names:
        tps, path = (
            tps[path.str.contains(name, regex=False)],
            path[path.str.contains(name, regex=False)],
        )
    return sorted(tps["tps_id"])[:_MOST_FOUND]


def overview(
    data: Dataset, view: ReceiptView, election: str, kabupaten: str | None, lang: str
) -> pd.DataFrame:
    """Return how much of the chain is known, per kabupaten of the province or per kecamatan of one.

    Parameters
    ----------
    data
        The tables.
    view
        The hand-overs of an election at a moment.
    election
        The election.
    kabupaten
        Code of a kabupaten; None for the province.
    """
    state = within(view.state, kabupaten)
    kits = kit_table(data, _register(data, election), kit_rules(election))
    known = kits.loc[kits["voters"].notna(), "tps_id"]
    planned = {tps for times in view.plans.values() for tps in times.planned["tps_id"]}
    counted = pd.DataFrame(
        {
            "area": state["desa_code"].str.split(".").str[: 3 if kabupaten else 2].str.join("."),
            "tps": 1,
            "voters": is_one_of(state["tps_id"], known).astype(int),
            "planned": is_one_of(state["tps_id"], planned).astype(int),
            "told": state["state"].notna().astype(int),
            "back": state["state"].eq(RETURNED).astype(int),
            "gaps": state["tps_id"].isin(to_look_at(view, kabupaten)).astype(int),
        }
    )
    table = counted.groupby("area", as_index=False).sum()
    table["area"] = [str(data.names[code]) for code in table["area"]]
    return table.rename(columns={name: text(f"proof.column_{name}", lang) for name in table})


def _register(data: Dataset, election: str) -> pd.DataFrame:
    return data.tps[data.tps["election"].eq(election)]


def to_look_at(view: ReceiptView, kabupaten: str | None) -> list[str]:
    """Return the TPS with a gap in custody or late by the plan, those with most gaps first."""
    state = within(view.state, kabupaten)
    gaps = state["gaps"].fillna(0)
    rows = state[gaps.gt(0) | state["late_min"].ge(LATE_MIN)]
    return list(rows.sort_values(["gaps", "tps_id"], ascending=[False, True])["tps_id"])


def finding_of_all(view: ReceiptView, kabupaten: str | None, lang: str) -> str:
    """Return how many TPS have a hand-over, are back, or are to be looked at."""
    state = within(view.state, kabupaten)
    return text(
        "proof.headline_all",
        lang,
        tps=number(len(state), lang),
        told=number(state["state"].notna().sum(), lang),
        back=number(state["state"].eq(RETURNED).sum(), lang),
        gaps=number(len(to_look_at(view, kabupaten)), lang),
    )


def tps_name(data: Dataset, tps_id: str) -> str:
    """Return the name of a TPS with its place."""
    _, desa, tps_number = tps_id.split("/")
    return f"TPS {tps_number}, {data.place_names[desa]}"


def proof_of(data: Dataset, tps_id: str, as_of: pd.Timestamp, on_day: dt.date, lang: str) -> Proof:
    """Return the chain of a TPS as known at a moment.

    Parameters
    ----------
    tps_id
        A TPS of the register.
    as_of
        The moment, with zone.
    on_day
        The same as a day, for procurement.
    """
    election, desa, _ = tps_id.split("/")
    kabupaten = ".".join(desa.split(".")[:2])
    view = receipt_view(data, election, as_of)
    rows = view.rows
    rows = rows[rows["tps_id"].eq(tps_id) | (rows["tps_id"].isna() & rows["desa_code"].eq(desa))]
    rows = rows.sort_values(["at", "receipt_id"])
    parts = [
        _procurement(data, election, kabupaten, on_day, lang),
        _kit(data, tps_id, election, lang),
        _plan(data, view, tps_id, kabupaten, lang),
        _receipts(rows[rows["state"].ne(RETURNED)], "receipts", lang),
        _returned(data, view, rows[rows["state"].eq(RETURNED)], tps_id, lang),
    ]
    sub = text(
        "proof.sub",
        lang,
        election=label("election", election, lang),
        day=day(on_day, lang),
        id=tps_id,
    )
    title = tps_name(data, tps_id) + islet_words(view, tps_id, lang)
    return Proof(tps_id, title, sub, _gaps(data, view, tps_id, lang), parts)


def _procurement(data: Dataset, election: str, kabupaten: str, on_day: dt.date, lang: str) -> Part:
    view = procurement_view(data, election, kabupaten, on_day)
    records, silent = [], []
    for item in items_of(election):
        own = view.found[view.found["item"].eq(item)]
        name = label("procurement_item", item, lang)
        if own.empty:
            if item not in {BALLOTS[0], "lainnya"}:
                silent.append(name)
            continue
        reported = {row["stage"]: words(row, lang) for _, row in own.iterrows()}
        chain = "; ".join(
            f"{label('procurement_stage', stage, lang)}: {reported[stage]}"
            for stage in STAGES
            if stage in reported
        )
        records.append((name, chain, ", ".join(dict.fromkeys(own["source"].dropna()))))
    heads = [label("proof_column", name, lang) for name in ("item", "stages", "source")]
    table = pd.DataFrame(records, columns=heads) if records else None
    unknown = [text("proof.silent_items", lang, items=", ".join(silent))] if silent else []
    return Part("procurement", [text("proof.of_kabupaten", lang)], unknown, table)


def _kit(data: Dataset, tps_id: str, election: str, lang: str) -> Part:
    if election not in province().elections:
        return Part("kit", [], [text("proof.no_rules", lang)])
    rules = kit_rules(election)
    tps = data.tps[data.tps["tps_id"].eq(tps_id)]
    kit = kit_table(data, tps, rules).iloc[0]
    lines = [
        text(
            "proof.kit",
            lang,
            boxes=number(kit["boxes"], lang),
            booths=number(kit["booths"], lang),
            ink=number(kit["ink"], lang),
        )
    ]
    if rules.assumed:
        named = ", ".join(label("proof_assumed", name, lang) for name in rules.assumed)
        lines.append(text("proof.assumed", lang, names=named))
    if bool(tps["lokasi_khusus"].iloc[0]):
        lines.append(text("proof.special", lang))
    if pd.isna(kit["voters"]):
        return Part("kit", lines, [text("proof.no_voters", lang)])
    lines.append(
        text(
            "proof.ballots",
            lang,
            voters=number(kit["voters"], lang),
            reserve=number(kit["reserve"], lang),
            each=number(kit["ballots_per_contest"], lang),
            contests=number(rules.contests, lang),
            all=number(kit["ballots"], lang),
        )
    )
    return Part("kit", lines)


def _plan(data: Dataset, view: ReceiptView, tps_id: str, kabupaten: str, lang: str) -> Part:
    times = view.plans.get(kabupaten)
    if times is None:
        return Part("plan", [], [text("proof.no_plan", lang)])
    document, plan = load_plan(times.name), in_force_words(view.in_force[kabupaten], lang)
    legs = []
    for trip in document["trips"]:
        stops = trip["stops"]
        loaded = next((s for s in stops if tps_id in s.get("tps_loaded", ())), None)
        unloaded = next((s for s in stops if tps_id in s["tps"]), None)
        if unloaded is None:
            continue
        start = loaded or stops[0]
        mode = label("plan_mode", trip["mode"], lang)
        legs.append(
            (
                f"{trip['vehicle_id']} ({mode})",
                place_label(data, start["place_code"]),
                _clock(start["depart"]),
                place_label(data, unloaded["place_code"]),
                _clock(unloaded["arrive"]),
                _clock(trip["latest_depart"]),
            )
        )
    if not legs:
        return Part("plan", [], [text("proof.not_planned", lang, plan=times.name)])
    legs.sort(key=lambda leg: leg[2])
    heads = ("vehicle", "from", "depart", "to", "arrive", "latest")
    table = pd.DataFrame(legs, columns=[label("proof_column", name, lang) for name in heads])
    lines = [
        text("proof.plan", lang, plan=plan, deadline=_clock(document["deadline"])),
        *_last_mile(document, tps_id, lang),
    ]
    unknown = [] if len(lines) > 1 else [text("proof.no_last_mile", lang)]
    return Part("plan", lines, unknown, table)


def _last_mile(document: dict[str, Any], tps_id: str, lang: str) -> list[str]:
    return [
        text(
            "proof.last_mile",
            lang,
            depart=_clock(row["depart"]),
            arrive=_clock(row["arrive"]),
            due=_clock(row["due"]),
        )
        for row in document.get("last_mile") or []
        if row["tps_id"] == tps_id
    ]


def _clock(moment: str | None) -> str:
    return clock(None if moment is None else pd.Timestamp(moment).tz_convert("UTC"))


def _receipts(rows: pd.DataFrame, key: str, lang: str) -> Part:
    if rows.empty:
        return Part(key, [], [text(f"proof.no_{key}", lang)])
    table = _chain_table(rows, lang)
    silent = [
        label("receipt", name, lang).lower()
        for name in ("seals", "boxes", "authorised_by")
        if rows[name].isna().any()
    ]
    unknown = []
    if silent:
        unknown.append(
            text(
                "proof.not_told", lang, part=label("proof_part", key, lang), names=", ".join(silent)
            )
        )
    return Part(key, [], unknown, table)


def _returned(data: Dataset, view: ReceiptView, rows: pd.DataFrame, tps_id: str, lang: str) -> Part:
    """Return the way back: what is reported of it, and what the saved plan says if it has one."""
    reported = _receipts(rows, "returned", lang)
    kabupaten = ".".join(tps_id.split("/")[1].split(".")[:2])
    times = view.plans.get(kabupaten)
    document = {} if times is None else load_plan(times.name)
    if "back" not in document:
        unknown = [*reported.unknown, text("proof.no_plan_back", lang)]
        return Part("returned", [], unknown, reported.table)
    chain = custody(document)
    lines = [
        text(
            "proof.plan_back",
            lang,
            start=_back_place(data, row["from_code"]),
            end=_back_place(data, row["to_code"]),
            vehicle=row["vehicle_id"],
            depart=clock(row["handed_over"]),
            arrive=clock(row["received"]),
        )
        for _, row in chain[chain["tps_id"].eq(tps_id)].iterrows()
    ]
    return Part("returned", lines, reported.unknown, reported.table)


def _back_place(data: Dataset, code: str) -> str:
    return tps_name(data, code) if "/" in code else place_label(data, code)


def _chain_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return hand-overs in few columns, so that they fit a page; a dash: not reported."""
    reported = rows.astype("object").where(rows.notna(), None)
    columns: dict[str, list[str]] = {name: [] for name in _CHAIN}
    for row in reported.to_dict("records"):
        columns["at"].append(clock(row["at"]))
        columns["state"].append(label("receipt_state", row["state"], lang))
        columns["boxes"].append(number(row["boxes"], lang))
        columns["short"].append(" / ".join(number(row[c], lang) for c in _SHORT))
        columns["seals"].append(_or_dash(row["seals"]).replace("|", ", "))
        columns["between"].append(f"{_or_dash(row['from_office'])} → {_or_dash(row['to_office'])}")
        columns["carrier"].append(" · ".join(row[c] for c in _CARRIED if row[c]) or _DASH)
        columns["receiver"].append(_or_dash(row["receiver"]))
        columns["authorised_by"].append(_or_dash(row["authorised_by"]))
        scope = "proof.whole_desa" if row["tps_id"] is None else "proof.own"
        columns["scope"].append(text(scope, lang))
    return pd.DataFrame({label("proof_column", name, lang): v for name, v in columns.items()})


def _or_dash(value: object) -> str:
    return _DASH if value is None else str(value)


def _gaps(data: Dataset, view: ReceiptView, tps_id: str, lang: str) -> list[str]:
    """Return gaps in custody, lateness and what is short or damaged, in sentences."""
    desa = tps_id.split("/")[1]
    mine = view.gaps[view.gaps["tps_id"].eq(tps_id)]
    found = [gap_words(row, data, lang) for _, row in mine.iterrows()]
    for _, row in view.desa_gaps[view.desa_gaps["desa_code"].eq(desa)].iterrows():
        reported = row.to_dict() | {"gap": "jumlah_desa", "found": row["boxes"]}
        found.append(gap_words(pd.Series(reported), data, lang))
    state = view.state.set_index("tps_id")
    least = {"late": LATE_MIN, "short": 1, "damaged": 1, "short_desa": 1, "damaged_desa": 1}
    for name, n in least.items():
        count = state["late_min" if name == "late" else name][tps_id]
        if pd.notna(count) and count >= n:
            found.append(text(f"proof.{name}", lang, n=number(count, lang)))
    return found


def proof_pdf(proof: Proof, lang: str) -> bytes:
    """Return the chain as a PDF of one page of A4 with lines to sign on, marked as restricted.

    What is long is drawn smaller: nothing is left out, and no page is without the signatures.
    """
    from services.pdf import pdf

    blocks: list[Block] = [Text(proof.sub, "small")]
    if proof.gaps:
        words = text("proof.gaps", lang, n=number(len(proof.gaps), lang))
        blocks.append(Text(f"{words}: " + " • ".join(proof.gaps), "alarm"))
    else:
        blocks.append(Text(text("proof.no_gaps", lang), "strong"))
    for part in proof.parts:
        blocks.append(Text(label("proof_part", part.key, lang), "heading"))
        if part.lines:
            blocks.append(Text(" · ".join(part.lines)))
        if part.table is not None:
            blocks.append(Table(part.table, size=7.5))
        if part.unknown:
            mark = text("proof.unknown_mark", lang)
            blocks.append(Text(f"{mark}: " + " · ".join(part.unknown)))
    blocks.append(Signatures([text(f"proof.{role}", lang) for role in ("gave", "took")]))
    return pdf(
        text("proof.pdf_title", lang, name=proof.title),
        blocks,
        access=text("plan.access", lang),
        footer=text("proof.footer", lang),
        on_one_page=True,
        lang=lang,
    )
