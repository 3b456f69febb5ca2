// The lane side of the bus: operands of one block of the last read (docs/semantics.md, 5.3, 3.3).
//
// Lines that only their group enabled are dropped here.
module qpim_unpack #(
    parameter int W = 16,
    parameter int WPB = 4
) (
    input  logic [                    WPB*W-1:0] bus,
    input  logic [                          2:0] count,      // blocks on the bus
    input  logic [                          1:0] part,       // which of them
    input  logic [                          4:0] precision,
    input  logic [                          4:0] shift,
    input  logic [                          4:0] first,
    input  logic [                          1:0] encoding,
    output logic [WPB*qpim_pkg::OPERAND-1:0] operands    // signed, word 0 lowest
);

  import qpim_pkg::*;

  // distance of the blocks that share a bus
  wire [4:0] pitch = count == 3'd4 ? 5'(W / 4) : 5'(W / 2);
  wire [4:0] line = count == 3'd1 ? shift : 5'(part) * pitch + shift - first;
  wire [OPERAND-1:0] field_mask = (OPERAND'(1) << precision) - OPERAND'(1);

  for (genvar word = 0; word < WPB; word++) begin : g_word
    wire [OPERAND-1:0] field = OPERAND'(bus[word*W+:W]) >> line & field_mask;
    wire sign = |(field & (OPERAND'(1) << (precision - 5'd1)));
    wire [OPERAND-1:0] extended = sign ? field | ~field_mask : field;
    wire [OPERAND-1:0] plus_or_minus_one = field[0] ? OPERAND'(1) : ~OPERAND'(0);

    assign operands[word*OPERAND+:OPERAND] =
        encoding == SIGNED ? extended : encoding == BIPOLAR ? plus_or_minus_one : field;
  end

endmodule
