"""The worker's jobs, each put together from the parts that it needs; EC2 and what draws modals are imported where they are used."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot import parts
from bot.core.baseline import Baseline, Where
from bot.core.behind import NotRead
from bot.core.changes import GroupKey
from bot.core.errors import ReadDenied, SecretsMissing, SlackError, SlackRateLimited, StoreError
from bot.core.jobs import (
    BaselineJob,
    BehindJob,
    DrawJob,
    FinishJob,
    Job,
    ListEditJob,
    NamePersonJob,
    ObserveJob,
    ReadListsJob,
    ShowRulesJob,
    TellAgainJob,
    TellFoundJob,
    encode_job,
)
from bot.workflows.behind import LookingBehind
from bot.workflows.draw import Drawing, Turn
from bot.workflows.keep_reading import KeepingReadings
from bot.workflows.tell_again import TellingAgain
from bot.workflows.tell_found import TellingFound

_PATIENCE_SECONDS = 5

_RULES_NOT_KEPT = "The rules could not be read and kept just now. Close this and ask once more."


@dataclass(frozen=True, slots=True)
class Work:
    """
    Does the worker's jobs.

    What fails for now raises, so that the job comes again; what no repeat can help goes to *log* and is counted by *count*.
    *told* hears of each card that is drawn.
    """

    log: Any
    count: Callable[[str], None]
    told: parts.Told

    def do(self, job: Job, is_time_left: Callable[[], bool]) -> None:
        """Do one job; a long one stops when no time is left, and has the rest done by another."""
        match job:
            case FinishJob(alert_id, content_version):
                parts.store().finish(alert_id, content_version=content_version)
                self._telling.settle_burst(alert_id)
                self._drawing.draw(alert_id, retry=False)
            case DrawJob(alert_id, has_turn):
                # After a trouble, what has to wait longer is the sweep's.
                self._drawing.draw(alert_id, retry=False, turn=Turn.TAKEN if has_turn else Turn.NEEDED)
            case TellAgainJob(group, since):
                self._telling.tell_again(group, since)
            case TellFoundJob(group, at):
                self._telling_found.tell(group, at)
            case ObserveJob():
                self._observe(job)
            case BehindJob(alert_id, has_waited):
                self._looking.look(alert_id, has_waited=has_waited)
            case NamePersonJob(alert_id):
                self._name_person(alert_id)
            case ShowRulesJob():
                self._show_rules(job)
            case ReadListsJob() | ListEditJob():
                self._work_on_lists(job)
            case BaselineJob():
                self._note_page(parts.baselining(self._note_not_kept).read_page(job, is_time_left))

    def begin_baselines(self, own: Where | None) -> int:
        """Begin, or take up, the baselines whose turn it is, and give how many; *own* is the function's own place."""
        return parts.baselining(self._note_not_kept).begin_due(own)

    def name_accounts(self, is_time_left: Callable[[], bool]) -> None:
        """Ask AWS Organizations what accounts are called, if that is wanted and its turn; what it does not tell is no failure."""
        if not parts.settings().organization_names:
            return
        said = parts.naming_accounts().read_due(is_time_left)
        if said and said.trouble:
            self.log.warning("names of accounts not read", code=said.trouble)
        elif said:
            self.log.info("names of accounts read", accounts=len(said.names))

    def tell_of_yesterday(self) -> None:
        """Post the digest of yesterday, if it is due; what keeps it from that is logged, and the next schedule tries again."""
        try:
            told = parts.digesting(_PATIENCE_SECONDS).tell_of_yesterday()
        except (SlackError, SecretsMissing, StoreError) as error:
            self.log.warning("digest not posted", code=getattr(error, "code", None) or str(error))
            self.count("DigestNotPosted")
        else:
            if told:
                self.log.info("digest posted", day=str(told.day), alerts=told.count)

    @property
    def _drawing(self) -> Drawing:
        return parts.drawing(_PATIENCE_SECONDS, self.told)

    @property
    def _keeping(self) -> KeepingReadings:
        return KeepingReadings(parts.store(), parts.ledgers(), parts.jobs(), parts.now)

    @property
    def _telling(self) -> TellingAgain:
        return TellingAgain(
            parts.store(),
            parts.store(),
            parts.ledgers(),
            parts.quieting(),
            self._drawing,
            parts.now,
            parts.known(),
            parts.policy().severities,
        )

    @property
    def _looking(self) -> LookingBehind:
        return LookingBehind(
            parts.network_interfaces(),
            parts.store(),
            self._drawing,
            parts.jobs(),
            parts.now,
            self._note_refused,
        )

    @property
    def _telling_found(self) -> TellingFound:
        return TellingFound(
            parts.store(),
            parts.ledgers(),
            parts.quieting(),
            self._telling,
            self._drawing,
            parts.jobs(),
            parts.now,
            parts.new_id,
            parts.pause,
            parts.known(),
            parts.policy().severities,
        )

    def _observe(self, job: ObserveJob) -> None:
        from bot.workflows.observe import Observing

        group = job.group
        observing = Observing(
            parts.groups(),
            self._keeping,
            self._telling,
            parts.store(),
            parts.quieting(),
            self._drawing,
            parts.jobs(),
            parts.now,
            self._looking,
            parts.known(),
            parts.policy().severities,
        )
        try:
            observing.complete_alert(group, job.alert_id)
        except ReadDenied as error:
            self.log.error(
                "may not read a group", group_id=group.group_id, account=group.account_id, code=error.code
            )
            self.count("ReadDenied")

    def _name_person(self, alert_id: str) -> None:
        from bot.workflows.name_people import NamingPeople

        directory = parts.notifier(_PATIENCE_SECONDS)
        NamingPeople(parts.store(), directory, self._drawing, parts.now).name(alert_id)

    def _show_rules(self, job: ShowRulesJob) -> None:
        from bot.slack.views import notice_view, rules_view
        from bot.workflows.observe import ShowingRules

        modals = parts.notifier(_PATIENCE_SECONDS)
        showing = ShowingRules(
            parts.groups(),
            parts.store(),
            self._keeping,
            parts.jobs(),
            modals,
            parts.now,
            partial(rules_view, places=parts.places()),
            notice_view,
            parts.places().account,
        )
        try:
            showing.show(job.group, job.view_id)
        except SlackRateLimited as error:
            parts.jobs().send(job, delay_seconds=error.retry_after_seconds)
        except (SlackError, StoreError) as error:
            # The person has closed the modal, or waits in vain and will click again; what was read is not kept.
            self.log.warning("rules not shown or not kept", code=error.code)
            self.count("RulesNotShown")
            if isinstance(error, StoreError):
                with suppress(SlackError):  # whatever it shows by now
                    modals.update_view(job.view_id, notice_view("Rules", _RULES_NOT_KEPT))

    def _work_on_lists(self, job: ReadListsJob | ListEditJob) -> None:
        """Do a job about prefix lists; what may not be read stays a name."""
        from bot.workflows.prefix_lists import ReadingLists, TellingEdits

        store, lists = parts.store(), parts.prefix_lists()
        try:
            match job:
                case ReadListsJob(group, prefix_list_ids, since):
                    reading = ReadingLists(lists, store, self._telling, parts.now)
                    reading.read_for(group, prefix_list_ids, since)
                case ListEditJob(alert_id):
                    ledger_of = parts.ledgers().ledger
                    edits = TellingEdits(
                        lists,
                        store,
                        store,
                        parts.quieting(),
                        ledger_of,
                        self._drawing,
                        parts.jobs(),
                        parts.now,
                        parts.policy().severities,
                    )
                    edits.complete_alert(alert_id)
        except ReadDenied as error:
            self.log.error("may not read a prefix list", job=encode_job(job), code=error.code)
            self.count("ReadDenied")

    def _note_page(self, baseline: Baseline | None) -> None:
        if baseline is None:
            self.log.info("page read already")
            return
        about: dict[str, Any] = {
            "account": baseline.account_id,
            "region": baseline.region,
            "groups": baseline.groups,
        }
        is_over = baseline.finished is not None
        if baseline.is_denied:
            self.log.error("may not read groups", code=baseline.trouble, **about)
            self.count("ReadDenied")
        elif baseline.trouble:
            self.log.warning("baseline held up", code=baseline.trouble, is_over=is_over, **about)
            self.count("BaselineHeldUp")
        else:
            self.log.info("page read", kept=baseline.kept, is_over=is_over, **about)

    def _note_refused(self, key: GroupKey, refusal: NotRead) -> None:
        self.log.error(
            "may not read network interfaces",
            group_id=key.group_id,
            account=key.account_id,
            code=refusal.code,
            role=refusal.role,
        )
        self.count("ReadDenied")

    def _note_not_kept(self, key: GroupKey, fault: Exception) -> None:
        self.log.error("reading not kept", group_id=key.group_id, account=key.account_id, exc_info=fault)
        self.count("ReadingNotKept")
