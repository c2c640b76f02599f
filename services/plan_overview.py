"""The kept plans of all kabupaten at a glance: who has one, whether it passes, how tight it is."""

from __future__ import annotations

import pandas as pd

from data.plans import load_plan, saved_plans
from services.dataset import Dataset
from services.plan_view import delivery_rows
from services.texts import label, number, text

COLUMNS = ("kabupaten", "plan", "verdict", "tps", "trips", "slack", "cost")


def plan_overview(data: Dataset, election: str = "pemilu2024") -> pd.DataFrame:
    """Return the newest kept plan of each kabupaten; replays of a published day are left out.

    Returns
    -------
    DataFrame
        Index code of the kabupaten; ``name``; ``plan`` (missing: none is kept), ``passed``, ``tps``
        (on time in a plan that passes, else 0), ``tps_all`` (of the register), ``trips``,
        ``slack_min`` (missing where nothing is delivered), ``cost`` in rupiah.
    """
    units = data.units[data.units["level"].eq("kabupaten")].set_index("code")["name"]
    register = data.tps.loc[data.tps["election"].eq(election), "desa_code"].str[:5].value_counts()
    newest = _newest()
    rows = []
    for code, name in units.items():
        row = {"code": code, "name": name, "plan": None, "passed": False, "tps": 0, "trips": 0}
        row |= {"tps_all": int(register.get(code, 0)), "slack_min": None, "cost": None}
        if kept := newest.get(str(code)):
            document = load_plan(kept)
            passed = bool((document["verdict"] or {}).get("passed"))
            on_time = int(delivery_rows(document)["tps_count"].sum()) if passed else 0
            figures = document["figures"]
            row |= {"plan": kept, "passed": passed, "tps": on_time}
            row |= {"trips": len(document["trips"]), "cost": figures["cost"]}
            row |= {"slack_min": figures["slack_min"]}
        rows.append(row)
    return pd.DataFrame(rows).set_index("code").astype({"slack_min": "float64", "cost": "float64"})


def _newest() -> dict[str, str]:
    """Return the name of the newest kept plan by code of the kabupaten."""
    found: dict[str, str] = {}
    for name in saved_plans():
        about = load_plan(name).get("about", {})
        if not about.get("replay"):
            found.setdefault(str(about.get("kabupaten")), name)
    return found


def overview_words(overview: pd.DataFrame, lang: str) -> tuple[str, str]:
    """Return a finding as title, and what it rests on."""
    passed = int(overview["passed"].sum())
    title = text("overview.title", lang, n=passed, total=len(overview))
    sub = text(
        "overview.sub", lang,
        tps=number(overview["tps"].sum(), lang), total=number(overview["tps_all"].sum(), lang),
    )  # fmt: skip
    return title, sub


def overview_table(overview: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return the table as readers see it, in the order of `plan_overview`."""
    none = text("overview.none", lang)
    verdict = [
        none if pd.isna(plan) else text(f"overview.{'passed' if passed else 'failed'}", lang)
        for plan, passed in zip(overview["plan"], overview["passed"], strict=True)
    ]
    values = {
        "kabupaten": overview["name"],
        "plan": overview["plan"].fillna(none),
        "verdict": verdict,
        "tps": [
            text("overview.of", lang, n=number(n, lang), total=number(total, lang))
            for n, total in zip(overview["tps"], overview["tps_all"], strict=True)
        ],
        "trips": [number(n or None, lang) for n in overview["trips"]],
        "slack": [number(minutes / 60, lang, 1) for minutes in overview["slack_min"]],
        "cost": [number(cost / 1e6, lang, 1) for cost in overview["cost"]],
    }
    return pd.DataFrame({label("overview_column", key, lang): list(values[key]) for key in COLUMNS})
