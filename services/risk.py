"""Risk of TPS: the one door for pages, commands and other use cases."""

from __future__ import annotations

from services.risk_build import (
    NO_REGISTER,
    RiskView,
    default_params,
    parameter_table,
    read_params,
    risk_view,
    seeded,
)
from services.risk_explain import (
    Changes,
    Explanation,
    changes,
    changes_since_rakor,
    explain_tps,
    unit_changes,
)
from services.risk_heat import STATISTICS, heat, heat_weeks

__all__ = [
    "NO_REGISTER",
    "STATISTICS",
    "Changes",
    "Explanation",
    "RiskView",
    "changes",
    "changes_since_rakor",
    "default_params",
    "explain_tps",
    "heat",
    "heat_weeks",
    "parameter_table",
    "read_params",
    "risk_view",
    "seeded",
    "unit_changes",
]
