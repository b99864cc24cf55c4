"""What the scheduler starts and how often; read by ``manage.py rqcron pbins.jobs.cron``."""

from rq import cron

from pbins.jobs.deliveries import deliver
from pbins.jobs.delivery_asking import LONGEST_SECONDS as LONGEST_DELIVERY
from pbins.jobs.delivery_asking import QUEUE as DELIVERIES
from pbins.jobs.delivery_asking import WAITS_SECONDS
from pbins.jobs.downloads import count_what_was_noted
from pbins.jobs.health import (
    LONGEST_SECONDS,
    clean_all,
    sample_disks,
    sample_lag,
    scrub_what_is_due,
)
from pbins.jobs.housekeeping import look_after_publications, look_after_runs
from pbins.jobs.imports import look_after_imports
from pbins.jobs.lists import look_after_lists
from pbins.jobs.logs import compress_finished_logs, remove_logs_kept_long_enough
from pbins.jobs.sources import read_sources
from pbins.jobs.statistics import look_at_rows

cron.register(look_after_runs, queue_name="housekeeping", interval=10, result_ttl=0, ttl=20)
cron.register(look_after_imports, queue_name="housekeeping", interval=60, result_ttl=0, ttl=60)
cron.register(look_after_publications, queue_name="housekeeping", interval=60, result_ttl=0, ttl=60)
cron.register(
    deliver,
    queue_name=DELIVERIES,
    interval=10,
    result_ttl=0,
    ttl=WAITS_SECONDS,
    job_timeout=LONGEST_DELIVERY,
)
cron.register(
    compress_finished_logs, queue_name="housekeeping", interval=300, result_ttl=0, job_timeout=3600
)
cron.register(
    remove_logs_kept_long_enough, queue_name="housekeeping", cron="17 3 * * *", result_ttl=0
)
cron.register(
    scrub_what_is_due,
    queue_name="housekeeping",
    cron="41 * * * *",
    result_ttl=0,
    ttl=3600,
    job_timeout=LONGEST_SECONDS,
)
cron.register(clean_all, queue_name="housekeeping", cron="27 4 * * *", result_ttl=0)
cron.register(sample_disks, queue_name="housekeeping", cron="11 */6 * * *", result_ttl=0)
cron.register(sample_lag, queue_name="housekeeping", cron="*/30 * * * *", result_ttl=0, ttl=600)
cron.register(
    read_sources, queue_name="housekeeping", interval=120, result_ttl=0, ttl=120, job_timeout=7200
)
cron.register(
    look_after_lists, queue_name="housekeeping", interval=60, result_ttl=0, ttl=60, job_timeout=3600
)
cron.register(count_what_was_noted, queue_name="housekeeping", interval=60, result_ttl=0, ttl=60)
cron.register(look_at_rows, queue_name="housekeeping", cron="53 * * * *", result_ttl=0, ttl=600)
