"""Many prompts at once, a few requests at a time: the server batches what comes together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from imagend.sdk.errors import APIError
from imagend.sdk.result import Result


def fields(prompt: str | Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one request: a prompt, or fields that go before the shared ones."""
    own = {"prompt": prompt} if isinstance(prompt, str) else dict(prompt)
    return {**shared, **own}


def run_all(
    run: Callable[..., Result],
    asked: Sequence[Mapping[str, Any]],
    concurrency: int,
    *,
    progress: bool = False,
    return_errors: bool = False,
) -> Iterator[Result | APIError]:
    """Results in the order of `asked`. An error ends it, and what has not begun is not sent; with `return_errors` it
    stands in its place among the results. progress: a bar on the terminal."""
    if concurrency < 1:
        raise ValueError(f"concurrency must be 1 or more, not {concurrency}")
    with ThreadPoolExecutor(concurrency, thread_name_prefix="imagend") as pool, bar(progress, len(asked)) as tick:
        waiting: deque[Future[Result]] = deque()
        for one in asked:
            future = pool.submit(run, **one)
            future.add_done_callback(lambda _: tick())
            waiting.append(future)
        try:
            while waiting:
                yield _outcome(waiting.popleft(), return_errors)
        finally:
            for future in waiting:
                future.cancel()


def _outcome(future: Future[Result], return_errors: bool) -> Result | APIError:
    try:
        return future.result()
    except APIError as error:
        if return_errors:
            return error
        raise


def bar(shown: bool, total: int) -> AbstractContextManager[Callable[[], None]]:
    """A progress bar; called once for each that is done, from any thread."""
    if not shown:
        return nullcontext(lambda: None)
    return _Bar(total)


class _Bar:
    def __init__(self, total: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        self._progress = Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._task = self._progress.add_task("pictures", total=total)

    def __enter__(self) -> Callable[[], None]:
        self._progress.start()
        return lambda: self._progress.advance(self._task)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
