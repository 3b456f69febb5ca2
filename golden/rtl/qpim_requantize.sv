// From an accumulator to an output code: the mode, the zero point, the clamp (docs/semantics.md, 8).
module qpim_requantize #(
    parameter int A = 48  // bits of the accumulator
) (
    input  logic signed [A-1:0] accumulator,
    input  logic        [  3:0] mode,
    input  logic        [  2:0] rounding,
    input  logic signed [  7:0] shift,
    input  logic signed [ 31:0] multiplier,
    input  logic signed [ 63:0] addend,
    input  logic signed [ 31:0] zero_point,
    input  logic signed [ 47:0] low,
    input  logic signed [ 47:0] high,
    output logic signed [ 63:0] code,
    output logic                clamped
);

  import qpim_pkg::*;

  wire signed [63:0] wide = 64'(accumulator);
  wire signed [63:0] shifted;
  wire signed [63:0] scaled;
  wire signed [31:0] rescaled;

  qpim_shift u_shift (
      .a(wide),
      .shift(shift),
      .rounding(rounding),
      .value(shifted)
  );

  qpim_scale_bias_shift u_scale_bias_shift (
      .a(wide),
      .multiplier(multiplier),
      .addend(addend),
      .shift(shift),
      .value(scaled)
  );

  qpim_q31_double u_q31_double (
      .a(wide[31:0]),
      .multiplier(multiplier),
      .shift(shift),
      .value(rescaled)
  );

  wire signed [63:0] value =
      mode == Q31_DOUBLE ? 64'(rescaled) :
      mode == SCALE_BIAS_SHIFT ? scaled :
      shifted;
  wire signed [64:0] exact = 65'(value) + 65'(zero_point);
  wire below = exact < 65'(low);
  wire above = exact > 65'(high);

  assign clamped = mode != NONE && (below || above);
  assign code =
      mode == NONE ? wide :
      below ? 64'(low) :
      above ? 64'(high) :
      exact[63:0];

endmodule
