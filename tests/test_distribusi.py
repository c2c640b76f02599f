"""The page of distribution: remoteness, its classes, and what they rest on."""

from __future__ import annotations

import numpy as np
import pytest

from services.dataset import Dataset
from services.distribusi import (
    BANDS_MIN,
    band_of,
    origins,
    remote_layers,
    remote_legend,
    remote_table,
    remote_view,
)


@pytest.mark.parametrize(
    ("minutes", "band"),
    [
        (0.0, 0),
        (30.0, 0),
        (30.1, 1),
        (240.0, 3),
        (241.0, 4),
        (np.nan, None),
        (np.inf, None),
    ],
)
def test_a_time_on_a_border_belongs_to_the_lower_class(minutes: float, band: int | None) -> None:
    assert band_of(minutes) == band
    assert BANDS_MIN == (30, 60, 120, 240)


def test_every_desa_and_island_site_is_reached_or_listed(dataset: Dataset) -> None:
    view = remote_view(dataset)
    desa = set(dataset.units.loc[dataset.units["level"].eq("desa"), "code"])
    reached = set(view.rows.loc[view.rows["p95_min"].notna(), "node_id"])
    assert desa <= reached | set(view.missing["node_id"])
    assert view.rows["rank"].dropna().is_monotonic_increasing


def test_the_islands_are_among_the_most_remote(dataset: Dataset) -> None:
    first = remote_table(remote_view(dataset), dataset, "id").head(10)
    assert first["Tempat"].str.contains("Pulau|Pongok|Celagen").all()


def test_times_are_in_order_and_tps_add_up(dataset: Dataset) -> None:
    rows = remote_view(dataset).rows
    assert (rows["low_min"] <= rows["usual_min"]).all()
    assert (rows["usual_min"] <= rows["p95_min"]).all()
    assert (rows["p95_min"] <= rows["high_min"]).all()
    assert rows["tps"].sum() == 4116


def test_the_legend_counts_every_desa_that_is_drawn(dataset: Dataset) -> None:
    for kabupaten, count in ((None, 391), ("19.03", 53)):
        view = remote_view(dataset, kabupaten)
        assert sum(n for _, _, n in remote_legend(view, "id")) == count
        assert len(remote_layers(view, dataset, "id")) == 4


def test_measuring_from_a_pier_starts_at_its_own_desa(dataset: Dataset) -> None:
    assert "P-SADAI" in origins(dataset)
    minutes = remote_view(dataset, None, "P-SADAI").minutes
    assert minutes.idxmin().startswith("19.03.06")
    assert np.isfinite(minutes).all()
