"""The plan as `cave resolve` prints it (FACTS 4.4)."""

from collections import Counter

from demo.cave.choices import render_descriptions, render_options
from demo.cave.configuration import Configuration
from demo.cave.decisions import CREATE_BINARY, Change, Resolution, Undecided
from demo.cave.manifest import bytes_to_download

NEW_LETTERS = "nsv"
TOTALS = {
    "n": "new installs",
    "s": "new slot installs",
    "u": "upgrades",
    "r": "reinstalls",
    "d": "downgrades",
}
PERMISSIONS = {
    "downgrade": "--permit-downgrade",
    "not_best": "--permit-old-version",
    "masked": "being unmasked",
    "changed_choices": "user configuration changes",
}


class Display:
    """`descriptions` and `option_descriptions`: `none`, `new` or `all`."""

    def __init__(
        self,
        configuration: Configuration,
        resolution: Resolution,
        *,
        descriptions: str = "new",
        option_descriptions: str = "new",
    ) -> None:
        self.configuration = configuration
        self.resolution = resolution
        self.descriptions = descriptions
        self.option_descriptions = option_descriptions

    def render(self, *, to_terminal: bool) -> str:
        """What reaches standard output.

        Into a file or pipe a real cave loses what it has not flushed, and it flushes only after
        the legend of options and after errors: with neither, nothing of the plan is printed
        (transcripts 05, 11b, 16, 17 and 36).
        """
        legend, errors = self._legend(), self._errors()
        if not (legend or errors or to_terminal):
            return ""
        return self._changes() + self._blocked() + self._untaken() + legend + errors

    def _changes(self) -> str:
        shown = self.resolution.confirmed + self.resolution.masked
        text = "These are the actions I will take, in order:\n\n"
        if not shown:
            return f"{text}(nothing to do)\n"
        ordered = [each for each in self.resolution.changes if each in shown]
        text += "".join(self._change(each) for each in ordered)
        totals = self._totals(self.resolution.confirmed)
        return text + (f"Total: {totals}\n\n" if totals else "")

    def _change(self, change: Change, *, more: str = "", taken: bool = True) -> str:
        letter = change.letter if change.best else f"-{change.letter}"
        lines = [f"{letter if taken else f'({letter})':<4}{self._header(change)}"]
        summary = change.origin.keys.get("SUMMARY", "")
        if summary and self._describes(self.descriptions, change):
            lines.append(f'"{summary}"')
        lines.append(render_options(change.origin, change.enabled))
        lines.append(f"Reasons: {', '.join(change.reasons)}")
        lines += self._masks(change)
        if size := bytes_to_download(self.configuration, change.origin):
            lines.append(f"{_kilobytes(size)} to download")
        return "\n    ".join(lines) + f"\n{more}\n"

    def _header(self, change: Change) -> str:
        resolvent, origin = change.resolvent, change.origin
        binary = resolvent.destination == CREATE_BINARY
        destination = self.resolution.destination if binary else "installed"
        text = f"{resolvent.name}:{resolvent.slot}::{origin.repository}"
        text += "" if change.best else " (not the best version)"
        text += f" {origin.version} to ::{destination}"
        if change.via_binary:
            text += f" via binary created in {self.resolution.destination}"
        if change.replacing:
            text += f" replacing {', '.join(each.version for each in change.replacing)}"
        return text

    def _masks(self, change: Change) -> list[str]:
        if not self.configuration.is_masked(change.origin):
            return []
        if self.configuration.accepts_platform(change.origin):
            return ["Masked by user"]
        supported = " ".join(change.origin.platforms)
        return ["Masked by platform", f"    Supported platforms {supported}"]

    def _totals(self, changes: list[Change]) -> str:
        binaries = sum(each.resolvent.destination == CREATE_BINARY for each in changes)
        installs = Counter(
            each.letter for each in changes if each.resolvent.destination != CREATE_BINARY
        )
        parts = [
            f"{installs[letter]} {words}" for letter, words in TOTALS.items() if installs[letter]
        ]
        parts += [f"{binaries} binaries"] if binaries else []
        size = sum(bytes_to_download(self.configuration, each.origin) for each in changes)
        parts += [f"{_kilobytes(size)} to download"] if size else []
        return ", ".join(parts)

    def _blocked(self) -> str:
        blocked = [
            each for each in self.resolution.unconfirmed if "masked" not in each.confirmations
        ]
        if not blocked:
            return ""
        text = "I cannot proceed without being permitted to do the following:\n\n"
        for change in blocked:
            without = ", ".join(PERMISSIONS[kind] for kind in change.confirmations)
            text += self._change(change, more=f"    Cannot proceed without: {without}\n")
        return text

    def _untaken(self) -> str:
        if not self.resolution.untaken:
            return ""
        text = "I did not take the following:\n\n"
        for change in self.resolution.untaken:
            text += self._change(change, more="    Take using: --take\n", taken=False)
        return text

    def _legend(self) -> str:
        every = self.resolution.changes + self.resolution.untaken
        return render_descriptions(
            [each.origin for each in every if self._describes(self.option_descriptions, each)]
        )

    def _errors(self) -> str:
        if not self.resolution.undecided:
            return ""
        text = "I encountered the following errors:\n\n"
        return text + "".join(map(_undecided, self.resolution.undecided)) + "\n"

    def _describes(self, wanted: str, change: Change) -> bool:
        return wanted == "all" or (wanted == "new" and change.letter in NEW_LETTERS)


def _undecided(each: Undecided) -> str:
    candidates = "".join(f"      * {candidate}\n" for candidate in each.candidates)
    return f"!   {each.wish}\n    Reasons: {each.reason}\n    Unsuitable candidates:\n{candidates}"


def _kilobytes(size: int) -> str:
    return f"{size / 1024:.2f} kBytes"


def required_confirmations(resolution: Resolution) -> str:
    """What `cave print-resolution-required-confirmations` prints."""
    return "".join(
        f"{change.resolvent} {kind}"
        + (f" {' '.join(change.changed_options)}" if kind == "changed_choices" else "")
        + "\n"
        for change in resolution.unconfirmed
        for kind in change.confirmations
    )
