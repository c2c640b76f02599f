"""Parameters of the risk indices: the shipped ones are right, wrong ones are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.custody.chain import STATES
from analytics.risk.params import (
    INDICES,
    DrawParams,
    IndexParams,
    LoadParams,
    Relevance,
    RiskParams,
    params_of,
)
from data import vocabulary
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.risk.params import read_risk_params
from data.store.rules_risk import KELAS
from geo.errors import ParameterError
from services.explain import explain
from services.risk.index import default_params, read_params
from services.texts import catalogue

ROOT = Path(__file__).resolve().parents[2]


def changed(**values: object) -> tuple[dict[str, object], dict[str, dict[str, float]]]:
    """Return the shipped values with some of them changed, dots written as two underscores."""
    file = read_risk_params()
    keys = {key.replace("__", "."): value for key, value in values.items()}
    assert set(keys) <= set(file.values)
    return file.values | keys, file.relevance


def test_every_shipped_parameter_has_a_unit_and_a_source_or_is_an_assumption() -> None:
    rows = read_risk_params().rows
    assert len(rows) > 40
    assert rows["note"].str.len().gt(0).all()
    facts = rows["basis"].eq("fakta")
    assert rows.loc[facts, "source_url"].str.startswith("https://").all()
    assert rows.loc[rows["key"].str.contains("bobot|ambang|half_life"), "basis"].eq(
        "anggapan"
    ).all()  # fmt: skip


def test_the_shipped_parameters_are_in_range_and_hashable() -> None:
    params = default_params()
    assert isinstance(params, RiskParams)
    assert {params: 1}[read_params(None)] == 1
    for name in INDICES:
        assert sum(params.index(name).weights) == pytest.approx(1)
    assert params.draws.draws >= 2000


def test_the_matrix_knows_every_category_of_conflict_and_every_stage() -> None:
    relevance = default_params().relevance
    conflict = {c for c, f in vocabulary.CATEGORY_FAMILY.items() if f in ("konflik", "unjuk_rasa")}
    assert conflict <= set(relevance.categories)
    assert set(relevance.categories) <= set(vocabulary.CATEGORY_FAMILY)
    assert set(relevance.stages) == set(vocabulary.STAGES) - {"tidak_dinyatakan"}


def test_the_methods_page_prints_the_matrix_and_the_weights_in_use() -> None:
    words = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    lines = words[words.index("| stage in force |") :].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    relevance = default_params().relevance
    printed = {
        category: {row[0]: float(row[n]) for row in cells[2:]}
        for n, category in enumerate(cells[0][1:], start=1)
    }
    assert Relevance.of(printed) == relevance
    for name, components in INDICES.items():
        for component, weight in zip(components, default_params().index(name).weights, strict=True):
            assert f"| {component} {weight:.2f} |" in words


def test_every_state_of_delivery_has_a_difficulty() -> None:
    assert {state for state, _ in default_params().network.states} == set(STATES)


def test_no_tier_carries_the_name_of_a_police_class() -> None:
    words = {t for key, texts in catalogue().items() if key.startswith("risk_tier.")
             for t in texts.values()}  # fmt: skip
    police = {k.replace("_", " ") for k in KELAS} | set(KELAS)
    assert len(words) >= 8
    assert not words & police
    assert not any("rawan" in word for word in words)


@pytest.mark.parametrize(
    ("change", "row", "says"),
    [
        ({"keamanan__bobot__konflik": 0.4}, "keamanan.bobot", "sum to 1"),
        ({"keamanan__bobot__konflik": -0.1}, "keamanan.bobot.konflik", "0 to 1"),
        ({"logistik__bobot__moda": 1.2}, "logistik.bobot.moda", "0 to 1"),
        ({"logistik__bobot__moda": float("nan")}, "logistik.bobot.moda", "0 to 1"),
        ({"logistik__bobot__moda": "a lot"}, "logistik.bobot.moda", "a number"),
        ({"keamanan__ambang__sedang": 0.6}, "keamanan.ambang.sedang", "below tinggi"),
        ({"konflik__half_life_days": 0}, "konflik.half_life_days", "1 to 3650"),
        ({"jarak__half_life_min": 0}, "jarak.half_life_min", "1 to 1440"),
        ({"laporan__kepercayaan__rendah": 1.4}, "laporan.kepercayaan.rendah", "0 to 1"),
        ({"laporan__lag_days": 400}, "laporan.lag_days", "0 to 365"),
        ({"laporan__tempat": "rumah"}, "laporan.tempat", "pokok or kejadian"),
        ({"laporan__keluarga": "konflik"}, "laporan.keluarga", "a list of words"),
        ({"kiriman__tiba": 2}, "kiriman.tiba", "0 to 1"),
        ({"monte_carlo__draws": 10}, "monte_carlo.draws", "100 to 100000"),
        ({"monte_carlo__draws": 2000.5}, "monte_carlo.draws", "a whole number"),
        ({"monte_carlo__stable": 0.2}, "monte_carlo.stable", "0.5 to 1"),
    ],
)
def test_what_is_out_of_range_is_refused_with_its_row(
    change: dict[str, object], row: str, says: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        params_of(*changed(**change))
    assert caught.value.name == row
    assert says in caught.value.expected
    assert row in explain(caught.value)


def test_missing_and_unknown_parameters_are_refused() -> None:
    values, relevance = changed()
    with pytest.raises(ParameterError, match=r"moda\.changes"):
        params_of({k: v for k, v in values.items() if k != "moda.changes"}, relevance)
    with pytest.raises(ParameterError, match=r"moda\.chnges"):
        params_of(values | {"moda.chnges": 1}, relevance)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ({"blokade": {"kampanye": 1.0, "sosial_non_pemilu": 1.0}}, "relevansi"),
        ({"lainnya": {"kampanye": 1.0}}, "relevansi"),
        ({"lainnya": {"sosial_non_pemilu": 1.5}}, "relevansi.lainnya.sosial_non_pemilu"),
        ({"lainnya": {"sosial_non_pemilu": 1.0}, "blokade": {"kampanye": 1.0}},
         "relevansi.blokade"),
    ],
)  # fmt: skip
def test_a_matrix_with_a_hole_is_refused(table: dict[str, dict[str, float]], row: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Relevance.of(table)
    assert caught.value.name == row


def test_dataclasses_refuse_on_their_own() -> None:
    with pytest.raises(ParameterError, match="weights"):
        IndexParams("keamanan", (0.5, 0.5), 0.25, 0.5, 0.5)
    with pytest.raises(ParameterError, match="name"):
        IndexParams("total", (1.0,), 0.25, 0.5, 0.5)
    with pytest.raises(ParameterError, match="half_load"):
        LoadParams("konflik", 30, 300, 0)
    with pytest.raises(ParameterError, match="seed"):
        DrawParams(50, 2000, -1, 0.8)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        read_risk_params(tmp_path / "none.toml")
    for name, words in {
        "broken": "[parameter", "empty": "", "plain": "[parameter]\nx = 1\n[relevansi.a]\nb = 1\n",
        "no_unit": "[parameter.a]\nvalue = 1\nbasis = 'fakta'\n[relevansi.a]\nb = 1\n",
        "no_basis": "[parameter.a]\nvalue = 1\nunit = '1'\nbasis = 'rasa'\n[relevansi.a]\nb = 1\n",
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.toml"
        path.write_text(words, encoding="utf-8")
        with pytest.raises((FileUnreadableError, SchemaError)) as caught:
            read_risk_params(path)
        assert path.name in explain(caught.value)
    assert "parameter.a.basis: 'rasa', expected fakta or anggapan" in str(caught.value)
