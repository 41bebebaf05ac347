"""Compares ARNs that hold * and ? with each other, and with the formats in AWS's reference, which hold ${Name}."""

import re

ANY = frozenset()  # a set of characters that are not allowed here
PARTS = {"Partition": ":/", "Region": ":/", "Account": ":/", "BucketName": "/"}


def pattern(arn):
    """Tokens of what a policy says: (repeated, character or set of characters that are not allowed)."""
    return [(True, ANY) if letter == "*" else (False, ANY) if letter == "?" else (False, letter) for letter in arn]


def form(text):
    """Tokens of a format: ${Name} is one character or more, .* is anything."""
    tokens = []
    for name, anything, letter in re.findall(r"\$\{([^}]+)\}|(\.\*)|(.)", text):
        if name:
            letters = frozenset(PARTS.get(name, ""))
            tokens += [(False, letters), (True, letters)]
        else:
            tokens.append((True, ANY) if anything else (False, letter))
    return tokens


def meet(one, other):
    """True if some text fits both lists of tokens."""
    seen, waiting = set(), [(0, 0)]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        first, second = state
        if (first, second) == (len(one), len(other)):
            return True
        if first < len(one) and one[first][0]:
            waiting.append((first + 1, second))
        if second < len(other) and other[second][0]:
            waiting.append((first, second + 1))
        if first < len(one) and second < len(other) and share(one[first][1], other[second][1]):
            waiting.append((first if one[first][0] else first + 1, second if other[second][0] else second + 1))
    return False


def share(one, other):
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if isinstance(one, str):
        return one not in other
    if isinstance(other, str):
        return other not in one
    return True


def can_mean(arn, text):
    return meet(pattern(arn), form(text))


def covers(wide, arn):
    """True if a pattern takes in an ARN. A * or ? in the ARN counts as a letter."""
    expression = "".join(".*" if letter == "*" else "." if letter == "?" else re.escape(letter) for letter in wide)
    return re.fullmatch(expression, arn, re.DOTALL) is not None
