"""Floor 1: the nouns and their invariants."""

from pbins.models.catalogue import Entry, Pbin, Tarball, TarballListing
from pbins.models.credential import Credential
from pbins.models.health import DiskSample, Finding, FindingKind, Pin
from pbins.models.host import Host, HostState, Tag
from pbins.models.publication import Change, ChangeKind, Publication, PublicationState
from pbins.models.repository import Channel, PackageSet, Repository, Subscription
from pbins.models.run import Rollout, Run, RunEvent, RunFile, RunMoved
from pbins.models.run_state import FINAL_STATES, RunKind, RunState, Stage
from pbins.models.sets import SetDeployment, SetEdit
from pbins.models.step import Confirmation, Decision, Step, StepAction, StepState

__all__ = [
    "FINAL_STATES",
    "Change",
    "ChangeKind",
    "Channel",
    "Confirmation",
    "Credential",
    "Decision",
    "DiskSample",
    "Entry",
    "Finding",
    "FindingKind",
    "Host",
    "HostState",
    "PackageSet",
    "Pbin",
    "Pin",
    "Publication",
    "PublicationState",
    "Repository",
    "Rollout",
    "Run",
    "RunEvent",
    "RunFile",
    "RunKind",
    "RunMoved",
    "RunState",
    "SetDeployment",
    "SetEdit",
    "Stage",
    "Step",
    "StepAction",
    "StepState",
    "Subscription",
    "Tag",
    "Tarball",
    "TarballListing",
]
