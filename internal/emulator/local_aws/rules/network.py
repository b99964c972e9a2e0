"""EC2: networks and security groups."""

import ipaddress
import re

from refusal import Refusal

from .rule import rule


def wrong(parameter, value, why):
    return Refusal("InvalidParameterValue", f"Value ({value}) for parameter {parameter} is invalid. {why}")


SECURITY_GROUP_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
@rule("ec2", "CreateSecurityGroup")
def security_groups_have_names(params, where):
    name = params.get("GroupName") or ""
    if name.lower().startswith("sg-"):
        raise wrong("GroupName", name, "Group names may not be in the format sg-*.")
    if name.lower() == "default":
        raise Refusal("InvalidParameterValue", "Cannot use reserved security group name: default")
    for parameter, text in (("GroupName", name), ("GroupDescription", params.get("Description") or "")):
        if not SECURITY_GROUP_TEXT.fullmatch(text):
            raise wrong(parameter, text, "Character sets beyond ASCII are not supported, and the length is at most 255.")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
@rule("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def rules_of_security_groups_are_valid(params, where):
    for entry in params.get("IpPermissions") or []:
        low, high, protocol = entry.get("FromPort"), entry.get("ToPort"), entry.get("IpProtocol")
        given = low is not None and high is not None
        if given and protocol in ("tcp", "udp", "6", "17") and not 0 <= low <= high <= 65535:
            raise Refusal("InvalidParameterValue", f"Invalid {protocol.upper()} port range ({low}:{high})")
        if given and protocol in ("icmp", "1") and not (-1 <= low <= 255 and -1 <= high <= 255 and (low != -1 or high == -1)):
            raise Refusal("InvalidParameterValue", f"ICMP code ({high}) or type ({low}) out of range")
        peers = [peer for name in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs") for peer in entry.get(name) or []]
        if not peers:
            raise Refusal("MissingParameter", "The request must contain at least one source or destination of a rule")
        for peer in peers:
            for name in ("CidrIp", "CidrIpv6"):
                network(name, peer.get(name))
            if not SECURITY_GROUP_TEXT.fullmatch(peer.get("Description") or ""):
                raise Refusal(
                    "InvalidParameterValue",
                    "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: "
                    "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
                )


RESERVED = [ipaddress.ip_network(n) for n in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]


# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
@rule("ec2", "CreateVpc")
def vpcs_have_sizes(params, where):
    block = network("cidrBlock", params.get("CidrBlock"))
    if block and (not 16 <= block.prefixlen <= 28 or any(block.overlaps(r) for r in RESERVED)):
        raise Refusal("InvalidVpc.Range", f"The CIDR '{params['CidrBlock']}' is invalid.")


# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. That they lie apart in their VPC moto checks itself.
@rule("ec2", "CreateSubnet")
def subnets_have_sizes(params, where):
    block = network("cidrBlock", params.get("CidrBlock"))
    if block and not 16 <= block.prefixlen <= 28:
        raise Refusal("InvalidSubnet.Range", f"The CIDR '{params['CidrBlock']}' is invalid.")


def network(parameter, text):
    if text is None:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise wrong(parameter, text, "This is not a valid CIDR block.") from error


# https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
@rule("ec2", "CreateVpcEndpoint")
def endpoints_are_of_services(params, where):
    service = params.get("ServiceName") or ""
    if not re.fullmatch(r"(com|cn\.com|aws)\.[a-z0-9.-]+", service) or not ({where.region, "api", "s3-global"} & set(service.split("."))):
        raise Refusal("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
