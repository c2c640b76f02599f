"""An invented region small enough to count by hand: 2 kabupaten, 4 kecamatan, 6 desa.

::

    99        province
    99.01     kabupaten A      99.02     kabupaten B
    99.01.01  kecamatan A1     99.02.01  kecamatan B1
        2001 A1a, 2002 A1b         2001 B1a, 2002 B1b
    99.01.02  kecamatan A2     99.02.02  kecamatan B2
        2001 A2a                   2001 B2a

Elections: pemilu2031 votes on 14 February 2031 everywhere, pilkada2031 on 26 November 2031 in B.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

PROV, A, B = "99", "99.01", "99.02"
A1, A2, B1, B2 = "99.01.01", "99.01.02", "99.02.01", "99.02.02"
A1A, A1B, A2A = "99.01.01.2001", "99.01.01.2002", "99.01.02.2001"
B1A, B1B, B2A = "99.02.01.2001", "99.02.01.2002", "99.02.02.2001"
CODES = (PROV, A, B, A1, A2, B1, B2, A1A, A1B, A2A, B1A, B1B, B2A)
LEVELS = ("provinsi", "kabupaten", "kecamatan", "desa")
FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran", "logistik", "petugas", "proses", "lainnya")

_TPS = {A1A: 10, A1B: 5, A2A: 15, B1A: 4, B1B: 6, B2A: 10}

_DTYPES = {
    "date": "datetime64[us]", "date_event": "datetime64[us]", "date_end": "datetime64[us]",
    "date_reported": "datetime64[us]", "date_start": "datetime64[us]",
    "date_known": "datetime64[us]", "voting_date": "datetime64[us]", "severity": "Int64",
    "people_count": "Int64", "expected_crowd": "Int64", "peaceful": "boolean", "male": "Int64",
    "female": "Int64", "total": "Int64", "tps_count": "Int64",
    "contests": "Int64",
}  # fmt: skip

REPORT_COLUMNS = (
    "report_id", "kind", "status", "date_event", "date_end", "date_precision", "date_reported",
    "stage", "family", "category", "severity", "unit_kejadian", "unit_pokok",
    "location_precision", "peaceful", "perkara_id", "source_id", "verification", "agency",
    "import_id",
)  # fmt: skip
STAGE_COLUMNS = (
    "stage_id", "election", "stage", "name", "date_start", "date_end", "start_precision",
    "legal_basis", "concern", "date_known", "source_id",
)  # fmt: skip
AGENDA_COLUMNS = (
    "agenda_id", "date_start", "date_end", "date_known", "kind", "title", "unit_code",
    "expected_crowd", "owner", "permit", "source_id",
)  # fmt: skip
VOTER_COLUMNS = (
    "voters_id", "election", "list_kind", "level", "unit_code", "male", "female", "total",
    "tps_count", "note", "source_id",
)  # fmt: skip
RAKOR_COLUMNS = (
    "rakor_id", "date", "date_precision", "kind", "level", "unit_code", "period", "topic",
)  # fmt: skip


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a frame with the dtypes in which the store hands tables out."""
    table = pd.DataFrame(rows, columns=list(columns))
    return table.astype({c: _DTYPES.get(c, "str") for c in columns})


def units() -> pd.DataFrame:
    rows = [
        {
            "code": code,
            "level": LEVELS[code.count(".")],
            "name": f"unit {code}",
            "parent_code": code.rpartition(".")[0] or None,
        }
        for code in CODES
    ]
    return frame(rows, ("code", "level", "name", "parent_code"))


def tps_counts() -> pd.Series:
    return pd.Series(_TPS)


def elections() -> pd.DataFrame:
    rows = [
        {"election": "pemilu2031", "voting_date": "2031-02-14", "area_codes": "99"},
        {"election": "pilkada2031", "voting_date": "2031-11-26", "area_codes": "99.02"},
    ]
    return frame(rows, ("election", "voting_date", "area_codes", "contests"))


def stages() -> pd.DataFrame:
    def row(
        number: int, election: str, stage: str, start: str | None, end: str | None, concern: str
    ) -> dict[str, Any]:
        return {
            "stage_id": f"S{number:02d}", "election": election, "stage": stage,
            "name": f"{stage} {election}", "date_start": start, "date_end": end,
            "concern": concern or None,
        }  # fmt: skip

    p, q = "pemilu2031", "pilkada2031"
    rows = [
        row(1, p, "kampanye", "2030-12-01", "2031-02-10", "bentrok"),
        row(2, p, "masa_tenang", "2031-02-11", "2031-02-13", ""),
        row(3, p, "pemungutan_penghitungan", "2031-02-14", "2031-02-14", "ricuh di TPS"),
        row(4, p, "pemungutan_penghitungan", "2031-02-14", "2031-02-15", "ricuh di TPS"),
        row(5, p, "rekapitulasi", "2031-02-15", "2031-03-20", ""),
        row(6, p, "logistik", None, None, "terlambat"),
        row(7, p, "logistik", None, "2031-02-12", "terlambat"),
        row(8, p, "sengketa_hasil", "2031-03-21", None, ""),
        row(9, q, "kampanye", "2031-09-25", "2031-11-22", "bentrok"),
        row(10, q, "pemungutan_penghitungan", "2031-11-26", "2031-11-26", "ricuh di TPS"),
    ]
    return frame(rows, STAGE_COLUMNS)


def report(number: int, **values: Any) -> dict[str, Any]:
    """Return one report: a kejadian of day precision unless told otherwise."""
    code = values["unit_kejadian"]
    row = {
        "report_id": f"R{number:02d}", "kind": "kejadian", "date_precision": "day",
        "stage": "kampanye", "perkara_id": f"P{number:02d}", "verification": "dikutip",
        "location_precision": LEVELS[code.count(".")], "source_id": "src1",
    }  # fmt: skip
    return row | values


def reports() -> pd.DataFrame:
    """Return 16 reports.

    Known answers are written in the tests; the rows are:

    R01 and R02 one affair (short ballots on the day, the vote repeated ten days later) in A1a;
    R03 (A1b) and R04 (kecamatan A1) one conflict; R05 a peaceful rally in B1a about A2a; R06
    January in kabupaten A; R07 province; R08 open potensi in B2; R09 calmed potensi in B1b;
    R10 conflict in kabupaten B, severity unknown; R11, R12 zero reports of A2 for January and
    February; R13 the year 2031 in B1; R14 severe conflict in A1a in December; R15 an assembly in
    B1a that was not peaceful, reported two days late; R16 a planned peaceful rally in A2a.
    """
    rows = [
        report(1, date_event="2031-02-14", date_reported="2031-02-14", family="logistik",
               category="logistik_kurang", stage="pemungutan_penghitungan", severity=2,
               unit_kejadian=A1A, location_precision="tps"),
        report(2, date_event="2031-02-24", date_reported="2031-02-24", family="proses",
               category="psu", stage="pemungutan_penghitungan", severity=3, unit_kejadian=A1A,
               location_precision="tps", perkara_id="P01"),
        report(3, date_event="2031-01-10", family="konflik", category="intimidasi", severity=4,
               unit_kejadian=A1B, perkara_id="P02"),
        report(4, date_event="2031-01-12", date_reported="2031-01-13", family="konflik",
               category="intimidasi", severity=3, unit_kejadian=A1, perkara_id="P02",
               agency="polda", import_id="I1"),
        report(5, date_event="2031-01-20", date_reported="2031-01-20", family="unjuk_rasa",
               category="unjuk_rasa", severity=1, unit_kejadian=B1A, unit_pokok=A2A,
               peaceful=True),
        report(6, date_event="2031-01-01", date_precision="month", family="logistik",
               category="logistik_rusak", stage="logistik", severity=2, unit_kejadian=A),
        report(7, date_event="2031-02-01", date_reported="2031-02-03", family="pelanggaran",
               category="politik_uang", severity=1, unit_kejadian=PROV),
        report(8, kind="potensi", status="terbuka", date_event="2031-02-10",
               date_reported="2031-02-10", family="konflik", category="blokade",
               stage="masa_tenang", severity=3, unit_kejadian=B2, agency="polda"),
        report(9, kind="potensi", status="diredam", date_event="2031-01-05",
               date_reported="2031-01-06", family="konflik", category="intimidasi", severity=2,
               unit_kejadian=B1B),
        report(10, date_event="2031-02-05", date_reported="2031-02-05", family="konflik",
               category="blokade", unit_kejadian=B, verification="terverifikasi"),
        report(11, kind="nihil", date_event="2031-01-01", date_end="2031-01-31",
               date_reported="2031-02-01", unit_kejadian=A2, verification="belum"),
        report(12, kind="nihil", date_event="2031-02-01", date_end="2031-02-28",
               date_reported="2031-03-01", unit_kejadian=A2, verification="belum"),
        report(13, date_event="2031-01-01", date_precision="year", family="konflik",
               category="konflik_agraria_tambang", stage="sosial_non_pemilu", severity=2,
               unit_kejadian=B1),
        report(14, date_event="2030-12-20", date_reported="2030-12-21", family="konflik",
               category="bentrok_pendukung", severity=5, unit_kejadian=A1A),
        report(15, date_event="2031-02-13", date_reported="2031-02-15", family="unjuk_rasa",
               category="unjuk_rasa", stage="masa_tenang", severity=3, unit_kejadian=B1A,
               peaceful=False),
        report(16, kind="potensi", status="terbuka", date_event="2031-02-20",
               date_reported="2031-02-12", family="unjuk_rasa", category="unjuk_rasa",
               stage="pasca_pemilu", severity=1, unit_kejadian=A2A, peaceful=True,
               source_id=None),
    ]  # fmt: skip
    return frame(rows, REPORT_COLUMNS)


def coverage() -> pd.DataFrame:
    """Return who watched what: all of B in January and February, A1 in January only."""
    columns = ("unit_code", "date_start", "date_end", "agency")
    rows = [
        {"unit_code": B, "date_start": "2031-01-01", "date_end": "2031-01-20", "agency": "x"},
        {"unit_code": B, "date_start": "2031-01-15", "date_end": "2031-02-28", "agency": "y"},
        {"unit_code": A1, "date_start": "2031-01-01", "date_end": "2031-01-31", "agency": "x"},
    ]
    return frame(rows, columns)


def agenda() -> pd.DataFrame:
    def row(number: int, start: str, kind: str, title: str, unit: str, **more: Any) -> dict:
        return {"agenda_id": f"G{number}", "date_start": start, "kind": kind, "title": title,
                "unit_code": unit} | more  # fmt: skip

    rows = [
        row(1, "2031-02-20", "aksi", "aksi damai", A2A, date_known="2031-02-12"),
        row(2, "2031-02-18", "putusan", "putusan sengketa", B2, date_known="2031-02-01"),
        row(3, "2031-02-15", "putusan", "belum diketahui", A1, date_known="2031-02-14"),
        row(4, "2031-02-10", "distribusi", "distribusi", A, date_end="2031-02-13"),
        row(5, "2031-02-14", "tahapan", "Pemungutan_penghitungan pemilu2031", PROV),
        row(6, "2031-02-28", "penetapan", "terlalu jauh", B),
    ]
    return frame(rows, AGENDA_COLUMNS)


def voters() -> pd.DataFrame:
    def row(
        number: int, election: str, kind: str, unit: str, total: int | None, **more: Any
    ) -> dict:
        level = LEVELS[unit.count(".")]
        return {"voters_id": f"V{number}", "election": election, "list_kind": kind,
                "level": level, "unit_code": unit, "total": total,
                "source_id": f"src{number}"} | more  # fmt: skip

    rows = [
        row(1, "pemilu2031", "dpt", PROV, 12_000),
        row(2, "pemilu2031", "dpt", A, 7_500),
        row(3, "pemilu2031", "dps", A1, 3_900),
        row(4, "pemilu2026", "dpt", A2, 3_000),  # more than three years before
        row(5, "pilkada2031", "dps", B1, None, male=1_000, female=1_100),
        row(6, "pilkada2031", "rencana", B2, 9_999),  # a plan is not a list
        row(7, "pilkada2031", "dpt", A1, 3_950),  # nine months later than the list of row 3
        row(8, "pemilu2031", "khusus", B, 77),
    ]
    return frame(rows, VOTER_COLUMNS)


def rakor() -> pd.DataFrame:
    def row(number: int, date: str | None, **more: Any) -> dict[str, Any]:
        base = {"rakor_id": f"K{number}", "date": date, "date_precision": "day", "kind": "rakor",
                "level": "provinsi", "topic": "t"}  # fmt: skip
        return base | more

    rows = [
        row(1, "2030-10-16"),
        row(2, "2030-11-20", level="kabupaten", unit_code=A),
        row(3, "2031-01-01", date_precision="month"),
        row(4, "2031-01-15", kind="pembentukan"),
        row(5, "2031-02-10", period="B12 2030"),
        row(6, None, date_precision=None),
    ]
    return frame(rows, RAKOR_COLUMNS)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
