"""What the store writes and reads."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws.documents import (
    read_assessment,
    read_digest,
    read_rule,
    write_assessment,
    write_digest,
    write_rule,
)
from bot.core.alerts import digest_of
from bot.core.assessment import assess
from bot.core.changes import SecurityGroupChange
from bot.core.jobs import DrawJob, ObserveJob, ShowRulesJob, decode_job, encode_job
from bot.core.rules import Rule
from tests.property.strategies import changes, group_keys, identifiers, rules


class TestDocuments:
    @given(rules())
    def test_a_rule_reads_back(self, rule: Rule) -> None:
        """Law: read(json(write(rule))) = rule."""
        assert read_rule(json.loads(json.dumps(write_rule(rule)))) == rule

    @given(changes(), st.integers(0, 30))
    @settings(max_examples=200)
    def test_a_digest_reads_back(self, change: SecurityGroupChange, count: int) -> None:
        """Law: read(json(write(digest))) = digest, for any change, however cut."""
        digest = digest_of(change, count)
        assert read_digest(json.loads(json.dumps(write_digest(digest)))) == digest

    @given(changes(30))
    def test_an_assessment_reads_back(self, change: SecurityGroupChange) -> None:
        """Law: read(json(write(assessment))) = assessment."""
        assessment = assess(change)
        assert read_assessment(json.loads(json.dumps(write_assessment(assessment)))) == assessment


class TestDigest:
    @given(changes(60), st.integers(0, 60))
    def test_a_digest_counts_what_it_cuts(self, change: SecurityGroupChange, count: int) -> None:
        """Law: a digest keeps min(count, all) rules, and kept and cut together are all."""
        digest = digest_of(change, count)
        kept = digest.change
        kept_count = len(kept.added) + len(kept.removed) + len(kept.removed_rule_ids)
        all_count = len(change.added) + len(change.removed) + len(change.removed_rule_ids)
        assert kept_count == min(count, all_count)
        assert kept_count + digest.cut_count == all_count


class TestJobs:
    @given(
        st.builds(DrawJob, identifiers)
        | st.builds(ObserveJob, group_keys, st.none() | identifiers)
        | st.builds(ShowRulesJob, group_keys, identifiers)
    )
    def test_a_job_reads_back(self, job: DrawJob | ObserveJob | ShowRulesJob) -> None:
        """Law: decode(encode(job)) = job."""
        assert decode_job(encode_job(job)) == job
