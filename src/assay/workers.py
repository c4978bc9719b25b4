"""Processes that compute cells, one cell and one thread each, and outlive no one."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from assay.allocator import keep_freed_memory
from assay.plan import FindingCell, ScoreCell
from assay.suite import Suite
from assay.types import AssayError

Cell = FindingCell | ScoreCell


@dataclass(frozen=True)
class Job:
    """A cell and the stored rows that it needs: findings by key, and an answer that is there."""

    cell: Cell
    findings: dict[str, dict[str, Any]]
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class Done:
    """A finished job: new rows by table, or `died` where its process ended under it."""

    job: Job
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    died: bool = False


class Pool(Protocol):
    """Where jobs are computed."""

    @property
    def idle(self) -> list[int]:
        """Numbers of the workers that wait for a job."""
        ...

    def send(self, worker: int, job: Job) -> None:
        """Let a waiting worker start."""
        ...

    def collect(self, seconds: float) -> list[Done]:
        """Jobs finished since the last call; waits for one for at most so many seconds."""
        ...

    def close(self) -> None:
        """End all workers at once, whatever they do."""
        ...


class Here:
    """Computes in this process, on one thread; for trials, tests and scripts."""

    def __init__(self, suite: Suite, folder: Path, device: str) -> None:
        import torch

        self._threads = torch.get_num_threads()
        torch.set_num_threads(1)
        self._executor = _executor(suite, folder, device)
        self._waiting: list[Job] = []

    @property
    def idle(self) -> list[int]:
        return [] if self._waiting else [0]

    def send(self, worker: int, job: Job) -> None:
        self._waiting.append(job)

    def collect(self, seconds: float) -> list[Done]:
        jobs, self._waiting = self._waiting, []
        try:
            return [Done(job, _compute(self._executor, job)) for job in jobs]
        except OSError as error:
            raise AssayError(_full_disk(error)) from error

    def close(self) -> None:
        import torch

        torch.set_num_threads(self._threads)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    job: Job | None = None


class Processes:
    """Spawned processes with a pipe each; one that dies takes its job with it and is replaced."""

    def __init__(self, suite: Suite, folder: Path, device: str, workers: int) -> None:
        self._start_values = (suite.model_dump_json(), str(folder), device)
        self._context = multiprocessing.get_context("spawn")
        self._workers = [self._start() for _ in range(workers)]

    @property
    def idle(self) -> list[int]:
        return [i for i, worker in enumerate(self._workers) if worker.job is None]

    def send(self, worker: int, job: Job) -> None:
        self._workers[worker].job = job
        # A worker that died meanwhile is noticed in `collect`.
        with contextlib.suppress(OSError):
            self._workers[worker].connection.send(job)

    def collect(self, seconds: float) -> list[Done]:
        busy = {w.connection: i for i, w in enumerate(self._workers) if w.job is not None}
        if not busy:
            return []
        done = []
        for connection in wait(list(busy), timeout=seconds):
            number = busy[connection]  # type: ignore[index]
            worker = self._workers[number]
            job, worker.job = worker.job, None
            assert job is not None
            try:
                rows = worker.connection.recv()
            except (EOFError, OSError):
                self._end(worker)
                self._workers[number] = self._start()
                done.append(Done(job, died=True))
                continue
            if isinstance(rows, str):
                raise AssayError(rows)
            done.append(Done(job, rows))
        return done

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            self._end(worker)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(theirs, *self._start_values), daemon=True
        )
        process.start()
        # Only the child holds its end now, so that its death is read as the end of the pipe.
        theirs.close()
        return _Worker(process, ours)

    def _end(self, worker: _Worker) -> None:
        worker.connection.close()
        worker.process.kill()
        worker.process.join()


def _serve(connection: Connection, suite: str, folder: str, device: str) -> None:
    """What a worker process does: jobs in, rows out; a sentence instead of rows ends the run."""
    # Ctrl-C reaches the whole group: the parent decides what happens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    import torch

    keep_freed_memory()
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    executor = _executor(Suite.model_validate_json(suite), Path(folder), device)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            connection.send(_compute(executor, job))
        except OSError as error:
            connection.send(_full_disk(error))


def _follow_parent() -> None:
    """End with the parent, also where it was killed and could not say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _executor(suite: Suite, folder: Path, device: str) -> Any:
    from assay.execute import Executor

    return Executor(suite, folder, device)


def _compute(executor: Any, job: Job) -> dict[str, dict[str, Any]]:
    if isinstance(job.cell, FindingCell):
        return {"findings": executor.find(job.cell, job.findings)}
    found = None if job.cell.finding is None else job.findings[job.cell.finding]
    answer, score = executor.score(job.cell, found, job.answer)
    return {"scores": score} if answer is None else {"answers": answer, "scores": score}


def _full_disk(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; what was finished is kept, and the same command goes on from it"
    return f"the results can't be written: {error}"


@contextlib.contextmanager
def open_pool(suite: Suite, folder: Path, device: str, workers: int) -> Iterator[Pool]:
    """Workers for a run: processes, or for 0 this one; all have ended when the context closes."""
    pool = Processes(suite, folder, device, workers) if workers else Here(suite, folder, device)
    try:
        yield pool
    finally:
        pool.close()
