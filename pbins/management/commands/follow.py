"""``manage.py follow``: follows what runs on hosts; one process of the portal."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from pbins.jobs.follower import Follower


class Command(BaseCommand):
    help = "Follows work on hosts until it is stopped; manage.py up starts it by itself."

    def handle(self, *_: Any, **__: Any) -> None:
        follower = Follower()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: follower.stop())
        follower.run()
