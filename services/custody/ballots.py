"""The check of ballots before they leave: due against packed, per TPS and contest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analytics.plan.kits import BALLOT_VERDICTS, OK, KitRules, check_ballots, reserve
from data.custody.ballots import PACKED
from data.province import CONTESTS, province
from services.dataset import Dataset
from services.ingest.imports import Asked, read_checked
from services.plan.inputs import tps_with_voters
from services.texts import label


@dataclass(frozen=True, eq=False)
class BallotCheck:
    """What a file of packed ballots says.

    Attributes
    ----------
    rows
        One per bundle: ``tps_id``, ``contest``, ``voters``, ``additional``, ``due``, ``packed``,
        ``difference``, ``dapil_due``, ``dapil_packed``, ``verdict``, ``is_special``; the gravest
        verdict first.
    counts
        Bundles by verdict.
    faults
        Rows of the file that were refused.
    """

    rows: pd.DataFrame = field(repr=False)
    counts: dict[str, int]
    faults: pd.DataFrame = field(repr=False)


def ballot_check(data: Dataset, path: Path, election: str, rules: KitRules) -> BallotCheck:
    """Check a file of packed ballots; nothing of it is stored."""
    packed, faults = read_checked(data.store, PACKED, path, Asked(election=election))
    known = tps_with_voters(data, data.tps[["tps_id", "number"]])
    bundles = packed.merge(known, on="tps_id", how="left")
    bundles = bundles.assign(tps_number=pd.to_numeric(bundles["number"]).astype("Int64"))
    found = bundles.drop(columns=["number"]).join(check_ballots(bundles, rules))
    order = found["verdict"].map({name: n for n, name in enumerate(BALLOT_VERDICTS)})
    found = found.assign(order=order).sort_values(["order", "tps_id", "contest"])
    counts = {name: int(found["verdict"].eq(name).sum()) for name in BALLOT_VERDICTS}
    return BallotCheck(found.drop(columns="order").reset_index(drop=True), counts, faults)


def packing_list(data: Dataset, tps: pd.DataFrame, election: str, rules: KitRules) -> pd.DataFrame:
    """Return the list to fill in while packing: one row per TPS and contest, due or blank.

    ``tps`` are rows of the table of that name; the headings are such as that file has.
    """
    known = tps_with_voters(data, tps)
    due = (
        known["voters"]
        + known["additional"].fillna(0)
        + reserve(known["voters"], rules.reserve_pct)
    )
    rows = pd.DataFrame(
        {
            "tps_id": known["tps_id"],
            "desa": known["desa_code"].map(data.names),
            "tps": known["number"],
            "harus": due,
        }
    )
    held = province().elections.get(election)
    contests = pd.DataFrame({"jenis_surat_suara": held.contests if held else CONTESTS})
    blank = dict.fromkeys(("dapil", "dikemas", "dapil_dikemas"), "")
    return rows.merge(contests, how="cross").assign(**blank)


def check_table(check: BallotCheck, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the check as the page shows it, with headings and words of the reader."""
    rows = check.rows
    code = rows["tps_id"].str.split("/").str[1]
    columns = {
        "verdict": [label("ballot", verdict, lang) for verdict in rows["verdict"]],
        "desa": code.map(data.names),
        "tps": rows["tps_id"].str[-3:],
        "contest": [label("contest", name, lang) for name in rows["contest"]],
        "due": rows["due"],
        "packed": rows["packed"],
        "difference": rows["difference"],
        "dapil_due": rows["dapil_due"],
        "dapil_packed": rows["dapil_packed"],
        "special": [label("ballot", "special", lang) if yes else "" for yes in rows["is_special"]],
    }
    return pd.DataFrame(
        {label("ballotcolumn", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


def all_fine(check: BallotCheck) -> bool:
    """Return whether every bundle of the file is as it should be and no row was refused."""
    return check.faults.empty and len(check.rows) == check.counts[OK] and len(check.rows) > 0
