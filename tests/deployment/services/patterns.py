"""Java's regular expressions in Python, for botocore's models and for AllowedPattern.

The module `regex` knows Java's classes such as \\p{L}. Anything else that differs is translated here or refused.
"""

from functools import cache

import regex

# A range of characters beyond U+FFFF, written as Java writes them, in pairs of surrogates.
PAIRS = {r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF"}


class Untranslated(Exception):
    """A pattern that Python can't carry out as Java does."""


@cache
def compile(pattern):
    translated = pattern
    for java, python in PAIRS.items():
        translated = translated.replace(java, python)
    # Java nests and intersects sets. In the default mode of `regex`, such a pattern would mean something else.
    if regex.search(r"&&|\[(?:[^\]\\]|\\.)+(?<!\\)\[(?!:)[^\]]*\]\s*\]|\\x\{|\\Q", translated):
        raise Untranslated(pattern)
    try:
        return regex.compile(translated)
    except regex.error as error:
        raise Untranslated(f"{pattern}: {error}") from error


def matches(pattern, value):
    """Whether the pattern matches all of the value, as services and CloudFormation ask."""
    return compile(pattern).fullmatch(value) is not None
