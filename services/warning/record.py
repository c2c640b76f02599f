"""What the warnings of each rule were worth on past days: probability, table and words."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.warning.record import read_record
from services.texts import day, label, number, text

ALL = "semua"
"""Stands for all rules, or for all levels of a rule."""
WOLF = "serigala"
PLACE, REGENCY = "tempat", "kabupaten"


def record_on(as_of: date | None = None, scope: str = PLACE) -> pd.DataFrame:
    """Return the record as it could be known on a day, newest unless a day is given.

    Parameters
    ----------
    scope
        ``tempat``: an affair counts inside the place of the warning. ``kabupaten``: inside the
        kabupaten that the place lies in.

    Returns
    -------
    DataFrame
        Rows of `data.warning.record.read_record` of one ``as_of``: the last that is not after the
        day. No row where nothing was measured by then.
    """
    rows = read_record()
    rows = rows[rows["scope"].eq(scope)]
    if as_of is not None:
        rows = rows[rows["as_of"].le(pd.Timestamp(as_of))]
    return rows[rows["as_of"].eq(rows["as_of"].max())].reset_index(drop=True)


def _chances(as_of: date | None) -> pd.Series:
    return record_on(as_of).set_index(["rule", "level"])["probability"]


def _chance(measured: pd.Series, rule: str, level: str) -> float:
    return float(measured.get((rule, level), measured.get((rule, ALL), np.nan)))


def false_a_year(rule: str, as_of: date | None = None) -> float:
    """Return how many warnings of a rule to expect in a year that nothing severe follows.

    0 or more; NaN where it is not measured. See `record_on`.
    """
    rows = record_on(as_of)
    rows = rows[rows["rule"].eq(rule) & rows["level"].eq(ALL)]
    return float(rows["false_a_year"].iloc[0]) if len(rows) else np.nan


def false_words(rule: str, lang: str, as_of: date | None = None) -> str:
    """Return `false_a_year` in words."""
    n = false_a_year(rule, as_of)
    key = "warning_record.false_unmeasured" if np.isnan(n) else "warning_record.false_expected"
    return text(key, lang, n=number(n, lang, 1))


def with_probability(warnings: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return ``warnings`` (``rule``, ``level``) with the ``probability`` of each."""
    measured = _chances(as_of)
    found = [
        _chance(measured, rule, level)
        for rule, level in zip(warnings["rule"], warnings["level"], strict=True)
    ]
    return warnings.assign(probability=pd.Series(found, index=warnings.index, dtype="float64"))


def wolves(as_of: date | None = None) -> list[str]:
    """Return the rules that cry wolf; see `analytics.warning.record`."""
    rows = record_on(as_of)
    return rows.loc[_whole(rows) & rows["verdict"].eq(WOLF), "rule"].tolist()


def record_table(lang: str, as_of: date | None = None, by_level: bool = False) -> pd.DataFrame:
    """Return the record in words, a row per rule, all rules together first.

    Parameters
    ----------
    as_of
        As `record_on`.
    by_level
        A row per rule and level instead.
    """
    rows = record_on(as_of)
    wide = record_on(as_of, REGENCY).set_index(["rule", "level"])
    level = rows["level"].ne(ALL) if by_level else rows["level"].eq(ALL)
    rows = rows[level].sort_values(["rule", "level"], key=_in_order)
    cells = {
        "rule": [rule_words(key, lang) for key in rows["rule"]],
        **(
            {"level": [label("warning_level", key, lang) for key in rows["level"]]}
            if by_level
            else {}
        ),
        "month": [number(n, lang, 1) for n in rows["per_month"]],
        "judged": [number(n, lang) for n in rows["n_judged"]],
        "precision": [_interval(row, "precision", lang) for _, row in rows.iterrows()],
        "chance": [_share(n, lang) for n in rows["precision_chance"]],
        "perkara": [_share(n, lang) for n in rows["precision_perkara"]],
        "pemilih": [_share(n, lang) for n in rows["precision_pemilih"]],
        "regency": [_in_regency(row, wide, lang) for _, row in rows.iterrows()],
        "recall": [_recall(row, lang) for _, row in rows.iterrows()],
        "lead": [_lead(row, lang) for _, row in rows.iterrows()],
        "false": [_false(row, lang) for _, row in rows.iterrows()],
        "probability": [probability_words(n, lang) for n in rows["probability"]],
        "verdict": [label("warning_verdict", key, lang) for key in rows["verdict"]],
    }
    return pd.DataFrame({text(f"warning_record.{key}", lang): cell for key, cell in cells.items()})


def record_words(lang: str, as_of: date | None = None) -> str:
    """Return what the record says in sentences, whether it flatters the rules or not."""
    rows = record_on(as_of)
    whole = rows[_whole(rows) & rows["rule"].eq(ALL)]
    if whole.empty:
        return text("warning_record.none", lang)
    row = whole.iloc[0]
    if not row["n_judged"]:
        return text("warning_record.unjudged", lang, last=day(row["last"], lang))
    said = text(
        "warning_record.words",
        lang,
        first=day(row["first"], lang, "month_short"),
        last=day(row["last"], lang, "month_short"),
        judged=number(row["n_judged"], lang),
        hits=number(row["n_hits"], lang),
        precision=_interval(row, "precision", lang),
        chance=_share(row["precision_chance"], lang),
        perkara=_share(row["precision_perkara"], lang),
        pemilih=_share(row["precision_pemilih"], lang),
        foreseen=number(row["n_foreseen"], lang),
        affairs=number(row["n_affairs"], lang),
        made=day(row["made"], lang),
    )
    ended = [said, label("warning_overall", row["verdict"], lang)]
    if named := [rule_words(key, lang) for key in wolves(as_of) if key != ALL]:
        ended.append(text("warning_record.wolves", lang, rules=", ".join(named)))
    return " ".join(ended)


def probability_words(probability: float, lang: str) -> str:
    """Return a probability in words: a share in percent, or that it is not measured."""
    return (
        text("warning_record.unmeasured", lang)
        if pd.isna(probability)
        else _share(probability, lang)
    )


def _whole(rows: pd.DataFrame) -> pd.Series:
    return rows["level"].eq(ALL)


def _in_order(keys: pd.Series) -> pd.Series:
    """Sort all together first, levels from the mildest, rules by name."""
    first = {ALL: "", "waspada": "1", "siaga": "2", "awas": "3"}
    return keys.map(lambda key: first.get(key, key))


def rule_words(key: str, lang: str) -> str:
    """Return the name of a rule; of all of them for `ALL`."""
    return text("warning_record.all", lang) if key == ALL else label("warning_rule", key, lang)


def _share(value: float, lang: str) -> str:
    return number(None, lang) if pd.isna(value) else f"{number(100 * value, lang)} %"


def _interval(row: pd.Series, name: str, lang: str) -> str:
    share = _share(row[name], lang)
    if pd.isna(row[f"{name}_low"]):
        return share
    low, high = (number(100 * row[f"{name}_{end}"], lang) for end in ("low", "high"))
    return f"{share} ({low}–{high})"


def _in_regency(row: pd.Series, wide: pd.DataFrame, lang: str) -> str:
    """Return how often an affair followed in the kabupaten, beside kabupaten drawn at random."""
    if not row["n_judged"]:
        return number(None, lang)
    own = wide.loc[(row["rule"], row["level"])]
    shares = {
        "share": _share(own["precision"], lang),
        "chance": _share(own["precision_chance"], lang),
    }
    return text("warning_record.beside", lang, **shares)


def _recall(row: pd.Series, lang: str) -> str:
    if not row["n_judged"]:
        return number(None, lang)
    return text("warning_record.of", lang, n=int(row["n_foreseen"]), of=int(row["n_affairs"]))


def _lead(row: pd.Series, lang: str) -> str:
    if pd.isna(row["lead_median"]):
        return number(None, lang)
    low, middle, high = (number(row[f"lead_{one}"], lang) for one in ("min", "median", "max"))
    return text("warning_record.days", lang, n=middle, low=low, high=high)


def _false(row: pd.Series, lang: str) -> str:
    if pd.isna(row["false_a_year"]):
        return number(None, lang)
    basis = label("warning_false", row["false_basis"], lang)
    return f"{number(row['false_a_year'], lang, 1)} ({basis})"
