// x / 2^n for n >= 0, rounded (docs/semantics.md, 8.1).
module qpim_round #(
    parameter int N = 64
) (
    input  logic signed [N-1:0] x,
    input  logic        [  7:0] n,
    input  logic        [  2:0] rounding,
    output logic signed [N-1:0] result
);

  import qpim_pkg::*;

  wire signed [N-1:0] floor = x >>> n;
  wire [N-1:0] below = (N'(1) << (n - 8'd1)) - N'(1);
  wire half = 1'(x >>> (n - 8'd1));  // first bit shifted out; the sign for every n > N
  wire sticky = |(x & below);
  wire negative = x[N-1];

  wire carry =
      rounding == TOWARD_ZERO ? negative & (half | sticky) :
      rounding == HALF_UP ? half :
      rounding == HALF_EVEN ? half & (floor[0] | sticky) :
      rounding == HALF_AWAY ? half & (sticky | ~negative) :
      1'b0;

  assign result = n == 8'd0 ? x : floor + N'(carry);

endmodule
