"""What the emulator does with tasks, with small commands in place of a worker.

Run by TestTasks, with the emulator in the environment. All tasks start at once,
so that the tests wait together.
"""

import json
import os
import time
import unittest
import urllib.request
import uuid

import boto3

IMAGE = "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"
ACCOUNT = "arn:aws:iam::123456789012:role/"
ecs, iam, logs, sqs = (boto3.client(name) for name in ("ecs", "iam", "logs", "sqs"))
secrets, ssm = boto3.client("secretsmanager"), boto3.client("ssm")


def wait(what, condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds: {what}")
        time.sleep(0.1)
    return found


def shell(script, name="main", **others):
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script, "/data/file"], "essential": name == "main", **others}


def after(condition, name="first"):
    return {"dependsOn": [{"containerName": name, "condition": condition}]}


def log_to(group):
    return {"logDriver": "awslogs", "options": {"awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "test"}}


def register(*containers, family=None, **others):
    answer = ecs.register_task_definition(
        family=family or f"task-{uuid.uuid4()}", containerDefinitions=[{"logConfiguration": log_to("/ecs/tasks"), **c} for c in containers], networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        **{"executionRoleArn": ACCOUNT + "execution", "taskRoleArn": ACCOUNT + "worker", **others},
    )  # fmt: skip
    return answer["taskDefinition"]["taskDefinitionArn"]


class Started:
    """A task that RunTask has started."""

    def __init__(self, *containers, overrides=None, **others):
        definition = register(*containers, **others)
        network = {"awsvpcConfiguration": {"subnets": [Tasks.subnet]}}
        options = {"overrides": overrides} if overrides else {}
        answer = ecs.run_task(cluster="tasks", taskDefinition=definition, launchType="FARGATE", networkConfiguration=network, **options)
        self.arn = answer["tasks"][0]["taskArn"]
        self.id = self.arn.split("/")[-1]

    def describe(self):
        return ecs.describe_tasks(cluster="tasks", tasks=[self.arn], include=["TAGS"])["tasks"][0]

    def until(self, status):
        """Waits; a task that has stopped is in no other state any more."""
        return wait(f"{status}: {self.describe()}", lambda: (t := self.describe())["lastStatus"] in (status, "STOPPED") and t)

    def end(self):
        """The stopped task, its containers by their name."""
        task = self.until("STOPPED")
        return task, {c["name"]: c for c in task["containers"]}

    def lines(self, container="main"):
        events = logs.get_log_events(logGroupName="/ecs/tasks", logStreamName=f"test/{container}/{self.id}", startFromHead=True)["events"]
        return [e["message"] for e in events]


def role(name, service="ecs-tasks.amazonaws.com"):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


class Tasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        vpc = boto3.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        cls.subnet = boto3.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        ecs.create_cluster(clusterName="tasks")
        logs.create_log_group(logGroupName="/ecs/tasks")
        role("execution")
        role("worker")
        role("flow")
        role("lambda", "lambda.amazonaws.com")
        cls.secret = secrets.create_secret(Name="key", SecretString="value")["ARN"]
        cls.json = secrets.create_secret(Name="json", SecretString='{"key": "part", "number": 1}')["ARN"]
        cls.empty = secrets.create_secret(Name="empty")["ARN"]
        ssm.put_parameter(Name="/prefect/key", Value="parameter", Type="SecureString")
        cls.queue = sqs.create_queue(QueueName="events")["QueueUrl"]
        events = boto3.client("events")
        pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {"group": [{"prefix": "family:watched"}]}}
        events.put_rule(Name="watched", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="watched", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:events"}])
        # moto cannot send to SNS. It must not keep an event from the rule after it.
        events.put_rule(Name="another", EventPattern=json.dumps({"source": ["aws.ecs"]}))
        events.put_targets(Rule="another", Targets=[{"Id": "1", "Arn": "arn:aws:sns:us-east-1:123456789012:topic"}])
        cls.start()

    @classmethod
    def start(cls):
        cls.ordered = Started(
            shell('cat "$0"', **after("SUCCESS"), mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}]),
            shell('sleep 1; echo first > "$0"', "first", mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}]),
            volumes=[{"name": "data"}],
        )
        cls.order = {
            condition: Started(shell(f"echo {condition}", **after(condition)), shell("sleep 1; exit 3", "first"))
            for condition in ("START", "COMPLETE", "SUCCESS")
        }
        healthy = {"command": ["CMD-SHELL", "test -e healthy"], "interval": 5, "startPeriod": 10}
        cls.healthy = Started(shell("sleep 1000", **after("HEALTHY")), shell("touch healthy; sleep 1000", "first", healthCheck=healthy))
        sick = {"command": ["CMD", "false"], "interval": 5, "retries": 1}
        cls.sick = Started(shell("echo never", **after("HEALTHY")), shell("sleep 1000", "first", healthCheck=sick))
        cls.failed = Started(shell("echo out; echo err >&2; printf rest; exit 7"))
        cls.stopped = Started(shell("trap 'echo asked; exit 0' TERM; echo ready; sleep 1000 & wait"))
        cls.stubborn = Started(shell("trap '' TERM; (trap '' TERM; setsid sleep 1000) & sleep 1000; sleep 1000", stopTimeout=2))
        cls.missing = Started(shell("echo never", secrets=[{"name": "KEY", "valueFrom": cls.empty}]))
        cls.no_key = Started(shell("echo never", secrets=[{"name": "KEY", "valueFrom": cls.json + ":other::"}]))
        cls.secrets = Started(
            shell("echo $WHOLE $PART $NUMBER $PARAMETER", secrets=[
                {"name": "WHOLE", "valueFrom": cls.secret}, {"name": "PART", "valueFrom": cls.json + ":key::"},
                {"name": "NUMBER", "valueFrom": cls.json + ":number:AWSCURRENT:"},
                {"name": "PARAMETER", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/prefect/key"},
            ])
        )  # fmt: skip
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="settings")
        s3.put_object(Bucket="settings", Key="worker.env", Body="# comment\nA=of the file\nB=x=y\n")
        cls.files = Started(
            shell("echo $A $B", environment=[{"name": "A", "value": "of its own"}], environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::settings/worker.env"}])
        )
        efs = {"volumes": [{"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-0123456789abcdef0", "rootDirectory": "/flows"}}]}
        mounted = {"mountPoints": [{"sourceVolume": "efs", "containerPath": "/data"}]}
        cls.writes = Started(shell('echo kept > "$0"', **mounted), **efs)
        cls.reads = Started(shell('while ! cat "$0"; do sleep 0.2; done 2>/dev/null', **mounted), **efs)
        cls.no_file = Started(shell("echo never", environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::settings/none.env"}]))
        script = "import os, prefect_aws, urllib.request as r, json; print(r.urlopen(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']).status)"
        script += "\nimport boto3; print(boto3.client('sts').get_caller_identity()['Arn']); print(sorted(os.environ))"
        cls.identity = Started({"name": "main", "image": IMAGE, "entryPoint": ["python"], "command": ["-c", script]})
        override = {
            "taskRoleArn": ACCOUNT + "flow",
            "containerOverrides": [{"name": "main", "command": ["sh", "-c", "echo $A $B"], "environment": [{"name": "B", "value": "2"}]}],
        }
        cls.overridden = Started(shell("echo never", environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]), overrides=override)
        cls.other = Started(shell("echo never", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/my-prefect-flow:1"))
        cls.sidecar = Started(shell("exit 0"), shell("echo never", "collector", image="public.ecr.aws/collector:1"))
        cls.no_program = Started({"name": "main", "image": IMAGE, "command": ["no-such-program"]})
        cls.watched = Started(shell("exit 5"), family="watched")
        cls.no_group = Started(shell("echo never", logConfiguration=log_to("/ecs/none")))
        network = {"awsvpcConfiguration": {"subnets": [cls.subnet]}}
        for name, script in ("steady", "echo $0 up; sleep 1000"), ("failing", "exit 1"):
            definition = register(shell(script), family=name)
            ecs.create_service(
                cluster="tasks", serviceName=name, taskDefinition=definition, desiredCount=2 if name == "steady" else 1, launchType="FARGATE",
                networkConfiguration=network, propagateTags="SERVICE", tags=[{"key": "team", "value": "data"}],
            )  # fmt: skip

    def test_containers_start_in_their_order(self):
        task, containers = self.ordered.end()
        self.assertEqual((self.ordered.lines(), containers["first"]["exitCode"], containers["main"]["exitCode"]), (["first"], 0, 0))
        self.assertEqual((task["stopCode"], task["stoppedReason"]), ("EssentialContainerExited", "Essential container in task exited"))
        self.assertLess(task["createdAt"], task["startedAt"])

    def test_start_and_complete_do_not_ask_for_success(self):
        for condition in ("START", "COMPLETE"):
            self.order[condition].end()
            self.assertEqual(self.order[condition].lines(), [condition])

    def test_a_failed_first_container_fails_the_task(self):
        task, containers = self.order["SUCCESS"].end()
        self.assertEqual(task["stopCode"], "TaskFailedToStart")
        self.assertIn("dependency [first] for target [main] as dependency did not exit successfully: exit code 3", task["stoppedReason"])
        self.assertEqual(containers["first"]["exitCode"], 3)
        self.assertNotIn("exitCode", containers["main"])
        self.assertNotIn("startedAt", task)

    def test_health(self):
        task = self.healthy.until("RUNNING")
        self.assertEqual({c["name"]: c["healthStatus"] for c in task["containers"]}, {"main": "UNKNOWN", "first": "HEALTHY"})
        task, _ = self.sick.end()
        self.assertIn("as dependency is not healthy", task["stoppedReason"])

    def test_exit_code_and_log(self):
        task, containers = self.failed.end()
        self.assertEqual(containers["main"]["exitCode"], 7)
        self.assertEqual(self.failed.lines(), ["out", "err", "rest"])
        self.assertEqual(task["containers"][0]["image"], IMAGE)

    def test_a_file_system_is_shared_by_tasks(self):
        self.writes.end()
        self.reads.end()
        self.assertEqual(self.reads.lines(), ["kept"])

    def test_environment_files(self):
        self.files.end()
        self.assertEqual(self.files.lines(), ["of its own x=y"])
        task, _ = self.no_file.end()
        self.assertIn("failed to download env files", task["stoppedReason"])

    def test_a_task_is_asked_to_stop(self):
        self.stopped.until("RUNNING")
        wait("the trap", self.stopped.lines)
        ecs.stop_task(cluster="tasks", task=self.stopped.id, reason="enough")
        task, containers = self.stopped.end()
        self.assertEqual((task["stopCode"], task["stoppedReason"], containers["main"]["exitCode"]), ("UserInitiated", "enough", 0))
        self.assertEqual(self.stopped.lines(), ["ready", "asked"])

    def test_what_does_not_stop_is_killed_with_all_below_it(self):
        task = self.stubborn.until("RUNNING")
        group = int(task["containers"][0]["runtimeId"])
        below = wait("processes", lambda: len(found := children(group)) > 3 and found)
        ecs.stop_task(cluster="tasks", task=self.stubborn.arn)
        task, containers = self.stubborn.end()
        self.assertEqual((task["stoppedReason"], containers["main"]["exitCode"]), ("Task stopped by user", 137))
        self.assertGreaterEqual((task["stoppedAt"] - task["stoppingAt"]).total_seconds(), 2)
        self.assertFalse([pid for pid in below if alive(pid)])

    def test_a_secret_without_a_value(self):
        task, containers = self.missing.end()
        self.assertEqual(task["stopCode"], "TaskFailedToStart")
        self.assertEqual(
            task["stoppedReason"],
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret "
            f"from asm: service call has been retried 1 time(s): failed to fetch secret {self.empty} from secrets manager: ResourceNotFoundException: "
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        )
        self.assertEqual(containers["main"]["lastStatus"], "STOPPED")
        task, _ = self.no_key.end()
        self.assertIn("retrieved secret from Secrets Manager did not contain json key other", task["stoppedReason"])

    def test_secrets(self):
        self.secrets.end()
        self.assertEqual(self.secrets.lines(), ["value part 1 parameter"])

    def test_a_container_has_its_role_and_nothing_of_this_process(self):
        self.identity.end()
        status, arn, names = self.identity.lines()
        self.assertEqual((status, arn), ("200", f"arn:aws:sts::123456789012:assumed-role/worker/{self.identity.id}"))
        for name in "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "MOTO_PORT":
            self.assertNotIn(f"'{name}'", names)

    def test_overrides(self):
        task, _ = self.overridden.end()
        self.assertEqual(self.overridden.lines(), ["1 2"])
        self.assertEqual(task["overrides"]["taskRoleArn"], ACCOUNT + "flow")

    def test_what_is_not_run_says_so(self):
        task, _ = self.other.end()
        self.assertEqual(task["stopCode"], "TaskFailedToStart")
        self.assertRegex(task["stoppedReason"], "^CannotPullContainerError: local AWS emulator: runs prefecthq/prefect and .* only, .*; got 123456789012")
        _, containers = self.sidecar.end()
        self.assertEqual(containers["main"]["exitCode"], 0)
        self.assertIn("got public.ecr.aws/collector:1", containers["collector"]["reason"])
        with self.assertRaisesRegex(ecs.exceptions.ClientException, f"ECS was unable to assume the role '{ACCOUNT}lambda'"):
            register(shell("echo never"), taskRoleArn=ACCOUNT + "lambda")
        task, _ = self.no_program.end()
        self.assertIn('exec: "no-such-program": executable file not found in $PATH', task["stoppedReason"])
        task, _ = self.no_group.end()
        self.assertIn("failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.", task["stoppedReason"])

    def test_events_reach_the_queue(self):
        self.watched.end()
        found = {}
        wait("STOPPED", lambda: self.receive(found) or "STOPPED" in found)
        self.assertEqual(list(found), ["PROVISIONING", "PENDING", "RUNNING", "DEACTIVATING", "DEPROVISIONING", "STOPPED"])
        detail = found["STOPPED"]
        self.assertEqual((detail["taskArn"], detail["containers"][0]["exitCode"]), (self.watched.arn, 5))
        self.assertEqual((detail["stopCode"], detail["desiredStatus"]), ("EssentialContainerExited", "STOPPED"))

    def receive(self, found):
        for message in sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            found[event["detail"]["lastStatus"]] = event["detail"]

    def test_calls_are_known_by_their_role(self):
        self.identity.end()
        self.secrets.end()
        with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_ecs/calls") as answer:
            calls = {(c["role"].removeprefix(ACCOUNT), c["use"], c["action"]) for c in json.load(answer)}
        self.assertLessEqual(
            {("execution", "execution", a) for a in ("secretsmanager:GetSecretValue", "ssm:GetParameters", "logs:CreateLogStream", "logs:PutLogEvents")}
            | {("worker", "task", "sts:GetCallerIdentity")},
            calls,
        )

    def test_a_service_has_as_many_tasks_as_desired(self):
        def tasks(status="RUNNING"):
            arns = ecs.list_tasks(cluster="tasks", serviceName="steady")["taskArns"]
            found = ecs.describe_tasks(cluster="tasks", tasks=arns, include=["TAGS"])["tasks"] if arns else []
            return {t["taskArn"]: t for t in found if t["lastStatus"] == status}

        def service():
            return ecs.describe_services(cluster="tasks", services=["steady"])["services"][0]

        def settled(count, definition=None):
            found = service()
            deployments = [(d["taskDefinition"], d["rolloutState"]) for d in found["deployments"]]
            return found["runningCount"] == count and deployments == [(definition or found["taskDefinition"], "COMPLETED")] and tasks()

        two = wait("two tasks", lambda: settled(2))
        self.assertEqual([t["tags"] for t in two.values()], [[{"key": "team", "value": "data"}]] * 2)
        self.assertEqual({t["group"] for t in two.values()}, {"service:steady"})
        self.assertIn("has reached a steady state", service()["events"][0]["message"])

        gone = next(iter(two))
        ecs.stop_task(cluster="tasks", task=gone)
        wait("another task", lambda: len(found := tasks()) == 2 and gone not in found)

        ecs.update_service(cluster="tasks", service="steady", desiredCount=1)
        one = wait("one task", lambda: len(found := settled(1) or {}) == 1 and found)
        anew = register(shell("echo new; sleep 1000"), family="steady")
        ecs.update_service(cluster="tasks", service="steady", taskDefinition=anew)
        second = wait("the new task", lambda: settled(1, anew))
        self.assertFalse(set(one) & set(second))
        ecs.update_service(cluster="tasks", service="steady", forceNewDeployment=True)
        third = wait("a new deployment", lambda: len(found := settled(1, anew) or {}) == 1 and not set(found) & set(second) and found)
        self.assertTrue(third)

        ecs.update_service(cluster="tasks", service="steady", desiredCount=0)
        ecs.delete_service(cluster="tasks", service="steady")
        wait("the service's end", lambda: service()["status"] == "INACTIVE" and not tasks())

    def test_a_service_whose_tasks_fail_backs_off(self):
        def service():
            return ecs.describe_services(cluster="tasks", services=["failing"])["services"][0]

        wait("failures", lambda: service()["deployments"][0]["failedTasks"] >= 3)
        failed = ecs.list_tasks(cluster="tasks", serviceName="failing", desiredStatus="STOPPED")["taskArns"]
        failed = [t for t in ecs.describe_tasks(cluster="tasks", tasks=failed)["tasks"] if "stoppedAt" in t]
        started, stopped = (sorted(t[key].timestamp() for t in failed) for key in ("createdAt", "stoppedAt"))
        replacements = started[service()["desiredCount"] :]
        self.assertTrue(replacements)
        for n, (start, stop) in enumerate(zip(replacements, stopped)):
            self.assertGreaterEqual(start - stop, 2**n)
        self.assertIn("is unable to consistently start tasks successfully", " ".join(e["message"] for e in service()["events"]))

    def test_an_inactive_definition_is_refused(self):
        definition = register(shell("echo never"))
        ecs.deregister_task_definition(taskDefinition=definition)
        with self.assertRaisesRegex(ecs.exceptions.InvalidParameterException, "TaskDefinition is inactive"):
            ecs.run_task(cluster="tasks", taskDefinition=definition, launchType="FARGATE", networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnet]}})


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        found = [int(child) for child in file.read().split()]
    return [pid] + [below for child in found for below in children(child)]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
