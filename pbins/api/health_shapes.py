"""What is wrong with a repository, as JSON."""

from pbins.api.shapes import Shape
from pbins.models import Finding
from pbins.services.repairing import repairs_of


def finding_shape(finding: Finding) -> Shape:
    return {
        "finding": finding.pk,
        "kind": finding.kind,
        "what": finding.what,
        "details": finding.details,
        "found_at": finding.found_at,
        "attempt": finding.attempt,
        "repairs": [how.value for how in repairs_of(finding)],
    }
