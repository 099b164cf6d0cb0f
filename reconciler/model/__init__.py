"""The words of Magi: the desired state, the observed state, what to do about it, what came of it.

Data only: no I/O and no clock. Every other room imports this one and speaks in its terms.

    Key       the name of one resource, the same in Git, in a plan and in the cloud
    Spec      what a resource should look like, or does look like; one frozen dataclass a kind
    Desired   a Spec that Git asks for, with the place that asks
    Observed  a Spec that a target holds, with its id
    World     all that one observation of a target found
    Step      one create, update or delete;  Plan: the steps and what goes first
    Policy    what may be done without asking;  Circumstances: what else a plan depends on
    Outcome   what came of one step
    Driver    what a kind of target (OpenStack, an SDN controller) must be able to do
    Report    what one pass over a target found and did
"""

from reconciler.model.approvals import Approval, ApprovalEffect, ApproverRule, Approvers, SecretRule
from reconciler.model.errors import (
    ConfigError,
    DocumentsError,
    ForgeError,
    MagiError,
    Place,
    Problem,
    StepFailed,
    TargetUnknown,
)
from reconciler.model.kinds import NAME
from reconciler.model.lfs import LFS_HINT, is_lfs_pointer
from reconciler.model.limits import DEFAULT_LIMITS, MAX_FILE_BYTES, MOST_IN_A_FILE, InputLimits, file_bytes_hint
from reconciler.model.opaque import Opaque, bytes_of
from reconciler.model.plans import (
    RULE_WORDS,
    Action,
    BlockReason,
    Change,
    Confirmation,
    Durations,
    FieldChange,
    HealingChange,
    NameChange,
    Note,
    Obstacle,
    Outcome,
    Plan,
    PreflightResult,
    Result,
    Step,
    StepId,
    Trace,
    impact_of_change,
)
from reconciler.model.policies import (
    QUIET,
    Circumstances,
    Consent,
    Contest,
    Healing,
    LabelRule,
    Limits,
    Permission,
    Policy,
    Rollout,
    UpdateStrategy,
    Window,
)
from reconciler.model.reports import (
    Health,
    Lag,
    PassProgress,
    Phase,
    Report,
    Reported,
    RepositoryStatus,
    ServiceStatus,
    Sync,
    Synced,
)
from reconciler.model.resources import (
    Claim,
    Desired,
    DriftMode,
    Foreign,
    Impact,
    Instance,
    Key,
    Observed,
    Probe,
    Spec,
    State,
    World,
)
from reconciler.model.secrets import NO_SECRETS, SecretRef, Secrets, Withheld
from reconciler.model.shards import NO_REPORT, NOT_SERVED, NOT_WRITTEN, MemberShare, Selector, Shard, Shares
from reconciler.model.step_progress import PROGRESS_OF_BLOCK, StepProgress, step_progress_of, step_progress_of_all
from reconciler.model.targets import ApiBudget, ApiCall, Catalog, Done, Driver, ServiceInfo, Target
from reconciler.model.writers import Writer

__all__ = [
    "DEFAULT_LIMITS",
    "LFS_HINT",
    "MAX_FILE_BYTES",
    "MOST_IN_A_FILE",
    "NAME",
    "NOT_SERVED",
    "NOT_WRITTEN",
    "NO_REPORT",
    "NO_SECRETS",
    "PROGRESS_OF_BLOCK",
    "QUIET",
    "RULE_WORDS",
    "Action",
    "ApiBudget",
    "ApiCall",
    "Approval",
    "ApprovalEffect",
    "ApproverRule",
    "Approvers",
    "BlockReason",
    "Catalog",
    "Change",
    "Circumstances",
    "Claim",
    "ConfigError",
    "Confirmation",
    "Consent",
    "Contest",
    "Desired",
    "DocumentsError",
    "Done",
    "DriftMode",
    "Driver",
    "Durations",
    "FieldChange",
    "Foreign",
    "ForgeError",
    "Healing",
    "HealingChange",
    "Health",
    "Impact",
    "InputLimits",
    "Instance",
    "Key",
    "LabelRule",
    "Lag",
    "Limits",
    "MagiError",
    "MemberShare",
    "NameChange",
    "Note",
    "Observed",
    "Obstacle",
    "Opaque",
    "Outcome",
    "PassProgress",
    "Permission",
    "Phase",
    "Place",
    "Plan",
    "Policy",
    "PreflightResult",
    "Probe",
    "Problem",
    "Report",
    "Reported",
    "RepositoryStatus",
    "Result",
    "Rollout",
    "SecretRef",
    "SecretRule",
    "Secrets",
    "Selector",
    "ServiceInfo",
    "ServiceStatus",
    "Shard",
    "Shares",
    "Spec",
    "State",
    "Step",
    "StepFailed",
    "StepId",
    "StepProgress",
    "Sync",
    "Synced",
    "Target",
    "TargetUnknown",
    "Trace",
    "UpdateStrategy",
    "Window",
    "Withheld",
    "World",
    "Writer",
    "bytes_of",
    "file_bytes_hint",
    "impact_of_change",
    "is_lfs_pointer",
    "step_progress_of",
    "step_progress_of_all",
]
