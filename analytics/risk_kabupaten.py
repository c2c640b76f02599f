"""The indices of whole kabupaten: no register of TPS, or reports known no finer than that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.risk_components import Field, LoadField, nihil_known, remoteness_parts
from analytics.risk_index import Part
from analytics.risk_params import LOGISTICS, LogisticsParams, RiskParams
from analytics.risk_reports import Placed, report_depth, weighing_reports


def kabupaten_field(
    reports: pd.DataFrame,
    kabupaten: Sequence[str],
    stages: pd.DataFrame,
    coverage: pd.DataFrame,
    params: RiskParams,
) -> Field:
    """Return the field of reports over kabupaten.

    A report counts whole in the kabupaten it is known to lie in, however finely it is known, and
    in no other; one known only to the province counts in none. There is no decay by travel time.
    The load that makes a component one half is ``kabupaten_half_load``.

    Parameters
    ----------
    reports
        The table of reports without totals.
    kabupaten
        Codes.
    stages, coverage, params
        As for `analytics.risk_components.desa_field`.
    """
    rows = weighing_reports(reports, params)
    fields = []
    for component, load in (("konflik", params.conflict), ("potensi", params.potential)):
        mine = rows[rows["component"].eq(component)]
        inside = np.zeros((len(mine), len(kabupaten)))
        deep = report_depth(mine) >= 1
        for n, (code, ok) in enumerate(zip(mine["unit_code"].astype(str), deep, strict=True)):
            for m, unit in enumerate(kabupaten):
                if ok and (code == unit or code.startswith(f"{unit}.")):
                    inside[n, m] = 1.0
        placed = Placed(inside, inside, inside)
        fields.append(LoadField(mine, placed, load, params.reports.kabupaten_half_load))
    return Field(
        tuple(kabupaten), fields[0], fields[1], stages, coverage, nihil_known(reports, params),
        params,
    )  # fmt: skip


def kabupaten_logistics(
    places: pd.DataFrame, kabupaten: Sequence[str], params: LogisticsParams
) -> dict[str, Part]:
    """Return the logistic components of kabupaten.

    Remoteness and changes of mode are the mean over its desa offices, each counted once; all that
    is known per TPS only is unknown.

    Parameters
    ----------
    places
        ``unit_code`` and the columns of `remoteness_parts`, one row per desa office.
    kabupaten
        Codes.
    params
        Scales.
    """
    at = pd.Index(kabupaten)
    own = places["unit_code"].str.split(".").str[:2].str.join(".")
    found = {name: Part.unknown(len(at)) for name in LOGISTICS}
    for name, part in remoteness_parts(places, params).items():
        frame = pd.DataFrame({"bad": part.bad, "known": part.known}).groupby(own.to_numpy()).mean()
        mean = frame.reindex(at).fillna(0.0)
        found[name] = Part.of(mean["bad"].to_numpy(), mean["known"].to_numpy())
    return found
