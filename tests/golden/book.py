"""The stories in the order in which they are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.core.quieting import POST_ALL
from bot.policy import Policy
from sandbox.aws import ACCOUNT_NAMES
from tests.golden import closing, doubts, many, opening, questions
from tests.golden.stage import Stage

TELLING_ALL = Policy(accounts=ACCOUNT_NAMES, quieting=POST_ALL)
"""Posts what is informational too, so that there is a card to be read."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story with its place in the book, and the policy by which it is told."""

    chapter: int
    number: int
    play: Callable[[Stage], None]

    @property
    def policy(self) -> Policy:
        return many.POLICIES.get(self.play, TELLING_ALL)

    @property
    def title(self) -> str:
        return (self.play.__doc__ or "").strip()

    @property
    def name(self) -> str:
        return f"{self.chapter}-{self.number:02}-{self.play.__name__.replace('_', '-')}"


CHAPTERS: tuple[tuple[Callable[[Stage], None], ...], ...] = (
    (
        opening.ssh_to_the_internet,
        opening.ssh_where_before_is_known,
        opening.two_halves_of_the_internet,
        opening.ipv6,
        opening.both_families,
        opening.all_traffic,
        opening.egress,
        opening.from_another_group,
        opening.modified,
        opening.modified_unseen,
        opening.under_a_wider_rule,
        opening.prefix_list,
        opening.default_group,
        opening.membership,
        opening.created,
    ),
    (
        closing.acknowledged_and_closed,
        closing.closed_before_anybody_came,
        closing.deleted,
        closing.deleted_unread,
        closing.closes_nothing,
        closing.closed_by_rule_id,
        closing.narrowed,
        closing.who_clicks_late,
        closing.taken_back,
        closing.a_burst_is_closed,
        closing.closed_in_part,
    ),
    (
        many.terraform,
        many.done_and_undone,
        many.seven_at_once,
        many.a_thousand_rules,
        many.expected,
        many.expected_but_critical,
        many.quiet_digest,
        many.slack_was_away,
        many.muted,
    ),
    (
        doubts.denied,
        doubts.denied_three_times,
        doubts.not_understood,
        doubts.cut_record,
        doubts.hostile_name,
        doubts.out_of_order,
        doubts.another_account,
        doubts.description_edited,
        doubts.tags_taken_away,
        doubts.by_cloudformation,
        doubts.by_root,
        doubts.vpc_associated,
        doubts.without_mfa,
    ),
    (
        questions.view_rules,
        questions.recent_changes,
        questions.latest,
        questions.unacknowledged,
        questions.why,
        questions.rules_then,
        questions.exposed,
        questions.doctor,
        questions.mistaken,
        questions.help_text,
    ),
)


def stories() -> Iterator[Story]:
    for chapter, played in enumerate(CHAPTERS, 1):
        for number, play in enumerate(played, 1):
            yield Story(chapter, number, play)
