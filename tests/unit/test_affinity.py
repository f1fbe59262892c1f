"""Affinity rules in a placement that people asked for; the brain's are in ``ha/test_brain_places``."""

import pytest

from millpond.domain.errors import Refused
from millpond.domain.ha.affinity import Affinity
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.placement import Candidate, place
from tests.unit.ha.pools import rule
from tests.unit.test_placement import config, server

ROOMY = server("a", 65536, vms=frozenset({"db"}))
SMALL = server("b", vms=frozenset({"mail"}))


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        (rule(RuleKind.ON, "vm1", "b"), "b"),
        (rule(RuleKind.NOT_ON, "vm1", "a"), "b"),
        (rule(RuleKind.APART, "vm1 db"), "b"),
        (rule(RuleKind.TOGETHER, "vm1 mail"), "b"),
        (rule(RuleKind.ON, "vm1", "b", strict=False), "b"),
        (rule(RuleKind.TOGETHER, "vm1 mail", strict=False), "b"),
        (rule(RuleKind.APART, "vm1 mail db", strict=False), "a"),
        (rule(RuleKind.TOGETHER, "vm1 nowhere"), "a"),
        (rule(RuleKind.ON, "db", "b"), "a"),
    ],
)
def test_a_rule_outweighs_free_memory(said: AffinityRule, chosen: str) -> None:
    assert place(config(), [ROOMY, SMALL]).server_name == "a"
    assert place(config(), [ROOMY, SMALL], rules=(said,)).server_name == chosen


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (rule(RuleKind.ON, "vm1", "b"), "it stays on b"),
        (rule(RuleKind.NOT_ON, "vm1", "a"), "it is kept off this server"),
        (rule(RuleKind.APART, "vm1 db"), "it is kept apart from db"),
        (rule(RuleKind.TOGETHER, "vm1 mail"), "it is kept together with VMs on b"),
    ],
)
def test_a_strict_rule_refuses_even_a_server_that_was_named(said: AffinityRule, why: str) -> None:
    assert place(config(), [ROOMY, SMALL], on="a").server_name == "a"
    with pytest.raises(Refused) as refused:
        place(config(), [ROOMY, SMALL], on="a", rules=(said,))
    assert refused.value.code == "placement.none"
    verdict = refused.value.details["verdicts"][0]
    assert verdict["reason"] == f"rule {said.name}: {why}"


def test_a_rule_that_is_not_strict_beats_a_preference() -> None:
    said = rule(RuleKind.ON, "vm1", "b", strict=False)
    candidates: list[Candidate] = [ROOMY, SMALL]
    assert place(config(preferred=("a",)), candidates, rules=(said,)).server_name == "b"


def test_vms_that_are_apart_although_they_belong_together_leave_the_choice() -> None:
    said = rule(RuleKind.TOGETHER, "vm1 db mail")
    placed = {"a": {"db"}, "b": {"mail"}, "c": set()}
    affinity = Affinity([said])
    assert affinity.objection("vm1", "a", placed) is None
    assert affinity.objection("vm1", "b", placed) is None
    assert affinity.objection("vm1", "c", placed) is not None
