"""Who may write a pool's records, and who becomes its master."""

import pytest

from millpond.domain.errors import Refused
from millpond.domain.ha.settings import Isolation
from millpond.domain.mastership import check_write
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument, mastered_by
from millpond.domain.server import Membership, Role

OLD, NEW = new_id(), new_id()
POOL = PoolDocument(
    id=new_id(),
    name="pool1",
    generation=7,
    term=3,
    members=(
        Member(id=OLD, name="old", address="192.0.2.1", host_id=1, roles=frozenset(Role)),
        Member(id=NEW, name="new", address="192.0.2.2", host_id=2, roles=frozenset({Role.VM})),
    ),
)
AFTER = mastered_by(POOL, NEW)


def membership(master: str, term: int) -> Membership:
    return Membership(
        pool=POOL.id,
        pool_name=POOL.name,
        master=master,
        master_address="192.0.2.1",
        cluster_root="/OVS",
        host_id=1,
        term=term,
        outage=20,
        isolation=Isolation.KEEP,
    )


def refusal(
    me: str,
    known: Membership | None,
    held: bool | None,
    current: PoolDocument | None,
    wanted: PoolDocument | None = None,
) -> str | None:
    try:
        check_write(me, known, held, current, wanted)
    except Refused as refused:
        return refused.code
    return None


def test_the_named_master_writes() -> None:
    assert refusal(OLD, membership(OLD, 3), True, POOL) is None
    assert refusal(OLD, membership(OLD, 3), None, POOL) is None  # its agent has just started


def test_the_record_outranks_what_a_server_remembers() -> None:
    assert refusal(OLD, membership(OLD, 3), True, AFTER) == "pool.deposed"
    back = mastered_by(AFTER, OLD)
    assert refusal(OLD, membership(OLD, 3), True, back) == "pool.deposed"


def test_a_master_that_lost_its_lease_writes_nothing() -> None:
    assert refusal(OLD, membership(OLD, 3), False, POOL) == "pool.deposed"


def test_a_member_writes_nothing() -> None:
    assert refusal(NEW, membership(OLD, 3), None, POOL) == "server.role"
    assert refusal(NEW, membership(OLD, 3), True, POOL) == "server.role"


def test_the_holder_of_the_lease_makes_itself_master_of_the_next_term() -> None:
    assert refusal(NEW, membership(OLD, 3), True, POOL, AFTER) is None
    assert refusal(NEW, membership(OLD, 3), None, POOL, AFTER) == "server.role"
    skipping = AFTER.model_copy(update={"term": 5})
    assert refusal(NEW, membership(OLD, 3), True, POOL, skipping) == "server.role"
    same_term = AFTER.model_copy(update={"term": 3})
    assert refusal(NEW, membership(OLD, 3), True, POOL, same_term) == "server.role"


def test_a_pool_is_founded_by_a_server_in_none() -> None:
    assert refusal(OLD, None, None, None, POOL) is None


def test_without_the_record_nothing_else_is_written() -> None:
    assert refusal(OLD, membership(OLD, 3), True, None) == "pool.unreadable"


def test_a_new_master_takes_the_role_and_leaves_the_others() -> None:
    roles = {m.name: m.roles for m in AFTER.members}
    assert roles == {"old": {Role.UTILITY, Role.VM}, "new": {Role.MASTER, Role.VM}}
    assert (AFTER.term, AFTER.generation) == (4, 8)


def test_a_member_that_was_nothing_but_master_becomes_something() -> None:
    bare = POOL.members[0].model_copy(update={"roles": frozenset({Role.MASTER})})
    pool = POOL.model_copy(update={"members": (bare, POOL.members[1])})
    assert mastered_by(pool, NEW).members[0].roles == {Role.UTILITY}


def test_a_stranger_cannot_become_master() -> None:
    with pytest.raises(Refused):
        mastered_by(POOL, new_id())
