"""How a command runs and a file moves on another machine; the only room that knows paramiko."""
