"""What an account has asked for so far: pages of requests, running, final and forgotten ones alike."""

from __future__ import annotations

from imagend.core.errors import UnknownRequest
from imagend.store.base import Store
from imagend.store.past import PastRequest, Question

__all__ = ["History", "PastRequest", "Question"]


class History:
    """Reads only. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, account_id: str, question: Question, page: int, per_page: int) -> tuple[list[PastRequest], int]:
        """(rows of page 1, 2, ..., rows of all pages): a request has a row for each of its pictures."""
        skip = (page - 1) * per_page
        return self._store.read(
            lambda reads: (
                reads.past_page(account_id, question, skip=skip, most=per_page),
                reads.past_total(account_id, question),
            ),
            account_id,
        )

    def one(self, account_id: str, request_id: str) -> PastRequest:
        """A request of any age. Raises UnknownRequest, for other accounts' ids too."""
        found = self._store.read(lambda reads: reads.past_one(account_id, request_id), account_id)
        if found is None:
            raise UnknownRequest(request_id)
        return found
