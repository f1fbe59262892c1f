"""On a node: ``python -m millpond.lab.san.repository_here lay_out|mount``, the repository on its
standard input. What an agent would be told, without an agent."""

import asyncio
import sys

from millpond.adapters.repositories import HostRepositories
from millpond.domain.errors import MillpondError
from millpond.domain.repository import Identity, Repository


async def _do(what: str, repository: Repository) -> None:
    here = HostRepositories()
    if what == "lay_out":
        identity = Identity(id=repository.id, name=repository.name, pool=None, pool_name=None)
        await here.lay_out(repository, identity)
    else:
        await here.mount(repository)


def main() -> None:
    try:
        asyncio.run(_do(sys.argv[1], Repository.model_validate_json(sys.stdin.read())))
    except MillpondError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
