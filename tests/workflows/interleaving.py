"""Several workflows at once, on one thread of execution at a time: who goes on at each call is drawn, so it can be repeated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread, get_ident

from tests.workflows.conftest import Died

_PATIENCE_SECONDS = 60


@dataclass
class _Part:
    work: Callable[[], object]
    may_go: Event = field(default_factory=Event)
    has_paused: Event = field(default_factory=Event)
    is_over: bool = False
    fault: BaseException | None = None


class Interleaving:
    """Runs works that call `pause` between their steps; *choose* picks one of so many that could go on."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        self._choose = choose
        self._parts: dict[int, _Part] = {}

    def run(self, *works: Callable[[], object]) -> None:
        """Run *works* to their ends; dying is one. What else one raises is raised."""
        parts = [_Part(work) for work in works]
        threads = [Thread(target=self._live, args=(part,), daemon=True) for part in parts]
        for thread in threads:
            thread.start()
        while going := [part for part in parts if not part.is_over]:
            part = going[self._choose(len(going))]
            part.may_go.set()
            assert part.has_paused.wait(_PATIENCE_SECONDS)
            part.has_paused.clear()
        for thread in threads:
            thread.join()
        for part in parts:
            if part.fault and not isinstance(part.fault, Died):
                raise part.fault

    def pause(self) -> None:
        """Let another go on first, maybe."""
        part = self._parts.get(get_ident())
        if part:
            part.has_paused.set()
            assert part.may_go.wait(_PATIENCE_SECONDS)
            part.may_go.clear()

    def _live(self, part: _Part) -> None:
        assert part.may_go.wait(_PATIENCE_SECONDS)
        part.may_go.clear()
        self._parts[get_ident()] = part
        try:
            part.work()
        except BaseException as fault:  # noqa: BLE001 - it is raised where the works were started
            part.fault = fault
        finally:
            del self._parts[get_ident()]
            part.is_over = True
            part.has_paused.set()
