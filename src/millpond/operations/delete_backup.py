"""Delete a backup that no other builds on."""

from millpond.domain.backup import dependants
from millpond.domain.errors import Refused
from millpond.domain.job import Observation
from millpond.operations.backups import BackupOperation, BackupPlan, BackupSpec, find_backup
from millpond.operations.base import Context, Step, seen
from millpond.ports.agent import Agent
from millpond.ports.world import World


class DeleteBackup(BackupOperation[BackupSpec, BackupPlan]):
    kind = "backup.delete"
    summary = "Delete a backup that no other builds on"
    spec_type = BackupSpec
    plan_type = BackupPlan

    async def plan(self, world: World, spec: BackupSpec) -> BackupPlan:
        found = await find_backup(world, spec)
        plan, agent = found.plan, world.agent(found.pool, found.plan.server)
        backup = plan.backup
        others = await agent.backups.backups(plan.place.path, backup.vm)
        if later := dependants(others, backup):
            raise Refused(
                "backup.needed",
                f"backup {backup.id}",
                f"backup {later[0].id} of the same VM builds on it",
                "delete that one first, with: millpond backup delete POOL VM BACKUP --in PLACE",
            )
        return plan

    def steps(self, world: World, spec: BackupSpec, plan: BackupPlan) -> list[Step]:
        path, backup = plan.place.path, plan.backup

        async def agent() -> Agent:
            return world.agent(await world.pool(plan.pool), plan.server)

        async def observe() -> Observation:
            left = await (await agent()).backups.backups(path, backup.vm)
            return seen(all(b.id != backup.id for b in left))

        async def act(_: Context) -> None:
            await (await agent()).backups.remove(path, backup.vm, backup.id)

        return [Step("remove", observe, act, point_of_no_return=True)]
