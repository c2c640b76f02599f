"""What the form of hand-overs offers: kits of a desa or of a trip of the plan, and its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from services.dataset import Dataset
from services.plan import load_plan
from services.receipts import Handover, PlanTimes
from services.receipts_view import WIB


@dataclass(frozen=True)
class Target:
    """Which kits a hand-over is about.

    Attributes
    ----------
    desa_code, tps_id
        Without ``tps_id`` all TPS of the desa.
    boxes
        Boxes of the plan; None without one.
    """

    desa_code: str
    tps_id: str | None = None
    boxes: int | None = None


@dataclass(frozen=True)
class TripOffer:
    """A trip of the kept plan that can be told of in one go.

    Attributes
    ----------
    trip_id, vehicle_id, mode
        As the plan has them.
    depart, arrive
        When it leaves, and when it sets the last kit down; WIB.
    targets
        The kits it carries: whole desa where it carries all TPS of one, else each TPS.
    """

    trip_id: str
    vehicle_id: str
    mode: str
    depart: pd.Timestamp
    arrive: pd.Timestamp
    targets: tuple[Target, ...]


def trips_of(times: PlanTimes) -> list[TripOffer]:
    """Return the trips of a kept plan in order of departure."""
    document = load_plan(times.name)
    inputs = pd.DataFrame(document["inputs"]["tps"]).set_index("tps_id")
    of_desa = inputs["place_code"].value_counts()
    offers = []
    for trip in document["trips"]:
        carried = [tps for stop in trip["stops"] for tps in stop["tps"]]
        if not carried:
            continue
        kits = inputs.loc[list(dict.fromkeys(carried))]
        targets: list[Target] = []
        for desa, mine in kits.groupby("place_code", sort=False):
            if len(mine) == of_desa[desa]:
                targets.append(Target(str(desa), None, int(mine["boxes"].sum())))
            else:
                targets += [Target(str(desa), str(t), int(b)) for t, b in mine["boxes"].items()]
        last = [stop["arrive"] for stop in trip["stops"] if stop["tps"]][-1]
        offers.append(
            TripOffer(
                trip["trip_id"], trip["vehicle_id"], trip["mode"],
                pd.Timestamp(trip["stops"][0]["depart"]).tz_convert(WIB),
                pd.Timestamp(last).tz_convert(WIB), tuple(targets),
            )
        )  # fmt: skip
    return sorted(offers, key=lambda offer: (offer.depart, offer.trip_id))


def desa_names(data: Dataset, election: str, kabupaten: str | None) -> dict[str, str]:
    """Return the names of the desa with TPS by code."""
    tps = data.tps[data.tps["election"].eq(election)]
    codes = pd.Index(tps["desa_code"].unique())
    if kabupaten:
        codes = codes[codes.str.startswith(f"{kabupaten}.")]
    return {code: data.place_names[code] for code in sorted(codes)}


def tps_of(data: Dataset, election: str, desa: str) -> list[str]:
    """Return the TPS of a desa."""
    tps = data.tps[data.tps["election"].eq(election) & data.tps["desa_code"].eq(desa)]
    return sorted(tps["tps_id"])


def targets_of(desa: str, tps: Sequence[str]) -> tuple[Target, ...]:
    """Return the kits of chosen TPS, or of the whole desa when none is chosen."""
    return tuple(Target(desa, one) for one in tps) or (Target(desa),)


def handovers(
    election: str, targets: Sequence[Target], values: Mapping[str, Any]
) -> list[Handover]:
    """Return one hand-over per target from the values of the form.

    Parameters
    ----------
    election
        The election.
    targets
        Kits.
    values
        ``state``, ``day`` and ``clock`` (WIB) and the other attributes of `Handover`. Without a
        number of boxes those of the plan are taken.
    """
    moment = dt.datetime.combine(values["day"], values["clock"])
    at = pd.Timestamp(moment).tz_localize(WIB).to_pydatetime()
    rest = {k: v for k, v in values.items() if k not in {"day", "clock", "boxes"}}
    return [
        Handover(
            election=election, desa_code=target.desa_code, tps_id=target.tps_id, at=at,
            boxes=target.boxes if values.get("boxes") is None else int(values["boxes"]), **rest,
        )
        for target in targets
    ]  # fmt: skip
