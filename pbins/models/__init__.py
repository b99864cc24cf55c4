"""Floor 1: the nouns and their invariants."""

from pbins.models.account import LogInTries, ReadingToken
from pbins.models.catalogue import Entry, Pbin, Tarball, TarballListing
from pbins.models.credential import Credential
from pbins.models.downloads import DownloadDay
from pbins.models.former import FormerName
from pbins.models.health import DiskSample, Finding, FindingKind, Pin
from pbins.models.host import Host, HostState, Tag
from pbins.models.index import (
    Directory,
    FileName,
    IndexedEntry,
    Installed,
    Package,
    Soname,
    Spread,
)
from pbins.models.intake import FINAL_IMPORT_STATES, Import, ImportState
from pbins.models.lag import LagSample
from pbins.models.lists import ListedVersion, ListKind, ListState
from pbins.models.mirror import Mirror, MirroredTarball, MirrorKind
from pbins.models.policy import ChannelPolicy
from pbins.models.publication import (
    Change,
    ChangeKind,
    Publication,
    PublicationKind,
    PublicationState,
)
from pbins.models.recipe import Dependency, Facet, Recipe, Term, TermKind
from pbins.models.remote import Remote
from pbins.models.repository import (
    DEFAULT_CHANNEL,
    Channel,
    PackageSet,
    Repository,
    Subscription,
)
from pbins.models.run import Rollout, Run, RunEvent, RunFile, RunMoved
from pbins.models.run_state import FINAL_STATES, RunKind, RunState, Stage
from pbins.models.sets import SetDeployment, SetEdit
from pbins.models.sources import SourceRepository, SourceVersion
from pbins.models.step import Confirmation, Decision, Step, StepAction, StepState

__all__ = [
    "DEFAULT_CHANNEL",
    "FINAL_IMPORT_STATES",
    "FINAL_STATES",
    "Change",
    "ChangeKind",
    "Channel",
    "ChannelPolicy",
    "Confirmation",
    "Credential",
    "Decision",
    "Dependency",
    "Directory",
    "DiskSample",
    "DownloadDay",
    "Entry",
    "Facet",
    "FileName",
    "Finding",
    "FindingKind",
    "FormerName",
    "Host",
    "HostState",
    "Import",
    "ImportState",
    "IndexedEntry",
    "Installed",
    "LagSample",
    "ListKind",
    "ListState",
    "ListedVersion",
    "LogInTries",
    "Mirror",
    "MirrorKind",
    "MirroredTarball",
    "Package",
    "PackageSet",
    "Pbin",
    "Pin",
    "Publication",
    "PublicationKind",
    "PublicationState",
    "ReadingToken",
    "Recipe",
    "Remote",
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
    "Soname",
    "SourceRepository",
    "SourceVersion",
    "Spread",
    "Stage",
    "Step",
    "StepAction",
    "StepState",
    "Subscription",
    "Tag",
    "Tarball",
    "TarballListing",
    "Term",
    "TermKind",
]
