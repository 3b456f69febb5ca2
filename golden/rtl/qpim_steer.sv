// The bus image of a read of one, two or four blocks (docs/semantics.md, 5.2).
//
// RD leaves the enabled lines where they are. RDk moves those of block j to line j * (W / k) of
// each word, so that k blocks share the lines of one; all other lines are 0.
module qpim_steer #(
    parameter int W = 16,
    parameter int WPB = 4,  // words per block
    parameter int K = 2     // most blocks per read: 1, 2 or 4
) (
    input  logic [K*WPB*W-1:0] cells,  // block 0 (lowest address) and its word 0 lowest
    input  logic [        2:0] count,  // blocks that are read: 1, 2 or 4, at most K
    input  logic [      W-1:0] mask,
    input  logic [        4:0] first,
    output logic [  WPB*W-1:0] bus
);

  for (genvar word = 0; word < WPB; word++) begin : g_word
    wire [W-1:0] in_place = cells[word*W+:W] & mask;

    if (K == 1) begin : g_one
      assign bus[word*W+:W] = in_place;
    end else begin : g_several
      wire [W-1:0] moved[K];  // enabled lines from line 0 on

      for (genvar block = 0; block < K; block++) begin : g_block
        assign moved[block] = (cells[(block*WPB+word)*W+:W] & mask) >> first;
      end

      wire [W-1:0] two = moved[0] | moved[1] << W / 2;

      if (K == 2) begin : g_two
        assign bus[word*W+:W] = count == 3'd2 ? two : in_place;
      end else begin : g_four
        wire [W-1:0] four =
            moved[0] | moved[1] << W / 4 | moved[2] << 2 * (W / 4) | moved[3] << 3 * (W / 4);
        assign bus[word*W+:W] = count == 3'd4 ? four : count == 3'd2 ? two : in_place;
      end
    end
  end

endmodule
