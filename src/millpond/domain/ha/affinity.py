"""Affinity rules as placement reads them: what they forbid on a server, and what they wish for."""

from collections.abc import Iterable, Mapping, Set

from millpond.domain.ha.rules import AffinityRule, RuleKind


class Affinity:
    """The rules of a pool, by the VMs they speak of. Servers and VMs by name; ``placed`` maps each
    server to the VMs that are on it or about to be."""

    def __init__(self, rules: Iterable[AffinityRule] = ()) -> None:
        self._of: dict[str, list[AffinityRule]] = {}
        for rule in sorted(rules, key=lambda r: r.name):
            for vm in dict.fromkeys(rule.vms):
                self._of.setdefault(vm, []).append(rule)

    def objection(self, vm: str, server: str, placed: Mapping[str, Set[str]]) -> str | None:
        """Why a strict rule keeps ``vm`` off ``server``; None if none does."""
        for rule in self._of.get(vm, ()):
            if rule.strict and (why := _breach(rule, vm, server, placed)):
                return f"rule {rule.name}: {why}"
        return None

    def regrets(self, vm: str, server: str, placed: Mapping[str, Set[str]]) -> int:
        """How many rules that are not strict would be broken."""
        rules = self._of.get(vm, ())
        return sum(1 for r in rules if not r.strict and _breach(r, vm, server, placed))

    def companions(self, vm: str) -> frozenset[str]:
        """The VMs that a strict rule keeps together with ``vm``."""
        rules = (r for r in self._of.get(vm, ()) if r.strict and r.kind is RuleKind.TOGETHER)
        return frozenset(other for rule in rules for other in rule.vms) - {vm}


def _breach(rule: AffinityRule, vm: str, server: str, placed: Mapping[str, Set[str]]) -> str | None:
    """How ``vm`` on ``server`` would break the rule. Together with VMs that are on no server yet means
    nothing, and of VMs that are apart already any server will do."""
    if rule.kind is RuleKind.ON:
        return None if server in rule.servers else f"it stays on {', '.join(sorted(rule.servers))}"
    if rule.kind is RuleKind.NOT_ON:
        return "it is kept off this server" if server in rule.servers else None
    others = set(rule.vms) - {vm}
    here = sorted(others & placed.get(server, frozenset()))
    if rule.kind is RuleKind.APART:
        return f"it is kept apart from {here[0]}" if here else None
    if here:
        return None
    elsewhere = sorted(name for name, vms in placed.items() if others & vms)
    return f"it is kept together with VMs on {', '.join(elsewhere)}" if elsewhere else None
