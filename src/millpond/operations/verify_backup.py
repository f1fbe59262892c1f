"""Read a backup, with all that it needs, as a restore would."""

from millpond.domain.job import Mode, Observation
from millpond.operations.backups import BackupOperation, BackupPlan, BackupSpec, find_backup
from millpond.operations.base import Context, Step, seen
from millpond.operations.vms import follow
from millpond.ports.world import World


class VerifyBackup(BackupOperation[BackupSpec, BackupPlan]):
    kind = "backup.verify"
    summary = "Read a backup, with all that it needs, and compare it with what was written"
    spec_type = BackupSpec
    plan_type = BackupPlan
    mode = Mode.SHARED

    async def plan(self, world: World, spec: BackupSpec) -> BackupPlan:
        return (await find_backup(world, spec)).plan

    def steps(self, world: World, spec: BackupSpec, plan: BackupPlan) -> list[Step]:
        read = False

        async def observe() -> Observation:
            return seen(read)

        async def act(ctx: Context) -> None:
            nonlocal read
            agent = world.agent(await world.pool(plan.pool), plan.server)
            task, backup = f"{ctx.job}/verify", plan.backup

            async def begin() -> None:
                await agent.backups.verify(task, plan.place.path, backup.vm, backup.id)

            state = await follow(agent, task, begin, ctx)
            await ctx.result({"backup": backup.id, **state.result})
            read = True

        return [Step("verify", observe, act)]
