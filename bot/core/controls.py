"""The published rules that findings cite, each by its name there: with a version where the publisher numbers anew."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """A published rule: *name* as cards cite it, where it is to be read, and its *publisher*, None where the name tells."""

    name: str
    url: str
    publisher: str | None = None


def _security_hub(number: int, service: str = "EC2") -> Control:
    # Security Hub has no versions of its controls, and gives no number twice.
    page = f"https://docs.aws.amazon.com/securityhub/latest/userguide/{service.lower()}-controls.html"
    return Control(f"{service}.{number}", f"{page}#{service.lower()}-{number}", "Security Hub")


def _cis(version: str, section: str) -> Control:
    # CIS numbers anew with each version. In 5.0 these are §5.3, §5.4 and §5.5.
    page = "https://www.cisecurity.org/benchmark/amazon_web_services"
    return Control(f"CIS AWS {version} §{section}", page)


def _prowler(check: str) -> Control:
    return Control(f"prowler 5 {check}", f"https://hub.prowler.com/check/{check}")


def _config(rule: str) -> Control:
    return Control(
        rule, f"https://docs.aws.amazon.com/config/latest/developerguide/{rule}.html", "AWS Config"
    )


EC2_2 = _security_hub(2)
EC2_13 = _security_hub(13)
EC2_14 = _security_hub(14)
EC2_18 = _security_hub(18)
EC2_19 = _security_hub(19)
EC2_53 = _security_hub(53)
EC2_54 = _security_hub(54)
CLOUDWATCH_1 = _security_hub(1, "CloudWatch")
IAM_4 = _security_hub(4, "IAM")
IAM_5 = _security_hub(5, "IAM")
IAM_9 = _security_hub(9, "IAM")

CIS_ADMINISTRATION_IPV4 = _cis("7.0", "6.3")
CIS_ADMINISTRATION_IPV6 = _cis("7.0", "6.4")
CIS_DEFAULT_GROUP = _cis("7.0", "6.5")

CONFIG_SSH = _config("restricted-ssh")
CONFIG_COMMON_PORTS = _config("restricted-common-ports")

_FROM_INTERNET = "ec2_securitygroup_allow_ingress_from_internet_to"
PROWLER_ALL_PORTS = _prowler(f"{_FROM_INTERNET}_all_ports")
PROWLER_ONE_ADDRESS = _prowler(f"{_FROM_INTERNET}_any_port_from_ip")
PROWLER_WIDE_RANGE = _prowler("ec2_securitygroup_allow_wide_open_public_ipv4")
PROWLER_MANY_RULES = _prowler("ec2_securitygroup_with_many_ingress_egress_rules")
PROWLER_LAUNCH_WIZARD = _prowler("ec2_securitygroup_from_launch_wizard")
DATA_STORE_CHECKS = tuple(
    _prowler(f"{_FROM_INTERNET}_{ports}")
    for ports in (
        "tcp_port_mongodb_27017_27018",
        "tcp_port_cassandra_7199_9160_8888",
        "tcp_port_kafka_9092",
        "tcp_port_memcached_11211",
        "tcp_port_oracle_1521_2483",
        "tcp_port_redis_6379",
    )
)

DATADOG_ADMIN_PORTS = Control(
    "cloudformation-aws-security-groups-with-exhibited-admin-ports",
    "https://docs.datadoghq.com/security/code_security/iac_security/iac_rules/"
    "cloudformation-aws-security-groups-with-exhibited-admin-ports/",
    "Datadog",
)
ELASTIC_REMOTE_PORTS = Control(
    "Insecure AWS EC2 VPC Security Group Ingress Rule Added",
    "https://www.elastic.co/guide/en/security/current/insecure-aws-ec2-vpc-security-group-ingress-rule-added.html",
    "Elastic",
)
SECURITY_MONKEY = Control(
    "security group auditor",
    "https://github.com/Netflix/security_monkey/blob/develop/security_monkey/auditors/security_group.py",
    "Netflix security_monkey",
)
