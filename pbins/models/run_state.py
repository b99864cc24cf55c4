"""The kinds, states and stages of runs."""

from django.db import models


class RunKind(models.TextChoices):
    PROBE = "probe", "probe"
    PROVISION = "provision", "provision"
    PLAN = "plan", "plan only"
    BUILD = "build", "build"
    SYNC = "sync", "sync"


class RunState(models.TextChoices):
    QUEUED = "queued", "queued"
    STARTING = "starting", "starting"
    PLANNING = "planning", "planning"
    CONFIRMING = "confirming", "needs confirmation"
    EXECUTING = "executing", "executing"
    COLLECTING = "collecting", "collecting"
    PUBLISHING = "publishing", "publishing"
    SUCCEEDED = "succeeded", "succeeded"
    PARTIAL = "partial", "partly succeeded"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    LOST = "lost", "lost"


FINAL_STATES = (
    RunState.SUCCEEDED,
    RunState.PARTIAL,
    RunState.FAILED,
    RunState.CANCELLED,
    RunState.LOST,
)
UNFINISHED_STATES = tuple(state for state in RunState if state not in FINAL_STATES)
BAD_ENDS = (RunState.FAILED, RunState.PARTIAL, RunState.LOST)
# States in which a run has its host for itself.
HOLDING_STATES = (
    RunState.STARTING,
    RunState.PLANNING,
    RunState.EXECUTING,
    RunState.COLLECTING,
    RunState.PUBLISHING,
)


class Stage(models.TextChoices):
    """How far a build has come before anything is built; kept when it waits in between."""

    SOURCING = "sourcing", "syncs the sources"
    PLANNING = "planning", "makes the plan"
    PREPARING = "preparing", "installs what is there already"
    PREPARED = "prepared", "makes the plan again"


# What is done on the host by processes of its own, and the states in which those may be at work.
DETACHED_KINDS = (RunKind.PLAN, RunKind.BUILD, RunKind.SYNC)
FOLLOWED_STATES = (RunState.PLANNING, RunState.EXECUTING)
