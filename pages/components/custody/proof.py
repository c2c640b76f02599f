"""The view "Bukti TPS": the whole chain of one TPS, on the screen and as PDF."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.components import address, bring, show
from pages.components.custody.progress import ask_clock, marks, registered
from pages.components.shell import language, t
from pages.components.top import top
from services.custody.proof import (
    Part,
    Proof,
    find_tps,
    finding_of_all,
    overview,
    proof_of,
    proof_pdf,
    to_look_at,
    tps_name,
)
from services.custody.receipts import ReceiptView, receipt_view
from services.dataset import Dataset
from services.texts import label, number

Place = st.delta_generator.DeltaGenerator


def draw(data: Dataset, kabupaten: str | None, head: Place, bar: Sequence[Place]) -> None:
    """Draw the search, and the chain of the TPS that is chosen."""
    election = registered(data)[0]
    clock = ask_clock(data, election, bar)
    one, two = st.columns([1, 2], vertical_alignment="bottom")
    hint = t("proof.search_hint")
    query = address.typed(one, t("proof.search"), "cari", "", "b_query", placeholder=hint)
    asked, view = bool(query.strip()), receipt_view(data, election, clock.at)
    found = find_tps(data, election, query, kabupaten) if asked else to_look_at(view, kabupaten)
    words = "proof.found" if asked else "proof.to_look_at"
    chosen = address.maybe(
        two,
        t(words, n=number(len(found), language())),
        {tps: tps_name(data, tps) for tps in found},
        "tps",
        f"b_tps_{query}",
        t("proof.choose" if found else "proof.none_found"),
        found[0] if asked and found else None,
    )
    if chosen is None:
        with head:
            words = f"{clock.short(language())} · {label('election', election, language())}"
            _heading(finding_of_all(view, kabupaten, language()), words)
        if asked:
            show.empty(t("proof.not_found"))
        _all(data, view, election, kabupaten)
        show.notes([t("proof.what"), clock.words(language())])
        return
    proof = proof_of(data, chosen, clock.at, clock.day, language())
    with head:
        words = t(
            "proof.headline",
            name=proof.title,
            n=number(len(proof.gaps), language()),
            unknown=number(len(proof.unknown), language()),
        )
        _heading(words, f"{clock.short(language())} · {proof.sub}")
    _page(proof)
    show.notes([clock.words(language())])


def _all(data: Dataset, view: ReceiptView, election: str, kabupaten: str | None) -> None:
    """Draw how much of the chains is known, and how the rest is brought in."""
    table = overview(data, view, election, kabupaten, language())
    show.title(t("proof.known_of_each"))
    show.exhibit(table, "proof")
    show.downloads(table, "bukti_tps")
    if not len(view.rows):
        show.empty(t("proof.empty"))
        bring.way_in("receipts")


def _heading(title: str, sub: str) -> None:
    words = top(back=False)
    with words:
        show.heading(title, sub, replay=marks())


def _page(proof: Proof) -> None:
    lang = language()
    left, right = st.columns([1.75, 1])
    with left:
        for part in proof.parts:
            _part(part)
    with right:
        show.title(t("proof.gaps", n=number(len(proof.gaps), lang)))
        if proof.gaps:
            show.items(f'<span class="sb-alarm">{html.escape(one)}</span>' for one in proof.gaps)
        else:
            show.note(t("proof.no_gaps"))
        show.title(t("proof.unknown", n=number(len(proof.unknown), lang)))
        show.items(html.escape(sentence) for sentence in proof.unknown)
        st.download_button(
            t("proof.download"),
            partial(proof_pdf, proof, lang),
            f"bukti_{proof.tps_id.replace('/', '_')}.pdf",
            "application/pdf",
            on_click="ignore",
            type="primary",
            width="stretch",
            key="b_pdf",
        )


def _part(part: Part) -> None:
    show.title(label("proof_part", part.key, language()))
    for sentence in part.lines:
        st.html(f'<div class="sb-line">{html.escape(sentence)}</div>')
    if part.table is not None:
        st.html(f'<div class="sb-scroll">{_table(part)}</div>')
    for sentence in part.unknown:
        show.empty(f"{t('proof.unknown_mark')}: {sentence}")


def _table(part: Part) -> str:
    table = part.table
    if table is None:
        return ""
    shown = table.astype("object").where(table.notna(), "–")
    heads = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in shown.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in row)}</tr>"
        for row in shown.itertuples(index=False)
    )
    return f'<table class="sb-table"><tr>{heads}</tr>{rows}</table>'
