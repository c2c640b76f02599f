"""Take the pictures of the README from the real app: ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser import Visit, chromium_browser
from tests.conftest import ROOT, chromium, start_app, stop_app

OUT = ROOT / "docs" / "img"
TPS = "pemilu2024/19.02.01.2013/001"
SHOTS = (
    ("ringkasan", "?tanggal=2024-02-13", "Lima tempat", 1280, 720),
    ("ringkasan-1920", "?tanggal=2024-02-13", "Lima tempat", 1920, 1080),
    ("ringkasan-390", "?tanggal=2024-02-13", "Lima tempat", 390, 844),
    ("hotspot", "hotspot?tanggal=2025-10-29", "Metode", 1280, 720),
    ("hotspot-390", "hotspot?tanggal=2025-10-29", "Hari ini", 390, 844),
    ("linimasa", "linimasa?tanggal=2024-02-13", "Yang diawasi tim", 1280, 720),
    ("distribusi", "distribusi", "Dari yang paling terpencil", 1280, 720),
    ("distribusi-390", "distribusi", "Dari yang paling terpencil", 390, 844),
    ("gambaran", "kerawanan?tanggal=2025-10-29&place=19.05", "Siapa tahu apa", 1280, 720),
    ("gambaran-390", "kerawanan?tanggal=2025-10-29", "Siapa tahu apa", 390, 844),
    ("kerawanan", f"kerawanan?tanggal=2024-02-13&tps={TPS}", "Kembali ke daftar", 1280, 720),
    ("kerawanan-390", "kerawanan?tanggal=2024-02-13&tab=peta", "Cari desa", 390, 844),
    ("hari-h", "kerawanan?tanggal=2024-02-14&tab=hari_h", "Catat kabar", 1280, 720),
    ("linimasa-390", "linimasa?tanggal=2024-02-13", "Yang diawasi tim", 390, 844),
)


def main() -> int:
    executable = chromium()
    if executable is None:
        print("no Chromium: set CHROMIUM or install it", file=sys.stderr)
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        process, address = start_app(Path(folder))
        try:
            with chromium_browser(executable) as browser:
                for name, path, words, width, height in SHOTS:
                    visit = Visit.start(browser, width, height)
                    visit.open(f"{address}/{path}", words)
                    visit.page.wait_for_timeout(1500)
                    visit.page.screenshot(path=OUT / f"{name}.png")
                    visit.page.context.close()
        finally:
            stop_app(process)
    return 0


if __name__ == "__main__":
    sys.exit(main())
