class Refused(Exception):
    """What was asked for can't be done; the message says why and what to do instead."""
