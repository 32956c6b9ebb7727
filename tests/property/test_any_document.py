"""What the store writes and reads."""

import json
from datetime import UTC

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
from bot.core.changes import SecurityGroupChange, line_count
from bot.core.history import AlertScope, Listing, decode_listing, decode_scope, encode_listing, encode_scope
from bot.core.jobs import (
    DrawJob,
    FinishJob,
    Job,
    ListEditJob,
    ObserveJob,
    ReadListsJob,
    ShowRulesJob,
    decode_job,
    encode_job,
)
from bot.core.rules import Rule
from tests.property.strategies import changes, group_keys, identifiers, listings, rules, scopes


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
        """Law: a digest keeps min(count, all) lines, and kept and cut together are all."""
        digest = digest_of(change, count)
        kept_count, all_count = line_count(digest.change), line_count(change)
        assert kept_count == min(count, all_count)
        assert kept_count + digest.cut_count == all_count


class TestJobs:
    @given(
        st.builds(DrawJob, identifiers, st.booleans())
        | st.builds(FinishJob, identifiers, st.integers(0, 10**8))
        | st.builds(ObserveJob, group_keys, st.none() | identifiers)
        | st.builds(ShowRulesJob, group_keys, identifiers)
        | st.builds(
            ReadListsJob,
            group_keys,
            st.lists(identifiers.filter(lambda name: " " not in name), min_size=1, max_size=5).map(tuple),
            st.none() | st.datetimes(timezones=st.just(UTC)),
        )
        | st.builds(ListEditJob, identifiers)
    )
    def test_a_job_reads_back(self, job: Job) -> None:
        """Law: decode(encode(job)) = job."""
        assert decode_job(encode_job(job)) == job


class TestButtonValues:
    @given(listings)
    def test_a_listing_reads_back_and_fits_a_button(self, listing: Listing) -> None:
        """Law: decode(encode(listing)) = listing, within a button's 2,000 characters."""
        value = encode_listing(listing)
        assert decode_listing(value) == listing
        assert len(value) <= 2000

    @given(scopes)
    def test_a_scope_reads_back(self, scope: AlertScope) -> None:
        """Law: decode(encode(scope)) = scope."""
        assert decode_scope(encode_scope(scope)) == scope
