"""Files made to break a reader: over three hundred, each a name and bytes, always the same.

All content is invented. `files` gives them by kind of fault, so that whoever reads files can be
tried with all of them.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator

import openpyxl

HEAD = "Tanggal,Kab/Kota,Kecamatan,Jenis,Uraian,Sumber"
ROW = "14/02/2024,Bangka,Belinyu,Unjuk rasa,SIMULASI,Polsek"
TABLE = f"{HEAD}\n{ROW}\n{ROW}\n"
File = tuple[str, bytes]

CELLS = (
    "9999-99-99",
    "0000-00-00",
    "31/02/2024",
    "1e308",
    "-1e999",
    "NaN",
    "inf",
    "=1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "'=1",
    "**tebal**",
    "[a](javascript:alert(1))",
    "<script>x</script>",
    "' OR 1=1 --",
    "\x01\x02",
    "\x7f",
    "\u202egnp.exe",
    "\ufeff",
    "\u2028",
    "\U0010ffff",
    "\uffff",
    "🙂" * 500,
    "a" * 50_000,
    "a" * 200_000,
    "9" * 5_000,
    "-" * 1_000,
    "(" * 2_000,
    "{" * 2_000,
    "%s%n%x",
    "../../etc/passwd",
    "/vsicurl/http://contoh.invalid/x",
    "\\N",
    "NULL",
    "\t\t",
    "'",
    "\u0000",
    "٣٤",
    "1" + "0" * 400,
    "14-02-2024" * 300,
    "\u00a0" * 100,
    "a\u0301" * 2_000,
)
NAMES = (
    "..csv",
    ".csv",
    "*.csv",
    "**tebal**.csv",
    "[a](b).csv",
    "<script>.csv",
    "a\nb.csv",
    "a\x1bb.csv",
    "a\u202ebsv.csv",
    "%s%n.csv",
    "{path}.csv",
    "a b  c.csv",
    "-rf.csv",
    "~.csv",
    "$HOME.csv",
    "CON.csv",
    "a" * 200 + ".csv",
    "é🙂.csv",
    "a\udcffb.csv",
    "tanpa-akhiran",
    "a.csv.xlsx",
    "a.geojson",
    "a.xls",
    "a.json",
    "a.exe",
)


def files() -> Iterator[File]:
    """Yield name and content of every file."""
    for group in (_plain, _noise, _text, _encodings, _json, _geojson, _books, _parts, _sheets):
        yield from group()


def workbook(*, sheets: int = 1) -> bytes:
    """Return a sound workbook with a table of two reports on every sheet."""
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"L{number}")
        for line in TABLE.splitlines():
            sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    parts = parts_of(out.getvalue())
    moment = rb"20\d\d-\d\d-\d\dT[\d:]+Z"
    core = re.sub(moment, b"2024-02-14T00:00:00Z", parts["docProps/core.xml"])
    return packed(parts | {"docProps/core.xml": core})


def parts_of(book: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a workbook of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 14, 0, 0, 0)), content, 8, 6)
    return out.getvalue()


def with_sheet(data: str, *, after: str = "", before: str = "") -> bytes:
    """Return a workbook whose one sheet holds rows of XML below a row of headings."""
    cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEAD.split(","))
    xml = (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/'
        f'spreadsheetml/2006/main"><sheetData><row r="1">{cells}</row>{data}</sheetData>{after}'
        "</worksheet>"
    )
    return packed(parts_of(workbook()) | {SHEET: xml.encode()})


SHEET = "xl/worksheets/sheet1.xml"


def _plain() -> Iterator[File]:
    for n, content in enumerate(
        [b"", b"\n", b" \t\r\n", b"\0", b"\0" * 5_000, b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]
    ):
        yield f"kosong{n}.csv", content
    marks = {
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "gif": b"GIF89a",
        "pdf": b"%PDF-1.7\n%\xe2\xe3",
        "gz": b"\x1f\x8b\x08\0\0",
        "7z": b"7z\xbc\xaf\x27\x1c",
        "rar": b"Rar!\x1a\x07",
        "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "zip": b"PK\x03\x04",
        "ods": b"PK\x05\x06" + b"\0" * 18,
        "parquet": b"PAR1",
        "sqlite": b"SQLite format 3\0",
        "exe": b"MZ\x90\0",
        "elf": b"\x7fELF\x02",
        "mp4": b"\0\0\0\x20ftypisom",
        "wav": b"RIFF\0\0\0\0WAVE",
    }
    for suffix, mark in marks.items():
        yield f"lain.{suffix}", mark + bytes(range(256)) * 8
        yield f"lain_{suffix}.csv", mark
    for n, text in enumerate(
        [
            "<html><table><tr><td>Tanggal</td></tr></table>",
            "<!DOCTYPE html><p>",
            "<?xml version='1.0'?><a/>",
            "<table><tr><td>1</td></tr></table>",
            "\n\n<HTML>",
            "<svg></svg>",
            "<kml></kml>",
            '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>',
            "{\\rtf1 halo}",
            "%!PS-Adobe",
            "MIME-Version: 1.0\nContent-Type: text/html\n\n<html>",
        ]
    ):
        yield f"markah{n}.xls", text.encode()
    for name in NAMES:
        yield name, TABLE.encode()
        yield name, b"\x89PNG\0"


def _noise() -> Iterator[File]:
    for seed in range(30):
        dice = random.Random(seed)
        noise = dice.randbytes(dice.choice([1, 2, 3, 10, 100, 5_000, 100_000]))
        yield f"acak{seed}.{dice.choice(['csv', 'xlsx', 'geojson', 'json'])}", noise
    for seed in range(20):
        dice = random.Random(seed)
        letters = ",;\t|\"\n\r ab1{[<\\'=" + "é\u2028"
        text = "".join(dice.choices(letters, k=dice.choice([5, 50, 2_000])))
        yield f"huruf{seed}.csv", (f"{HEAD}\n" * (seed % 2) + text).encode()
    for seed in range(20):
        dice = random.Random(seed)
        content = bytearray(TABLE.encode() * 3)
        for _ in range(1 + seed // 2):
            content[dice.randrange(len(content))] = dice.randrange(256)
        yield f"rusak{seed}.csv", bytes(content)


def _text() -> Iterator[File]:
    for n, cell in enumerate(CELLS):
        yield f"sel{n}.csv", f"{HEAD}\n{ROW.replace('SIMULASI', cell)}\n".encode()
    many = f"{ROW}\n" * 40
    yield "kutip_akhir.csv", f'{HEAD}\n{many}14/02/2024,Bangka,"Belinyu\n'.encode()
    yield "kutip_tengah.csv", f'{HEAD}\n14/02/2024,Bangka,"Belinyu,a,b,c\n{many}'.encode()
    yield "kutip_ditutup.csv", f'{HEAD}\n1/2/2024,B,"C,d,e,f\n{many}1/2/2024,B,C",d,e,f\n'.encode()
    yield "kutip_saja.csv", b'"' * 10_001
    yield "kutip_judul.csv", f'"{TABLE}'.encode()
    yield "kutip_panjang.csv", (f'{HEAD}\n1,"' + "a" * 300_000).encode()
    yield "kutip_besar.csv", (f'{HEAD}\n1,"' + "a,b\n" * 300_000).encode()
    yield "judul_sama.csv", (",".join(["Tanggal"] * 1_000) + "\n1\n").encode()
    yield "judul_500.csv", (",".join(["Tanggal", "Jenis"] * 250) + "\n1\n").encode()
    yield "judul_banyak.csv", (",".join(map(str, range(100_000))) + "\n1\n").encode()
    wide = ",".join(f"kolom panjang {n}" for n in range(50_000))
    yield "judul_banyak_panjang.csv", f"{wide}\n".encode() * 20
    yield "judul_panjang.csv", ("Tanggal,Kab/Kota," + "x" * 90_000 + "\n1,2,3\n").encode()
    yield "judul_kosong.csv", b",,,,\n,,,,\n1,2,3,4,5\n"
    yield "pemisah_saja.csv", b"," * 2_000_000
    yield "baris_kosong.csv", f"{HEAD}\n".encode() + b"\n" * 1_000_000
    yield "satu_baris.csv", b"a" * 20_000_000
    yield "baris_lebar.csv", f"{TABLE}{'1,' * 1_000_000}\n".encode()
    yield "kembali_saja.csv", TABLE.replace("\n", "\r").encode()
    yield "kembali_ganda.csv", TABLE.replace("\n", "\r\r\n").encode()
    yield "nul.csv", TABLE.encode().replace(b"Bangka", b"Ban\0ka")
    yield "nul_jauh.csv", f"{HEAD}\n{ROW}\n".encode() * 5_000 + b"\0"
    yield "sep.csv", b"sep=\n"
    yield "sep_kutip.csv", f'sep="\n{TABLE}'.encode()
    yield "tanpa_pemisah.csv", b"Tanggal\n14/02/2024\n"
    yield "hanya_judul.csv", HEAD.encode()
    yield "jumlah_saja.csv", f"{HEAD}\nJUMLAH,1,,,,\n".encode()


def _encodings() -> Iterator[File]:
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp437", "shift_jis"):
        content = TABLE.encode(name)
        yield f"{name}.csv", content
        yield f"{name}_terpotong.csv", content[:-1]
        yield f"{name}_bergeser.csv", content[1:]
    yield "surogat16.csv", (b"\xff\xfe" + TABLE.encode("utf-16-le") + b"\x00\xd8a\0")
    for n, bad in enumerate(
        [b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"\x81\x8d", b"\xff"]
    ):
        yield f"utf8_{n}.csv", TABLE.encode().replace(b"SIMULASI", bad)


def _json() -> Iterator[File]:
    record = dict(zip(HEAD.split(","), ROW.split(","), strict=True))
    whole = json.dumps({"count": 2, "data": [record, record]})
    texts = [
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "[1]",
        '[{"a":1},2]',
        "{]",
        '{"data":[]}',
        '{"data":{}}',
        '{"a":[{"b":1}],"c":[{"d":1}]}',
        "[" * 200_000,
        '{"a":' * 200_000,
        '[{"a":' + "[" * 900 + "]" * 900 + "}]",
        '[{"a":' + "[" * 100 + "]" * 100 + "}]",
        '[{"Tanggal":"\\ud800","Jenis":"\\udfff"}]',
        '[{"\\ud800":"1","\\u0000":"2"}]',
        '[{"Tanggal":"a\\u0000b"}]',
        '[{"Tanggal":NaN,"n":Infinity}]',
        '[{"n":1e999,"m":-0.0}]',
        f'[{{"n":{"9" * 5_000}}}]',
        f'[{{"n":{"9" * 4_000}}}]',
        '[{"a":1,"a":2}]',
        '{"a":1}\n{"a":2}',
        '{"a":1}\n{"a":',
        '{"a":1}{"a":2}',
        "[{" + "," * 1_000,
        json.dumps([{f"k{n}": n} for n in range(2_000)]),
        json.dumps([{"a": "x" * 200_000}]),
        '[{"a":{"b":{"c":{"d":{"e":1}}}}}]',
        "[" + "{}," * 3_000_000 + "{}]",
        "[" + "[]," * 3_000_000 + "[]]",
        '[{"a":1}' + ',{"a":1}' * 400_000 + "]",
        "[{" + '"":1,' * 200_000 + '"b":2}]',
        "\ufeff[{}]",
    ]
    for n, text in enumerate(texts):
        yield f"isi{n}.json", text.encode("utf-8", "surrogatepass")
    for cut in range(1, len(whole), max(1, len(whole) // 20)):
        yield f"terpotong{cut}.json", whole[:cut].encode()
    yield "utf16.json", whole.encode("utf-16")
    yield "bukan_utf8.json", whole.encode().replace(b"Bangka", b"\xff\xfe\x80")


def _geojson() -> Iterator[File]:
    def one(geometry: object, properties: object = None, **more: object) -> str:
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        return json.dumps({"type": "FeatureCollection", "features": [feature], **more})

    named = {"Tanggal": "14/02/2024", "Jenis": "Unjuk rasa"}
    texts = [
        one({"type": "Point", "coordinates": point}, named)
        for point in (
            [],
            [1],
            [float("nan"), 1],
            ["a", {}],
            [[1], [2]],
            {},
            None,
            "x",
            [1e308, -1e308],
        )
    ]
    texts += [
        one(geometry, named)
        for geometry in (
            None,
            [],
            {},
            1,
            "Point",
            {"type": None},
            {"type": [1]},
            {"type": "x" * 10_000},
            {"type": "Polygon", "coordinates": [[[float("nan"), 0]] * 4]},
            {"type": "Point"},
            {"type": "GeometryCollection", "geometries": [{}]},
        )
    ]
    texts += [one(None, bad) for bad in ([], [1], "x", 1, {"a": {"b": []}}, {"type": "Feature"})]
    texts += [
        one(None, named, crs=crs) for crs in ({}, [], "x", {"properties": {"name": "EPSG:32748"}})
    ]
    texts += [
        '{"type":"FeatureCollection"}',
        '{"type":"FeatureCollection","features":{}}',
        '{"type":"Feature"}',
        '{"type":"FeatureCollection","features":[]}',
        '{"type":"FeatureCollection","features":[1]}',
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":' + "[" * 5_000,
        '{"type":"Topology","objects":{}}',
        '{"type":"FeatureCollection","features":"Feature"}',
    ]
    for n, text in enumerate(texts):
        yield f"bentuk{n}.geojson", text.encode()


def _books() -> Iterator[File]:
    sound = workbook()
    for n in range(25):
        yield f"terpotong{n}.xlsx", sound[: 4 + n * (len(sound) - 4) // 25]
    for seed in range(40):
        dice = random.Random(seed)
        content = bytearray(sound)
        for _ in range(1 + seed):
            content[dice.randrange(4, len(content))] = dice.randrange(256)
        yield f"rusak{seed}.xlsx", bytes(content)
    yield "buku.csv", sound
    yield "ekor.xlsx", sound + b"\0" * 100_000
    yield "banyak_lembar.xlsx", workbook(sheets=40)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(20_000):
            archive.writestr(f"a{n}", b"")
    yield "banyak_bagian.xlsx", out.getvalue()
    locked = bytearray(sound)
    for at in range(len(locked) - 4):
        if locked[at : at + 4] == b"PK\x01\x02":
            locked[at + 8] |= 1
    yield "terkunci.xlsx", bytes(locked)


def _parts() -> Iterator[File]:
    sound = parts_of(workbook())
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "{}">]><a>&b;</a>'
    laughs = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 12))
    for name in sound:
        yield "hilang.xlsx", packed({key: sound[key] for key in sound if key != name})
        for bad in (b"", b"<a", b"\0\xff" * 50, entity.format("x" * 100).encode()):
            yield "ganti.xlsx", packed(sound | {name: bad})
        bomb = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "x">{laughs}]><a>&l11;</a>'
        yield "tawa.xlsx", packed(sound | {name: bomb.encode()})
        outside = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
        yield "luar.xlsx", packed(sound | {name: outside.encode()})
    rels = "xl/_rels/workbook.xml.rels"
    for target in (
        "/etc/passwd",
        "../../../etc/passwd",
        "http://contoh.invalid/a.xml",
        "",
        "styles.xml",
    ):
        text = sound[rels].replace(b"/xl/worksheets/sheet1.xml", target.encode())
        yield "rujukan.xlsx", packed(sound | {rels: text})
    yield "mutlak.xlsx", packed({"/" + name: content for name, content in sound.items()})
    yield "dokumen.xlsx", packed({"word/document.xml": b"<a/>", "[Content_Types].xml": b"<a/>"})
    yield "ods.xlsx", packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})
    yield "bom.xlsx", packed(sound | {SHEET: b"\0" * 150_000_000})
    yield "bom_kosong.xlsx", packed(sound | {SHEET: sound[SHEET] + b" " * 150_000_000})
    yield "bom_teks.xlsx", packed(sound | {"xl/sharedStrings.xml": b"<si/>" * 20_000_000})


def _sheets() -> Iterator[File]:
    name = '<c r="B2" t="inlineStr"><is><t>Bangka</t></is></c>'
    good = f'<row r="2"><c r="A2"><v>45000</v></c>{name}</row>'
    for n, row in enumerate(
        [
            '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
            '<row r="-5"><c r="A-5"><v>1</v></c></row>',
            '<row r="x"><c r="A1"><v>1</v></c></row>',
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "<row><c><v>1</v></c></row>",
            '<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>',
            '<row r="2"><c r="XFD2"><v>1</v></c></row>',
            '<row r="2"><c r="A2" t="s"><v>999999</v></c></row>',
            '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
            '<row r="2"><c r="A2" t="b"><v>9</v></c></row>',
            '<row r="2"><c r="A2" t="d"><v>9999-99-99</v></c></row>',
            '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>',
            '<row r="2"><c r="A2" t="?"><v>1</v></c></row>',
            '<row r="2"><c r="A2"><v>1e999</v></c></row>',
            '<row r="2"><c r="A2"><v>NaN</v></c></row>',
            '<row r="2"><c r="A2"><v>abc</v></c></row>',
            f'<row r="2"><c r="A2"><v>{"9" * 5_000}</v></c></row>',
            '<row r="2"><c r="A2" s="9999"><v>1</v></c></row>',
            '<row r="2"><c r="A2" t="inlineStr"><is><t>&#xD800;</t></is></c></row>',
            '<row r="2"><c r="A2" t="inlineStr"><is><t>&#0;</t></is></c></row>',
            '<row r="2"><c r="A2" t="inlineStr"><is><t>&amp;#xD800;_xD800_</t></is></c></row>',
            f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"a" * 200_000}</t></is></c></row>',
            '<row r="2"><c r="A2"><f>1+1</f></c></row>',
            '<row r="3"/>' + good,
            good + good,
            "<row",
            "</sheetData>",
            "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 3_000)),
            "<row>" + "<c><v>1</v></c>" * 100_000 + "</row>",
            "<a>" * 50_000,
            good + "<row/>" * 1_000_000,
        ]
    ):
        yield f"baris{n}.xlsx", with_sheet(row)
    for n, ranges in enumerate(
        [
            ["A2:A1048576"],
            ["A1:XFD1048576"],
            ["A9:A2"],
            ["A0:A5"],
            ["A1:F1"],
            ["A1:A2", "B1:C1"],
            ["x"],
            ["A2:A9999999"],
            [f"A{n}:A{n + 5_000}" for n in range(2, 5_000)],
            ["ZZZ1:ZZZ2"],
        ]
    ):
        merged = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)
        yield f"gabung{n}.xlsx", with_sheet(good, after=f"<mergeCells>{merged}</mergeCells>")
