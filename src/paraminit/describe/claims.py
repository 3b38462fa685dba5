"""Which rule claims which parameter."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from paraminit.describe.meaning import Place
from paraminit.describe.rules import ParsedRule

__all__ = ["Claims"]


class Claims:
    """The rules at work on one network: the first that matches a name claims it.

    Args:
        rules: in their order.
        problems: what is found wrong is added here, a sentence each.
    """

    def __init__(self, rules: Sequence[ParsedRule], problems: list[str]) -> None:
        self._rules, self._problems = rules, problems
        self._used: set[int] = set()

    def rule_for(self, names: Sequence[Place]) -> ParsedRule | None:
        """The rule that claims a parameter, given all its names; None if none does.

        Its names may be claimed by several rules if these say the same, or if just one of them is an exact
        name.
        """
        claims: list[tuple[Place, ParsedRule]] = []
        for place in names:
            for number, rule in enumerate(self._rules):
                if rule.matches(place):
                    self._used.add(number)
                    claims.append((place, rule))
                    break
        if not claims:
            return None
        exact = [rule for _, rule in claims if rule.exact]
        deciding = exact or [rule for _, rule in claims]
        if not all(rule.same_as(deciding[0]) for rule in deciding):
            said = ", ".join(f"{place.name!r} by {rule.label!r}" for place, rule in claims)
            self._problems.append(
                f"{names[0].name!r} is one parameter under several names that different rules claim: {said}. "
                f"Begin with a rule for the exact name {names[0].name!r}."
            )
        return deciding[0]

    def report_unused(self, places: Sequence[Place]) -> None:
        """Add a problem for each rule that has claimed nothing."""
        for number, rule in enumerate(self._rules):
            if number in self._used:
                continue
            matched = [place for place in places if rule.matches(place)]
            if matched:
                earlier = next(r for r in self._rules if r.matches(matched[0]))
                why = f"{earlier.label!r} before it claims {matched[0].name!r} and all else it matches"
            else:
                near = difflib.get_close_matches(rule.label, [place.name for place in places], n=1)
                why = "it matches no parameter" + (f". Did you mean {near[0]!r}?" if near else "")
            self._problems.append(f"the rule {rule.label!r} is not used: {why}")
