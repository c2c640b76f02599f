"""The slides with a map: hotspots, the security picture, and what goes over the sea."""

from __future__ import annotations

from collections.abc import Iterable

from services.briefing.deck import Area, Figure, Figures, GeoJson, Legend, Line, Map, Marker, Slide
from services.briefing.facts.plain import Facts
from services.briefing.slides.common import Speaker, first_clause, lines, short
from services.hotspots.counts import COUNT_BREAKS
from services.hotspots.map import class_words
from services.maps import MIXED, SEQUENCE, SILENCE
from services.risk.picture.words import COLOUR, MARK
from services.texts import label

SEA, PIER = "#0072b2", "#17242d"
_MOST_WATCHED = 3
_NOT_COVERED = "tidak_tercakup"
_MARGIN = 0.05


def bounds_of(
    land: GeoJson, places: Iterable[tuple[float, float]] = ()
) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a collection in degrees, with a small margin.

    ``places``: longitude and latitude of what else must be seen, such as an islet without land.
    """
    found = [
        *(
            point
            for feature in land["features"]
            for point in _points(feature["geometry"]["coordinates"])
        ),
        *map(list, places),
    ]
    lon, lat = [p[0] for p in found], [p[1] for p in found]
    return min(lon) - _MARGIN, min(lat) - _MARGIN, max(lon) + _MARGIN, max(lat) + _MARGIN


def _points(nested: list[object]) -> list[list[float]]:
    if nested and not isinstance(nested[0], list):
        return [[float(str(n)) for n in nested]]
    return [point for part in nested if isinstance(part, list) for point in _points(part)]


def _names(land: GeoJson) -> dict[str, str]:
    return {f["properties"]["code"]: f["properties"]["name"] for f in land["features"]}


def hotspots(to: Speaker) -> Slide:
    """Return where conflict was in the last year, with the places to watch."""
    level, window, family = "kecamatan", "tahun", to.part("hotspots")["family"]
    units = to.part("hotspots")["levels"][level][window][family]
    watch = to.part("situation")["watch"]
    named = {code: n for code, n in units["affairs"].items() if n}
    told = [
        to.say("slides.watched", n=row["rank"], place=_short_place(row["place"]))
        for row in watch[:_MOST_WATCHED]
    ]
    recent = to.part("hotspots")["levels"][level]["rakor"][family]["n_affairs"]
    return Slide(
        key="hotspot",
        title=to.say("slides.hotspots", n=units["n_affairs"], units=len(named), recent=recent),
        main=_hotspot_map(to, level, units, watch),
        side=(lines([*told, _placed(to, units)]),),
        notes="\n".join(f"{row['rank']}. {row['place']}: {to.own(row['reason'])}" for row in watch),
        access="terbatas" if watch else "terbuka",
        sources=to.say("slides.from_reports"),
    )


def _placed(to: Speaker, units: Facts) -> str:
    placed, total = units["placed"]
    return to.say("slides.placed", placed=placed, total=total)


def _short_place(name: str) -> str:
    return short(", ".join(name.split(", ")[:2]), 40)


def _hotspot_map(to: Speaker, level: str, units: Facts, watch: list[Facts]) -> Map:
    land = to.part("land")[level]
    first, last = (to.day(day, "short") for day in to.part("hotspots")["windows"]["tahun"])
    words = {
        code: to.say("slides.unit_count", name=name, n=to.number(units["affairs"].get(code)))
        for code, name in _names(land).items()
    }
    areas = {
        code: Area(
            units["colour"][code] or "", words.get(code, code), units["state"][code] == _NOT_COVERED
        )
        for code in units["colour"]
    }
    markers = tuple(
        Marker(
            lon=row["point"][0],
            lat=row["point"][1],
            colour=MIXED,
            words=f"{row['rank']}. {row['place']}",
            label=str(row["rank"]),
            shape="square" if row["level"] == "kecamatan" else "circle",
        )
        for row in watch
        if row["level"] != "kabupaten" and None not in row["point"]
    )
    family = label("family", to.part("hotspots")["family"], to.lang)
    return Map(
        key="hotspot",
        title=to.say("slides.map_hotspots", family=family, first=first, last=last),
        level=level,
        areas=areas,
        legend=_count_legend(to, units),
        bounds=bounds_of(land, [(one.lon, one.lat) for one in markers]),
        source=to.say("slides.map_source", day=to.day(to.snapshot.content["as_of"], "short")),
        markers=markers,
    )


def _count_legend(to: Speaker, units: Facts) -> tuple[Legend, ...]:
    """Return the classes that are on the map, and each kind of silence that is."""
    used = set(units["colour"].values())
    rows = [
        Legend(colour, class_words("affairs", n, to.lang))
        for n, colour in enumerate(SEQUENCE[: len(COUNT_BREAKS)])
        if colour in used
    ]
    states = {
        state
        for code, state in units["state"].items()
        if not units["affairs"].get(code) and units["colour"][code] == SILENCE.get(state, "")
    }
    if any(c == SILENCE["tidak_ada_laporan"] for c in used):
        states.add("tidak_ada_laporan")
    rows += [
        Legend(SILENCE[state] or "", label("state", state, to.lang), hatched=state == _NOT_COVERED)
        for state in SILENCE
        if state in states
    ]
    return (*rows, Legend(MIXED, to.say("slides.watched_legend"), "circle"))


def security(to: Speaker) -> Slide:
    """Return what stands out against what is expected, or that nothing can be told apart."""
    found = to.part("security")
    units, family = found["units"][found["family"]], label("family", found["family"], to.lang)
    land = to.part("land")["kabupaten"]
    names = _names(land)
    areas = {
        code: Area(
            COLOUR[row["word"]],
            to.say(
                "slides.unit_risk",
                name=names[code],
                n=to.number(row["affairs"]),
                expected=to.number(row["expected"], 1),
            ),
        )
        for code, row in units.items()
        if code in names and row["word"] in COLOUR
    }
    order = sorted(units.items(), key=lambda item: -(item[1]["median"] or 0.0))
    told = [
        to.say(
            "slides.risk_line",
            mark=MARK[row["word"]],
            name=names[code],
            n=to.number(row["affairs"]),
            expected=to.number(row["expected"], 1),
        )
        for code, row in order
        if code in names
    ]
    used = {row["word"] for row in units.values()}
    return Slide(
        key="keamanan",
        title=short(first_clause(to.own(found["finding"])), 100),
        main=Map(
            key="keamanan",
            title=to.say("slides.map_security", family=family),
            level="kabupaten",
            areas=areas,
            legend=tuple(
                Legend(colour, f"{MARK[word]} {label('risk_word', word, to.lang)}")
                for word, colour in COLOUR.items()
                if word in used
            ),
            bounds=bounds_of(land),
            source=to.say("slides.map_source", day=to.day(to.snapshot.content["as_of"], "short")),
        ),
        side=(lines(told, 4),),
        notes=to.own(found["finding"]),
        sources=to.say("slides.from_reports"),
    )


def distribution(to: Speaker) -> Slide:
    """Return what goes over the sea, and how many kabupaten have a plan that passed."""
    found = to.part("distribution")
    sea, plans = found["sea"], found["plans"]
    passed = sum(bool(row["passed"]) for row in plans)
    caution = [to.own(row["words"]) for row in found["caution"] if row["n"]]
    return Slide(
        key="distribusi",
        title=to.say(
            "slides.distribution",
            tps=sea["tps"],
            places=sea["places"],
            passed=passed,
            total=len(plans),
        ),
        main=_sea_map(to, found),
        side=(
            Figures(
                (
                    Figure(to.number(sea["boxes"]), to.say("slides.boxes_by_sea")),
                    Figure(to.number(sea["boats"]), to.say("slides.boats")),
                    Figure(
                        f"{passed}/{len(plans)}",
                        to.say("slides.plans_passed"),
                        alarm=passed < len(plans),
                    ),
                )
            ),
        ),
        notes="\n".join([to.say("slides.sea_note"), *caution]),
        access="terbatas",
        sources=to.say("slides.from_plans"),
        marks=(to.say("slides.estimate"),),
    )


def _sea_map(to: Speaker, found: Facts) -> Map:
    land = to.part("land")["kabupaten"]
    places = found["places"]
    piers = {tuple(row["from"]): row["pier"] for row in places}
    dots = [
        Marker(
            lon=row["point"][0],
            lat=row["point"][1],
            colour=SEA,
            words=to.say("slides.place_tps", name=row["name"], n=row["tps"]),
            label=str(row["tps"]),
        )
        for row in places
    ]
    dots += [
        Marker(lon=lon, lat=lat, colour=PIER, words=name, shape="square")
        for (lon, lat), name in piers.items()
    ]
    ways = tuple(
        Line((tuple(row["from"]), tuple(row["point"])), SEA, f"{row['pier']} – {row['name']}", True)
        for row in places
    )
    return Map(
        key="distribusi",
        title=to.say(
            "slides.map_distribution", election=label("election", found["election"], to.lang)
        ),
        level="kabupaten",
        areas={code: Area("#eef1ee", name) for code, name in _names(land).items()},
        legend=(
            Legend(SEA, to.say("slides.legend_islands"), "circle"),
            Legend(PIER, to.say("slides.legend_piers"), "square"),
            Legend(SEA, to.say("slides.legend_ways"), "line"),
        ),
        bounds=bounds_of(land, [(dot.lon, dot.lat) for dot in dots]),
        source=to.say("slides.sea_source", day=to.day(to.snapshot.content["as_of"], "short")),
        markers=tuple(dots),
        lines=ways,
    )
