"""An AWS account on this machine: moto's EC2, SQS and SSM, and a DynamoDB of our own, behind one address."""

import io
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import yaml
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import create_backend_app
from moto.organizations.models import organizations_backends
from urllib3 import HTTPResponse

from sandbox import ec2_corrections, quicker_moto  # noqa: F401  # which alter moto once they are imported
from sandbox.dynamodb import DynamoDB
from sandbox.serving import Server, call

ACCOUNT_ID = DEFAULT_ACCOUNT_ID
REGION = "ap-northeast-2"
TABLE_NAME = "panopticon-sandbox"
PARAMETERS = "/panopticon/sandbox"
SERVERLESS = Path(__file__).parent.parent / "serverless.yml"

ACCOUNT_NAMES = {ACCOUNT_ID: "payments-prod", "444455556666": "shop-dev"}
"""What the organisation calls this account, and the other one of which events are told here."""

MAX_RECEIVE_COUNT = 5
VISIBILITY_SECONDS = 30

# The sandbox's own calls carry this, so that they are not counted as the bot's.
_OWN_AGENT = "panopticon-sandbox"
_SERVICE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/(?P<service>[a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A call to AWS that the bot made: `service` as in "dynamodb", `operation` as in "PutItem"."""

    service: str
    operation: str
    at: float


class AwsAccount:
    """
    The account: its address, clients to it, and what the bot called.

    moto lets anybody do anything; *without_role* are the accounts that let nobody in, *refused* the calls that EC2 refuses the bot.
    """

    def __init__(self, clock: Any) -> None:
        self.calls: list[AwsCall] = []
        self._clock = clock
        self._one_at_a_time = Lock()
        self._dynamodb = DynamoDB()
        self._server = Server(self._count_and_answer)
        self.endpoint = self._server.url
        self._session = boto3.session.Session("testing", "testing", region_name=REGION)
        self._config = Config(user_agent_extra=_OWN_AGENT, retries={"total_max_attempts": 1})
        self.ec2, self.sqs, self.dynamodb, self.ssm = (
            self._session.client(service, endpoint_url=self.endpoint, config=self._config)
            for service in ("ec2", "sqs", "dynamodb", "ssm")
        )
        for client in (self.ec2, self.sqs, self.dynamodb, self.ssm):
            client.meta.events.register("before-send", self._answer_here)
        self.queue_urls: dict[str, str] = {}
        self.without_role: set[str] = set()
        self.refused: set[str] = set()

    def start(self) -> None:
        """Begin to answer; the account is empty until `reset`."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()

    def reset(self, parameters: dict[str, tuple[str, str]]) -> None:
        """Empty the account, then make table, queues and *parameters* (name under the prefix -> (type, value))."""
        with self._one_at_a_time:
            BackendDict.reset()
            reset_model_data()
            self._dynamodb = DynamoDB()
        self.dynamodb.create_table(**table_definition())
        for name in ("events", "jobs"):
            self.queue_urls[name] = self._create_queue(name)
        for name, (kind, value) in parameters.items():
            self.ssm.put_parameter(Name=f"{PARAMETERS}/{name}", Type=kind, Value=value)
        self.calls.clear()
        self.without_role.clear()
        self.refused.clear()

    def found_organization(self) -> None:
        """Make this the management account of an organisation whose accounts have ACCOUNT_NAMES; moto invents ids and names."""
        client = self._session.client("organizations", endpoint_url=self.endpoint, config=self._config)
        client.create_organization(FeatureSet="ALL")
        for name in list(ACCOUNT_NAMES.values())[1:]:
            client.create_account(Email=f"{name}@example.com", AccountName=name)
        accounts = organizations_backends[ACCOUNT_ID]["aws"].accounts
        for account, (account_id, name) in zip(accounts, ACCOUNT_NAMES.items(), strict=True):
            account.id, account.name = account_id, name

    def environment(self, slack_api_url: str) -> dict[str, str]:
        """List the environment of the three functions, and what keeps the AWS SDK on this machine."""
        return {
            "TABLE_NAME": TABLE_NAME,
            "JOBS_QUEUE_URL": self.queue_urls["jobs"],
            "SLACK_PARAMETERS": PARAMETERS,
            "SLACK_API_URL": slack_api_url,
            "ACCOUNT_ID": ACCOUNT_ID,
            "HISTORY_DAYS": "400",
            "ORGANIZATION_NAMES": "no",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_SESSION_TOKEN": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def _create_queue(self, name: str) -> str:
        dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        self.queue_urls[f"{name}-dead"] = dead
        arn = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
        attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive}
        url: str = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def _count_and_answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        agent = environ.get("HTTP_USER_AGENT", "")
        service = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if service and _OWN_AGENT not in agent:
            _, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")
            if not operation:  # the query protocol, which EC2 speaks, names the action in the body
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = io.BytesIO(body)
                asked = parse_qs(body.decode())
                operation = asked.get("Action", ["?"])[0]
                if operation == "AssumeRole" and asked["RoleArn"][0].split(":")[4] in self.without_role:
                    return _deny(asked["RoleArn"][0], start_response)
            self.calls.append(AwsCall(service["service"], operation, self._clock()))
            if operation in self.refused:
                return _refuse(start_response)
        return self._answer(service["service"] if service else "", environ, start_response)

    def _answer(self, service: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if service == "dynamodb":
            _, _, operation = environ["HTTP_X_AMZ_TARGET"].rpartition(".")
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            status, content = self._dynamodb.answer(operation, body)
            start_response(str(HTTPStatus(status)), [("Content-Type", "application/x-amz-json-1.0")])
            return [content]
        with self._one_at_a_time:  # of moto not everything may be done by several at once
            answer: Iterable[bytes] = _moto(service)(environ, start_response)
        return answer

    def _answer_here(self, request: Any, **_: object) -> AWSResponse:
        """Answer a request of the sandbox's own clients, which does not have to go over the network."""
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": urlsplit(request.url).path or "/",
            "QUERY_STRING": "",
            "SERVER_NAME": self._server.host,
            "SERVER_PORT": str(self._server.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            text = value.decode() if isinstance(value, bytes) else str(value)
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
        service = _SERVICE.search(environ["HTTP_AUTHORIZATION"])
        assert service
        status, headers, content = call(
            lambda environ, start: self._answer(service["service"], environ, start), environ
        )
        raw = HTTPResponse(io.BytesIO(content), preload_content=False)
        return AWSResponse(request.url, int(status.split()[0]), HTTPHeaders.from_pairs(headers), raw)


@cache
def _moto(service: str) -> Any:
    """Give moto's application of one service; it holds nothing of an account."""
    return create_backend_app(service)  # type: ignore[arg-type]  # its type lists them all


@cache
def table_definition(path: Path = SERVERLESS) -> dict[str, Any]:
    """Read the table from serverless.yml, the only place that says what it looks like, as create_table takes it."""
    properties = yaml.load(path.read_text(), Loader=_CloudFormationLoader)["resources"]["Resources"]["Table"][
        "Properties"
    ]
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    return {"TableName": TABLE_NAME} | {name: properties[name] for name in wanted}


def _deny(role: str, start_response: Any) -> list[bytes]:
    """
    Answer as STS does for a role that is missing, which it does not tell from one that refuses.

    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """
    start_response("403 Forbidden", [("Content-Type", "text/xml")])
    message = f"<Message>Not authorized to perform sts:AssumeRole on {role}</Message>"
    error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code>{message}</Error>"
    return [f"<ErrorResponse>{error}<RequestId>-</RequestId></ErrorResponse>".encode()]


def _refuse(start_response: Any) -> list[bytes]:
    """
    Answer as EC2 does to a caller who may not.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    start_response("403 Forbidden", [("Content-Type", "text/xml")])
    error = "<Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error>"
    return [f"<Response><Errors>{error}</Errors><RequestID>-</RequestID></Response>".encode()]


class _CloudFormationLoader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short tags (!Ref, !Sub, !GetAtt) as plain values."""


def _plain(loader: _CloudFormationLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_CloudFormationLoader.add_multi_constructor("!", _plain)
