"""What is offered: only what the role of whoever looks may do; the store holds it in any case."""

from __future__ import annotations

from data.store.ledger.acts import actor_now
from data.store.ledger.rights import may
from pages.components import show
from pages.components.shell import language, t
from services.ledger.audit import act_words
from services.texts import label


def offered(action: str, *, told: bool = True) -> bool:
    """Tell whether an act is offered to whoever looks at the page.

    Parameters
    ----------
    action
        A key of `data.store.ledger.rights.RIGHTS`, or ``import.`` and a table.
    told
        Whether a line says so where it is not.
    """
    actor = actor_now()
    if may(actor, action):
        return True
    if told:
        role, words = label("role", actor.role, language()), act_words(action, language())
        show.note(t("access.not_offered", role=role, action=words))
    return False
