"""SSM's parameters with boto3, and Secrets Manager's secrets behind them."""

import json

from harness import equal, refused, unused


def value(ssm, name):
    return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def check_a_secret_is_read_by_name_by_arn_and_by_version(endpoint):
    ssm, name = endpoint.client("ssm"), f"/{unused('stack')}/token"
    equal(ssm.put_parameter(Name=name, Value="one", Type="SecureString")["Version"], 1)
    refused("ParameterAlreadyExists", ssm.put_parameter, Name=name, Value="two", Type="SecureString")
    equal(ssm.put_parameter(Name=name, Value="two", Type="SecureString", Overwrite=True)["Version"], 2)
    found = ssm.get_parameter(Name=name)["Parameter"]
    equal((found["Type"], found["Version"], found["Value"] in ("one", "two")), ("SecureString", 2, False))
    equal((value(ssm, name), value(ssm, f"{name}:1"), value(ssm, found["ARN"])), ("two", "one", "two"))
    refused("ParameterVersionNotFound", ssm.get_parameter, Name=f"{name}:3")


def check_parameters_are_read_together_and_deleted_with_their_history(endpoint):
    ssm, name = endpoint.client("ssm"), f"/{unused('stack')}/name"
    for text in ("one", "two"):
        ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
    both = ssm.get_parameters(Names=[name, name + "-gone"])
    equal([parameter["Value"] for parameter in both["Parameters"]], ["two"])
    equal(both["InvalidParameters"], [name + "-gone"])
    history = ssm.get_parameter_history(Name=name)["Parameters"]
    equal([(entry["Version"], entry["Value"]) for entry in history], [(1, "one"), (2, "two")])
    equal((history[0]["Labels"], history[0]["Policies"], history[0]["Tier"]), ([], [], "Standard"))
    equal(ssm.get_parameters(Names=[name])["InvalidParameters"], [])
    ssm.delete_parameter(Name=name)
    refused("ParameterNotFound", ssm.get_parameter, Name=name)
    refused("ParameterNotFound", ssm.delete_parameter, Name=name)


def check_a_secret_is_read_through_its_reference(endpoint):
    ssm, secrets, name = endpoint.client("ssm"), endpoint.client("secretsmanager"), f"{unused('stack')}/token"
    first = secrets.create_secret(Name=name, SecretString="one")
    second = secrets.put_secret_value(SecretId=name, SecretString="two")
    equal((second["ARN"], second["VersionStages"]), (first["ARN"], ["AWSCURRENT"]))
    equal(secrets.get_secret_value(SecretId=first["ARN"], VersionStage="AWSPREVIOUS")["SecretString"], "one")
    reference = f"/aws/reference/secretsmanager/{name}"
    found = ssm.get_parameter(Name=reference, WithDecryption=True)["Parameter"]
    equal((found["Value"], found["Version"], found["Type"], found["ARN"]), ("two", 0, "SecureString", first["ARN"]))
    equal(json.loads(found["SourceResult"])["VersionId"], second["VersionId"])
    equal(value(ssm, f"{reference}:{first['VersionId']}"), "one")
    refused("ValidationException", ssm.get_parameter, Name=reference)
    refused("ParameterNotFound", ssm.get_parameter, Name=f"{reference}-gone", WithDecryption=True)
    refused("ParameterNotFound", ssm.get_parameter_history, Name=reference)
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=f"{name}-gone")


def check_a_request_with_the_wrong_secret_or_a_strange_key_is_refused(endpoint):
    name = f"/{unused('stack')}/token"
    put = {"Name": name, "Value": "one", "Type": "SecureString"}
    refused("InvalidSignatureException", endpoint.stranger("ssm").put_parameter, status=400, **put)
    strange = endpoint.client("ssm", aws_access_key_id="strange")
    refused("UnrecognizedClientException", strange.put_parameter, status=400, **put)
    refused("ParameterNotFound", endpoint.client("ssm").get_parameter, Name=name)
