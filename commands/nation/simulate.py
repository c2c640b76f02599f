"""``cli.py simulate nation``: an invented nation to try what many provinces need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.risk import simulate_app
from commands.shared import AsJson, explained, print_json
from services.texts import number, text

__all__ = ["simulate_app"]


@simulate_app.command("nation")
def nation(
    to: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")],
    seed: Annotated[int, typer.Option(help="Random seed.")] = 1,
    provinces: Annotated[int, typer.Option(help="How many provinces, 1 to 38.")] = 38,
    share: Annotated[
        float, typer.Option(help="Part of the kabupaten of each province, above 0 to 1.")
    ] = 1.0,
    reports: Annotated[
        int, typer.Option(help="Reports of a whole nation; a part of it has its part.")
    ] = 10_000_000,
    as_json: AsJson = False,
) -> None:
    """Make an invented nation: places, TPS, reports, logistics, and the truth hidden in it."""
    from analytics.nation.simulate.sizes import NationSize
    from services.nation.simulate import asked_nation, simulate_nation

    def told(done: int, of: int, code: str) -> None:
        if not as_json:
            typer.echo(text("nation.made_province", done=done, of=of, code=code))

    with explained():
        size = NationSize(provinces=provinces, share=share, reports=reports)
        about = simulate_nation(asked_nation(size, seed), to, told)
    if as_json:
        print_json(about.model_dump(mode="json"))
        return
    typer.echo(
        text(
            "nation.made",
            provinces=len(about.provinces),
            kabupaten=number(sum(p.kabupaten for p in about.provinces)),
            desa=number(sum(p.desa for p in about.provinces)),
            tps=number(sum(p.tps for p in about.provinces)),
            reports=number(sum(p.reports for p in about.provinces)),
            path=str(to),
        )
    )
