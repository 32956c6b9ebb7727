"""Questions that ledgers answer: what a group held, why it admits something, and which groups admit the internet."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.blame import last_closed, why
from bot.core.changes import GroupKey
from bot.core.history import AlertScope
from bot.core.ledger import Acceptance, Entry, Ledger
from bot.core.ledger_views import Flow, Reasons, RulesThen, as_live, rules_then
from bot.core.openness import ExposedGroup
from bot.core.rules import Direction, PrefixList, ReferencedGroup
from bot.workflows.ports import Exposures, LedgerReader

_MOST_AUTHORS = 50

# A list of some accounts or regions only is read in pieces, of which what is not asked for is left out.
_PIECE = 100
_MOST_PIECES = 4


@dataclass(frozen=True, slots=True)
class LedgerLookup:
    """Answers from ledgers, all of them from the store."""

    ledgers: LedgerReader
    store: Exposures

    def rules_at(self, key: GroupKey, at: datetime) -> RulesThen:
        """Say what a group held at a moment that has passed."""
        return rules_then(at, self.ledgers.ledger(key, at=at), self.ledgers.ledger(key))

    def why(self, key: GroupKey, flow: Flow) -> Reasons:
        """Say which rules of a group admit *flow*, and who opened and acknowledged them; or which did last."""
        ledger = self.ledgers.ledger(key)
        unclear = _unclear(ledger)
        lists = self._lists(ledger, unclear)
        asked = (flow.protocol, flow.port, flow.network)
        entries = why(ledger, *asked, lists)
        doubtful = tuple(entry.rule for entry in why(unclear, *asked, lists))
        last = None if entries else last_closed(ledger, *asked, lists)
        members: tuple[ReferencedGroup, ...] = ()
        unread: tuple[PrefixList, ...] = ()
        if flow.network:
            sources = dict.fromkeys(
                entry.rule.source for entry in why(ledger, flow.protocol, flow.port, None, lists)
            )
            members = tuple(source for source in sources if isinstance(source, ReferencedGroup))
            unread = tuple(
                source
                for source in sources
                if isinstance(source, PrefixList) and source.prefix_list_id not in lists
            )
        told = [*entries[:_MOST_AUTHORS], *([last] if last else [])]
        return Reasons(flow, ledger, entries, doubtful, unread, members, last, self._acceptances(told))

    def exposed(self, scope: AlertScope, *, size: int) -> tuple[list[ExposedGroup], AlertScope | None]:
        """Give up to *size* groups that admit the internet, most severe first, and where the list goes on, None at its end."""
        found: list[ExposedGroup] = []
        behind = scope.behind
        piece = size + 1 if scope.place.is_everywhere else _PIECE
        for _ in range(_MOST_PIECES):
            groups, behind = self.store.exposed_page(limit=piece, behind=behind)
            found += [group for group in groups if scope.place.holds(group.key.account_id, group.key.region)]
            if len(found) > size:
                return found[:size], replace(scope, behind=found[size - 1].place)
            if behind is None:
                return found, None
        return found, replace(scope, behind=behind)

    def _lists(self, *ledgers: Ledger) -> Entries:
        sources = [entry.rule.source for ledger in ledgers for entry in (*ledger.live, *ledger.closed)]
        ids = {source.prefix_list_id for source in sources if isinstance(source, PrefixList)}
        return self.store.prefix_lists(sorted(ids)) if ids else {}

    def _acceptances(self, entries: list[Entry]) -> dict[str, Acceptance]:
        """Find who acknowledged the changes that opened *entries*, as far as their alerts are still stored."""
        events = {entry.opened.by.event_id for entry in entries if entry.opened.by}
        alerts = self.store.alerts_of_events(sorted(events)) if events else {}
        found = {}
        for event_id, alert in alerts.items():
            if taken := alert.acknowledgement:
                found[event_id] = Acceptance(taken.user.user_id, taken.at, taken.note)
        return found


def _unclear(ledger: Ledger) -> Ledger:
    """Make a ledger of what may be live and may let something in: what is in doubt, and what may go either way."""
    ways = [(entry.rule, entry.opened.at) for entry in ledger.live if entry.rule.direction is None]
    told = [(rule, since) for rule, since in (*ledger.doubts, *ways)]
    return as_live(
        (rule if rule.direction else replace(rule, direction=Direction.INGRESS), since)
        for rule, since in told
    )
