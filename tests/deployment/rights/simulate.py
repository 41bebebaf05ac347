"""IAM's decision about a request, by one kind of policy: a denial wins, and a request that nothing allows is denied.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from globs import covers


def allowed(statements, action, resource, context=None):
    """`context` has the request's condition keys, each with a text or a list of texts."""
    matching = [each for each in statements if matches(each, action, resource, context or {})]
    return bool(matching) and all(each.effect == "Allow" for each in matching)


def matches(statement, action, resource, context):
    return (
        any(covers(name.lower(), action.lower()) for name in statement.actions)
        and any(covers(arn, resource) for arn in statement.resources)
        and all(holds(*condition, context) for condition in statement.conditions.items())
    )


def holds(operator, keys, context):
    return all(compare(operator, key, values, context) for key, values in keys.items())


def compare(operator, key, values, context):
    if operator == "Null":
        return values == [str(key not in context).lower()]
    among, _, plain = operator.rpartition(":")
    test = OPERATORS[plain]
    given = context.get(key)
    if among:
        given = [given] if isinstance(given, str) else given or []
        quantify = {"ForAllValues": all, "ForAnyValue": any}[among]
        return quantify(any(test(said, one) for said in values) for one in given)
    return given is not None and any(test(said, given) for said in values)


OPERATORS = {
    "ArnEquals": covers,
    "ArnLike": covers,
    "Bool": lambda said, given: said == given,
    "NumericGreaterThanEquals": lambda said, given: float(given) >= float(said),
    "StringEquals": lambda said, given: said == given,
    "StringLike": covers,
}
