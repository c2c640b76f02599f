"""The one collection that all tables of the store belong to."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
