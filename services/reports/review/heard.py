"""Which agencies have told of their areas lately, and which are silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.reports.review.heard import NO_AGENCY, WITHIN_DAYS, is_silent, last_told
from data.access.users import read_users
from data.clock import today
from data.store.ledger.acts import OPERATOR
from services.access.accounts import users_by_hash
from services.dataset import Dataset
from services.memo import memo
from services.texts import day, label, number, text

_NAMED = 5
_EXPECTED_DAYS = 365
"""An agency without an account is expected to tell of the areas it told of in a year (assumed)."""


@dataclass(frozen=True)
class Heard:
    """Who told what.

    Attributes
    ----------
    last
        Index agency (`NO_AGENCY`: published sources), the one silent about most areas first; one
        column per kabupaten: the last day it told of, NaT where there is none.
    silent
        The same shape: whether it is expected to tell of the kabupaten and has not, for
        `WITHIN_DAYS`.
    """

    last: pd.DataFrame = field(repr=False)
    silent: pd.DataFrame = field(repr=False)

    @property
    def dark(self) -> list[str]:
        """Kabupaten of which no agency told anything for `WITHIN_DAYS`."""
        last = self.last.drop(index=NO_AGENCY, errors="ignore").max()
        return [str(code) for code, day in last.items() if is_silent(day, today())]


def heard(data: Dataset) -> Heard:
    """Return up to which day each agency has told of each kabupaten.

    Agencies are those that ever reported, and those whose accounts bring in reports.
    """
    told = _told(data, today())
    offices = _offices(data, set(map(str, told)))
    names = sorted({*told.index, *offices} - {NO_AGENCY})
    names += [NO_AGENCY] * (NO_AGENCY in told.index)
    last = told.reindex(pd.Index(names, name="agency", dtype="str"))
    expected = last.apply(lambda of: (pd.Timestamp(today()) - of).dt.days < _EXPECTED_DAYS)
    for office, own in offices.items():
        expected.loc[office] = last.columns.isin(list(own))
    expected.loc[last.index == NO_AGENCY] = False  # what is published is nobody's duty
    silent = expected & last.map(lambda day: is_silent(day, today()))
    order = silent.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return Heard(last.loc[order], silent.loc[order])


@memo(1)
def _told(data: Dataset, on: date) -> pd.DataFrame:
    kabupaten = data.units.loc[data.units["level"].eq("kabupaten")].sort_values("name")
    return last_told(data.reviewed, kabupaten["code"], on)


def _offices(data: Dataset, kabupaten: set[str]) -> dict[str, set[str]]:
    """Return the kabupaten of the offices whose accounts bring in reports."""
    found: dict[str, set[str]] = {}
    for user in users_by_hash(read_users(data.store)).values():
        if user["active"] and user["role"] == OPERATOR:
            own = set(user["areas"]) or kabupaten
            found[user["office"]] = found.get(user["office"], set()) | own
    return found


def finding(found: Heard, lang: str) -> str:
    """Return in a sentence which agencies are silent."""
    offices = found.silent.index != NO_AGENCY
    silent = found.silent[found.silent.any(axis=1)]
    if not offices.any():
        return text("heard.nobody", lang)
    if silent.empty:
        return text("heard.all", lang, n=number(int(offices.sum()), lang), days=WITHIN_DAYS)
    names = ", ".join(map(str, silent.index[:_NAMED]))
    more = len(silent) - _NAMED
    if more > 0:
        names = text("heard.more", lang, names=names, n=number(more, lang))
    values = {"n": number(len(silent), lang), "of": number(int(offices.sum()), lang)}
    return text("heard.silent", lang, names=names, days=WITHIN_DAYS, **values)


def dark_words(found: Heard, data: Dataset, lang: str) -> str:
    """Return of which kabupaten nobody told anything lately; empty where there is none."""
    names = ", ".join(data.names.get(code, code) for code in found.dark)
    return text("heard.dark", lang, names=names, days=WITHIN_DAYS) if names else ""


def heard_table(found: Heard, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the days since each agency told of each kabupaten, as a reader sees them."""
    columns: dict[str, list[str] | pd.Series] = {
        label("heard_column", "agency", lang): [_office(name, lang) for name in found.last.index],
        label("heard_column", "silent", lang): [
            _areas(row, data, lang) for _, row in found.silent.iterrows()
        ],
    }
    for code, last in found.last.items():
        days = (pd.Timestamp(today()) - last).dt.days.astype("Int64")
        columns[data.names.get(code, str(code))] = days.reset_index(drop=True)
    return pd.DataFrame(columns)


def reminder(found: Heard, data: Dataset, lang: str) -> str:
    """Return a message to those who are silent, to be sent as it is; empty where nobody is."""
    silent = found.silent[found.silent.any(axis=1)]
    lines = [f"- {name}: {_areas(row, data, lang)}" for name, row in silent.iterrows()]
    return "\n".join([text("heard.ask", lang, day=day(today(), lang)), *lines]) if lines else ""


def _office(name: object, lang: str) -> str:
    return text("heard.published", lang) if name == NO_AGENCY else str(name)


def _areas(row: pd.Series, data: Dataset, lang: str) -> str:
    codes = list(row.index[row])
    if len(codes) == len(row):
        return text("heard.everywhere", lang)
    return ", ".join(data.names.get(code, code) for code in codes)
