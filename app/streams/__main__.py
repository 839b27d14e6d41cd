"""Entry point of the streams process: ``python -m app.streams`` (``manage.py streams``)."""

import asyncio
import logging.config
import os
import signal

from app.streams.server import serving
from config.logs import logging_config
from config.settings import Settings
from tasks.descriptors import allow_descriptors
from tasks.embedded_redis import redis_url_of


async def run(settings: Settings) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    metrics_dir = settings.metrics_dir and str(settings.metrics_dir)
    async with serving(settings, redis_url_of(settings), metrics_dir=metrics_dir):
        await stop.wait()


if __name__ == "__main__":
    given = Settings.from_env(os.environ)
    logging.config.dictConfig(logging_config("streams", given.log_level))
    allow_descriptors(given.max_streams)
    asyncio.run(run(given))
