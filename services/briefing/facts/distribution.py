"""What must go where over the sea, which plans stand, and what was published of the sea."""

from __future__ import annotations

import datetime as dt
from datetime import date
from functools import partial

import pandas as pd

from data.province import default_election, zone
from services.briefing.facts.plain import Facts, both, plain
from services.dataset import Dataset
from services.network.build import network_of
from services.network.sea import areas_of, caution, caution_words
from services.plan.hands.adopted import plans_in_force
from services.plan.views.needs import Needs, needs
from services.plan.views.view import place_label, plan_overview

MOST_PLACES = 40


def distribution(data: Dataset, as_of: date) -> Facts:
    """Return the places that are served by boat, the plans known on a day, and the sea.

    What is to be carried, fleets and ways are those of the store: they carry no day of knowledge.
    """
    found = needs(data)
    rows = found.rows
    by_sea = rows[rows["mode"].eq("boat")]
    return {
        "election": default_election(),
        "tps": int(rows["tps"].sum()),
        "boxes": int(rows["boxes"].sum()),
        "sea": {
            "tps": int(by_sea["tps"].sum()),
            "boxes": int(by_sea["boxes"].sum()),
            "places": len(by_sea),
            "boats": int(sum(found.boats.values())),
        },
        "places": _places(found, data),
        "plans": _plans(data, as_of),
        "refused": sorted(found.refused),
        "caution": _caution(data, as_of),
    }


def _places(found: Needs, data: Dataset) -> list[Facts]:
    """Return the places served by boat with their way, most TPS first."""
    rows = found.rows[found.rows["mode"].eq("boat")]
    nodes = network_of(data).network.nodes.set_index("node_id")[["lon", "lat"]]
    at = nodes.to_dict("index")
    out = []
    order = rows.sort_values(["tps", "place_code"], ascending=[False, True])
    for row in order.head(MOST_PLACES).to_dict("records"):
        code, pier = str(row["place_code"]), str(row["pier"])
        if code not in at or pier not in at:
            continue
        out.append(
            {
                "code": code,
                "name": place_label(data, code),
                "pier": place_label(data, pier),
                "tps": int(row["tps"]),
                "boxes": int(row["boxes"]),
                "point": plain(list(at[code].values())),
                "from": plain(list(at[pier].values())),
            }
        )
    return out


def _plans(data: Dataset, as_of: date) -> list[Facts]:
    """Return the plan of each kabupaten that was saved by the end of a day."""
    end = pd.Timestamp(dt.datetime.combine(as_of, dt.time.max), tz=zone()).value
    written = {plan.name: plan.stamp for plan in data.plans}
    overview = plan_overview(data)
    in_force = plans_in_force(data, default_election(), audited=False)
    out = []
    for code, row in overview.to_dict("index").items():
        kept = in_force.get(str(code))
        there = kept is not None and written.get(kept.name, end + 1) <= end
        out.append(
            {
                "code": str(code),
                "name": str(row["name"]),
                "plan": str(row["plan"]) if there else None,
                "passed": bool(row["passed"]) if there else False,
                "tps": int(row["tps"]) if there else 0,
                "tps_all": int(row["tps_all"]),
                "slack_min": plain(row["slack_min"]) if there else None,
            }
        )
    return out


def _caution(data: Dataset, as_of: date) -> list[Facts]:
    """Return what was published in other years of the seas of the piers, in this month."""
    codes = data.units.loc[data.units["level"].eq("kabupaten"), "code"]
    areas = sorted({area for code in codes for area in areas_of(data, str(code), {})})
    found = []
    for row in caution(areas, as_of.month):
        said = both(partial(caution_words, row))
        found.append(plain(row) | {"words": said})
    return found
