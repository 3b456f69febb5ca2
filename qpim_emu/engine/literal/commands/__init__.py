"""The commands of a vault, one file each.

Every file has the same rhythm: `check` says whether the state allows the command (raising and
changing nothing otherwise), `execute` changes the state and tells the observer. How early a
command may come is in `qpim_emu.hardware.constraints`; the vault checks it for all of them.
"""
