"""Services and operations that the sandbox doesn't have: each client reads the refusal in its own protocol."""

from check_cli import aws
from harness import refused


def check_an_operation_of_lambda_that_is_not_here_is_refused_by_lambda(endpoint):
    refused("UnknownOperationException", endpoint.client("lambda").list_functions, status=404)
    aws(endpoint, "lambda", "list-functions", fails="The sandbox doesn't support GET /2015-03-31/functions of lambda")


def check_every_protocol_has_a_refusal_that_its_clients_read(endpoint):
    for service, operation, code in [
        ("dynamodb", "list_tables", "UnknownOperationException"),
        ("stepfunctions", "list_state_machines", "UnknownOperationException"),
        ("cloudwatch", "list_metrics", "UnknownOperationException"),
        ("apigateway", "get_rest_apis", "UnknownOperationException"),
        ("route53", "list_hosted_zones", "InvalidAction"),
        ("sns", "list_topics", "InvalidAction"),
        ("iam", "list_users", "InvalidAction"),
        ("sts", "get_caller_identity", "InvalidAction"),
        ("ec2", "describe_instances", "InvalidAction"),
    ]:
        answer = refused(code, getattr(endpoint.client(service), operation))
        message = answer["Error"]["Message"]
        if "The sandbox doesn't support" not in message:
            raise AssertionError(f"{service}: {answer}")
