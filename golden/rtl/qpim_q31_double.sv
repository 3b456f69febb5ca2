// Requantization mode `q31_double`: a * m / 2^(31 + s), rounded twice (docs/semantics.md, 8.4).
module qpim_q31_double (
    input  logic signed [31:0] a,
    input  logic signed [31:0] multiplier,  // m
    input  logic signed [ 7:0] shift,       // s, -31..31
    output logic signed [31:0] value
);

  wire [7:0] left = shift[7] ? -shift : 8'd0;
  wire [7:0] right = shift[7] ? 8'd0 : shift;
  wire signed [31:0] x = a << left;  // wraps at 32 bits
  wire signed [63:0] product = 64'(x) * 64'(multiplier);
  wire signed [32:0] high = 33'((product + 64'sd1073741824) >>> 31);
  // 2^31, the square of the most negative number, is the only result of 33 bits
  wire signed [31:0] h = high[32:31] == 2'b01 ? 32'sh7fffffff : high[31:0];

  qpim_round #(
      .N(32)
  ) u_round (
      .x(h),
      .n(right),
      .rounding(qpim_pkg::HALF_AWAY),
      .result(value)
  );

endmodule
