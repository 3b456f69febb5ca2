// Requantization mode `shift`: a / 2^s (docs/semantics.md, 8.2).
//
// A negative s shifts left, and what leaves signed 64 bits there saturates.
module qpim_shift (
    input  logic signed [63:0] a,
    input  logic signed [ 7:0] shift,     // s, -128..127
    input  logic        [ 2:0] rounding,
    output logic signed [63:0] value
);

  wire left = shift[7];
  wire [7:0] left_by = -shift;  // 128 as well, read as unsigned
  wire signed [63:0] rounded;
  wire signed [63:0] moved = a << left_by;
  wire signed [63:0] back = moved >>> left_by;
  wire lost = left_by > 8'd63 ? |a : back != a;
  wire signed [63:0] limit = a[63] ? {1'b1, 63'd0} : {1'b0, ~63'd0};

  qpim_round #(
      .N(64)
  ) u_round (
      .x(a),
      .n(shift),
      .rounding(rounding),
      .result(rounded)
  );

  assign value = !left ? rounded : lost ? limit : moved;

endmodule
