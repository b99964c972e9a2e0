"""What moto does not do as AWS does, and the project's stacks need.

One function for one difference; apply() makes all of them.
"""

import functools
import json
import string


def never_applies(statement):
    """True for a statement that asks for requests without TLS."""
    condition = statement.get("Condition") or {}
    for operator in ("Bool", "BoolIfExists"):
        for key, value in (condition.get(operator) or {}).items():
            values = value if isinstance(value, list) else [value]
            if key.lower() == "aws:securetransport" and all(str(v).lower() == "false" for v in values):
                return True
    return False


def treat_loopback_as_tls():
    """Teaches moto the one condition of a TLS-only bucket policy.

    moto ignores conditions it does not know, as if they were met, so
    'Deny s3:* when aws:SecureTransport is false' denies every access to the
    bucket's objects and no state could be stored in it. The loopback stands in
    for TLS here: such a statement does not apply. All others are left to moto.
    """
    from moto.s3.models import FakeBucket

    def get_permission(self, action, resource):
        from moto.iam.access_control import IAMPolicy, PermissionResult

        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        policy["Statement"] = [s for s in statements if not never_applies(s)]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission


def forget_deleted_endpoints():
    """Makes a deleted VPC endpoint unknown, as on AWS.

    moto describes it as "deleted" for ever, and the provider waits ten minutes
    for it to be gone.
    """
    from moto.ec2.models.vpcs import VPCBackend

    delete = VPCBackend.delete_vpc_endpoints

    def delete_vpc_endpoints(self, vpce_ids=None):
        delete(self, vpce_ids)
        for vpce_id in vpce_ids or []:
            self.vpc_end_points.pop(vpce_id, None)

    VPCBackend.delete_vpc_endpoints = delete_vpc_endpoints


def keep_tags_of_scalable_targets():
    """Gives moto the call with which the provider reads a scalable target's tags.

    moto has no ListTagsForResource of Application Auto Scaling, without which
    no target can be applied.
    """
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    register, tags = ApplicationAutoScalingResponse.register_scalable_target, {}

    def register_scalable_target(self):
        answer = register(self)
        tags.setdefault(json.loads(answer)["ScalableTargetARN"], self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource


def delete_what_hangs_on_a_scalable_target():
    """Deletes a target's policies, their alarms and scheduled actions with it.

    moto keeps them, so a stack that makes the target alone anew would look whole.
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend

    deregister = ApplicationAutoscalingBackend.deregister_scalable_target

    def deregister_scalable_target(self, namespace, r_id, dimension):
        deregister(self, namespace, r_id, dimension)

        def hangs_on_it(thing):
            return (thing.service_namespace, thing.resource_id, thing.scalable_dimension) == (namespace, r_id, dimension)

        for policy in [p for p in self.policies.values() if hangs_on_it(p)]:
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        self.scheduled_actions = [a for a in self.scheduled_actions if not hangs_on_it(a)]

    ApplicationAutoscalingBackend.deregister_scalable_target = deregister_scalable_target


def keep_queue_attributes():
    """Teaches moto to give back a queue's attributes as they were set.

    moto 5.2 drops a queue's policy whenever another attribute is set, does not
    give back RedriveAllowPolicy, for which the provider waits in vain, and puts
    spaces into RedrivePolicy.
    """
    from moto.sqs.models import Queue

    set_attributes, attributes_of = Queue._set_attributes, Queue.attributes.fget

    def keeping_the_policy(self, attributes, now=None):
        if "Policy" not in attributes and hasattr(self, "_policy_json"):
            attributes = {**attributes, "Policy": self.policy}
        set_attributes(self, attributes, now)

    def as_they_were_set(self):
        attributes = attributes_of(self)
        if self.redrive_policy:
            attributes["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        if not self.redrive_allow_policy:
            del attributes["RedriveAllowPolicy"]
        return attributes

    Queue._set_attributes = keeping_the_policy
    Queue.attributes = property(as_they_were_set)
    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]


def keep_tags_of_new_buckets():
    """Tags a bucket as it is made, in which AWS provider 6 sends its tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    """
    import xmltodict
    from moto.s3.responses import S3Response

    put = S3Response._bucket_response_put

    def put_with_tags(self, request, bucket_name, querystring):
        answer = put(self, request, bucket_name, querystring)
        if not querystring and self.body:
            configuration = xmltodict.parse(self.body, force_list={"Tag"}).get("CreateBucketConfiguration") or {}
            if tags := configuration.get("Tags"):
                self.backend.put_bucket_tagging(bucket_name, {t["Key"]: t["Value"] or "" for t in tags["Tag"]})
        return answer

    S3Response._bucket_response_put = put_with_tags


def let_delete_markers_go():
    """Lets a versioned bucket be emptied.

    moto frees the memory of every version of an object it drops, and expects a
    delete marker to have some: dropping one answers 500. A bucket in which
    Terraform locked a state by S3 is full of them.
    """
    from moto.s3.models import FakeDeleteMarker

    FakeDeleteMarker.dispose = lambda self, *_: None


def look_up_once():
    """Keeps what moto works out anew for each request or error, a third of its time."""
    import moto.backends
    import moto.core.errors
    import moto.core.responses
    import moto.core.utils
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication as Dispatcher

    moto.backends.list_of_moto_modules = functools.cache(lambda list_all=moto.backends.list_of_moto_modules: tuple(list_all()))
    Dispatcher.get_backend_for_host = functools.cache(Dispatcher.get_backend_for_host)
    for module, name in (
        (moto.core.errors, "ErrorLookupFactory"),
        (moto.core.responses, "camelcase_to_underscores"),
        (moto.core.responses, "method_names_from_class"),
        (moto.core.utils, "Session"),
    ):
        setattr(module, name, functools.cache(getattr(module, name)))


def leave_out_what_nobody_asks_for():
    """Saves a tenth of a request: flask's hint for who writes a form, CORS, and a choice for each letter of a request's number."""
    import flask.wrappers
    import moto.moto_server.werkzeug_app
    from moto.moto_api._internal.moto_random import MotoRandom

    flask.wrappers.attach_enctype_error_multidict = lambda request: None
    moto.moto_server.werkzeug_app.DISABLE_GLOBAL_CORS = True

    def get_random_string(self, length=20, include_digits=True, lower_case=False):
        text = "".join(self.choices(string.ascii_letters + string.digits * include_digits, k=length))
        return text.lower() if lower_case else text

    MotoRandom.get_random_string = get_random_string


def find_accounts_where_keys_are():
    """Looks for an access key's account only where there is one.

    moto makes IAM anew for each of AWS's partitions to do so, and reads all of AWS's managed policies for each.
    """
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.iam import models

    def get_account_id_from(access_key):
        for account, partitions in list(models.iam_backends.items()):
            if any(access_key in backend.access_keys for backend in list(partitions.values())):
                return account
        return DEFAULT_ACCOUNT_ID

    models.get_account_id_from = get_account_id_from


def keep_events_from_schedules():
    """Sends no event to the targets of a rule that has a schedule alone.

    moto takes a rule without a pattern for one of all events, and cannot invoke
    a function, so that no event would get to any rule.
    """
    from moto.events.models import Rule

    send = Rule.send_to_targets

    def by_pattern(self, *args, **kwargs):
        if self.event_pattern.get_pattern():
            send(self, *args, **kwargs)

    Rule.send_to_targets = by_pattern


def make_nat_gateways_zonal():
    """Says that a NAT gateway is in one zone, as AWS does since it has regional ones.

    moto says nothing, and a provider that knows both reads no addresses then.
    """
    from moto.ec2.models.nat_gateways import NatGateway

    NatGateway.availability_mode = "zonal"


def keep_names_of_deleted_secrets():
    """Refuses a secret with the name of one that is scheduled for deletion, as AWS does.

    moto says that a secret with the name exists, or returns the deleted one.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#API_CreateSecret_Errors
    """
    from moto.secretsmanager.exceptions import InvalidRequestException
    from moto.secretsmanager.models import SecretsManagerBackend

    create = SecretsManagerBackend.create_secret

    def create_secret(self, name, *args, **kwargs):
        secret = self.secrets.get(name)
        if secret is not None and secret.is_deleted():
            raise InvalidRequestException(
                "You can't create this secret because a secret with this name is already scheduled for deletion."
            )
        return create(self, name, *args, **kwargs)

    SecretsManagerBackend.create_secret = create_secret


def apply():
    make_nat_gateways_zonal()
    treat_loopback_as_tls()
    forget_deleted_endpoints()
    keep_tags_of_scalable_targets()
    delete_what_hangs_on_a_scalable_target()
    keep_queue_attributes()
    keep_tags_of_new_buckets()
    let_delete_markers_go()
    look_up_once()
    leave_out_what_nobody_asks_for()
    find_accounts_where_keys_are()
    keep_events_from_schedules()
    keep_names_of_deleted_secrets()
