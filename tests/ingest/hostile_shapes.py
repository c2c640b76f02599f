"""Small files made to break a reader or what keeps them, each with why it is hostile.

All of them are of waves, a kind that is taken whole or not at all, but those of points, which are
reports. What becomes of each stands beside it: how many rows it holds, or why it is refused. All
content is invented. Larger ones, and ones that are broken at random, stand in
`tests.ingest.hostile`; those of layers in `tests.ingest.hostile_layers`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.ingest.hostile import packed, parts_of, workbook

HEAD = "area,time,wave_m,wind_kn"
ROWS = ("Selat Bangka,2024-02-14T01:00:00Z,1.25,10", "Selat Bangka,2024-02-14T02:00:00Z,0.5,8")
GOOD = f"{HEAD}\n{ROWS[0]}\n{ROWS[1]}\n"
CELLS = [line.split(",") for line in GOOD.splitlines()]
RECORDS = [dict(zip(CELLS[0], row, strict=True)) for row in CELLS[1:]]
MARK = "\ufeff"
SHEET = "xl/worksheets/sheet1.xml"
Sent = tuple[str, str, bytes]
"""Why it is hostile, the name of the file, and its content."""


def sent(group: str) -> Iterator[Sent]:
    """Yield every file of a group: those of waves, or ``features``, which are reports."""
    suffix, make = {
        "encodings": ("csv", _encodings),
        "tables": ("csv", _tables),
        "books": ("xlsx", _books),
        "objects": ("json", _objects),
        "features": ("geojson", _features),
    }[group]
    yield from ((why, f"berkas.{suffix}", content) for why, content in make())


NAMES = (
    ("upwards", "../../../tmp/berkas.csv"),
    ("upwards, as in Windows", "..\\..\\berkas.csv"),
    ("nothing but upwards", ".."),
    ("the folder itself", "."),
    ("an empty name", ""),
    ("a slash alone", "/"),
    ("from the root", "/etc/passwd"),
    ("a drive", "C:\\berkas.csv"),
    ("a file system of GDAL", "/vsicurl/http:/contoh.invalid/a.csv"),
    ("a character nought", "a\0.csv"),
    ("300 characters", "a" * 296 + ".csv"),
    ("300 characters of several bytes", "漢" * 296 + ".csv"),
    ("half of a pair of UTF-16", "a\ud800.csv"),
    ("a byte that is no UTF-8", "a\udcff.csv"),
    ("from right to left", "a\u202ebsv.csv"),
    ("letters without width", "a\u200b\u2066.csv"),
    ("a line break", "a\nb.csv"),
    ("colours of a terminal", "a\x1b[31mb.csv"),
    ("a separator of lines", "a\u2028b.csv"),
    ("a dash first", "-rf.csv"),
    ("an option of a command", "--election=x.csv"),
    ("a device of Windows", "CON.csv"),
    ("another device, with a stream", "NUL:aliran.csv"),
    ("markup", "<script>alert(1)<script>.csv"),
    ("a picture that calls", '"><img src=x onerror=alert(1)>.csv'),
    ("Markdown", "[a](javascript:b) ![c](d).csv"),
    ("a template", "{{7*7}} {n} %s.csv"),
    ("a template of JavaScript", "${alert(1)}.csv"),
    ("SQL", "'; DROP TABLE imports; --.csv"),
    ("a formula", "=HYPERLINK(1).csv"),
    ("a command of a shell", "$(touch x) `id` | cat.csv"),
    ("a pattern of names", "*?[a].csv"),
    ("nothing but blanks", "   "),
    ("a blank behind", "a.csv "),
    ("a hidden file", ".bashrc"),
    ("letters that look like others", "dаtа.csv"),
    ("an ending that lies", "berkas.xlsx"),
    ("several endings", "berkas.pdf.exe.csv"),
)
"""Why it is hostile, and the name as a browser may send it; below each stands a sound table."""


def _encodings() -> Iterator[tuple[str, bytes]]:
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp500"):
        yield f"in {name}", GOOD.encode(name)
    yield "in UTF-16, cut inside a character", GOOD.encode("utf-16")[:-1]
    yield "in UTF-16 with half of a pair", GOOD.encode("utf-16") + b"\x00\xd8"
    yield "a mark of UTF-8 before it", (MARK + GOOD).encode()
    yield "a mark of UTF-8 twice", (MARK * 2 + GOOD).encode()
    yield "a mark of UTF-8 in the middle", GOOD.replace("\n", "\n" + MARK, 1).encode()
    yield "a mark of UTF-16 before UTF-8", b"\xff\xfe" + GOOD.encode()
    yield "UTF-8 that is too long", GOOD.encode().replace(b"Bangka", b"Bangk\xc1\xa1")
    yield "UTF-8 of half of a pair", GOOD.encode().replace(b"Bangka", b"Bangka\xed\xa0\x80")
    yield "a byte that Windows-1252 has not", GOOD.encode().replace(b"Bangka", b"Bangka\x81")
    yield "Windows-1252 among UTF-8", GOOD.encode().replace(b"Bangka", b"Bangka \xe9 \xc3\xa9")
    yield "a character nought", GOOD.encode().replace(b"Bangka", b"Ban\0gka")
    yield "a character nought behind it", GOOD.encode() + b"\0"
    yield "the end of a file of DOS", GOOD.encode() + b"\x1a"
    yield "control characters all over", GOOD.encode().replace(b",", b",\x01\x02")
    yield "letters without width in headings", GOOD.replace("area", "a\u200brea", 1).encode()
    yield "headings from right to left", GOOD.replace("area", "\u202earea", 1).encode()
    yield "headings in full-width letters", GOOD.replace("area", "ａｒｅａ", 1).encode()
    yield "letters that look like others", GOOD.replace("area", "аrеа", 1).encode()


def with_column(heading: str, cell: str) -> str:
    """Return the sound table with one column more."""
    return "\n".join((f"{HEAD},{heading}", *(f"{row},{cell}" for row in ROWS)))


def _tables() -> Iterator[tuple[str, bytes]]:
    two = "\n".join(ROWS)
    texts = {
        "a quote that is never closed": f'{HEAD}\n{ROWS[0]}\n"{ROWS[1]}\n',
        "a quote that is closed rows later": f'{HEAD}\n"{two}\n{two}"\n{two}',
        "a quote inside a cell": GOOD.replace("Selat Bangka", 'Selat "Bangka"'),
        "a quote behind a quoted cell": GOOD.replace("Selat Bangka", '"Selat Bangka"x'),
        "quotes alone": '"' * 5_001,
        "quotes of another kind": GOOD.replace("Selat Bangka", "'Selat Bangka'"),
        "quotes of typesetting": GOOD.replace("Selat Bangka", "“Selat Bangka”"),
        "semicolons": GOOD.replace(",", ";"),
        "tabs": GOOD.replace(",", "\t"),
        "bars": GOOD.replace(",", "|"),
        "colons, which times hold as well": GOOD.replace(",", ":"),
        "two separators at once": GOOD.replace(",", ",;"),
        "another separator below the headings": GOOD.replace(",", ";").replace(";", ",", 3),
        "a line of Excel that names the separator": "sep=;\n" + GOOD.replace(",", ";"),
        "such a line that lies": "sep=|\n" + GOOD,
        "such a line without a separator": "sep=\n" + GOOD,
        "lone returns": GOOD.replace("\n", "\r"),
        "ends of lines of all kinds": f"{HEAD}\r{ROWS[0]}\r\n{ROWS[1]}\n",
        "two returns": GOOD.replace("\n", "\r\r\n"),
        "separators of lines of Unicode": GOOD.replace("\n", "\u2028"),
        "blank lines everywhere": GOOD.replace("\n", "\n\n\n"),
        "no end of the last line": GOOD.rstrip("\n"),
        "10,000 columns": ",".join([HEAD, *(f"k{n}" for n in range(10_000))]) + f"\n{two}",
        "10,000 separators behind a row": f"{HEAD}\n{ROWS[0]}{',' * 10_000}\n{ROWS[1]}",
        "10,000 cells in a row": f"{HEAD}\n{ROWS[0]}{',1' * 10_000}\n{ROWS[1]}",
        "a cell of 100,001 letters": f"{HEAD},catatan\n{ROWS[0]},{'a' * 100_001}",
        "a heading of 90,000 letters": f"{HEAD},{'a' * 90_000}\n{ROWS[0]},1\n{ROWS[1]},1",
        "a line of a million letters": f"{HEAD}\n{ROWS[0]}{'a' * 1_000_000}",
        "a heading twice": f"{HEAD},area\n{ROWS[0]},Selat Gelasa",
        "a heading a hundred times": ",".join([HEAD] + ["time"] * 100) + f"\n{two}",
        "the same column twice, and equal": with_column("area", "Selat Bangka"),
        "headings without words": ",,,\n" + two,
        "headings with line breaks": '"a\nrea","ti\nme","wave\nm","wind\nkn"\n' + two,
        "headings that are formulas": GOOD.replace("area", "=area", 1),
        "headings made harmless": GOOD.replace("area", "'=area", 1),
        "headings that are markup": f"{HEAD},<script>alert(1)</script>\n{ROWS[0]},1\n{ROWS[1]},1",
        "headings that are templates": f"{HEAD},{{n}} {{{{7*7}}}} %s\n{ROWS[0]},1\n{ROWS[1]},1",
        "headings of SQL": f"{HEAD},'; DROP TABLE imports\n{ROWS[0]},1\n{ROWS[1]},1",
        "headings of this product": f"{HEAD},import_id,row_number\n{ROWS[0]},x,-1\n{ROWS[1]},x,-1",
        "headings alone": HEAD,
        "headings again below": f"{GOOD}{HEAD}\n",
        "numbers of columns": f"{HEAD}\n1,2,3,4\n{two}",
        "rows longer than the headings": f"{HEAD}\n{ROWS[0]},lebih",
        "rows shorter than the headings": f"{HEAD}\nSelat Bangka",
        "a title of thirty rows": "judul\n" * 30 + GOOD,
        "a total": f"{GOOD}JUMLAH,,1.75,18\n",
        "values only": two,
        "nothing": "",
        "blanks": " \t\r\n" * 100,
        "separators": ",,,\n" * 100,
        "one cell": "x",
        "one column": "\n".join(("area", "Selat Bangka")),
        "markup of a page": "<!DOCTYPE html><html><body><table><tr><td>area</td></tr></table>",
        "a drawing": '<svg onload="alert(1)"></svg>',
        "a program": "#!/bin/sh\ntouch x\n",
        "pickled": "cos\nsystem\n(S'touch x'\ntR.",
        "YAML that makes objects": "!!python/object/apply:os.system ['touch x']",
        "a key": "-----BEGIN PRIVATE KEY-----\nMIIE\n",
        "a list of places that leads elsewhere": "[InternetShortcut]\nURL=http://contoh.invalid\n",
        "a workbook of 2003": '<?xml version="1.0"?><Workbook><Worksheet/></Workbook>',
        "a row twice": f"{GOOD}{ROWS[0]}\n",
        "a row twice that says two things": f"{GOOD}{ROWS[0].replace('1.25', '9')}\n",
    }
    yield from ((why, text.encode()) for why, text in texts.items())


def book(sheet: str = "", **changes: bytes | None) -> bytes:
    """Return a workbook with the rows of waves; parts by name are put in, or left out."""
    rows = sheet or "".join(f"<row>{''.join(map(_inline, row))}</row>" for row in CELLS)
    if not rows.startswith("<?xml"):
        body = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        rows = f'<?xml version="1.0"?>{body}'
    parts: dict[str, bytes | None] = {**parts_of(workbook()), SHEET: rows.encode(), **changes}
    return packed({name: content for name, content in parts.items() if content is not None})


def _inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "xl/_rels/workbook.xml.rels"
BOOK = "xl/workbook.xml"


def _books() -> Iterator[tuple[str, bytes]]:
    sound = parts_of(book())
    good = sound[SHEET].decode()
    first = _inline("Selat Bangka")

    def cell(xml: str) -> bytes:
        return book(good.replace(first, xml))

    def changed(part: str, old: str, new: str) -> bytes:
        assert old in sound[part].decode(), (part, old)
        return book(**{part: sound[part].replace(old.encode(), new.encode())})

    laughs = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 10))
    yield "a sound one", book()
    for part in (SHEET, BOOK, RELS, "xl/styles.xml", "[Content_Types].xml"):
        yield f"without {part}", book(**{part: None})
    yield (
        "a billion laughs",
        book(**{SHEET: f'<!DOCTYPE a [<!ENTITY l0 "x">{laughs}]><a>&l9;</a>'.encode()}),
    )
    yield "an entity of a file", cell('<c t="inlineStr"><is><t>&x;</t></is></c>')
    for part in (SHEET, BOOK, RELS, "xl/styles.xml", "[Content_Types].xml"):
        outside = (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
        )
        yield f"an entity of a file in {part}", book(**{part: outside})
    outside = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    named = good.replace("Selat Bangka", "Selat &x;").removeprefix('<?xml version="1.0"?>')
    late = f'<?xml version="1.0"?><!--{" " * 70_000}-->{outside}{named}'
    yield "an entity of a file far behind", book(late)
    wide = f'<?xml version="1.0" encoding="utf-16"?>{outside}{named}'
    yield "an entity of a file in UTF-16", book(**{SHEET: wide.encode("utf-16")})
    laughing = f'<!DOCTYPE worksheet [<!ENTITY l0 "x">{laughs}]>{named.replace("&x;", "&l9;")}'
    yield (
        "a billion laughs far behind",
        book(f'<?xml version="1.0"?><!--{" " * 70_000}-->{laughing}'),
    )
    yield "a part that swells", book(**{SHEET: b" " * 30_000_000})
    yield "a shared text that is not there", cell('<c t="s"><v>7</v></c>')
    yield "a shared text before the first", cell('<c t="s"><v>-1</v></c>')
    yield "a style that is not there", cell('<c s="9999"><v>1</v></c>')
    yield "a formula without its value", cell("<c><f>1+1</f></c>")
    yield "a formula with a value", cell('<c t="str"><f>1+1</f><v>Selat Bangka</v></c>')
    yield "a formula of DDE", cell("<c t=\"str\"><f>cmd|' /C calc'!A0</f><v>Selat Bangka</v></c>")
    yield "a day of 1900 that was none", cell("<c><v>60</v></c>")
    yield "a day before 1900", cell("<c><v>-1</v></c>")
    yield "an error", cell('<c t="e"><v>#REF!</v></c>')
    yield "a cell far to the right", cell(f'<c r="XFD2"><v>1</v></c>{first}')
    yield "a cell outside of any sheet", cell('<c r="ZZZZ99999999"><v>1</v></c>')
    yield "a character that XML has not", cell('<c t="inlineStr"><is><t>&#0;</t></is></c>')
    yield "half of a pair", cell('<c t="inlineStr"><is><t>&#xD800;</t></is></c>')
    yield "markup in a cell", cell('<c t="inlineStr"><is><t>&lt;script&gt;x</t></is></c>')
    yield (
        "text with runs and phonetics",
        cell('<c t="inlineStr"><is><r><t>Selat </t></r><r><t>Bangka</t></r></is></c>'),
    )
    hidden = ('state="visible"', 'state="hidden"'), ('state="visible"', 'state="veryHidden"')
    for old, new in hidden:
        yield f"its only sheet {new}", changed(BOOK, old, new)
    yield "a sheet name that is markup", changed(BOOK, 'name="Sheet"', 'name="&lt;script&gt;"')
    yield "a sheet name that is a path", changed(BOOK, 'name="Sheet"', 'name="../../x"')
    yield "a sheet name of 40 letters", changed(BOOK, 'name="Sheet"', f'name="{"a" * 40}"')
    yield "the days of 1904", changed(BOOK, "<workbookPr/>", '<workbookPr date1904="1"/>')
    yield (
        "a sheet from the net",
        changed(RELS, "/xl/worksheets/sheet1.xml", "http://contoh.invalid/a.xml"),
    )
    yield "a sheet from the disk", changed(RELS, "/xl/worksheets/sheet1.xml", "file:///etc/passwd")
    yield "a sheet from above", changed(RELS, "/xl/worksheets/sheet1.xml", "../../../../etc/passwd")
    yield "a sheet that is the styles", changed(RELS, "/xl/worksheets/sheet1.xml", "/xl/styles.xml")
    link = b'<externalLink xmlns="%s"><externalBook/></externalLink>' % MAIN.encode()
    yield "a link to another workbook", book(**{"xl/externalLinks/externalLink1.xml": link})
    yield (
        "a macro, under another name",
        book(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"\0" * 500}),
    )
    yield "a program inside", book(**{"xl/embeddings/oleObject1.bin": b"MZ" + b"\0" * 500})
    yield "a member from above", book(**{"../../../tmp/siaga-x": b"x"})
    yield "a member from the root", book(**{"/etc/siaga-x": b"x"})
    yield "a member of a drive", book(**{"C:\\siaga-x": b"x"})
    yield "a member with a long name", book(**{"a" * 60_000: b"x"})
    yield (
        "another document of Office",
        packed({"word/document.xml": b"<a/>", "[Content_Types].xml": b"<a/>"}),
    )
    yield (
        "a document of LibreOffice",
        packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
    )
    yield (
        "merged cells all over",
        book(
            good.replace(
                "</worksheet>",
                '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>',
            )
        ),
    )
    yield (
        "cells merged backwards",
        book(
            good.replace(
                "</worksheet>", '<mergeCells><mergeCell ref="D9:A1"/></mergeCells></worksheet>'
            )
        ),
    )
    yield (
        "a size that lies",
        book(good.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')),
    )
    yield "a member twice", _twice(book())
    yield "a password", _locked(book())
    yield "a password of Office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1_000
    yield "bytes behind it", book() + b"\0" * 1_000
    yield "bytes before it", b"\0" * 10 + book()
    yield "cut in the middle", book()[: len(book()) // 2]
    yield "without its list of members", book()[:-60]
    yield "an empty archive", b"PK\x05\x06" + b"\0" * 18


def _twice(content: bytes) -> bytes:
    """Return an archive in which the name of a member stands twice."""
    parts = parts_of(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in [*parts.items(), ("xl/worksheets/sheet2.xml", b"<a/>")]:
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 14, 0, 0, 0)), part)
    return out.getvalue().replace(b"sheet2.xml", b"sheet1.xml")


def _locked(content: bytes) -> bytes:
    """Return an archive whose members claim to need a password."""
    out = bytearray(content)
    at = out.find(b"PK\x01\x02")
    while at >= 0:
        out[at + 8] |= 1
        at = out.find(b"PK\x01\x02", at + 1)
    return bytes(out)


def _objects() -> Iterator[tuple[str, bytes]]:
    def one(**more: Any) -> str:
        return json.dumps([record | more for record in RECORDS])

    def raw(text: str) -> str:
        """Return a record with a number that JSON may not allow."""
        return json.dumps(RECORDS).replace('"1.25"', text)

    texts = {
        "a list": json.dumps(RECORDS),
        "one record a line": "\n".join(map(json.dumps, RECORDS)),
        "the second line broken": f"{json.dumps(RECORDS[0])}\n{{",
        "a scalar": "12",
        "a text": '"teks"',
        "nothing": "null",
        "a list of numbers": "[1, 2]",
        "a list of lists": json.dumps([list(RECORDS[0].values())]),
        "records among numbers": json.dumps([RECORDS[0], 1]),
        "an empty list": "[]",
        "an empty object": "{}",
        "two lists": json.dumps({"a": RECORDS, "b": RECORDS}),
        "deep lists": "[" * 100_000,
        "deep objects": '{"a":' * 100_000,
        "a deep value": one(x=json.loads("[" * 100 + "]" * 100)),
        "a value that is an object": one(area={"a": {"b": {"c": {"d": 1}}}}),
        "a value that is a list": one(area=["Selat Bangka"]),
        "a value that is nothing": one(area=None),
        "a value that is true": one(area=True),
        "no number": raw("NaN"),
        "without end": raw("Infinity"),
        "minus without end": raw("-Infinity"),
        "more than any number": raw("1e999"),
        "5,000 digits": raw("9" * 5_000),
        "4,000 digits": raw("9" * 4_000),
        "a key twice": raw('"1.25", "wave_m": "9"'),
        "a key twice that is equal": raw('"1.25", "wave_m": "1.25"'),
        "a key that is empty": one(**{"": "x"}),
        "a key of Python": one(__class__="x", __proto__={"a": 1}),
        "a key that is markup": one(**{"<script>alert(1)</script>": "x"}),
        "a key of a character nought": one(**{"\0": "x"}),
        "a key of half a pair": one(x=1).replace('"x"', '"\\ud800"'),
        "half a pair": raw('"\\ud800"'),
        "a character nought": raw('"\\u0000"'),
        "a control character that is not escaped": raw('"\x01"'),
        "a comma too many": raw('"1.25",'),
        "a comment": "// x\n" + json.dumps(RECORDS),
        "single quotes": str(RECORDS),
        "a mark of UTF-8": MARK + json.dumps(RECORDS),
        "cut short": json.dumps(RECORDS)[:-9],
        "bytes behind it": json.dumps(RECORDS) + "x",
        "two documents": json.dumps(RECORDS) * 2,
        "a call, as of JSONP": f"panggil({json.dumps(RECORDS)})",
        "a guard before it": ")]}'\n" + json.dumps(RECORDS),
        "2,000 keys": json.dumps([{f"k{n}": n for n in range(2_000)}]),
    }
    yield from ((why, text.encode()) for why, text in texts.items())
    yield "in UTF-16", json.dumps(RECORDS).encode("utf-16")
    yield "bytes that are no UTF-8", json.dumps(RECORDS).encode().replace(b"Bangka", b"\xff\xfe")


def _features() -> Iterator[tuple[str, bytes]]:
    """Yield every GeoJSON file of reports; `SHAPES` are tried one a row."""
    feature = {"type": "Feature", "properties": {}, "geometry": None}
    for why, more in SYSTEMS:
        yield why, collection([(SHAPES[0][1], {})], crs=more)
    texts = {
        "features within features": {"type": "FeatureCollection", "features": [feature]},
        "features of nothing": None,
        "features of numbers": [1, None],
        "features that are an object": feature,
        "features that are a text": "Feature",
    }
    for why, inside in texts.items():
        inner = [inside] if why == "features within features" else inside
        content = json.dumps({"type": "FeatureCollection", "features": inner})
        yield why, content.encode()
    sound = collection([(SHAPES[0][1], {})])
    yield "no features", b'{"type": "FeatureCollection"}'
    yield "a topology", b'{"type": "Topology", "objects": {}, "arcs": []}'
    yield "cut short", sound[:-5]
    yield "two documents", sound * 2
    yield "properties that are a list", sound.replace(b'{"Tanggal"', b'[{"Tanggal"')


def collection(shapes: list[tuple[object, dict[str, str]]], **more: Any) -> bytes:
    """Return a collection of reports, each with its geometry and what else it says."""
    said = {"Tanggal": "14/02/2024", "Kabupaten": "Bangka", "Jenis": "Unjuk rasa"}
    features = [
        {"type": "Feature", "properties": said | own, "geometry": geometry}
        for geometry, own in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def _deep(levels: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "Point", "coordinates": _HERE}
    for _ in range(levels):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    return shape


_HERE = [105.8, -1.65]
_SQUARE = [[[105.7, -1.6], [105.9, -1.6], [105.9, -1.7], [105.7, -1.6]]]
_EIGHT = [[[105.7, -1.6], [105.9, -1.7], [105.9, -1.6], [105.7, -1.7], [105.7, -1.6]]]
_ACROSS = [[[179, 0], [-179, 0], [179, 1], [179, 0]]]


def _shape(kind: object, coordinates: object) -> dict[str, object]:
    return {"type": kind, "coordinates": coordinates}


SHAPES: tuple[tuple[str, object, bool], ...] = (
    ("a sound one", _shape("Point", _HERE), True),
    ("no geometry", None, True),
    ("coordinates as texts", _shape("Point", ["105.8", "-1.65"]), True),
    ("three dimensions", _shape("Point", [*_HERE, 12]), True),
    ("four dimensions", _shape("Point", [*_HERE, 12, 1]), True),
    ("a text", "Point", False),
    ("a list", _HERE, False),
    ("no kind", {"coordinates": _HERE}, False),
    ("an unknown kind", _shape("Circle", _HERE), False),
    ("a kind that is a list", _shape(["Point"], _HERE), False),
    ("a kind that is markup", _shape("<script>alert(1)</script>", _HERE), False),
    ("longitude and latitude swapped", _shape("Point", _HERE[::-1]), False),
    ("no coordinates", _shape("Point", []), False),
    ("coordinates of nothing", _shape("Point", None), False),
    ("coordinates of words", _shape("Point", ["timur", "selatan"]), False),
    ("coordinates of lists", _shape("Point", [[105.8], [-1.65]]), False),
    ("coordinates by name", _shape("Point", {"lon": 105.8, "lat": -1.65}), False),
    ("one coordinate", _shape("Point", [105.8]), False),
    ("no number", _shape("Point", [float("nan"), -1.65]), False),
    ("without end", _shape("Point", [float("inf"), -1.65]), False),
    ("beyond the earth", _shape("Point", [1e308, -1e308]), False),
    ("digits without end", _shape("Point", [10**4_000, -1.65]), False),
    ("beyond the line of dates", _shape("Point", [190, -1.65]), False),
    ("at the other end of the earth", _shape("Point", [-74.2, 1.65]), False),
    ("several points", _shape("MultiPoint", [_HERE]), False),
    ("a line", _shape("LineString", [_HERE, _HERE]), False),
    ("an area", _shape("Polygon", _SQUARE), False),
    ("an area that crosses itself", _shape("Polygon", _EIGHT), False),
    ("an area across the line of dates", _shape("Polygon", _ACROSS), False),
    ("an area of 20,000 corners", _shape("Polygon", [[_HERE] * 20_000]), False),
    ("an empty collection", {"type": "GeometryCollection", "geometries": []}, False),
    ("a collection fifty deep", _deep(50), False),
    ("a feature", {"type": "Feature", "geometry": _shape("Point", _HERE)}, False),
)
"""Why it is hostile, the geometry of a report, and whether the report is taken."""


def _named(name: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


SYSTEMS: tuple[tuple[str, object], ...] = (
    ("another system", _named("EPSG:32748")),
    ("a system whose number begins like ours", _named("urn:ogc:def:crs:EPSG::43260")),
    ("a system whose name holds ours", _named("EPSG:32748 EPSG:4326")),
    (
        "a system of a link",
        {"type": "link", "properties": {"href": "http://contoh.invalid/EPSG:4326"}},
    ),
    ("a system that is a list", []),
    ("a system that is a text", "EPSG:32748"),
    ("a system without a name", {"type": "name", "properties": {"name": None}}),
    ("a system within ours", {"EPSG:4326": _named("EPSG:32748")}),
)
"""Why it is hostile, and the member ``crs`` of a file of sound reports: none is taken."""
