"""What a deployment creates, and what that costs in a month, roughly: prices of us-east-1, free tiers left aside."""

from dataclasses import dataclass

CREATED = (
    "3 Lambda functions with a role and a log group each, one of them with a public URL",
    "1 DynamoDB table, 2 queues with a dead-letter queue and an alarm each",
    "2 EventBridge rules (security-group changes; every minute)",
    "1 S3 bucket for what is deployed",
)

_MINUTES = 60 * 24 * 30

# The worker's sweep: 100 ms of 512 MB, arm64, once a minute. https://aws.amazon.com/lambda/pricing/
_SWEEP_DOLLARS = _MINUTES * (0.1 * 0.5 * 0.0000133334 + 0.20 / 1_000_000)
# Lambda asks each queue five times in parallel, each time for 20 s; both queues. https://aws.amazon.com/sqs/pricing/
_POLLING_DOLLARS = 2 * 5 * 3 * _MINUTES * 0.40 / 1_000_000
# Metrics are paid for in months in which they are sent; of some thirty about a dozen are, where nothing goes wrong.
# https://aws.amazon.com/cloudwatch/pricing/
_ALARMS_DOLLARS = 2 * 0.10
_METRICS_DOLLARS = 12 * 0.30
# The first trail of a region is free; a file every five minutes, its put and what it takes up for 90 days, are not.
# https://aws.amazon.com/cloudtrail/pricing/ and https://aws.amazon.com/s3/pricing/
_TRAIL_DOLLARS = _MINUTES / 5 * 0.005 / 1000 + 3 * 0.023
# Per change: about 20 write units of the table and its indexes, twenty reads, a second of a function, some lines of log.
_CHANGE_DOLLARS = 20 * 0.625 / 1_000_000 + 20 * 0.125 / 1_000_000 + 0.5 * 0.0000133334 + 0.000005


@dataclass(frozen=True, slots=True)
class Costs:
    """Dollars a month that are there anyway, dollars for a thousand changes, and dollars a month of an own trail."""

    standing: float
    per_thousand: float
    trail: float


def estimate() -> Costs:
    """Estimate what a month costs."""
    standing = _SWEEP_DOLLARS + _POLLING_DOLLARS + _ALARMS_DOLLARS + _METRICS_DOLLARS
    return Costs(standing, 1000 * _CHANGE_DOLLARS, _TRAIL_DOLLARS)
