// I/O gating: which data lines of a word a window enables (docs/semantics.md, 4, 5.1).
//
// Lines are switched in groups of G, a power of two that divides W; with G = 1 every bit has a
// switch of its own and the gating mask is the operand mask.
module qpim_gate #(
    parameter int W = 16,
    parameter int K = 2,  // most blocks per read: 1, 2 or 4
    parameter int G = 1
) (
    input  logic [  4:0] precision,  // p, 1..W
    input  logic [  4:0] shift,      // lo, with lo + p <= W
    output logic [W-1:0] mask,       // gating mask, the same in every word of a block
    output logic [  4:0] first,      // first enabled line
    output logic [  2:0] most        // blocks whose enabled lines fit into a word together
);

  localparam logic [4:0] WITHIN_GROUP = 5'(G - 1);

  wire [4:0] past = (shift + precision + WITHIN_GROUP) & ~WITHIN_GROUP;
  wire [4:0] lines = past - first;

  assign first = shift & ~WITHIN_GROUP;
  assign most =
      K >= 4 && lines <= 5'(W / 4) ? 3'd4 :
      K >= 2 && lines <= 5'(W / 2) ? 3'd2 :
      3'd1;

  for (genvar line = 0; line < W; line++) begin : g_line
    assign mask[line] = first <= 5'(line) && 5'(line) < past;
  end

endmodule
