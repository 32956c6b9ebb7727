"""A person mutes something for a time, looks at what is muted, and ends it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.alerts import User
from bot.core.mutes import MAX_REASON, MUTE_DAYS, Mute, MuteSubject, mute_id_for
from bot.core.quieting import QuietPolicy
from bot.workflows.ports import Clock, Mutes


@dataclass(frozen=True, slots=True)
class Muting:
    """Keeps mutes. Any member of the workspace may mute and end mutes, as with acknowledging; who did is kept."""

    policy: QuietPolicy
    store: Mutes
    clock: Clock

    def mute(
        self,
        subject: MuteSubject,
        user: User,
        *,
        days: int,
        reason: str,
        also_critical: bool,
        asked: str,
    ) -> Mute:
        """
        Mute *subject* from now on; *asked* tells this request from others, so that a repeat makes no second mute.

        Raises:
            ValueError: nobody may mute for so many days, or without a reason.
        """
        if days not in MUTE_DAYS or not reason.strip() or len(reason) > MAX_REASON:
            raise ValueError((days, reason))
        now = self.clock()
        mute = Mute(
            mute_id=mute_id_for(asked),
            subject=subject,
            owner=user.user_id,
            reason=reason.strip(),
            since=now,
            until=now + timedelta(days=days),
            also_critical=also_critical,
        )
        self.store.add_mute(mute)
        return mute

    def running(self) -> list[Mute]:
        """Give the mutes that hold now, of the policy's file and of people, with what each hid; two calls."""
        now = self.clock()
        of_file = [mute for mute in self.policy.mutes if mute.is_running(now)]
        hidden = self.store.hidden_by_mutes()
        running = sorted([*of_file, *self.store.mutes(now)], key=lambda mute: mute.until)
        return [replace(mute, hidden=hidden[mute.mute_id]) for mute in running]

    def end(self, mute_id: str, user: User) -> Mute | None:
        """End a mute of people; None where it has ended already."""
        return self.store.end_mute(mute_id, user.user_id, self.clock())
