"""
An AWS account that CloudFormation fills: moto, and a layer over it where it is not as AWS.

- ValidateTemplate: moto takes cfn-lint's warnings for errors, and leaves a file behind. AWS asks for well-formedness alone.
  https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
- Templates: what moto cannot make it stumbles over when asked about the stack, so that is left out; the function's address
  becomes a text. Moto looks for what an output names though the output's condition does not hold: those are left out too.
  https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
- Exports, which nothing here imports, are left out: moto fails when a stack is deleted whose update had one.
"""

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.serving import Server

FUNCTION_URL = "https://abc.lambda-url.eu-west-1.on.aws/"

_VALID = (
    '<ValidateTemplateResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ValidateTemplateResult>'
    "<Parameters/></ValidateTemplateResult></ValidateTemplateResponse>"
)
_NOT_MADE = frozenset(
    {
        "AWS::CloudTrail::Trail",
        "AWS::CloudWatch::Alarm",
        "AWS::Events::EventBusPolicy",
        "AWS::Lambda::Url",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
_TAKES_TEMPLATE = ("CreateStack", "UpdateStack")


class Cloud:
    """The account's address, and clients to it."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = Server(self._answer)
        self.endpoint = self._server.url

    @classmethod
    @contextmanager
    def start(cls) -> Iterator["Cloud"]:
        """Run an empty account for the time of a `with` block."""
        cloud = cls()
        cloud._server.start()
        try:
            yield cloud
        finally:
            cloud._server.stop()

    def environment(self, region: str) -> dict[str, str]:
        """List what leads any AWS SDK here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def client(self, service: str, region: str) -> Any:
        """Give a client of *service*."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # any of them
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "/cloudformation/" in environ.get("HTTP_AUTHORIZATION", ""):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            asked = {
                name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()
            }
            if asked.get("Action") == "ValidateTemplate":
                start_response("200 OK", [("Content-Type", "text/xml")])
                return [_VALID.encode()]
            if asked.get("Action") in _TAKES_TEMPLATE:
                region = environ["HTTP_AUTHORIZATION"].split("/")[2]
                body = urlencode({**asked, "TemplateBody": self._template(asked, region)}).encode()
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def _template(self, asked: dict[str, str], region: str) -> str:
        address = asked.pop("TemplateURL", None)
        if address:
            bucket, _, key = unquote(urlsplit(address).path).lstrip("/").partition("/")
            body = self.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read()
        else:
            body = asked["TemplateBody"]
        template = json.loads(body)
        outputs = template.get("Outputs", {})
        for name in [name for name, output in outputs.items() if "Condition" in output]:
            del outputs[name]
        for output in outputs.values():
            output.pop("Export", None)
        if "FunctionUrl" in outputs:
            outputs["FunctionUrl"]["Value"] = FUNCTION_URL
        resources = template["Resources"]
        for name in [name for name, resource in resources.items() if resource["Type"] in _NOT_MADE]:
            del resources[name]
        return json.dumps(template)
