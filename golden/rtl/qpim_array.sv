// A lane array: the products of a streamed block with a resident one (docs/semantics.md, 6).
//
// Zero points are subtracted as operands enter. Products of tail words, from word `live` on, are
// discarded whatever those words hold.
module qpim_array #(
    parameter int WPB = 4,
    parameter int SUM = qpim_pkg::PRODUCT + $clog2(WPB)
) (
    input  logic        [WPB*qpim_pkg::OPERAND-1:0] streamed,
    input  logic signed [       qpim_pkg::ZERO-1:0] streamed_zero,
    input  logic        [WPB*qpim_pkg::OPERAND-1:0] resident,
    input  logic        [   WPB*qpim_pkg::ZERO-1:0] resident_zeros,  // one per lane
    input  logic        [          $clog2(WPB+1)-1:0] live,            // words with operands
    output logic        [WPB*qpim_pkg::PRODUCT-1:0] products,        // signed, lane 0 lowest
    output logic signed [                  SUM-1:0] sum              // of all of them, exact
);

  import qpim_pkg::*;

  for (genvar lane = 0; lane < WPB; lane++) begin : g_lane
    wire signed [OPERAND-1:0] a = streamed[lane*OPERAND+:OPERAND];
    wire signed [OPERAND-1:0] w = resident[lane*OPERAND+:OPERAND];
    wire signed [ZERO-1:0] w_zero = resident_zeros[lane*ZERO+:ZERO];
    wire signed [ZERO-1:0] a_centred = ZERO'(a) - streamed_zero;
    wire signed [ZERO-1:0] w_centred = ZERO'(w) - w_zero;
    wire signed [PRODUCT-1:0] product = PRODUCT'(a_centred) * PRODUCT'(w_centred);

    assign products[lane*PRODUCT+:PRODUCT] = $bits(live)'(lane) < live ? product : '0;
  end

  always_comb begin
    sum = '0;
    for (int lane = 0; lane < WPB; lane++) begin
      sum = sum + SUM'($signed(products[lane*PRODUCT+:PRODUCT]));
    end
  end

endmodule
