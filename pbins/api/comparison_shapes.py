"""How two pbins side by side look as JSON."""

from typing import Any

from pbins.models import Pbin
from pbins.services.file_differences import FileChange, FileChanges
from pbins.services.pbin_comparing import Comparison
from pbins.services.pbin_differences import FieldChange
from pbins.storage.tarball import TarballFile


def comparison_shape(comparison: Comparison) -> dict[str, Any]:
    """``files`` is null where a listing was not kept."""
    return {
        "name": comparison.after.name,
        "before": _pbin(comparison.before),
        "after": _pbin(comparison.after),
        "fields": [_field(change) for change in comparison.fields],
        "files": _files(comparison.files) if comparison.files else None,
    }


def _pbin(pbin: Pbin) -> dict[str, Any]:
    return {
        "pbin": pbin.pk,
        "version": pbin.version,
        "repository": pbin.repository.name,
        "built": pbin.generated_at.isoformat() if pbin.generated_at else None,
    }


def _field(change: FieldChange) -> dict[str, Any]:
    if change.is_list:
        return {"name": change.name, "gone": list(change.gone), "new": list(change.new)}
    return {"name": change.name, "before": change.before, "after": change.after}


def _files(changes: FileChanges) -> dict[str, Any]:
    return {
        "changes": [_change(change) for change in changes.files],
        "size": {"before": changes.size_before, "after": changes.size_after},
        "provides": {"gone": list(changes.sonames_gone), "new": list(changes.sonames_new)},
        "needs": {"gone": list(changes.needs_gone), "new": list(changes.needs_new)},
    }


def _change(change: FileChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": change.kind.value,
        "before": _file(change.before) if change.before else None,
        "after": _file(change.after) if change.after else None,
    }


def _file(file: TarballFile) -> dict[str, Any]:
    return {"type": file.type.value, "size": file.size, "mode": file.permissions, "link": file.link}
