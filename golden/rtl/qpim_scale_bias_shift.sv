// Requantization mode `scale_bias_shift`: (a * k + l) / 2^s, floor (docs/semantics.md, 8.3).
//
// The sum is never cut; what leaves signed 64 bits behind the shift saturates there.
module qpim_scale_bias_shift (
    input  logic signed [63:0] a,
    input  logic signed [31:0] multiplier,  // k
    input  logic signed [63:0] addend,      // l
    input  logic signed [ 7:0] shift,       // s, -128..127
    output logic signed [63:0] value
);

  localparam int SUM = 97;

  wire left = shift[7];
  wire [7:0] left_by = -shift;  // 128 as well, read as unsigned
  wire signed [SUM-1:0] sum = SUM'(a) * SUM'(multiplier) + SUM'(addend);
  wire signed [SUM-1:0] shifted = sum >>> shift[6:0];
  wire signed [SUM-1:0] chosen = left ? sum : shifted;
  // it fits if all bits from bit 63 on are equal, and a shift to the left can be undone
  wire fits = &chosen[SUM-1:63] | ~|chosen[SUM-1:63];
  wire signed [63:0] moved = chosen[63:0] << left_by;
  wire signed [63:0] back = moved >>> left_by;
  wire lost = ~fits | left & (left_by > 8'd63 ? |chosen : back != chosen[63:0]);
  wire signed [63:0] limit = sum[SUM-1] ? {1'b1, 63'd0} : {1'b0, ~63'd0};

  assign value = lost ? limit : left ? moved : chosen[63:0];

endmodule
