"""One tenant's requests wait for each other, not others for them."""

from __future__ import annotations

import asyncio
import threading

from imagend.api.turnstile import Turnstile


def test_a_flood_holds_few_threads_and_others_pass() -> None:
    turnstile, release, inside = Turnstile(most=3), threading.Event(), []

    def slow() -> None:
        inside.append(1)
        assert release.wait(10)

    async def scene() -> None:
        flood = [asyncio.ensure_future(turnstile.run("a", slow)) for _ in range(50)]
        assert await asyncio.wait_for(turnstile.run("b", lambda: "passed"), 10) == "passed"
        assert len(inside) <= 3
        for waiting in flood[40:]:
            waiting.cancel()  # a caller who hangs up leaves no trace
        release.set()
        await asyncio.gather(*flood, return_exceptions=True)
        assert not turnstile._gates
        assert not turnstile._inside

    asyncio.run(scene())
    assert 40 <= len(inside) <= 43


def test_what_the_work_raises_is_raised() -> None:
    async def scene() -> str:
        turnstile = Turnstile()
        try:
            return await turnstile.run("a", lambda: str(1 // 0))
        except ZeroDivisionError:
            return await turnstile.run("a", lambda: "next")

    assert asyncio.run(scene()) == "next"
