"""What all readers of a page are given once is worked out anew when a report was written."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from data.store.engine import Store
from geo.maps.land import Dots, Painted
from services.dataset import Dataset, load_dataset
from services.hotspots.counts import hotspot
from services.hotspots.map import hotspot_layers
from services.hotspots.views.first_page import first_page_query
from services.maps import paint_of
from services.reports.watch import watch_items, watch_list, watch_sentence, watch_sentences

AS_OF = date(2024, 2, 13)


def pieces(data: Dataset, lang: str = "id") -> tuple[Painted, Dots, object]:
    query = first_page_query(AS_OF, None, "kecamatan", "pelanggaran")
    layers = hotspot_layers(hotspot(data, query), data, query, lang)
    [painted] = [one for one in layers if isinstance(one, Painted)]
    [dots] = [one for one in layers if isinstance(one, Dots)]
    return painted, dots, paint_of(data, layers, lang).message


def test_pieces_are_kept_until_a_report_is_written_and_tell_languages_apart(
    own_store: Store,
) -> None:
    data = load_dataset(own_store)
    painted, dots, said = pieces(data)
    assert pieces(data)[0] is painted
    assert pieces(data)[1].frame is dots.frame
    assert pieces(data, "en")[2] != said
    sentences = watch_sentences(data, AS_OF, "id")
    assert watch_sentences(data, AS_OF, "id") is sentences
    with own_store.begin("setup.prepare") as connection:
        connection.execute(text("UPDATE reports SET summary = 'Diubah', perkara_id = report_id"))
        connection.execute(text("DELETE FROM reports WHERE rowid % 3 = 0"))
    later = data.fresh()
    assert later is not data
    assert pieces(later)[2] != said
    assert watch_sentences(later, AS_OF, "id") != sentences


def test_items_and_sentences_stand_in_the_order_of_the_list(shipped_dataset: Dataset) -> None:
    rows = [row for _, row in watch_list(shipped_dataset, AS_OF).iterrows()]
    assert rows
    wanted = [watch_sentence(row, shipped_dataset, AS_OF, "id") for row in rows]
    assert list(watch_sentences(shipped_dataset, AS_OF, "id")) == wanted
    assert len(watch_items(shipped_dataset, AS_OF)) == len(rows)
