"""Floor 0: git repositories, tarballs, distfiles and run logs on our own disk.

The only room that runs git and opens archives. It knows neither Django, nor Paludis' formats, nor
other machines.
"""
