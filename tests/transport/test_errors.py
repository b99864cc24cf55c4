"""What can go wrong between the portal and a host."""

import subprocess
import sys


def test_who_knows_only_the_errors_does_not_load_paramiko() -> None:
    asked = "import sys, pbins.transport.errors; sys.exit('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
