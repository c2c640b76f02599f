"""Warnings, actions and what is recommended, as a report tells them."""

from __future__ import annotations

from services.briefing.facts.plain import Facts
from services.briefing.report_words import Reporter, listed
from services.briefing.slides.closing import decisions
from services.briefing.slides.common import Speaker
from services.pdf import Block, Text
from services.texts import label


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
    state = to.say(f"state_{row['state']}", reason=row["closing_reason"] or "–")
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
        "late": late,
        "open": [
            r for r in rows if not r["overdue"] and r["status"] in {"belum_mulai", "berjalan"}
        ],
        "done": [row for row in rows if row["status"] == "selesai"],
        "dropped": [row for row in rows if row["status"] == "batal"],
    }
    told = [f"actions_{name}" for name in groups]
    out: list[Block] = [Text(to.say("actions"), "heading")]
    out += [
        Text(to.say(key, n=len(part)), "strong")
        for key, part in zip(told, groups.values(), strict=True)
    ]
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
