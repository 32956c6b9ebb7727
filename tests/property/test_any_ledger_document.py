"""What the store writes and reads of a ledger."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws.ledger_documents import (
    Authors,
    read_author,
    read_closing,
    read_entry,
    read_ledger,
    read_meaning,
    write_closing,
    write_entry,
    write_ledger,
    write_meaning,
)
from bot.core.alerts import Closing
from bot.core.ledger import Author, Entry, Ledger, Moment
from bot.core.meaning import Meaning
from tests.property.ledger_strategies import authors, closings, entries, ledgers, meanings
from tests.property.strategies import rules, times


def through_json(document: Any) -> Any:
    return json.loads(json.dumps(document))


class TestLedgerDocuments:
    @given(ledgers())
    @settings(max_examples=60)
    def test_a_ledger_reads_back(self, ledger: Ledger) -> None:
        """Law: read(json(write(ledger))) = ledger."""
        assert read_ledger(through_json(write_ledger(ledger))) == ledger

    @given(meanings)
    @settings(max_examples=60)
    def test_a_meaning_reads_back(self, meaning: Meaning) -> None:
        """Law: read(json(write(meaning))) = meaning."""
        assert read_meaning(through_json(write_meaning(meaning))) == meaning

    @given(closings)
    def test_a_closing_reads_back(self, closing: Closing) -> None:
        """Law: read(json(write(closing))) = closing."""
        assert read_closing(through_json(write_closing(closing))) == closing

    @given(st.lists(entries(), max_size=4))
    def test_entries_that_share_a_table_of_authors_read_back(self, drawn: list[Entry]) -> None:
        """Law: each entry reads back by the table that all of them were written with."""
        table = Authors()
        documents = through_json([write_entry(entry, table) for entry in drawn])
        known = [read_author(author) for author in through_json(table.write())]
        assert [read_entry(document, known) for document in documents] == drawn

    @given(rules(), authors, times, st.integers(1, 60))
    def test_an_author_is_written_once(self, rule: Any, author: Author, time: Any, count: int) -> None:
        """Law: however many entries one author opened, a ledger's document holds that author once."""
        entry = Entry(rule, Moment(time, author), time)
        document = write_ledger(Ledger(live=(entry,) * count, closed=(entry,) * count))
        assert len(document["authors"]) == 1
