"""Calls made with a role: its credentials, and which role made which call."""

import collections
import http.client
import json
import time
import uuid

DURATION = 6 * 60 * 60  # seconds; as long as a task's credentials last on AWS


class Refused(Exception):
    """An AWS error: its code and message."""


class Roles:
    """The sessions of the tasks' roles."""

    def __init__(self, port):
        self.port = port
        self.served = {}  # the credentials that a container may ask for, by the path's secret
        self.sessions = {}  # (role's ARN, use), by access key
        self.calls = collections.Counter()  # by (role's ARN, use, action)
        record(self)

    def assume(self, arn, region, session, use):
        """Credentials of the role, or Refused: it does not exist or does not trust ECS."""
        from moto.iam.models import iam_backends
        from moto.sts.models import sts_backends

        account, partition = arn.split(":")[4], arn.split(":")[1]
        trusts = [json.dumps(r.assume_role_policy_document) for r in list(iam_backends[account][partition].get_roles()) if r.arn == arn]
        if not any("ecs-tasks.amazonaws.com" in trust for trust in trusts):
            raise Refused(
                "AccessDeniedException",
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role "
                "being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
            )
        made = sts_backends[account][partition].assume_role(
            region_name=region, role_session_name=session, role_arn=arn, policy="", duration=DURATION, external_id=""
        )
        self.sessions[made.access_key_id] = (arn, use)
        return {"AccessKeyId": made.access_key_id, "SecretAccessKey": made.secret_access_key, "Token": made.session_token}

    def serve(self, arn, region, session):
        """The address at which a container gets the role's credentials."""
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + DURATION))
        document = {**self.assume(arn, region, session, "task"), "RoleArn": arn, "Expiration": expires}
        path = f"/_ecs/credentials/{uuid.uuid4()}"
        self.served[path] = document
        return f"http://127.0.0.1:{self.port}{path}"

    def forget(self, address):
        self.served.pop(address[address.index("/_ecs/") :], None)

    def answer(self, path):
        """What a path of ours says, or None."""
        if path == "/_ecs/calls":
            return [
                {"role": role, "use": use, "action": action, "count": count}
                for (role, use, action), count in sorted(self.calls.copy().items())
            ]
        return self.served.get(path)

    def call(self, credentials, region, service, target, body):
        """One call of a service that speaks JSON, over HTTP as everybody's, so that it is known by its role."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        request = AWSRequest("POST", f"http://127.0.0.1:{self.port}/", headers=headers, data=json.dumps(body))
        keys = Credentials(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"])
        SigV4Auth(keys, service, region).add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/", body=request.data, headers=dict(request.headers.items()))
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        answer = json.loads(text or b"{}")
        if response.status // 100 != 2:
            code = answer.get("__type", str(response.status)).rpartition("#")[2]
            raise Refused(code, answer.get("message") or answer.get("Message") or "")
        return answer


def record(roles):
    """Counts the actions of each role. S3's are not seen: moto answers them elsewhere."""
    from moto.core.responses import BaseResponse

    call_action = BaseResponse.call_action

    def call_recorded(self):
        session = roles.sessions.get(self.get_access_key())
        if session:
            for action in actions(self):
                roles.calls[(*session, action)] += 1
        return call_action(self)

    BaseResponse.call_action = call_recorded


def actions(response):
    """The actions that a role needs for a request: passing a role and tagging are checked besides the call itself."""
    yield f"{response.service_name}:{response._get_action()}"
    if response.service_name != "ecs":
        return
    overrides = response._get_param("overrides") or {}
    if any(response._get_param(name) or overrides.get(name) for name in ("taskRoleArn", "executionRoleArn")):
        yield "iam:PassRole"
    if response._get_action() == "RunTask" and response._get_param("tags"):
        yield "ecs:TagResource"
