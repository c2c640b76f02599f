"""Warnings, actions and what is recommended, as a report tells them."""

from __future__ import annotations

from services.briefing.facts.plain import Facts
from services.briefing.report_words import Reporter, listed
from services.briefing.slides.closing import decisions
from services.briefing.slides.common import Speaker
from services.paper import Block, Text
from services.texts import label

_STATES = {
    "baru": "state_baru",
    "terbuka": "state_terbuka",
    "menyala_lagi": "state_menyala_lagi",
    "tidak_lagi_terpenuhi": "state_tidak_lagi_terpenuhi",
    "ditutup": "state_ditutup",
}


def warnings(to: Reporter) -> list[Block]:
    """Return every warning with its owner, how likely it comes true, and what came of it."""
    rows = [
        (
            label("warning_level", row["level"], to.lang),
            f"{row['title'][to.lang]}\n{row['reason'][to.lang]}",
            row["owner"] if row["taken"] else to.say("proposed", owner=row["owner"]),
            _chance(to, row),
            _outcome(to, row),
        )
        for row in to.register("warnings")
    ]
    if not rows:
        return [Text(to.say("warnings"), "heading"), Text(to.say("warnings_none"))]
    names = ("level", "warning", "owner", "chance", "outcome")
    return listed(to, "warnings", rows, names, (18, 82, 28, 18, 32))


def _chance(to: Reporter, row: Facts) -> str:
    if row["probability"] is None:
        return to.say("unmeasured")
    return to.say("percent", n=to.number(100 * row["probability"]))


def _outcome(to: Reporter, row: Facts) -> str:
    state = to.say(_STATES[row["state"]], reason=row["closing_reason"] or "–")
    outcome = row["outcome"]
    told = label("warning_outcome", outcome, to.lang) if outcome else to.say("no_outcome")
    return f"{state}; {told}"


def actions(to: Reporter) -> list[Block]:
    """Return the actions, overdue ones first, then those that go on, are done or were dropped."""
    rows = to.register("actions")
    if not rows:
        return [Text(to.say("actions"), "heading"), Text(to.say("actions_none"))]
    late = [row for row in rows if row["overdue"]]
    groups = {
        "actions_late": late,
        "actions_open": [
            r for r in rows if not r["overdue"] and r["status"] in {"belum_mulai", "berjalan"}
        ],
        "actions_done": [row for row in rows if row["status"] == "selesai"],
        "actions_dropped": [row for row in rows if row["status"] == "batal"],
    }
    out: list[Block] = [Text(to.say("actions"), "heading")]
    out += [Text(to.say(key, n=len(part)), "strong") for key, part in groups.items()]
    rows = [row for part in groups.values() for row in part]
    cells = [
        (
            f"{row['decision']}\n{row['risk']}",
            row["owner"],
            to.day(row["due"], "short"),
            label("action_status", row["status"], to.lang),
            row["result"] or "–",
        )
        for row in rows
    ]
    names = ("decision", "owner", "due", "status", "result")
    return out + listed(to, "actions", cells, names, (68, 30, 22, 22, 36))[1:]


def recommendations(to: Reporter) -> list[Block]:
    """Return what open warnings, overdue actions and plans ask to be decided."""
    told = decisions(Speaker(to.snapshot, to.lang)).notes.splitlines()
    return [Text(to.say("recommended"), "heading"), *(Text(f"• {line}") for line in told)]
