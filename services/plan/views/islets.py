"""Islets of a plan in words: what its verdict, manifest and page say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.plan.islets import ASSUMED, places_of
from services.texts import number, text

Document = Mapping[str, Any]


def uncertain(about: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many islet TPS are in a plan by assumption, and how many are in no plan.

    ``about`` is that of a document; one made before islets had a place of their own names those
    that it left out, of which each has one TPS at least.
    """
    rows = about.get("islets", [])
    assumed = sum(len(row["tps_ids"]) for row in rows if row["basis"] == ASSUMED)
    return assumed, sum(row["missing"] for row in rows) + len(about.get("islets_without_desa", []))


def verdict_words(document: Document, lang: str) -> str:
    """Return the verdict on a plan in words, and what islets take off it."""
    if not (document.get("verdict") or {}).get("passed"):
        return text("plan.verdict_failed", lang)
    assumed, missing = uncertain(document.get("about") or {})
    words = text("plan.verdict_passed", lang)
    if missing:
        words = text("plan_islet.except", lang, n=number(missing, lang))
    if assumed:
        words += text("plan_islet.assumed", lang, n=number(assumed, lang))
    return words


def assumed_tps(document: Document) -> list[str]:
    """Return the TPS that a plan brings to an islet by assumption, sorted."""
    rows = (document.get("about") or {}).get("islets", [])
    return sorted(tps for row in rows if row["basis"] == ASSUMED for tps in row["tps_ids"])


def place_words(document: Document, lang: str) -> dict[str, str]:
    """Return for each TPS on an islet its name, and whether it is assumed to stand there."""
    assumed = set(assumed_tps(document))
    return {
        tps: text("plan_islet.assumed_at", lang, name=name) if tps in assumed else name
        for tps, name in places_of(document).items()
    }


def islet_notes(about: Mapping[str, Any], names: Mapping[str, str], lang: str) -> list[str]:
    """Return one sentence each on islets and legs of a plan, and what of them is assumed.

    ``about`` is that of a document, ``names`` has the places of the network by code.
    """
    words = []
    if left := about.get("islets_without_desa"):  # a plan from before islets had their place
        words.append(text("plan.islets", lang, list=", ".join(left)))
    for row in about.get("islets", []):
        key = "left" if row["missing"] else row["basis"]
        keys = [one.split("/")[1:] for one in row["tps_ids"]]
        tps = ", ".join(f"{names.get(desa, desa)} {tps}" for desa, tps in keys)
        values = {"name": row["name"], "tps": tps, "n": number(row["missing"], lang)}
        words.append(text(f"plan_islet.note_{key}", lang, **values))
    legs = [
        text(
            "plan_islet.crossing",
            lang,
            start=names.get(row["from_code"], row["from_code"]),
            end=names.get(row["to_code"], row["to_code"]),
            usual=number(row["usual_min"], lang),
            low=number(row["low_min"], lang),
            high=number(row["high_min"], lang),
        )
        for row in about.get("crossings", [])
    ]
    if legs:
        words.append(text("plan_islet.crossings", lang, list="; ".join(legs)))
    return words
