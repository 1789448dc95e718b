"""The questions of `launchrole.reasoning` put to z3: a second opinion that shares no code with the first.

Policies are plain JSON here. An action at a time, both policies become formulas over one request: a resource of six
parts or none, context keys that are absent or hold up to two values. What this encoding cannot say (patterns around
policy variables, resources of fewer than six parts) raises NotEncoded, and the pair is left to others.
"""

from __future__ import annotations

import functools
import itertools
import json
import re

import z3

VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*\}")


class NotEncoded(Exception):
    """The policies hold what this oracle has no formula for."""


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def statements(document):
    return listed(document["Statement"])


@functools.lru_cache(maxsize=10_000)
def matcher(texts):
    spelled = ("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text) for text in texts)
    return re.compile("|".join(spelled), re.DOTALL).fullmatch


def names(statement):
    """Whether a statement names an action, as a function of the action in lower case."""
    element = "NotAction" if "NotAction" in statement else "Action"
    named = matcher(tuple(text.strip().lower() for text in listed(statement[element])))
    return lambda action: (named(action) is not None) is not (element == "NotAction")


def groups(old, new, actions):
    """For each way in which the policies treat actions differently: one action, and the statements of both about it."""
    sides = [
        [(one, names(one), without(one, "Sid", "Action", "NotAction")) for one in statements(document)]
        for document in (old, new)
    ]
    seen = {}
    for action in actions:
        lowered = action.lower()
        about = [[(one, body) for one, named, body in side if named(lowered)] for side in sides]
        bodies = tuple(tuple(sorted({body for _, body in side})) for side in about)
        if bodies[0] != bodies[1]:
            seen.setdefault(bodies, (action, *([one for one, _ in side] for side in about)))
    return list(seen.values())


def without(statement, *elements):
    return json.dumps({name: value for name, value in statement.items() if name not in elements}, sort_keys=True)


def interesting(old, new, actions):
    """The actions of the services that a statement names which does not stand in both policies alike."""
    sides = [{without(one, "Sid") for one in statements(document)} for document in (old, new)]
    both = statements(old) + statements(new)
    changed = [one for one in both if without(one, "Sid") in sides[0] ^ sides[1]]
    written = [text.strip() for one in changed for text in listed(one.get("Action", one.get("NotAction")))]
    services = {text.partition(":")[0].lower() for text in written}
    everywhere = any("NotAction" in one for one in changed) or any("*" in one or "?" in one for one in services)
    literal = {text for text in written if "*" not in text and "?" not in text and " " not in text}
    to_come = {text.replace("*", "ToCome").replace("?", "x") for text in written if "*" in text and ":" in text}
    chosen = (one for one in actions if everywhere or one.partition(":")[0].lower() in services)
    return sorted({*chosen, *literal, *to_come})


class Encoding:
    """One request as z3 variables."""

    def __init__(self):
        self.parts = [z3.String(f"part{number}") for number in range(6)]
        self.is_arn = z3.Bool("is_arn")
        self.facts = [z3.Not(z3.Contains(part, z3.StringVal(":"))) for part in self.parts[:5]]
        self.keys = {}

    def key(self, name):
        name = name.lower()
        if name not in self.keys:
            number = len(self.keys)
            first, second = z3.String(f"k{number}a"), z3.String(f"k{number}b")
            there, both = z3.Bool(f"k{number}there"), z3.Bool(f"k{number}both")
            self.facts += [z3.Implies(both, there), first != z3.StringVal(""), second != z3.StringVal("")]
            self.keys[name] = (there, both, first, second)
        return self.keys[name]

    def statement(self, statement):
        return z3.And(self.resource(statement), self.conditions(statement.get("Condition", {})))

    def resource(self, statement):
        element = "NotResource" if "NotResource" in statement else "Resource"
        one = z3.Or([self.arn(text) for text in listed(statement[element])])
        return z3.Not(one) if element == "NotResource" else one

    def arn(self, text):
        if text == "*":
            return z3.BoolVal(True)
        if "${" in text:
            raise NotEncoded(text)
        segments = text.split(":", 5)
        if len(segments) != 6:
            raise NotEncoded(text)
        return z3.And(self.is_arn, *(like(part, one) for part, one in zip(self.parts, segments, strict=True)))

    def conditions(self, block):
        found = []
        for operator, keys in block.items():
            for name, values in keys.items():
                found.append(self.condition(operator, name, [text(value) for value in listed(values)]))
        return z3.And(found)

    def condition(self, operator, name, values):
        there, both, first, second = self.key(name)
        quantifier, _, base = operator.rpartition(":")
        if base == "Null":
            return z3.Or([there if value == "false" else z3.Not(there) for value in values])
        if_exists, base = base.endswith("IfExists"), base.removesuffix("IfExists")
        negated = "Not" in base
        one, two = (self.value(base.replace("Not", ""), value, values) for value in (first, second))
        if not quantifier:
            self.facts.append(z3.Not(both)) if not self.is_set(name) else None
            met = z3.Or(one, z3.And(both, two))
            if negated:
                return z3.Or(z3.Not(there), z3.Not(met))
            return z3.Or(z3.Not(there), met) if if_exists else z3.And(there, met)
        one, two = (z3.Not(one), z3.Not(two)) if negated else (one, two)
        if quantifier == "ForAllValues":
            return z3.Or(z3.Not(there), z3.And(one, z3.Or(z3.Not(both), two)))
        met = z3.And(there, z3.Or(one, z3.And(both, two)))
        return z3.Or(z3.Not(there), met) if if_exists else met

    sets = frozenset()

    def is_set(self, name):
        return name.lower() in self.sets

    def value(self, base, value, values):
        return z3.Or([self.one_value(base, value, one) for one in values])

    def one_value(self, base, value, wanted):
        parts = VARIABLE.split(wanted)
        if len(parts) > 1:
            if base != "StringEquals":
                raise NotEncoded(wanted)
            texts, there = [], []
            for place, part in enumerate(parts):
                if place % 2 == 0:
                    texts.append(z3.StringVal(part))
                    continue
                variable = self.key(part)
                there += [variable[0], z3.Not(variable[1])]
                texts.append(variable[2])
            return z3.And(value == z3.Concat(*texts), *there)
        if base == "StringEquals":
            return value == z3.StringVal(wanted)
        if base == "StringLike":
            return like(value, wanted)
        if base in ("Bool", "StringEqualsIgnoreCase"):
            letters = [
                z3.Union(z3.Re(one.lower()), z3.Re(one.upper())) if one.lower() != one.upper() else z3.Re(one)
                for one in wanted
            ]
            return z3.InRe(value, letters[0] if len(letters) == 1 else z3.Concat(*letters))
        if base in ("ArnLike", "ArnEquals"):
            segments = wanted.split(":", 5)
            if wanted == "*":
                return z3.BoolVal(True)
            if len(segments) != 6:
                return z3.BoolVal(False)
            inside = z3.Star(z3.Intersect(z3.AllChar(z3.ReSort(z3.StringSort())), z3.Complement(z3.Re(":"))))
            regexes = [regex(one, inside if place < 5 else None) for place, one in enumerate(segments)]
            with_colons = list(itertools.chain.from_iterable((one, z3.Re(":")) for one in regexes))[:-1]
            return z3.InRe(value, z3.Concat(*with_colons))
        raise NotEncoded(base)


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def like(value, pattern):
    if "*" not in pattern and "?" not in pattern:
        return value == z3.StringVal(pattern)
    if pattern == "*":
        return z3.BoolVal(True)
    return z3.InRe(value, regex(pattern))


def regex(pattern, star=None):
    everything = z3.Full(z3.ReSort(z3.StringSort())) if star is None else star
    one = z3.AllChar(z3.ReSort(z3.StringSort()))
    pieces = [
        everything if piece == "*" else one if piece == "?" else z3.Re(piece)
        for piece in re.split(r"([*?])", pattern)
        if piece
    ]
    if not pieces:
        return z3.Re("")
    return pieces[0] if len(pieces) == 1 else z3.Concat(*pieces)


def gives_more(giver, other, sets, seconds):
    """Whether z3 finds a request that one side allows and the other does not: True, False, or None for no answer."""
    encoding = Encoding()
    encoding.sets = sets
    sides = []
    for about in (giver, other):
        allows = z3.Or([encoding.statement(one) for one in about if one["Effect"] == "Allow"])
        denies = z3.Or([encoding.statement(one) for one in about if one["Effect"] == "Deny"])
        sides.append(z3.And(allows, z3.Not(denies)))
    solver = z3.Solver()
    solver.set("timeout", int(seconds * 1000))
    solver.add(sides[0], z3.Not(sides[1]), *encoding.facts)
    answer = solver.check()
    return None if answer == z3.unknown else answer == z3.sat


def set_keys(*documents):
    """The keys that some condition reads as a set: they can have several values."""
    return frozenset(
        name.lower()
        for document in documents
        for one in statements(document)
        for operator, keys in one.get("Condition", {}).items()
        if ":" in operator
        for name in keys
    )


def opinion(old, new, actions, seconds=2.0):
    """What z3 says the new policy adds and removes; None where it has no answer. Raises NotEncoded."""
    sets = set_keys(old, new)
    found = {"adds": False, "removes": False}
    for _, old_about, new_about in groups(old, new, interesting(old, new, actions)):
        for direction, giver, other in (("adds", new_about, old_about), ("removes", old_about, new_about)):
            if found[direction]:
                continue
            more = gives_more(giver, other, sets, seconds)
            if more is not False:
                found[direction] = more
                if more is None:
                    return None
    return found["adds"], found["removes"]
