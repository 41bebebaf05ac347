"""Decides a template's conditions, because moto's CloudFormation leaves holes where AWS::NoValue is in a list."""

NOTHING = {"Ref": "AWS::NoValue"}


def decide(template, parameters):
    """Replaces each Fn::If by the branch that these parameters choose."""
    values = {name: str(given.get("Default")) for name, given in template["Parameters"].items()} | parameters

    def operand(value):
        return values[value["Ref"]] if isinstance(value, dict) else value

    def holds(condition):
        (name, argument), *_ = condition.items()
        match name:
            case "Condition":
                return holds(template["Conditions"][argument])
            case "Fn::Equals":
                return operand(argument[0]) == operand(argument[1])
            case "Fn::Not":
                return not holds(argument[0])
            case "Fn::And":
                return all(holds(each) for each in argument)
            case "Fn::Or":
                return any(holds(each) for each in argument)
        raise ValueError(f"{name} is not a condition that is known here")

    def branch(value):
        if isinstance(value, list):
            return [each for each in map(branch, value) if each != NOTHING]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            name, yes, no = value["Fn::If"]
            return branch(yes if holds({"Condition": name}) else no)
        return {key: item for key, item in ((key, branch(item)) for key, item in value.items()) if item != NOTHING}

    sections = {name: branch(template[name]) for name in ("Resources", "Outputs")}
    for section, parts in sections.items():
        there = {
            name: part
            for name, part in parts.items()
            if "Condition" not in part or holds({"Condition": part["Condition"]})
        }
        for part in there.values():
            part.pop("Condition", None)
        sections[section] = there
    rest = {name: section for name, section in template.items() if name not in ("Conditions", "Rules", *sections)}
    return rest | sections
