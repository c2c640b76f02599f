"""Which calls would narrow the indices most: the value of the next report.

An index runs from low to high because part of what it is made of is unknown. An indicator that
nobody answered widens the range of each TPS by its component's weight times its own
(`analytics.risk.index.score`: low takes it as 0, high as 1). Time without monitoring widens
the components of reports: a zero report for it takes their high end down to what is known. Any
answer narrows an indicator by the same, yes or no, so what a call is expected to narrow is certain
(as long as its weight rests on published counts: answers move the shares of all others), and calls
about different questions add up: the best twenty are the twenty best, and no other twenty narrow
more.

Of an answer to a question about reports the least is taken, that nothing happened: where something
did, the high end comes down further.

Worked by hand
--------------
Desa A has 3 TPS, desa B one. Two indicators stand under a component of weight 0.4: each widens a
TPS by 0.2. In A one TPS has answered the first. Asking A about the second narrows 3 x 0.2 = 0.6;
A about the first 2 x 0.2 = 0.4; B about either 0.2. Two calls: both to A, together 1.0 of 1.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
ZERO_REPORT = "laporan_nihil"
"""The question whether anything happened in a desa, beside the indicators of the list."""
DELIVERY = "keadaan_kiriman"
"""The question how far the boxes of a desa have come."""
ASKED = {
    "kpu": (
        "pemilih_tidak_memenuhi_syarat",
        "pemilih_pindahan",
        "kpps_luar_domisili",
        "potensi_dpk",
        "pemilih_disabilitas",
        "riwayat_noken",
        "riwayat_psu",
        "logistik_kurang",
        "logistik_terlambat",
        "logistik_rusak",
        "surat_suara_tertukar",
    ),
    "bawaslu": (
        "politik_uang",
        "hasutan_sara",
        "netralitas_asn",
        "kpps_kampanye",
        "dekat_posko_kampanye",
    ),
    "polres": (
        "riwayat_kekerasan",
        "riwayat_intimidasi",
        "penolakan_pemungutan",
        "wilayah_rawan_konflik",
        ZERO_REPORT,
    ),
    "pps": (
        "rawan_bencana",
        "dekat_lembaga_pendidikan",
        "sulit_dijangkau",
        "dekat_wilayah_kerja",
        "lokasi_khusus",
        DELIVERY,
    ),
    "kominfo": ("kendala_internet",),
    "pln": ("kendala_listrik",),
}
"""Which office is asked which question: an assumption, by what each office is there for."""
OTHER_AGENCY = "pps"
"""Who is asked what is not named here: the polling committee of the desa."""
_OFFICE = {question: office for office, questions in ASKED.items() for question in questions}
COLUMNS = ("desa_code", "question", "agency", "tps", "narrowing")


@dataclass(frozen=True)
class CallParams:
    """How many calls are listed, and whether one call asks all that its office can answer.

    Attributes
    ----------
    count
        1 to 200.
    together
        One row per desa and agency in place of one per desa, agency and question.
    """

    count: int = 20
    together: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 200:
            raise ParameterError("count", self.count, "1 to 200")


def agency_of(question: str) -> str:
    """Return who is asked a question; see `ASKED`."""
    return _OFFICE.get(question, OTHER_AGENCY)


def indicator_calls(
    desa: pd.Series,
    known: Bools,
    indicators: pd.DataFrame,
    weight: float,
    shares: Floats | None = None,
) -> pd.DataFrame:
    """Return what asking each desa about each indicator would narrow.

    Parameters
    ----------
    desa
        Code of the desa of each TPS.
    known
        TPS x indicators: whether somebody answered.
    indicators
        ``indicator_id`` of one component's list, in the order of ``known``.
    weight
        Weight of that component in its index, 0 to 1.
    shares
        (indicators,) weight of each in the component, from 0 on; None: all the same, together 1.

    Returns
    -------
    DataFrame
        One row per desa and indicator that is unknown for a TPS: ``desa_code``, ``question``,
        ``agency``, ``tps`` (for how many it is unknown), ``narrowing`` (of the index, summed over
        them).

    Raises
    ------
    ParameterError
        When the table does not fit the list, or the weight is out of range.
    """
    if known.shape != (len(desa), len(indicators)):
        raise ParameterError("known", known.shape, f"{len(desa)} x {len(indicators)}")
    if not 0 <= weight <= 1:
        raise ParameterError("weight", weight, "0 to 1")
    if not len(indicators):
        return pd.DataFrame(columns=list(COLUMNS))
    row, codes = pd.factorize(desa, sort=True)
    missing = np.zeros((len(codes), len(indicators)), dtype=np.int64)
    np.add.at(missing, row, ~known)
    at, question = np.nonzero(missing)
    names = indicators["indicator_id"].astype(str).to_numpy()
    agencies = np.array([agency_of(q) for q in names])
    tps = missing[at, question]
    each = np.full(len(names), 1 / len(names)) if shares is None else shares
    return pd.DataFrame(
        {
            "desa_code": np.asarray(codes)[at],
            "question": names[question],
            "agency": agencies[question],
            "tps": tps,
            "narrowing": tps * weight * each[question],
        }
    )


def zero_report_calls(desa: pd.Series, widths: pd.Series) -> pd.DataFrame:
    """Return what a zero report of each desa would narrow.

    Parameters
    ----------
    desa
        Code of the desa of each TPS.
    widths
        By desa code: how much of the range of one TPS comes from time without monitoring, all
        components of reports together, each times its weight.

    Returns
    -------
    DataFrame
        As of `indicator_calls`.
    """
    count = desa.value_counts().rename("tps")
    found = pd.DataFrame({"tps": count, "width": widths.reindex(count.index).fillna(0.0)})
    found = found[found["width"].gt(1e-12)].rename_axis("desa_code").reset_index()
    return found.assign(
        question=ZERO_REPORT, agency=agency_of(ZERO_REPORT), narrowing=found["tps"] * found["width"]
    )[list(COLUMNS)]


def delivery_calls(desa: pd.Series, widths: pd.Series) -> pd.DataFrame:
    """Return what asking how far the boxes of each desa have come would narrow.

    Parameters
    ----------
    desa
        Code of the desa of each TPS.
    widths
        By TPS, on the index of ``desa``: how much of its range comes of a delivery of which
        nothing is reported, times the weight; 0 where something is.

    Returns
    -------
    DataFrame
        As of `indicator_calls`.
    """
    open_ = widths[widths.gt(1e-12)]
    rows = open_.groupby(desa.reindex(open_.index), sort=True).agg(["size", "sum"])
    found = rows.rename(columns={"size": "tps", "sum": "narrowing"}).rename_axis("desa_code")
    found = found.reset_index().assign(question=DELIVERY, agency=agency_of(DELIVERY))
    return found[list(COLUMNS)]


def best_calls(calls: pd.DataFrame, params: CallParams | None = None) -> pd.DataFrame:
    """Return the calls that narrow most, the best first.

    Parameters
    ----------
    calls
        Rows of `indicator_calls`, `zero_report_calls` and `delivery_calls`, no question of a desa
        twice.
    params
        How many, and whether questions to one office are asked in one call.

    Returns
    -------
    DataFrame
        ``desa_code``, ``agency``, ``question`` (several joined by |), ``tps`` (the most of one
        question), ``questions`` (how many), ``narrowing``, ``running`` (added up to this row).
        Of equal ones the smaller code and then the earlier question comes first.
    """
    chosen = params or CallParams()
    rows = calls.reset_index(drop=True).assign(order=lambda f: f.index)
    keys = ["desa_code", "agency"] if chosen.together else ["desa_code", "agency", "question"]
    rows["name"] = rows["question"]
    grouped = rows.groupby(keys, sort=False).agg(
        question=("name", "|".join),
        questions=("name", "size"),
        tps=("tps", "max"),
        narrowing=("narrowing", "sum"),
        order=("order", "min"),
    )
    if not chosen.together:
        grouped = grouped.droplevel("question")
    # Equal narrowing differs in its last digits by the order of adding: below 1e-9 it is a tie.
    found = grouped.reset_index().assign(rank=lambda f: -f["narrowing"].round(9))
    found = found.sort_values(["rank", "desa_code", "order"], kind="stable").head(chosen.count)
    found = found.assign(running=found["narrowing"].cumsum()).reset_index(drop=True)
    columns = ["desa_code", "agency", "question", "tps", "questions", "narrowing", "running"]
    return found[columns]


def total_width(low: pd.Series, high: pd.Series) -> float:
    """Return the range of an index, ``high`` less ``low`` of each TPS, 0 to 1, summed over all."""
    return float((high.astype("float64") - low.astype("float64")).sum())
