"""People for the polling stations as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import pandas as pd

from analytics.people.teams import CLASSES, NONE, REGISTERED
from analytics.reports.places import inside
from services.dataset import Dataset
from services.people.teams import (
    PersonnelAsked,
    PersonnelView,
    Placement,
    pattern_ids,
    usable_patterns,
)
from services.risk.facts import RiskTables
from services.texts import label, number, text

_HOW = {
    "satu_kelas": "personel.how_satu_kelas",
    "dari_tingkat": "personel.how_dari_tingkat",
    "tanpa": "personel.how_tanpa",
}
"""Words for what the planner's rule does, by rule."""
MOST_PEOPLE = 100_000
"""More police than that in a kabupaten is a slip of the hand."""


def unit_table(
    frame: pd.DataFrame, data: Dataset, lang: str, area: str | None = None
) -> pd.DataFrame:
    """Return people by kecamatan or kabupaten with words for the headings, of one area or all.

    ``frame`` has the columns of `PersonnelView.kecamatan`.
    """
    if area is not None:
        frame = frame[inside(frame.index.to_series().astype(str), area)]
    names = {
        "tps": "personel.col_tps",
        "teams": "personel.col_teams",
        "police": "personel.col_police",
        "linmas": "personel.col_linmas",
        "available": "personel.col_available",
        "short": "personel.col_short",
        "linmas_available": "personel.col_linmas_available",
        "linmas_short": "personel.col_linmas_short",
    }
    # No linmas were reported: two empty columns would say no more than that.
    silent = "linmas_available" in frame and frame["linmas_available"].isna().all()
    left_out = {"linmas_available", "linmas_short"} if silent else set()
    table = frame[[name for name in names if name in frame and name not in left_out]].copy()
    table.insert(0, text("personel.col_unit", lang), [data.place_names[c] for c in table.index])
    return table.rename(columns={k: text(v, lang) for k, v in names.items()}).reset_index(drop=True)


def people_rows(
    found: PersonnelView, data: Dataset, typed: dict[str, int], lang: str
) -> pd.DataFrame:
    """Return the table a planner fills in: police by kabupaten, by source and typed."""
    codes = found.kabupaten.index
    people = found.people.reindex(codes)
    return pd.DataFrame(
        {
            text("personel.col_unit", lang): [data.names[c] for c in codes],
            text("personel.col_source", lang): people["available"].astype("Int64").to_numpy(),
            text("personel.col_typed", lang): pd.array(
                [typed.get(c) for c in codes], dtype="Int64"
            ),
            text("personel.col_note", lang): people["note"].astype("object").fillna("").to_numpy(),
        },
        index=codes,
    )


def typed_people(table: pd.DataFrame, lang: str) -> tuple[tuple[str, int], ...]:
    """Return what was typed into ``table`` (`people_rows`): pairs of kabupaten and police.

    Words, and numbers below 0 or above `MOST_PEOPLE`, are left out; `mistyped` names them.
    """
    typed = table[text("personel.col_typed", lang)].dropna()
    known = {str(code): n for code, n in typed.items() if isinstance(n, Real)}
    return tuple((code, int(float(n))) for code, n in known.items() if 0 <= float(n) <= MOST_PEOPLE)


def mistyped(table: pd.DataFrame, lang: str) -> list[str]:
    """Return what was typed into ``table`` (`people_rows`) and is no number of police."""
    typed = table[text("personel.col_typed", lang)].dropna()
    taken = {code for code, _ in typed_people(table, lang)}
    return [str(value) for code, value in typed.items() if str(code) not in taken]


def team_table(
    found: PersonnelView, data: Dataset, lang: str, area: str | None = None
) -> pd.DataFrame:
    """Return the teams with their posts and TPS numbers, one a row, of one area or all."""
    tps = found.tps[found.tps["team"].notna()]
    number_of = (
        tps.index.to_series().str.rpartition("/")[2] + " " + tps["desa_code"].map(data.names)
    )
    held = number_of.groupby(tps["team"]).agg(", ".join)
    # The ground of a team's class is the weakest of its TPS: one that is assumed marks it all.
    sure = tps["ground"].eq(REGISTERED).groupby(tps["team"]).all()
    teams = found.need.teams
    if area is not None:
        teams = teams[inside(teams["post"].astype(str), area)]
    return pd.DataFrame(
        {
            text("personel.col_team", lang): teams.index,
            text("personel.col_post", lang): teams["post"].map(data.place_names).to_numpy(),
            text("personel.col_class", lang): [
                label("police_class", k, lang) for k in teams["kelas"]
            ],
            text("personel.col_ground", lang): [
                label("class_ground", "register" if sure[t] else "pengandaian", lang)
                for t in teams.index
            ],
            text("personel.col_police", lang): teams["police"].to_numpy(),
            text("personel.col_tps", lang): teams["tps"].to_numpy(),
            text("personel.col_minutes", lang): teams["minutes"].round().astype(int).to_numpy(),
            text("personel.col_number", lang): held.reindex(teams.index).to_numpy(),
        }
    )


def headline(found: PersonnelView, lang: str) -> str:
    """Return how many people it takes, in a line."""
    total = found.kabupaten[["police", "linmas", "tps"]].sum()
    counted = int(found.tps["kelas"].notna().sum())
    return text(
        "personel.headline",
        lang,
        police=number(total["police"], lang),
        linmas=number(total["linmas"], lang),
        tps=number(counted, lang),
    )


def headline_sub(found: PersonnelView, asked: PersonnelAsked, lang: str) -> str:
    """Return how the teams are formed, and what is proven of their number."""
    proof = text("personel.proof_exact", lang)
    if found.need.gap > 0:
        proof = text(
            "personel.proof_gap",
            lang,
            bound=number(found.need.bound, lang),
            gap=number(100 * found.need.gap, lang, 1),
        )
    return text(
        "personel.sub",
        lang,
        teams=number(len(found.need.teams), lang),
        minutes=number(asked.max_minutes, lang),
        proof=proof,
    )


def whatif_sentence(
    found: PersonnelView, asked: PersonnelAsked, lang: str, key: str = "personel.whatif"
) -> str | None:
    """Return the mark of what is assumed about classes; None when all of them are registered.

    ``key`` is that of the text.
    """
    assumed = found.tps["ground"].ne(REGISTERED)
    if not assumed.any():
        return None
    way = _HOW[asked.rule]
    kelas = label("police_class", asked.default, lang)
    how = text(way, lang, kelas=kelas) if asked.rule == "satu_kelas" else text(way, lang)
    return text(
        key, lang, n=number(assumed.sum(), lang), total=number(len(found.tps), lang), how=how
    )


def shortage_sentence(found: PersonnelView, lang: str) -> str:
    """Return how many are short where it is known how many there are."""
    known = found.kabupaten[found.kabupaten["available"].notna()]
    counts = {"known": number(len(known), lang), "total": number(len(found.kabupaten), lang)}
    if known.empty:
        return text("personel.unknown", lang)
    short = known["short"].gt(0)
    if not short.any():
        return text("personel.enough", lang, **counts)
    return text(
        "personel.shortage",
        lang,
        n=number(known["short"].sum(), lang),
        units=number(short.sum(), lang),
        **counts,
    )


def personnel_head(found: PersonnelView, lang: str) -> str:
    """Return how many people it takes and how many are short, as the finding of the page."""
    words, short = headline(found, lang), shortage_sentence(found, lang).rstrip(".")
    return text("tab_head.personnel", lang, words=words, short=short)


def pattern_names(tables: RiskTables, lang: str) -> dict[str, str]:
    """Return a name for each pattern, no two alike: who, when, police to TPS by class."""
    rows = usable_patterns(tables)
    names: dict[str, str] = {}
    for pattern_id in pattern_ids(tables):
        mine = rows[rows["pattern_id"].eq(pattern_id)].set_index("kelas")
        ratios = [
            f"{number(mine['police'][k], lang)}:{number(mine['tps'][k], lang)}"
            if k in mine.index
            else "–"
            for k in CLASSES
        ]
        election = label("election", mine["election"].iloc[0], lang)
        name = f"{mine['place'].iloc[0]} · {election} · {' '.join(ratios)}"
        names[pattern_id] = f"{name} ({pattern_id})" if name in names.values() else name
    return names


def pattern_sentences(
    found: PersonnelView, asked: PersonnelAsked, lang: str
) -> list[tuple[str, str]]:
    """Return the pattern of each class in words, with the address of its source."""
    classes = [c for c in CLASSES if c in set(found.tps["kelas"].dropna())] or list(CLASSES)
    out = []
    for _, row in found.rows[found.rows["kelas"].isin(classes)].iterrows():
        pattern = found.patterns[str(row["kelas"])]
        linmas = text("personel.linmas_assumed", lang, n=number(asked.linmas_per_tps, lang, 1))
        if pattern.linmas is not None:
            linmas = number(pattern.linmas / pattern.tps, lang, 1)
        words = text(
            "personel.pattern_source",
            lang,
            kelas=label("police_class", pattern.kelas, lang),
            police=number(pattern.police, lang),
            tps=number(pattern.tps, lang),
            linmas=linmas,
            borrowed=text("personel.borrowed", lang) if row["borrowed"] else "",
            note="" if pd.isna(row["note"]) else str(row["note"]),
        )
        if bool(row["police_is_minimum"]):
            words += text("personel.minimum", lang)
        out.append((words, "" if pd.isna(row["url"]) else str(row["url"])))
    return out


def province_sentences(found: PersonnelView, lang: str) -> list[str]:
    """Return what was published for the whole province, kept apart from the polres."""
    return [
        text("personel.province", lang, n=number(row["available"], lang), note=row["note"])
        for _, row in found.province.iterrows()
    ]


def placement_words(done: Placement, lang: str, data: Dataset) -> tuple[str, list[str]]:
    """Return the finding of a placement, and what is proven about it."""
    police = number(done.staffing.teams["police"].sum(), lang)
    bare, total = done.kabupaten["uncovered_tps"].sum(), done.kabupaten["tps"].sum()
    if bare == 0:
        title = text("personel.placed_full", lang, police=police, total=number(total, lang))
    else:
        title = text(
            "personel.placed",
            lang,
            police=police,
            tps=number(bare, lang),
            total=number(total, lang),
            share=_share(done.staffing.uncovered, done, lang),
        )
    words = []
    if bare:
        proven = done.staffing.method == "optimal"
        key = "personel.placed_optimal" if proven else "personel.placed_time"
        words.append(text(key, lang, gap=number(100 * done.staffing.gap, lang, 2)))
    if done.left_out:
        names = ", ".join(data.names[code] for code in done.left_out)
        words.append(text("personel.placed_left", lang, list=names))
    return title, words


def _share(value: float, done: Placement, lang: str) -> str:
    return number(100 * value / done.total if done.total else 0.0, lang, 1)


def placement_table(done: Placement, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the placement by kabupaten."""
    rows = done.kabupaten
    return pd.DataFrame(
        {
            text("personel.col_unit", lang): [data.names[c] for c in rows.index],
            text("personel.col_tps", lang): rows["tps"].to_numpy(),
            text("personel.col_police", lang): rows["police"].to_numpy(),
            text("personel.col_uncovered", lang): rows["uncovered_tps"].to_numpy(),
            text("personel.col_left", lang): rows["uncovered"].round(2).to_numpy(),
        }
    )


def uncovered_table(
    done: Placement, found: PersonnelView, data: Dataset, lang: str, area: str | None = None
) -> pd.DataFrame:
    """Return the TPS that no team covers, the highest index first, of one area or all."""
    covered = done.staffing.team_of.dropna().index
    rows = found.tps[found.tps["kelas"].notna() & ~found.tps.index.isin(covered)]
    rows = rows[~rows["kabupaten_code"].isin(done.left_out)]
    if area is not None:
        rows = rows[inside(rows["desa_code"].astype(str), area)]
    rows = rows.sort_values(["value", "desa_code"], ascending=[False, True], kind="stable")
    return pd.DataFrame(
        {
            text("personel.col_unit", lang): rows["desa_code"].map(data.place_names).to_numpy(),
            text("personel.col_number", lang): [
                str(tps_id).rpartition("/")[2] for tps_id in rows.index
            ],
            text("personel.col_class", lang): [
                label("police_class", k, lang) for k in rows["kelas"]
            ],
            text("personel.col_ground", lang): [
                label("class_ground", g, lang) for g in rows["ground"]
            ],
            text("personel.col_left", lang): rows["value"].round(3).to_numpy(),
        }
    )


def fault_words(faults: Sequence[tuple[str, str]], lang: str) -> str:
    """Return what an audit found, in a line."""
    words = (f"{label('staff_rule', rule, lang)}: {who}" for rule, who in faults)
    return text("personel.fault", lang, list="; ".join(words))


def nothing_to_count(found: PersonnelView) -> bool:
    """Return whether no TPS has a class at all."""
    return bool(found.tps["ground"].eq(NONE).all())
