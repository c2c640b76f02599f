"""How the roads in use fit the published distances and times, for the command and other readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from data.network.tables import load_network_tables, read_road_file
from services.network.build import NetworkSet, load_network
from services.network.routes import roads_note
from services.texts import label, number, text

if TYPE_CHECKING:
    from data.store.engine import Store

DISTANCE, TIME = "distance_km", "time_min"


def road_fit(store: Store, networks: NetworkSet | None = None) -> dict[str, Any]:
    """Return the fit of the roads in use, JSON-ready.

    Parameters
    ----------
    store
        The store.
    networks
        Its network, to save building it.

    Returns
    -------
    dict
        ``roads`` (as of `services.network.routes.roads_note`), ``fitted`` (what was fitted),
        ``facts`` (``fact_id``, ``from``, ``to``, ``kind``, ``published``, ``ours``, ``error``; each
        predicted from the other pairs), and by kind ``median`` and ``worst`` error.
    """
    found = networks or load_network(store)
    fit = found.fit
    facts = load_network_tables(store.units())["road_facts"].set_index("fact_id")
    errors = fit.errors.sort_values(["kind", "pair", "fact_id"])
    rows = [
        {
            "fact_id": row["fact_id"],
            "from": facts["from_text"][row["fact_id"]],
            "to": facts["to_text"][row["fact_id"]],
            "kind": row["kind"],
            "published": float(row["published"]),
            "ours": round(float(row["predicted"]), 1),
            "error": round(float(row["error"]), 3),
        }
        for row in errors.to_dict("records")
    ]
    return {
        "roads": roads_note(found, read_road_file(store)),
        "fitted": {
            "detour": round(fit.detour, 3),
            "speed_kmh": fit.speed_kmh,
            "town_factor": fit.town_factor,
            "trip_min": fit.trip_min,
            "pace": fit.pace,
            "error_at_class_speeds": fit.at_class_speeds,
        },
        "facts": rows,
        **{name: _worst(errors[errors["kind"].eq(name)]) for name in (DISTANCE, TIME)},
    }


def _worst(errors: pd.DataFrame) -> dict[str, Any]:
    if errors.empty:
        return {"n": 0, "median": None, "worst": None, "worst_pair": None}
    at = int(errors["error"].abs().to_numpy().argmax())
    return {
        "n": len(errors),
        "median": round(float(errors["error"].abs().median()), 3),
        "worst": round(float(errors["error"].iloc[at]), 3),
        "worst_pair": str(errors["pair"].iloc[at]),
    }


def fit_lines(found: dict[str, Any], lang: str) -> list[str]:
    """Return what `road_fit` found, a line each."""
    lines = [_fact_line(row, lang) for row in found["facts"]]
    for kind in (DISTANCE, TIME):
        if (worst := found[kind])["n"]:
            values = {name: _percent(worst[name], lang) for name in ("median", "worst")}
            lines.append(
                text(f"roadfit.{kind}", lang, n=worst["n"], pair=worst["worst_pair"], **values)
            )
    roads, fitted = found["roads"], found["fitted"]
    if roads["measured_on"] != "proxy":
        at_class = _percent(fitted["error_at_class_speeds"], lang)
        key = "roadfit.kept" if fitted["pace"] == 1 else "roadfit.pace"
        pace, trip = number(fitted["pace"], lang, 2), number(fitted["trip_min"], lang)
        lines.append(text(key, lang, name=roads["source"], pace=pace, trip=trip, before=at_class))
    elif roads["source"] != "proxy":
        lines.append(text("roadfit.few", lang, name=roads["source"]))
    else:
        digits = {"detour": 2, "speed_kmh": 1, "town_factor": 1, "trip_min": 0}
        values = {name: number(fitted[name], lang, n) for name, n in digits.items()}
        lines.append(text("roadfit.proxy", lang, **values))
    for kind, spread in roads["spread"].items():
        factors = {name: number(spread[name], lang, 2) for name in ("low", "high")}
        words = label("basis", spread["basis"], lang)
        lines.append(
            text(
                "roadfit.spread", lang, kind=label("road_kind", kind, lang), basis=words, **factors
            )
        )
    lines.append(text("roadfit.error", lang, error=_percent(roads["error_sd"], lang)))
    return lines


def _percent(share: float, lang: str) -> str:
    return number(100 * share, lang)


def _fact_line(row: dict[str, Any], lang: str) -> str:
    """Return a fact with what the roads say of it."""
    unit = text(f"roadfit.unit_{row['kind']}", lang)
    sign = "+" if row["error"] > 0 else ""
    values = {name: number(row[name], lang) for name in ("published", "ours")}
    error = f"{sign}{_percent(row['error'], lang)}"
    return text(
        "roadfit.fact", lang, start=row["from"], end=row["to"], unit=unit, error=error, **values
    )
