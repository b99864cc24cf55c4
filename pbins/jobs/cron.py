"""What the scheduler starts and how often; read by ``manage.py rqcron pbins.jobs.cron``."""

from rq import cron

from pbins.jobs.housekeeping import look_after_runs, settle_all_publications

cron.register(look_after_runs, queue_name="housekeeping", interval=10, result_ttl=0, ttl=20)
cron.register(settle_all_publications, queue_name="housekeeping", interval=60, result_ttl=0, ttl=60)
