"""One answer about a TPS or a desa, as given on the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import delete

from data import schema
from data.indicator_list import IndicatorList
from data.receipts import names_a_person
from data.store import RECORDS, Store
from geo.errors import ParameterError

ANSWER_IMPORT = "jawaban"
"""Stands for the import of what was typed into a form."""


@dataclass(frozen=True)
class Answer:
    """What an agency says of one place.

    Attributes
    ----------
    election, indicator_id
        Whose list, and which indicator of it.
    desa_code
        The desa.
    number
        Number of the TPS with three digits; None: said of the whole desa.
    value
        Yes 1, no 0, or a number in the indicator's range.
    agency
        The office that says so.
    day
        Since when.
    """

    election: str
    indicator_id: str
    desa_code: str
    number: str | None
    value: float
    agency: str
    day: date

    @property
    def tps_id(self) -> str | None:
        """The TPS; None for a whole desa."""
        return f"{self.place_id}/{self.number}" if self.number else None

    @property
    def place_id(self) -> str:
        """Election and desa."""
        return f"{self.election}/{self.desa_code}"


def write_answer(
    store: Store,
    answer: Answer,
    *,
    indicators: pd.DataFrame,
    tps: pd.DataFrame,
    units: pd.DataFrame,
    today: date,
) -> None:
    """Store an answer; another of the same place, indicator, day and agency makes room.

    Parameters
    ----------
    store, answer
        Where to, and what.
    indicators
        The cycle's list.
    tps, units
        What there is.
    today
        The answer may not lie after it.

    Raises
    ------
    ParameterError
        When something of it cannot be.
    """
    _check(answer, IndicatorList(indicators), tps, units, today)
    table = schema.risk.indicator_values
    place = answer.tps_id or answer.place_id
    frame = pd.DataFrame(
        {
            "election": [answer.election],
            "place_id": [place],
            "indicator_id": [answer.indicator_id],
            "date": [pd.Timestamp(answer.day)],
            "desa_code": [answer.desa_code],
            "tps_id": pd.Series([answer.tps_id], dtype="str"),
            "value": [float(answer.value)],
            "agency": [answer.agency.strip()],
            "import_id": [ANSWER_IMPORT],
        }
    )
    with store.begin(RECORDS) as connection:
        connection.execute(
            delete(table).where(
                table.c.place_id == place,
                table.c.indicator_id == answer.indicator_id,
                table.c.date == answer.day,
                table.c.agency == answer.agency.strip(),
            )
        )
        store.insert_frame(connection, table, frame)


def _check(
    answer: Answer, known: IndicatorList, tps: pd.DataFrame, units: pd.DataFrame, today: date
) -> None:
    if answer.indicator_id not in known.rows.index:
        raise ParameterError("indicator_id", answer.indicator_id, ", ".join(known.rows.index))
    desa = units.loc[units["level"].eq("desa"), "code"]
    if answer.desa_code not in set(desa):
        raise ParameterError("desa_code", answer.desa_code, "19.01.04.2004")
    mine = tps[tps["desa_code"].eq(answer.desa_code)]
    if answer.tps_id and answer.tps_id not in set(mine["tps_id"]):
        numbers = f"{mine['number'].min()}-{mine['number'].max()}" if len(mine) else "–"
        raise ParameterError("number", answer.number, numbers)
    one = pd.Series([answer.indicator_id], dtype="str")
    wrong, words = known.outside(pd.Series([float(answer.value)]), one)
    if bool(wrong.iloc[0]) or pd.isna(answer.value):
        raise ParameterError("value", answer.value, words.iloc[0].strip(" ()"))
    if not answer.agency.strip() or names_a_person(answer.agency):
        raise ParameterError("agency", answer.agency, "Bawaslu, PPS, Polsek")
    if answer.day > today:
        raise ParameterError("day", answer.day, f"<= {today}")
