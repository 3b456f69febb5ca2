"""The three parameter sets that ship; `HMC_LIT` is the default.

None of these figures is Quant-PIM's: its abstract gives no energy parameter. `HMC_LIT` is put
together from the literature, `DS3_IDD` repeats a DRAM simulator's formulas, and `HBM2_MEASURED`
leans on measured devices as far as published measurements go.
"""

from __future__ import annotations

from qpim_emu.cost.parameters import Parameter, Parameters
from qpim_emu.errors import InputError
from qpim_emu.hardware.sources import Provenance

__all__ = ["DS3_IDD", "HBM2_MEASURED", "HMC_LIT", "PRESETS", "ds3_idd", "preset"]

PUBLISHED, DERIVED, ASSUMED = Provenance.PUBLISHED, Provenance.DERIVED, Provenance.ASSUMED

FGDRAM = "O'Connor et al., Fine-Grained DRAM (MICRO 2017), table 3, HBM2"
DS3 = "DRAMsim3 configs/HMC_4GB_4Lx16.ini (VDD 1.2 V, tCK 0.8 ns)"
BIT_FUSION = "Sharma et al., Bit Fusion (ISCA 2018), synthesis of fixed-width MACs"
VAMPIRE = "Ghose et al., VAMPIRE (SIGMETRICS 2018), coefficients fitted to measured DDR3L modules"


IDD2N_MW, IDD3N_MW = 22.8, 25.2
"""Standby power of `DS3`: 1.2 V x 19 mA with every bank closed, 1.2 V x 21 mA otherwise."""


def entry(
    value: float,
    provenance: Provenance,
    source: str,
    *,
    seen: tuple[float, float] | None = None,
) -> Parameter:
    """Make one parameter; `seen` is its range in the literature."""
    low, high = seen or (None, None)
    return Parameter(value=value, low=low, high=high, provenance=provenance, source=source)


LOGIC = {
    "network_pj_per_bit": entry(0.20, ASSUMED, "short on-die links of a mesh between vaults"),
    "buffer_pj_per_bit": entry(0.042, DERIVED, "CACTI, SRAM of 8 KB at 28 nm, per bit of a word"),
    "mac_2x2_pj": entry(0.057, PUBLISHED, BIT_FUSION),
    "mac_4x4_pj": entry(0.120, PUBLISHED, BIT_FUSION),
    "mac_8x8_pj": entry(0.298, PUBLISHED, BIT_FUSION),
    "mac_16x16_pj": entry(0.947, PUBLISHED, BIT_FUSION),
    "logic_static_mw_per_vault": entry(
        7.5, ASSUMED, "0.12 W / 16 vaults: Bit Fusion and CACTI leakage, an estimate"
    ),
}
"""The logic die; the same in every preset, so that they differ in the DRAM alone."""

HMC_LIT = Parameters(
    name="hmc-lit",
    values={
        "activation_pj_per_row_bit": entry(
            0.1115625,
            DERIVED,
            f"{DS3}: VDD (IDD0 (tRAS + tRP) - IDD3N tRAS - IDD2N tRP) = 228.48 pJ per 256-byte "
            "row; Fine-Grained DRAM's 909 pJ per KB agrees. Low: DRAMsim3 HBM2_8Gb_x128; high: "
            "50 % above, none seen",
            seen=(0.0505, 0.1673),
        ),
        "column_array_pj_per_bit": entry(
            1.51,
            PUBLISHED,
            f"{FGDRAM}; precharge-dominated, paid without toggles. Low and high: this part's share "
            "of DRAMsim3 HMC's 0.645 pJ/bit, and of 3.7 pJ/bit for the DRAM of a first HMC "
            "(recalled, not verified)",
            seen=(0.363, 2.085),
        ),
        "column_bus_pj_per_bit": entry(
            1.17, PUBLISHED, f"{FGDRAM}, at 50 % toggling. Range likewise", seen=(0.282, 1.615)
        ),
        "read_fixed_share": entry(
            0.05,
            DERIVED,
            "0.03..0.06 from CACTI-3DD, DRAMSpec and DreamRAM; high: measured DDR3L and HBM2 "
            f"({VAMPIRE}: 0.47..0.63 of the data-dependent part of a block of ones)",
            seen=(0.03, 0.69),
        ),
        "tsv_pj_per_bit": entry(
            0.80,
            DERIVED,
            f"{FGDRAM}: HBM I/O at 50 % toggling, an upper bound of a TSV; low: half, assumed",
            seen=(0.40, 0.80),
        ),
        "write_pj_per_bit": entry(2.68, ASSUMED, "as the column path of a read; TSVs apart"),
        "background_mw_per_vault": entry(
            30.0, DERIVED, "0.48 W / 16 vaults: DRAMsim3 HMC standby currents and CoMeT"
        ),
        "refresh_mw_per_vault": entry(3.625, DERIVED, "0.058 W / 16 vaults: CoMeT and DRAMsim3"),
        "refresh_pj_per_ref": entry(0.0, DERIVED, "spread over time instead"),
        **LOGIC,
    },
)
"""The default: published HBM2 data paths on an HMC-like stack."""

DS3_IDD = Parameters(
    name="ds3-idd",
    values={
        "activation_pj_per_row_bit": HMC_LIT.values["activation_pj_per_row_bit"],
        "column_array_pj_per_bit": entry(
            0.645,
            DERIVED,
            f"{DS3}: VDD (IDD4R - IDD3N) 8 tCK = 330.24 pJ per 64 bytes, all of a read; about a "
            "fifth of published values, so for regression",
        ),
        "column_bus_pj_per_bit": entry(0.0, DERIVED, "part of the array's figure"),
        "read_fixed_share": entry(0.0, DERIVED, "the formula knows no such share"),
        "tsv_pj_per_bit": entry(0.0, DERIVED, "part of the array's figure"),
        "write_pj_per_bit": entry(
            0.6, DERIVED, f"{DS3}: VDD (IDD4W - IDD3N) 8 tCK = 307.2 pJ per 64 bytes"
        ),
        "background_mw_per_vault": entry(
            IDD3N_MW,
            DERIVED,
            f"{DS3}: VDD IDD3N, as if a row were always open. Low: VDD IDD2N, all precharged; "
            "`ds3_idd` takes the share of both",
            seen=(IDD2N_MW, IDD3N_MW),
        ),
        "refresh_mw_per_vault": entry(0.0, DERIVED, "by command instead"),
        "refresh_pj_per_ref": entry(
            52012.8, DERIVED, f"{DS3}: VDD (IDD5AB - IDD3N) 420 tCK, its own tRFC"
        ),
        **LOGIC,
    },
)
"""DRAMsim3's formulas with its HMC currents, its unit corrected (V x mA x ns, not x cycles)."""


def ds3_idd(*, closed_share: float) -> Parameters:
    """Charge IDD2N, as DRAMsim3 does, for the time in which every bank is closed.

    Parameters
    ----------
    closed_share
        Share of the time, 0..1; counters do not tell it, a trace does
        (`qpim_emu.cost.commands`). `DS3_IDD` takes it for 0.

    Raises
    ------
    InputError
        If the share is outside 0..1.

    Examples
    --------
    >>> round(ds3_idd(closed_share=0.25)["background_mw_per_vault"], 6)
    24.6
    """
    if not 0 <= closed_share <= 1:
        msg = f"closed_share must be in 0..1, got {closed_share!r}"
        raise InputError(msg)
    background = entry(
        IDD2N_MW * closed_share + IDD3N_MW * (1 - closed_share),
        DERIVED,
        f"{DS3}: VDD IDD2N for {closed_share:.2%} of the time, VDD IDD3N for the rest",
        seen=(IDD2N_MW, IDD3N_MW),
    )
    return Parameters(
        name=f"{DS3_IDD.name}, all banks closed {closed_share:.2%} of the time",
        values={**DS3_IDD.values, "background_mw_per_vault": background},
    )


HBM2_MEASURED = Parameters(
    name="hbm2-measured",
    values={
        "activation_pj_per_row_bit": entry(
            0.11096,
            PUBLISHED,
            "O'Connor et al., Fine-Grained DRAM (MICRO 2017): 909 pJ per row of 1 KB",
            seen=(0.0505, 0.1673),
        ),
        "column_array_pj_per_bit": entry(
            0.977,
            DERIVED,
            f"{FGDRAM}: 1.51 without the fixed share below, so that a full block still costs 2.68",
            seen=(0.363, 1.51),
        ),
        "column_bus_pj_per_bit": entry(
            0.757, DERIVED, f"{FGDRAM}: 1.17, likewise", seen=(0.282, 1.17)
        ),
        "read_fixed_share": entry(
            0.545,
            DERIVED,
            f"{VAMPIRE}: (intercept - standby) over the data-dependent current of a block of ones, "
            "0.466, 0.542 and 0.626 for its three vendors; about twice that at half the ones. "
            "DDR3L, not HBM2",
            seen=(0.47, 1.25),
        ),
        "tsv_pj_per_bit": entry(0.80, PUBLISHED, f"{FGDRAM}, I/O at 50 % toggling"),
        "write_pj_per_bit": entry(2.68, ASSUMED, "as the column path of a read"),
        "background_mw_per_vault": entry(
            298.7,
            ASSUMED,
            "a third of full load when idle, 7 pJ/bit at 256 GB/s over 16 pseudo-channels; both "
            "figures recalled from HBM2 undervolting measurements (Nabavi Larimi et al., DATE "
            "2021), not verified, PHY included. Low: hmc-lit",
            seen=(30.0, 298.7),
        ),
        "refresh_mw_per_vault": entry(0.0, DERIVED, "part of the measured idle power"),
        "refresh_pj_per_ref": entry(0.0, DERIVED, "part of the measured idle power"),
        **LOGIC,
    },
)
"""Closer to measured devices: a large fixed share of every read, and a large idle power."""

PRESETS = {one.name: one for one in (HMC_LIT, DS3_IDD, HBM2_MEASURED)}
"""The parameter sets by name."""


def preset(name: str) -> Parameters:
    """Look a parameter set up by name, in any case.

    Raises
    ------
    InputError
        If there is no such set.
    """
    found = PRESETS.get(str(name).lower())
    if found is None:
        msg = f"parameters must be one of {', '.join(PRESETS)}, got {name!r}"
        raise InputError(msg)
    return found
