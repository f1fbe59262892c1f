"""The schema. A change here needs a migration beside it (a test compares the two)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

users = Table(
    "users",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("password", Text, nullable=False),
    Column("created", Double, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user", ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("name", String(63), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created", Double, nullable=False),
    Column("used", Double, nullable=False),
    Column("expires", Double),
)

servers = Table(
    "servers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("address", String(253), nullable=False),
    Column("port", Integer, nullable=False),
    Column("pool_id", String(36), index=True),
    Column("enrolled", Boolean, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("seen", Double),
    Column("memory_free", Integer),
    Column("inventory", Text),
    Column("created", Double, nullable=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("server_id", String(36), nullable=False, index=True),
    Column("expires", Double, nullable=False),
    Column("used", Double),
)

arrays = Table(
    "arrays",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("addresses", Text, nullable=False),
    Column("user", String(64), nullable=False),
    Column("scope", Integer, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created", Double, nullable=False),
)

pools = Table(
    "pools",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(63), nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("updated", Double, nullable=False),
)

vms = Table(
    "vms",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("pool_id", String(36), nullable=False),
    Column("name", String(63), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("placed_on", String(36)),
    Column("migrating_to", String(36)),
    Column("tags", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("server_id", String(36)),
    Column("power", String(16), nullable=False),
    Column("guest", Text),
    Column("guest_seen", Double),
    Column("updated", Double, nullable=False),
    Index("ix_vms_name_id", "name", "id"),
    Index("ix_vms_pool_id_name_id", "pool_id", "name", "id"),
    Index("ix_vms_server_id", "server_id"),
    Index("ix_vms_placed_on", "placed_on"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("kind", String(63), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("subject", String(127), nullable=False, index=True),
    Column("subject_name", String(63), nullable=False),
    Column("user", String(63), nullable=False),
    Column("parent", String(36), index=True),
    Column("key", String(255)),
    Column("spec_hash", String(64), nullable=False),
    Column("spec", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("step", String(127)),
    Column("progress", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("error", Text),
    Column("held", Text),
    Column("cancel", Boolean, nullable=False),
    Column("undoing", String(16)),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double, index=True),
    Column("lease_owner", String(64)),
    Column("lease_until", Double),
    Column("fence", Integer, nullable=False),
    UniqueConstraint("user", "key"),
    sqlite_autoincrement=True,
)

job_steps = Table(
    "job_steps",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("name", String(127), nullable=False),
    Column("state", String(16), nullable=False),
    Column("error", Text),
)

locks = Table(
    "locks",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("object", String(127), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("released", BigInteger, index=True),
    Index("ix_locks_object_released", "object", "released"),
)
"""A released lock stays until its job is pruned: a plan made before its release may be stale."""

events = Table(
    "events",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("time", Double, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(127), nullable=False),
    Column("data", Text, nullable=False),
    sqlite_autoincrement=True,
)
