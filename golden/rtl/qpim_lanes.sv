// What one read adds to the accumulators of one slot (docs/semantics.md, 6, 7).
//
// One lane array per block that a read can bring. Block A is added before block B, and each of
// them in one addition: for a dot product the sum of its products, to the accumulator of lane 0;
// per lane, every product to the accumulator of its lane.
module qpim_lanes #(
    parameter int WPB = 4,
    parameter int K = 2,
    parameter int A = 48
) (
    input  logic                                    per_lane,
    input  logic                                    saturate,
    input  logic        [                      2:0] count,           // blocks on the bus
    input  logic        [  K*$clog2(WPB+1)-1:0] live,            // words with operands, per block
    input  logic        [K*WPB*qpim_pkg::OPERAND-1:0] streamed,        // block 0 lowest
    input  logic signed [       qpim_pkg::ZERO-1:0] streamed_zero,
    input  logic        [K*WPB*qpim_pkg::OPERAND-1:0] resident,        // what each block meets
    input  logic        [   WPB*qpim_pkg::ZERO-1:0] resident_zeros,
    input  logic        [                WPB*A-1:0] value,           // lane 0 lowest
    output logic        [              K*WPB*A-1:0] after,           // behind each block
    output logic        [                K*WPB-1:0] clipped
);

  import qpim_pkg::*;

  localparam int SUM = PRODUCT + $clog2(WPB);
  localparam int LIVE = $clog2(WPB + 1);
  localparam int BLOCK = WPB * OPERAND;

  for (genvar block = 0; block < K; block++) begin : g_block
    wire [WPB*PRODUCT-1:0] products;
    wire signed [SUM-1:0] sum;
    wire on_bus = 3'(block) < count;
    wire [WPB*A-1:0] carried, behind;  // accumulators before and behind this block

    if (block == 0) begin : g_first
      assign carried = value;
    end else begin : g_later
      assign carried = g_block[block-1].behind;
    end

    qpim_array #(
        .WPB(WPB)
    ) u_array (
        .streamed(streamed[block*BLOCK+:BLOCK]),
        .streamed_zero(streamed_zero),
        .resident(resident[block*BLOCK+:BLOCK]),
        .resident_zeros(resident_zeros),
        .live(live[block*LIVE+:LIVE]),
        .products(products),
        .sum(sum)
    );

    for (genvar lane = 0; lane < WPB; lane++) begin : g_lane
      wire signed [PRODUCT-1:0] product = products[lane*PRODUCT+:PRODUCT];
      wire signed [SUM-1:0] of_block = lane == 0 ? sum : '0;
      wire signed [A-1:0] added;
      wire clips;

      qpim_accumulate #(
          .A(A),
          .X(SUM)
      ) u_accumulate (
          .value(carried[lane*A+:A]),
          .addend(per_lane ? SUM'(product) : of_block),
          .saturate(saturate),
          .next(added),
          .clipped(clips)
      );

      assign behind[lane*A+:A] = on_bus ? added : carried[lane*A+:A];
      assign clipped[block*WPB+lane] = on_bus & clips;
    end

    assign after[block*WPB*A+:WPB*A] = behind;
  end

endmodule
