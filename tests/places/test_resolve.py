"""Typed places: a table by hand, an independent lookup, noise, and names from elsewhere.

A wrong answer is the fault that counts: every measurement below demands none at all.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.boundaries.shapes import read_units
from data.ingest.place_lookup import outside_names, place_index
from geo.errors import CodeError, ParameterError
from geo.places.parse import name_key, normalise, parse_place, readings, similarity
from geo.places.resolve import PlaceIndex, PlaceMatch, PlaceParams, resolve_place
from services.places import match_text

UNITS = read_units()
INDEX = place_index(UNITS)
NAMES = dict(zip(UNITS["code"], UNITS["name"], strict=True))
KINDS = dict(zip(UNITS["code"], UNITS["kind"], strict=True))
DESA = [code for code in NAMES if len(code) == 13]
KECAMATAN = [code for code in NAMES if len(code) == 8]
TYPED = list(
    csv.DictReader(
        (Path(__file__).parents[1] / "fixtures" / "typed_places.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
)
PREFIX = {"desa": "Ds.", "kelurahan": "Kel.", "kabupaten": "Kab.", "kota": "Kota"}

ELSEWHERE = """
Aceh Besar|Deli Serdang|Simalungun|Padang Pariaman|Pesisir Selatan|Tanah Datar|Indragiri Hilir|
Rokan Hulu|Bengkalis|Siak|Kampar|Muaro Jambi|Kerinci|Tebo|Bungo|Ogan Ilir|Ogan Komering Ulu|
Musi Rawas|Lahat|Prabumulih|Rejang Lebong|Seluma|Kaur|Lampung Timur|Pringsewu|Mesuji|
Tanggamus|Karimun|Lingga|Natuna|Anambas|Batam|Bintan|Tanjung Pinang|Bogor|Sukabumi|Cianjur|Garut|
Subang|Karawang|Bekasi|Cirebon|Kuningan|Indramayu|Cilacap|Banyumas|Kebumen|Magelang|Boyolali|
Klaten|Sragen|Blora|Rembang|Pati|Kudus|Jepara|Demak|Kendal|Batang|Tegal|Brebes|Bantul|Sleman|
Gunungkidul|Pacitan|Ponorogo|Trenggalek|Blitar|Kediri|Malang|Lumajang|Jember|Gresik|
Lamongan|Tuban|Sampang|Sumenep|Pandeglang|Lebak|Serang|Jembrana|Buleleng|Bima|Dompu|Sumbawa|Ende|
Sambas|Ketapang Barat|Sintang|Melawi|Barito Selatan|Kotawaringin Barat|Kutai|Berau|Bulungan|
Sukamaju|Sidomulyo|Sukarame|Sumberagung|Margorejo|Tanjung Rejo|Sukoharjo|Karang Anyar|
Purwodadi|Bandar Jaya|Tanjung Agung|Tanjung Raja|Muara Enim|Talang Ubi|Talang Jaya|Gunung Megang|
Tebing Tinggi|Ulak Kerbau|Sungai Pinang|Sungai Rotan|Lubuk Linggau|Lubuk Batang|Pematang Panggang|
Kayu Agung|Air Sugihan|Air Salek|Air Kumbang|Simpang Empat|Simpang Pematang|Bukit Tinggi|Bukit Batu|
Pulau Rimau|Pulau Panggung|Batu Marta|Batu Raja|Teluk Betung|Teluk Gelam|Pasir Sakti|Padang Cermin|
Wonosobo|Selagai|Kotabumi|Kota Gajah|Kota Agung|Bangkalan|Bangkinang|Belitang|Belinyuk|Mantingan
""".replace("\n", "").split("|")


def resolved(text: str, within: str | None = None) -> str | None:
    return INDEX.resolve(text, within).code


@pytest.mark.parametrize("row", TYPED, ids=lambda row: row["text"] or "blank")
def test_what_officials_type(row: dict[str, str]) -> None:
    match = INDEX.resolve(row["text"], row["within"] or None)
    assert (match.code or "") == row["expected"], (row["why"], match)


def test_the_table_is_large_enough_and_refuses_as_well_as_answers() -> None:
    answers = sum(bool(row["expected"]) for row in TYPED)
    assert answers >= 120
    assert len(TYPED) - answers >= 50


@pytest.mark.parametrize(
    ("text", "reason", "candidates"),
    [
        ("Toboali", "ambiguous", {"19.03.01", "19.03.01.1001"}),
        ("Riding Panjang, Kab. Bangka", "ambiguous", {"19.01.02.2006", "19.01.03.2003"}),
        ("Bangka", "ambiguous", {"19.01", "19.03", "19.04", "19.05"}),
        ("Riau", "ambiguous", {"19.01.07.2001"}),
        ("Kurau", "ambiguous", {"19.04.01.2005", "19.04.01.2010"}),
        ("Desa Puput, Kec. Jebus", "contradiction",
         {"19.04.04.2005", "19.05.06.2005", "19.05.03"}),
        ("Kec. Koba, Kab. Bangka Selatan", "contradiction", {"19.04.01", "19.03"}),
        ("Dendang, Belitung", "contradiction", {"19.06.03", "19.06.03.2001"}),
    ],
)  # fmt: skip
def test_no_answer_comes_with_the_units_in_question(
    text: str, reason: str, candidates: set[str]
) -> None:
    match = INDEX.resolve(text)
    assert (match.code, match.level, match.reason) == (None, None, reason)
    assert {c.code for c in match.candidates} >= candidates
    assert len({c.code for c in match.candidates}) == len(match.candidates) <= 8


def test_a_misspelt_name_without_its_parent_is_only_proposed() -> None:
    match = INDEX.resolve("Desa Penyek")
    assert (match.code, match.reason) == (None, "unknown")
    assert match.candidates[0].code == "19.04.01.2007"
    assert match.candidates[0].path == "Desa Penyak, Kec. Koba, Kab. Bangka Tengah"
    # 1 of 6 letters replaced.
    assert match.score == pytest.approx(100 * 5 / 6, abs=0.05)


def test_an_unknown_village_points_at_its_stated_parent() -> None:
    match = INDEX.resolve("Desa Sukarame, Kec. Koba")
    assert (match.code, match.reason) == (None, "unknown")
    assert [c.code for c in match.candidates] == ["19.04.01"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TPS 003 Desa Rias", 3), ("TPS. 3, Rias", 3), ("Rias TPS No 12", 12),
        ("Rias, tps no. 7", 7), ("TPS901 Rias", 901), ("TPS-05 Rias", 5), ("TPS III Rias", 3),
        ("TPS Nomor 4 Rias", 4), ("Rias", None), ("TPS Rias", None), ("TPS 3 dan 4 Rias", None),
        ("TPS 1-4 Desa Rias", None), ("TPS 1, TPS 2 Rias", None), ("TPS 000 Rias", None),
    ],
)  # fmt: skip
def test_the_polling_station_is_read_only_when_there_is_one(text: str, number: int | None) -> None:
    match = INDEX.resolve(text)
    assert match.code == "19.03.01.2008"
    assert match.tps_number == number


def test_level_and_within_narrow_the_answer() -> None:
    assert INDEX.resolve("Bangka", level="kabupaten").code == "19.01"
    assert INDEX.resolve("Toboali", level="kecamatan").code == "19.03.01"
    assert INDEX.resolve("Toboali", level="desa").code == "19.03.01.1001"
    assert INDEX.resolve("Toboali, Bangka Selatan", level="kecamatan").code == "19.03.01"
    assert INDEX.resolve("Kec. Koba", level="desa").code is None
    assert resolved("Kayu Besi", "19.04") == "19.04.05.2003"
    assert resolved("Kayu Besi", "19.04.05") == "19.04.05.2003"
    assert resolved("Kab. Bangka", "19.01") == "19.01"
    assert resolved("Kab. Bangka", "19.01.01") is None
    assert resolved("Penyek", "19.04.01") == "19.04.01.2007"
    with pytest.raises(CodeError) as caught:
        INDEX.resolve("Koba", within="19.99")
    assert caught.value.value == "19.99"
    with pytest.raises(ParameterError, match="level"):
        INDEX.resolve("Koba", level="kelurahan")  # type: ignore[arg-type]


def test_each_official_name_with_its_parents_is_its_own_unit() -> None:
    """Independent of the matcher: the expected code is the row the names were taken from."""
    for code in DESA:
        desa, kec, kab = NAMES[code], NAMES[code[:8]], NAMES[code[:5]]
        kind = KINDS[code[:5]]
        for text in (
            f"{desa}, {kec}, {kab}",
            f"{kab}; {kec}; {desa}".upper(),
            f"{PREFIX[KINDS[code]]} {desa} Kec. {kec} {PREFIX[kind]} {kab}",
            INDEX.units[code].path,
        ):
            assert resolved(text) == code, text
    for code in [c for c in NAMES if len(c) < 13]:
        assert resolved(INDEX.units[code].path) == code


def test_each_variant_with_its_parent_is_its_own_unit() -> None:
    divided = {("19.04.01.2005", "Kurau")}  # a divided village's old name stays open
    for row in UNITS[UNITS["variants"] != ""].itertuples():
        for variant in row.variants.split("|"):
            match = INDEX.resolve(variant, row.parent_code or None, row.level)
            expected = None if (row.code, variant) in divided else row.code
            assert match.code == expected, variant


def typing_error(rng: random.Random, name: str) -> str:
    """Drop, double, replace or swap one letter."""
    at = rng.choice([i for i, ch in enumerate(name) if ch.isalpha()])
    kind = rng.choice(("drop", "double", "replace", "swap"))
    after = name[at + 1 : at + 2]
    if kind == "drop":
        return name[:at] + name[at + 1 :]
    if kind == "replace":
        letter = rng.choice("abcdefghijklmnoprstuwy".replace(name[at].lower(), ""))
        return name[:at] + letter + name[at + 1 :]
    if kind == "swap" and after.isalpha() and after != name[at]:
        return name[:at] + after + name[at] + name[at + 2 :]
    return name[:at] + name[at] + name[at:]


def shortened(rng: random.Random, name: str) -> str:
    """Abbreviate the first word as forms do, where it has an abbreviation."""
    short = {"Tanjung": ("Tj.", "Tg.", "Tjg"), "Sungai": ("S.", "Sei"), "Simpang": ("Sp.", "Spg"),
             "Bukit": ("Bkt.", "Bt."), "Batu": ("Bt.", "Btu"), "Pulau": ("P.", "Pl."),
             "Kepulauan": ("Kep.",), "Gunung": ("Gn.",), "Lubuk": ("Lb.",), "Pasir": ("Ps.",),
             "Air": ("A.", "Ag."), "Aik": ("Air", "Ag."), "Pangkal": ("Pkl.", "P.")}  # fmt: skip
    first, _, rest = name.partition(" ")
    return f"{rng.choice(short[first])} {rest}" if first in short and rest else name


def one_error_in_desa(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    return f"{typing_error(rng, desa)}, {kec}, {kab}"


def one_error_with_level_words(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    parts = [f"Ds. {typing_error(rng, desa)}", f"Kec. {kec}", f"Kab. {kab}"]
    rng.shuffle(parts)
    return rng.choice((", ", " / ", " - ", " ")).join(parts)


def one_error_in_kecamatan(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    return f"Desa {desa}, Kecamatan {typing_error(rng, kec)}, Kabupaten {kab}"


def one_error_in_both(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    return f"{typing_error(rng, desa)}, {typing_error(rng, kec)}, {kab}"


def abbreviated(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    text = f"TPS {rng.randint(1, 40):03d} {shortened(rng, desa)}/{shortened(rng, kec)}/{kab}"
    return rng.choice((text, text.upper(), text.lower()))


def two_errors_in_desa(rng: random.Random, desa: str, kec: str, kab: str) -> str:
    return f"{typing_error(rng, typing_error(rng, desa))}, {kec}, {kab}"


def one_error_without_kecamatan(rng: random.Random, desa: str, _kec: str, kab: str) -> str:
    return f"Desa {typing_error(rng, desa)}, Kab. {kab}"


def one_error_alone(rng: random.Random, desa: str, _kec: str, _kab: str) -> str:
    return typing_error(rng, desa)


Noise = Callable[[random.Random, str, str, str], str]


@pytest.mark.parametrize(
    ("noise", "least_recall"),
    [
        (one_error_in_desa, 0.91),
        (one_error_with_level_words, 0.91),
        (one_error_in_kecamatan, 0.98),
        (one_error_in_both, 0.86),
        (abbreviated, 0.98),
        (two_errors_in_desa, 0.50),
        (one_error_without_kecamatan, 0.28),
        (one_error_alone, 0.03),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_noise_never_leads_to_another_unit(noise: Noise, least_recall: float) -> None:
    """Three rounds over all villages; the less surrounds a name, the more is left to a person."""
    rng = random.Random(20240214)
    found, wrong, total = 0, [], 0
    for _ in range(3):
        for code in DESA:
            text = noise(rng, NAMES[code], NAMES[code[:8]], NAMES[code[:5]])
            answer = resolved(text)
            total += 1
            found += answer == code
            if answer not in (code, None):
                wrong.append((text, code, answer))
    print(f"{noise.__name__}: recall {found / total:.3f}, wrong {len(wrong)} of {total}")
    assert wrong == []
    assert found / total >= least_recall


def elsewhere_texts() -> Iterator[str]:
    rng = random.Random(7)
    for name in ELSEWHERE:
        yield name
        yield f"Desa {name}"
        yield f"Kec. {name}"
        yield f"Kab. {name}"
        code = rng.choice(KECAMATAN)
        yield f"Desa {name}, Kec. {NAMES[code]}, Kab. {NAMES[code[:5]]}"


def test_names_from_elsewhere_are_not_taken_for_ours() -> None:
    assert len(ELSEWHERE) >= 140
    taken = [(text, resolved(text)) for text in elsewhere_texts() if resolved(text)]
    assert taken == []


def test_a_village_under_a_wrong_kecamatan_is_a_contradiction() -> None:
    rng = random.Random(11)
    for code in DESA:
        other = rng.choice([k for k in KECAMATAN if k != code[:8]])
        inside = {name_key(NAMES[d]) for d in DESA if d.startswith(other)}
        if name_key(NAMES[code]) in inside:
            continue
        match = INDEX.resolve(f"Desa {NAMES[code]}, Kec. {NAMES[other]}")
        assert (match.code, match.reason) == (None, "contradiction"), (code, other, match)
        assert code in {c.code for c in match.candidates}


@given(st.text(max_size=80))
def test_any_text_is_taken_calmly(text: str) -> None:
    match = INDEX.resolve(text)
    assert isinstance(match, PlaceMatch)
    assert 0.0 <= match.score <= 100.0
    assert (match.code is None) == (match.level is None)
    assert (match.code is not None) == (match.reason in ("exact", "fuzzy"))
    if not text.strip():
        assert match.reason == "empty"


@pytest.mark.parametrize(
    "text",
    [", ".join(NAMES.values()), " ".join(NAMES.values()), "Koba, " * 500, "x" * 20_000,
     "tj " * 300, "(" * 500 + "Koba", "a-b/c-" * 300],
    ids=["list", "run", "repeat", "long", "short", "brackets", "joints"],
)  # fmt: skip
def test_a_paragraph_is_no_place(text: str) -> None:
    assert resolved(text) is None


@given(st.text(max_size=60))
def test_normal_form_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@given(st.sampled_from(DESA), st.sampled_from([", ", " / ", "; ", " - ", "\n"]), st.randoms())
def test_order_and_separators_do_not_matter(code: str, joint: str, rng: random.Random) -> None:
    parts = [f"Desa {NAMES[code]}", f"Kec. {NAMES[code[:8]]}", NAMES[code[:5]]]
    rng.shuffle(parts)
    assert resolved(joint.join(parts)) == code


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Tj.  PANDAN ", "tj pandan"),
        ("Terentang III", "terentang tiga"),
        ("Gabek 2", "gabek dua"),
        ("II", "ii"),
        ("Jum’at", "jumat"),
        ("Café–Satu", "cafe satu"),
        ("Ranggi/Asam", "ranggi asam"),
    ],
)
def test_normal_form_by_hand(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("batoe beriga", "batuberiga"), ("tandjoeng pandan", "tanjungpandan"),
        ("pajoeng", "payung"), ("tjelagen", "celagen"), ("penjak", "penyak"),
        ("tj pandan", "tanjungpandan"), ("bt beriga", "batuberiga"), ("bt intan", "bukitintan"),
        ("bangka sel", "bangkaselatan"), ("kep pongok", "kepulauanpongok"),
    ],
)  # fmt: skip
def test_readings_by_hand(phrase: str, expected: str) -> None:
    assert readings(phrase)[0] == phrase.replace(" ", "")
    assert expected in readings(phrase)


def test_a_j_alone_is_not_old_spelling() -> None:
    assert "airraya" not in readings("air raja")
    assert "tanyungpinggir" not in readings("tanjung pinggir", is_exact=False)


def osa_distance(one: str, other: str) -> int:
    """Optimal string alignment by the textbook table, independent of the library."""
    table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    table[:, 0], table[0, :] = range(len(one) + 1), range(len(other) + 1)
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = int(one[i - 1] != other[j - 1])
            best = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                best = min(best, table[i - 2, j - 2] + 1)
            table[i, j] = best
    return int(table[-1, -1])


@given(st.text("bcdfg", min_size=1, max_size=12), st.text("bcdfg", min_size=1, max_size=12))
def test_similarity_agrees_with_the_textbook(one: str, other: str) -> None:
    expected = 100 * (1 - osa_distance(one, other) / max(len(one), len(other)))
    assert similarity(one, other) == pytest.approx(expected)
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert similarity(one, one) == 100.0


@pytest.mark.parametrize(
    ("typed", "known", "score"),
    [
        ("penyek", "penyak", 100 * 5 / 6),
        ("tanjungbatu", "tanjunglabu", 50.0),  # what tells them apart is batu and labu
        ("tanjungpinggir", "tanjongtinggi", 100 * 5 / 7),  # pinggir and tinggi; tanjong is tanjung
        ("kuraubarat", "kurautimur", 0.0),
        ("terentangdua", "terentangtiga", 0.0),
        ("karyajaya", "kurniajaya", 50.0),  # karya and kurnia, without jaya
        ("cambai", "cambaiselatan", 100 * 6 / 13),
    ],
)
def test_similarity_by_hand(typed: str, known: str, score: float) -> None:
    assert similarity(typed, known) == pytest.approx(score)


def test_parts_by_hand() -> None:
    parsed = parse_place(
        "TPS 02 Jl. Merdeka RT 01/RW 02 Kel. Air Itam (dekat Kec. Gabek), Kodya P. Pinang",
        lambda phrase: phrase == "air itam",
    )
    assert parsed.tps_number == 2
    assert [(p.text, p.level, p.kind, p.is_note) for p in parsed.parts] == [
        ("air itam", "desa", None, False),
        ("dekat", None, None, True),
        ("gabek", "kecamatan", None, True),
        ("p pinang", "kabupaten", "kota", False),
    ]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"threshold_alone": 101.0}, "threshold_alone"),
        ({"threshold_alone": float("nan")}, "threshold_alone"),
        ({"threshold_near": 93.0}, "threshold_alone"),
        ({"threshold_near": 59.0, "threshold_within": 59.0}, "threshold_within"),
        ({"threshold_within": 59.9}, "threshold_within"),
        ({"threshold_within": 89.0}, "threshold_near"),
        ({"margin": 0.0}, "margin"),
        ({"margin": 100.1}, "margin"),
        ({"max_candidates": 0}, "max_candidates"),
    ],
)
def test_parameters_out_of_range_raise(values: dict[str, float], name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        PlaceParams(**values)  # type: ignore[arg-type]
    assert caught.value.name == name


def test_thresholds_are_obeyed() -> None:
    strict = PlaceIndex(UNITS, PlaceParams(100.0, 100.0, 100.0), outside_names())
    assert strict.resolve("Penyek, Koba").code is None
    assert strict.resolve("Penyak, Koba").code == "19.04.01.2007"
    # Terk is one letter of five from Terak and one of four from Teru, both in Simpang Katis.
    assert INDEX.resolve("Terk, Simpang Katis").reason == "ambiguous"
    narrow = PlaceIndex(UNITS, PlaceParams(margin=4.0), outside_names())
    assert narrow.resolve("Terk, Simpang Katis").code == "19.04.04.2007"
    lenient = PlaceIndex(UNITS, PlaceParams(80.0, 80.0, 70.0), outside_names())
    assert lenient.resolve("Desa Penyek").code == "19.04.01.2007"


def test_many_rows_agree_with_one_at_a_time() -> None:
    rng = random.Random(3)
    rows = [(NAMES[c[:5]], NAMES[c[:8]], typing_error(rng, NAMES[c])) for c in DESA]
    rows += [("Kota Pangkalpinang", "", ""), ("", "Kec. Koba", ""), ("", "", "TPS 3 Rias"),
             ("Bangka", "Mendo Barat", "Air Duren"), ("", "", ""), ("-", "n/a", "nihil"),
             ("Bangka", "Koba", "Penyak"), ("Palembang", "", "")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["kabupaten", "kecamatan", "desa"])
    frame = frame.sample(1000, replace=True, random_state=5).set_axis(range(100, 1100), axis=0)
    found = INDEX.resolve_many(frame)
    assert found.index.equals(frame.index)
    for row, (_, result) in zip(frame.itertuples(index=False), found.iterrows(), strict=True):
        parts = [("Desa", row.desa), ("Kec.", row.kecamatan), ("Kab/Kota", row.kabupaten)]
        text = ", ".join(
            v if v.startswith(("TPS", "Kota", "Kec.")) else f"{k} {v}" for k, v in parts if v
        )
        single = INDEX.resolve(text)
        assert result["code"] == single.code, text
        assert result["reason"] == single.reason or single.code is None
        assert result["candidates"] == single.candidates or single.code is None


def test_columns_state_their_level_and_blanks_are_no_place() -> None:
    frame = pd.DataFrame(
        {
            "kabupaten": ["Bangka", "Bangka Selatan", None, "Belitung", float("nan")],
            "kecamatan": [None, "Toboali", "Toboali", "", " "],
            "desa": [None, None, "Toboali", "Kel. Kota", "-"],
        },
        index=list("edcba"),
    )
    found = INDEX.resolve_many(frame)
    assert list(found.index) == list("edcba")
    assert list(found["code"][:4]) == ["19.01", "19.03.01", "19.03.01.1001", "19.02.01.1001"]
    assert list(found["level"][:2]) == ["kabupaten", "kecamatan"]
    assert found.loc["a", "code"] is None
    assert found.loc["a", "reason"] in ("empty", "unknown")
    only = INDEX.resolve_many(pd.DataFrame({"desa": ["Rias TPS 4", "Puput"]}))
    assert list(only["code"]) == ["19.03.01.2008", None]
    assert list(only["tps_number"].astype(object).fillna(0)) == [4, 0]
    assert list(INDEX.resolve_many(pd.DataFrame({"desa": ["Puput"]}), "19.05")["code"]) == [
        "19.05.06.2005"
    ]
    assert INDEX.resolve_many(pd.DataFrame({"desa": []})).empty
    with pytest.raises(ParameterError, match="parts"):
        INDEX.resolve_many(pd.DataFrame({"village": ["Rias"]}))


def test_a_million_rows_ask_the_matcher_once_per_place(monkeypatch: pytest.MonkeyPatch) -> None:
    index = place_index(UNITS)
    calls: list[dict[str, str]] = []
    original = index._resolve_row

    def counted(row: dict[str, str], within: str | None) -> PlaceMatch:
        calls.append(row)
        return original(row, within)

    monkeypatch.setattr(index, "_resolve_row", counted)
    chosen = np.random.default_rng(1).integers(0, len(DESA), 1_000_000)
    names = np.array([NAMES[c] for c in DESA], dtype=object)
    parents = np.array([NAMES[c[:8]] for c in DESA], dtype=object)
    frame = pd.DataFrame({"desa": names[chosen], "kecamatan": parents[chosen]})
    found = index.resolve_many(frame)
    assert len(calls) == 393
    assert (found["code"].to_numpy() == np.array(DESA, dtype=object)[chosen]).all()


def test_another_province_needs_no_code() -> None:
    rows = [
        ("32", "Jawa Barat", "provinsi", ""),
        ("32.01", "Bogor", "kabupaten", ""),
        ("32.01.01", "Cibinong", "kecamatan", None),
        ("32.71", "Bogor", "kota", ""),
        ("32.71.01", "Bogor Selatan", "kecamatan", ""),
    ]
    index = PlaceIndex(pd.DataFrame(rows, columns=["code", "name", "kind", "variants"]))
    assert index.resolve("Kab. Bogor").code == "32.01"
    assert index.resolve("Kota Bogor").code == "32.71"
    assert {c.code for c in index.resolve("Bogor").candidates} == {"32.01", "32.71"}
    assert index.resolve("Kec. Bogor Sel., Kota Bogor").code == "32.71.01"
    assert index.resolve("Kec. Bogor Selatan, Kab. Bogor").reason == "contradiction"
    assert index.resolve("Prov. Jabar").code is None
    assert index.resolve("Prov. Jawa Barat").code == "32"


def test_a_registry_without_its_columns_or_with_bad_codes_raises() -> None:
    with pytest.raises(ParameterError, match="variants"):
        PlaceIndex(UNITS.drop(columns="variants"))
    with pytest.raises(CodeError):
        PlaceIndex(UNITS.assign(code=UNITS["kpu_code"]))


def test_the_function_takes_a_registry_or_an_index() -> None:
    assert resolve_place("Kec. Koba", UNITS) == resolve_place("Kec. Koba", INDEX)
    assert resolve_place("Kayu Besi", INDEX, within="19.01", level="desa").code == "19.01.08.2007"


def test_match_text_is_ready_for_json() -> None:
    found = match_text("TPS 3 Ds. Penyak Kec. Koba", UNITS, index=INDEX)
    assert json.loads(json.dumps(found)) == {
        "code": "19.04.01.2007", "level": "desa", "score": 100.0, "tps_number": 3,
        "reason": "exact",
        "candidates": [{
            "code": "19.04.01.2007", "level": "desa", "name": "Penyak", "score": 100.0,
            "path": "Desa Penyak, Kec. Koba, Kab. Bangka Tengah",
        }],
    }  # fmt: skip
    for text in ("abc", "", "123", "Jakarta", "Palembang", "Riau"):
        assert match_text(text, UNITS, index=INDEX)["code"] is None


def test_match_text_reads_codes_too() -> None:
    assert match_text("19.03.01.2008", UNITS, index=INDEX)["code"] == "19.03.01.2008"
    assert match_text("1901011001", UNITS, index=INDEX)["code"] == "19.01.01.1001"
    trap = match_text("1903", UNITS, index=INDEX)
    assert (trap["code"], trap["reason"]) == (None, "ambiguous")
    schemes = {(c["scheme"], c["code"]) for c in trap["candidates"]}  # type: ignore[attr-defined]
    assert schemes == {("kemendagri", "19.03"), ("kpu", "19.03"), ("bps", "19.05")}
    assert match_text("12345", UNITS, index=INDEX)["code"] is None
