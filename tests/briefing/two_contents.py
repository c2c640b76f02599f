"""Two small contents of snapshots on invented squares, that a test changes as it needs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from data.outlook.lodged import canonical, digest_of
from services.briefing.snapshot import Snapshot
from tests.briefing.sample_deck import CODES, NAMES, collection

FAMILIES = ("konflik", "unjuk_rasa")
A, B, C, D = CODES
Content = dict[str, Any]


def snapshot(content: Content) -> Snapshot:
    return Snapshot(content, digest_of(canonical(content)))


def both(words: str) -> dict[str, str]:
    return {"id": words, "en": words}


def units(affairs: tuple[float, ...], uncovered: tuple[str, ...] = ()) -> Content:
    """Return what a map holds of a family; the affairs of a unit are its own."""
    counts = dict(zip(CODES, affairs, strict=True))
    state = {
        code: "tidak_tercakup"
        if code in uncovered
        else "ada_laporan"
        if counts[code]
        else "tidak_ada_laporan"
        for code in CODES
    }
    return {"affairs": counts, "state": state, "n_affairs": int(sum(affairs))}


def watched(code: str, rank: int) -> Content:
    return {"code": code, "rank": rank, "place": NAMES[CODES.index(code)]}


def potensi(affair: str, severity: int = 2) -> Content:
    return {
        "perkara_id": affair, "family": "konflik", "severity": severity, "place": both("Utara"),
        "summary": f"tentang {affair}", "date_event": "2024-01-05",
    }  # fmt: skip


def warning(key: str, state: str = "terbuka", level: str = "siaga", **more: Any) -> Content:
    row = {
        "warning_id": key, "rule": "klaster", "level": level, "place_code": A, "state": state,
        "owner": "Polres", "taken": True, "title": both(f"Peringatan {key}"),
    }  # fmt: skip
    return {**row, **more}


def action(key: str, status: str = "berjalan", overdue: bool = False) -> Content:
    return {
        "action_id": key, "decision": f"Putusan {key}", "owner": "KPU", "due": "2024-02-10",
        "status": status, "overdue": overdue, "warning_id": None, "meeting_id": "rkr-1",
    }  # fmt: skip


def said(code: str, probability: float, own: float | None, family: str = "konflik") -> Content:
    return {
        "level": "kabupaten", "code": code, "family": family, "probability": probability,
        "own": own, "chance": both(f"{probability}"),
    }  # fmt: skip


def seen(code: str | None, day: str, family: str = "konflik", last: str = "") -> Content:
    return {"code": code, "family": family, "first": day, "last": last or day}


def report(key: str, affair: str, day: str, kind: str = "kejadian", **more: Any) -> Content:
    return {
        "report_id": key, "perkara_id": affair, "date_event": day, "kind": kind, "status": None,
    } | more  # fmt: skip


def content(
    as_of: str,
    period: tuple[str, str],
    year: tuple[str, str],
    affairs: dict[str, tuple[float, ...]],
) -> Content:
    """Return a content in which nothing is watched, feared, warned of or said."""
    level = {
        window: {family: units(affairs[family]) for family in FAMILIES}
        for window in ("tahun", "rakor")
    }
    return {
        "as_of": as_of,
        "period": list(period),
        "since": {"day": "2024-01-31", "period": "B04 2024", "assumed": False},
        "filters": {"election": "pemilu2024"},
        "land": {"kabupaten": collection()},
        "hotspots": {
            "windows": {"tahun": list(year), "rakor": list(period)},
            "levels": {"kabupaten": level},
        },
        "situation": {
            "figures": {
                family: {"n_affairs": int(sum(affairs[family])), "covered": True}
                for family in FAMILIES
            },
            "watch": [],
            "potensi": [],
        },
        "register": {"warnings": [], "actions": []},
        "ahead": {"window": None, "rows": [], "seen": [], "watched": {}},
        "people": {"units": []},
        "distribution": {"election": "pemilu2024", "plans": []},
        "reports": [],
    }


def earlier() -> Content:
    """Return a snapshot of 31 January 2024 with an outlook on February."""
    found = content(
        "2024-01-31",
        ("2024-01-01", "2024-01-31"),
        ("2023-02-01", "2024-01-31"),
        {"konflik": (1.0, 2.0, 0.0, 0.0), "unjuk_rasa": (0.0, 0.0, 3.0, 1.0)},
    )
    found["situation"]["watch"] = [watched(A, 1), watched(B, 2)]
    found["situation"]["potensi"] = [potensi("P1"), potensi("P2"), potensi("P3")]
    found["register"] = {
        "warnings": [
            warning("W1"),
            warning("W2"),
            warning("W3"),
            warning("W6", "baru"),
            warning("W0", "ditutup"),
        ],
        "actions": [action("T1"), action("T2"), action("T0", "selesai"), action("T3")],
    }
    found["ahead"] |= {
        "window": ["2024-02-01", "2024-02-29"],
        "rows": [
            said(A, 0.5, 0.25), said(B, 0.25, 0.5), said(C, 0.75, 0.0), said(D, 0.25, 0.0),
            said(A, 0.0, None, "unjuk_rasa"),
        ],
    }  # fmt: skip
    found["people"]["units"] = [
        {"code": A, "name": NAMES[0], "police": 10, "available": None, "short": None}
    ]
    found["distribution"]["plans"] = [{"code": A, "name": NAMES[0], "plan": None, "passed": False}]
    return found


def later() -> Content:
    """Return a snapshot of 3 March 2024, as long a period after the other's day."""
    found = content(
        "2024-03-03",
        ("2024-02-01", "2024-03-02"),
        ("2023-03-05", "2024-03-03"),
        {"konflik": (4.0, 1.0, 0.0, 2.0), "unjuk_rasa": (0.0, 0.0, 3.0, 0.0)},
    )
    found["situation"]["watch"] = [watched(C, 1), watched(A, 2)]
    found["situation"]["potensi"] = [potensi("P2"), potensi("P4")]
    found["register"] = {
        "warnings": [
            warning("W1", "ditutup", outcome="dicegah"), warning("W2", level="awas"),
            warning("W4", "baru"), warning("W5", "ditutup", outcome="salah_alarm"),
            warning("W0", "ditutup"),
        ],
        "actions": [
            action("T1", "selesai"), action("T2", overdue=True), action("T4"),
            action("T0", "selesai"),
        ],
    }  # fmt: skip
    found["reports"] = [report("R1", "P1", "2024-02-09")]
    found["ahead"] |= {
        "seen": [
            seen(A, "2024-02-03"), seen(A, "2024-02-20"), seen(B, "2024-01-31"),
            seen(D, "2024-02-01", last="2024-02-29"), seen(None, "2024-02-10"),
            seen(B, "2024-02-10", "unjuk_rasa"), seen(B, "2024-03-01"),
        ],
        "watched": {
            A: [["2023-01-01", "2024-03-03"]],
            B: [["2023-01-01", "2024-03-03"]],
            C: [["2023-01-01", "2024-02-10"], ["2024-02-12", "2024-03-03"]],
            D: [["2024-02-15", "2024-03-03"]],
        },
    }  # fmt: skip
    found["people"]["units"] = [
        {"code": A, "name": NAMES[0], "police": 12, "available": 9, "short": 3}
    ]
    found["distribution"]["plans"] = [
        {"code": A, "name": NAMES[0], "plan": "utara-1", "passed": True}
    ]
    return found


def pair() -> tuple[Content, Content]:
    return deepcopy(earlier()), deepcopy(later())
