"""Ask for the next page while the last one is written, so that the portal sets the time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from academy.datasets.portal.source import Page


def ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield pages that another thread reads, always one ahead of the one in use.

    An error of the reading thread is raised here, after the pages that came before it.
    """
    reader = ThreadPoolExecutor(1, thread_name_prefix="portal")
    try:
        coming = reader.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = reader.submit(next, pages, None)
            yield page
    finally:
        # Who stops early need not wait for an answer that nobody wants any more.
        reader.shutdown(wait=False, cancel_futures=True)
