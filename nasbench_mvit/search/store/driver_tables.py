"""The tables that are added to Optuna's for several drivers of a study."""

import sqlalchemy
from sqlalchemy import Column, Table

METADATA = sqlalchemy.MetaData()
DRIVERS = Table(
    "nasbench_mvit_drivers",
    METADATA,
    Column("driver_id", sqlalchemy.Integer, primary_key=True),
    Column("study_id", sqlalchemy.Integer, nullable=False),
    Column("name", sqlalchemy.Text, nullable=False),
    Column("heartbeat", sqlalchemy.DateTime(timezone=True), nullable=False),
)
CLAIMS = Table(
    "nasbench_mvit_claims",
    METADATA,
    Column("claim_id", sqlalchemy.Integer, primary_key=True),
    Column("study_id", sqlalchemy.Integer, nullable=False),
    Column("spec_id", sqlalchemy.String(64), nullable=False),
    Column("trial_id", sqlalchemy.Integer, nullable=False, unique=True),
    Column("number", sqlalchemy.Integer, nullable=False),
    Column("role", sqlalchemy.String(16), nullable=False),
    Column("driver_id", sqlalchemy.Integer),
    sqlalchemy.UniqueConstraint("study_id", "spec_id"),
)
