"""How Celery is used, where there is a broker."""

from settings.env import env

CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True

# A message is acknowledged after its task, so that one whose worker was killed is done again.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = env.int("CELERY_TASK_SOFT_TIME_LIMIT", default=240)
CELERY_TASK_TIME_LIMIT = env.int("CELERY_TASK_TIME_LIMIT", default=300)
# Tasks are long and differ in length: a worker that is busy must not hold others back.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# What the decoders of pictures leak or fragment goes back to the system with its process.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# A request does not wait for a broker that is down: one attempt, which takes a second when nothing
# answers and two when something listens but says nothing, then kombu's OperationalError. Left to
# itself Celery tries again, each time for as long. (redis-py replaces a stale connection anyhow.)
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message that is unacknowledged for so long goes to another worker. It has to be longer than
    # the time limit, or a task that is still running would be started a second time.
    "visibility_timeout": env.int("CELERY_VISIBILITY_SECONDS", default=CELERY_TASK_TIME_LIMIT + 60),
    # Workers look for such messages every 10 seconds; kombu's own 10 makes that every 100.
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "socket_keepalive": True,
}

_SWEEP_SECONDS = env.int("CELERY_SWEEP_SECONDS", default=300)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "gallery.sweep",
        "schedule": _SWEEP_SECONDS,
        # While no worker runs, sweeps do not pile up.
        "options": {"expires": _SWEEP_SECONDS},
    },
}
