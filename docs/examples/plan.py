"""A distribution plan from its JSON document: read, audited, its trips printed.

    PYTHONPATH=. python docs/examples/plan.py plan.json

The document is what ``cli.py plan`` writes; docs/plan-schema.md says what stands in it. The audit
shares no code with the planner: it believes nothing that the document says of itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.audit_form import check_form
from analytics.plan.document import from_document

document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
check_form(document)  # a ParameterError names the first field that is missing or wrong

verdict = audit(document)
print("audit passed" if verdict.passed else "audit FAILED")
for key, trip_id, place_code, seen in verdict.faults:
    print(f"  {key}: trip {trip_id}, place {place_code}, {seen}")

plan = from_document(document)  # frames: trips, visits, cargo, deliveries, unserved
for trip in plan.trips.to_dict("records"):
    hours = f"{trip['depart']:%d %b %H:%M} to {trip['back']:%H:%M}"
    by = trip["latest_depart"]
    latest = "too late" if pd.isna(by) else f"{by:%d %b %H:%M}"
    print(f"\n{trip['trip_id']} ({trip['mode']}), {hours}, latest departure: {latest}")
    visits = plan.visits[plan.visits["trip_id"] == trip["trip_id"]]
    columns = ["place_code", "arrive", "depart", "load_boxes", "unload_boxes"]
    print(visits[columns].to_string(index=False))
print(f"\ntightest delivery: {plan.deliveries['slack_min'].min():g} minutes before its deadline")
print(f"TPS in no trip: {int(plan.unserved['tps_count'].sum())}")
