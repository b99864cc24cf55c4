"""The demo fleet: stand-in hosts on loopback with a stand-in `cave`. No Paludis is in here."""
