"""Answers about a TPS or a desa from one call: written and undone together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

import pandas as pd
from sqlalchemy import delete, select, tuple_

from data.clock import utc_now
from data.custody.receipts import add_receipts
from data.province import zone
from data.reports.review.imported import VERIFIED, WAITS
from data.risk.indicators import IndicatorList
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.frames import rows_of, typed
from data.store.ledger.acts import actor_now, signs_in
from data.store.ledger.rights import require_now
from data.store.rules import validate
from data.vocabulary import ANSWER_IMPORT
from geo.errors import ParameterError


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


VALUES = schema.risk.indicator_values
REPORTS = schema.reports
RECEIPTS = schema.logistics.receipts


def call_id(now: datetime | None = None) -> str:
    """Return a new key for the answers of one call: ``jawaban/``, the moment, and a random end."""
    at = (now or utc_now()).isoformat(timespec="microseconds")
    # Two desks may write in the same microsecond, and the clock may stand still.
    return f"{ANSWER_IMPORT}/{at}-{uuid4().hex[:8]}"


def write_answers(
    store: Store, answers: Sequence[Answer], indicators: pd.DataFrame, call: str | None = None
) -> str:
    """Store the answers of one call, all or none.

    Parameters
    ----------
    store
        A store with the TPS of the election.
    answers
        Of one election; ``number`` None says the whole desa, and a TPS's own answer beats it.
    indicators
        Rows of the table ``risk_indicators``: the cycle's list.
    call
        Key of the call; None makes one.

    Returns
    -------
    str
        Key to take them back by.

    Raises
    ------
    ParameterError
        For no answer at all, an indicator outside the list, a TPS that is not there, a value out
        of range, or a question the same agency answered for the same day before.
    SchemaError
        For what else does not fit the table, such as a person for an agency.
    """
    if not answers:
        raise ParameterError("answers", 0, "one answer or more")
    key = call or call_id()
    _check(store, answers, IndicatorList(indicators))
    frame = pd.DataFrame(
        {
            "election": [a.election for a in answers],
            "place_id": [a.tps_id or a.place_id for a in answers],
            "indicator_id": [a.indicator_id for a in answers],
            "date": [pd.Timestamp(a.day) for a in answers],
            "desa_code": [a.desa_code for a in answers],
            "tps_id": [a.tps_id for a in answers],
            "value": [float(a.value) for a in answers],
            "agency": [a.agency for a in answers],
            "source_text": None,
            "import_id": key,
        }
    )
    rows = validate("indicator_values", typed(frame, VALUES))
    names = ("place_id", "indicator_id", "date", "agency")
    columns = [VALUES.c[name] for name in names]
    days = frame.assign(date=frame["date"].dt.date)
    wanted = list(days[list(names)].itertuples(index=False, name=None))
    with store.begin("risk.answer") as connection:
        told = connection.execute(select(*columns).where(tuple_(*columns).in_(wanted))).first()
        if told is not None:
            raise ParameterError("answers", " ".join(map(str, told)), "a question not yet answered")
        store.insert_frame(connection, VALUES, rows)
    return key


def _check(store: Store, answers: Sequence[Answer], known: IndicatorList) -> None:
    election = answers[0].election
    tps = set(store.read("tps", schema.tps.c.election == election)["tps_id"])
    desa = {tps_id.rpartition("/")[0] for tps_id in tps}
    for answer in answers:
        if answer.election != election or answer.place_id not in desa:
            raise ParameterError("desa_code", answer.place_id, f"{election}, a desa with TPS")
        if answer.tps_id is not None and answer.tps_id not in tps:
            raise ParameterError("number", answer.tps_id, "a TPS of the desa")
        if answer.indicator_id not in known.rows.index:
            expected = ", ".join(known.rows.index)
            raise ParameterError("indicator_id", answer.indicator_id, expected)
        row = known.rows.loc[answer.indicator_id]
        if known.outside(pd.Series([answer.value]), pd.Series([answer.indicator_id]))[0].any():
            raise ParameterError("value", answer.value, f"{row['low']:g} - {row['high']:g}")


def write_zero_report(
    store: Store, desa_code: str, start: date, end: date, agency: str, call: str | None = None
) -> str:
    """Store that an agency found nothing in a desa between two days, both included.

    An account that signs in enters it, and another one verifies it. Without sign-in it is taken at
    once for what the agency says: one account would do both.

    Returns
    -------
    str
        Key to take it back by.

    Raises
    ------
    ParameterError
        When the days are reversed.
    SchemaError
        When the report does not fit the table.
    """
    if start > end:
        raise ParameterError("date_from", start, f"<= {end}")
    key = call or call_id()
    report_id = f"NIHIL-{key.partition('/')[2]}"
    row = {
        "report_id": report_id,
        "kind": "nihil",
        "date_event": pd.Timestamp(start),
        "date_end": pd.Timestamp(end),
        "date_precision": "day",
        "date_reported": pd.Timestamp(end),
        "stage": "sosial_non_pemilu",
        "unit_kejadian": desa_code,
        "location_precision": "desa",
        "perkara_id": report_id,
        "verification": WAITS if signs_in(actor_now()) else VERIFIED,
        "access": "terbatas",
        "agency": agency,
        "import_id": key,
    }
    frame = rows_of(REPORTS, [row])
    validate("reports", frame)
    with store.begin("risk.answer", subject=key) as connection:
        store.insert_frame(connection, REPORTS, frame)
    return key


def write_delivery(
    store: Store, election: str, desa_code: str, state: str, at: datetime, call: str | None = None
) -> str:
    """Store how far the boxes of a whole desa have come, as one hand-over without papers.

    Returns
    -------
    str
        Key to take it back by.

    Raises
    ------
    SchemaError
        For an unknown state, a moment to come, or what was told already.
    """
    key = call or call_id()
    told = {"election": election, "desa_code": desa_code, "state": state, "at": at}
    add_receipts(store, [{**told, "kind": "catatan", "import_id": key}])
    return key


def _of_calls(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["import_id"].str.startswith(f"{ANSWER_IMPORT}/").fillna(False).astype(bool)]


def _deliveries(tables: Reader) -> pd.DataFrame:
    """Return the hand-overs that calls told of and nobody took out."""
    told = tables.read("receipts")
    rows = _of_calls(told)
    return rows[rows["kind"].eq("catatan") & ~rows["receipt_id"].isin(told["refers_to"].dropna())]


def _undo_deliveries(store: Store, rows: pd.DataFrame) -> int:
    keep = ["election", "desa_code", "state", "at", "import_id", "receipt_id"]
    undone = rows[keep].rename(columns={"receipt_id": "refers_to"}).assign(kind="pembatalan")
    add_receipts(store, undone.to_dict("records"))
    return len(rows)


def undo_call(store: Store, call: str) -> int:
    """Remove what a call brought; return how many rows that were.

    Raises
    ------
    ParameterError
        For a key that no call wrote, so that no imported file can be removed here.
    RightError
        When whoever acts may not enter all of it; nothing is removed then.
    """
    require_now("risk.answer")  # before what is told of boxes, an act of its own
    if not call.startswith(f"{ANSWER_IMPORT}/"):
        raise ParameterError("call", call, f"{ANSWER_IMPORT}/…")
    delivered = _deliveries(store)
    delivered = delivered[delivered["import_id"].eq(call)]
    count = _undo_deliveries(store, delivered) if len(delivered) else 0
    with store.begin("risk.answer") as connection:
        for table in (VALUES, REPORTS):
            done = connection.execute(delete(table).where(table.c.import_id == call))
            count += int(done.rowcount)
    return count


def read_calls(tables: Reader, election: str) -> pd.DataFrame:
    """Return what calls brought, the newest call first.

    Returns
    -------
    DataFrame
        ``call``, ``desa_code``, ``question`` (indicator, ``laporan_nihil`` or
        ``keadaan_kiriman``), ``agency``, ``date``, ``tps_id`` (missing: the whole desa),
        ``value`` (missing for the latter two), ``state`` (of a delivery).
    """
    values = _of_calls(tables.read("indicator_values"))
    values = values[values["election"].eq(election)]
    zeros = _of_calls(tables.read("reports"))
    boxes = _deliveries(tables)
    boxes = boxes[boxes["election"].eq(election)]
    columns = ["call", "desa_code", "question", "agency", "date", "tps_id", "value", "state"]
    rows = pd.concat(
        [
            boxes.assign(
                question="keadaan_kiriman",
                agency="PPS",
                value=float("nan"),
                date=boxes["at"].dt.tz_convert(zone()).dt.tz_localize(None),
            ).rename(columns={"import_id": "call"})[columns],
            values.assign(state=None).rename(
                columns={"import_id": "call", "indicator_id": "question"}
            )[columns],
            zeros.assign(
                question="laporan_nihil", tps_id=None, value=float("nan"), state=None
            ).rename(
                columns={"import_id": "call", "unit_kejadian": "desa_code", "date_end": "date"}
            )[columns],
        ]
    ).astype({"tps_id": "str", "state": "str"})
    order = ["call", "tps_id", "question"]
    return rows.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)
