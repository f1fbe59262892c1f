"""Durable jobs: accepted in one transaction, run step by step, resumed after any crash."""

from millpond.manager.jobs.jobs import Jobs
from millpond.manager.jobs.settings import JobSettings

__all__ = ["JobSettings", "Jobs"]
