"""The package's own client against a real server: progress, previews, pictures, many at once, and everything listed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from imagend.sdk import AsyncClient, Client, InvalidRequest, NotFound, Progress, Result, Unauthorized
from tests.system.running import Server

SMALL = {"width": 256, "height": 256}


def client(server: Server) -> Client:
    return Client(api_key=server.key, base_url=server.url)


def test_a_picture_with_progress_and_previews(server: Server, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with client(server) as ours:
        job = ours.submit_async("imagen-4", prompt="a cabin in the snow", seed=7, num_images=2, previews=2, **SMALL)
        result = job.wait(on_progress=seen.append, previews=2)
        assert [path.name for path in result.save(tmp_path / "cabin.jpeg")] == ["cabin.jpeg", "cabin-2.jpeg"]
        assert [image.size for image in job.images] == [(256, 256)] * 2
        assert result == job.result()
        assert ours.job(job.request_id).result() == result
    assert result.seeds == [7, 8]
    assert result.cost
    assert [one.share for one in seen] == sorted(one.share for one in seen)
    assert seen[-1].share == 1.0
    assert sum(one.preview is not None and one.preview[:2] == b"\xff\xd8" for one in seen) >= 1


def test_many_prompts(server: Server) -> None:
    with client(server) as ours:
        prompts = ["a red kite", {"prompt": "a blue boat", "seed": 9}, {"prompt": ""}]
        results = list(ours.map("imagen-4-fast", prompts, return_errors=True, seed=5, **SMALL))
    assert [one.seed for one in results if isinstance(one, Result)] == [5, 9]
    assert isinstance(results[2], InvalidRequest)
    assert "Prompt" in str(results[2])


def test_everything_else_that_an_account_has(server: Server) -> None:
    with client(server) as ours:
        before = ours.credits()
        result = ours.run("imagen-4-fast", prompt="a green hill", **SMALL)
        assert result.cost == pytest.approx(before - ours.credits())
        assert "imagen-4-fast" in str(ours.models.list())
        assert ours.generations.get(result.request_id)["request_id"] == result.request_id
        assert result.request_id in str(ours.generations.history())
        assert ours.run_sync("imagen-4-fast", prompt="a green hill", response_format="binary", **SMALL).content
        with pytest.raises(NotFound):
            ours.job("00000000-0000-4000-8000-000000000000").status()
    with Client(api_key="SG_0000000000000000", base_url=server.url) as stranger, pytest.raises(Unauthorized):
        stranger.run("imagen-4-fast", prompt="x")


def test_the_async_client_and_cancel(server: Server) -> None:
    async def go() -> tuple[dict[str, object], list[str]]:
        async with AsyncClient(api_key=server.key, base_url=server.url) as ours:
            doomed = await ours.submit_async("imagen-4-ultra", prompt="a storm", num_images=4, steps=100)
            ended = await doomed.cancel()
            job = await ours.submit_async("imagen-4-fast", prompt="a calm sea", **SMALL)
            return ended, [event.name async for event in job.events()]

    ended, names = asyncio.run(go())
    assert (ended["status"], ended["error"]) == ("FAILED", "The request was cancelled")
    assert names[-1] == "completed"
