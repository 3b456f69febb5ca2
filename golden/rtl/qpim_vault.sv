// The logic-die side of a vault: gating, bus, PE buffer, lanes, accumulators, requantization.
//
// DRAM cells and the controller are outside: `cells` are the blocks that the column addresses.
// Strobes, sampled at the rising edge; those that touch different state may share a clock:
//
//   mode    set the window of the following reads                    docs/semantics.md, 4
//   load    the blocks on the bus go to the PE buffer                 6
//   zeros   set the zero-point registers                              6
//   start   an accumulator address starts, a bias per lane            7
//   stream  every block on the bus meets slots 0..slots-1             6
//
// The bus image (5.2) and the drained output (8) are combinational.
module qpim_vault #(
    parameter int W = 16,             // bits of a word
    parameter int WPB = 4,            // words per block, lanes per array
    parameter int K = 2,              // most blocks per read: 1, 2 or 4
    parameter int G = 1,              // gate granularity
    parameter int F = 1,              // filters per pass
    parameter int A = 48,             // bits of an accumulator
    parameter int BUFFER = 64,        // blocks in the PE buffer
    parameter int ACCUMULATORS = 256  // accumulator addresses, each of WPB lanes
) (
    input logic clk,

    // MODE
    input logic       mode,
    input logic [4:0] precision,
    input logic [4:0] shift,
    input logic [1:0] encoding,

    // RD: the addressed cells, and what the data lines carry
    input  logic [K*WPB*W-1:0] cells,
    input  logic [        2:0] count,
    output logic [      W-1:0] mask,
    output logic [        2:0] most,      // blocks that a read through the window can bring
    output logic [  WPB*W-1:0] bus,
    output logic [K*WPB*qpim_pkg::OPERAND-1:0] operands,

    // LOAD: buffer address of the first block
    input logic                      load,
    input logic [$clog2(BUFFER)-1:0] load_address,

    // zero-point registers: one for what streams, one per slot and lane for what is resident
    input logic                                    zeros,
    input logic signed [    qpim_pkg::ZERO-1:0] streamed_zero,
    input logic        [F*WPB*qpim_pkg::ZERO-1:0] resident_zeros,

    // START
    input logic                            start,
    input logic [$clog2(ACCUMULATORS)-1:0] start_address,
    input logic [               WPB*A-1:0] start_value,

    // STREAM: slot s meets buffer blocks resident[s], resident[s] + 1, .. and adds to `address` + s
    input  logic                              stream,
    input  logic                              per_lane,
    input  logic                              saturate,
    input  logic [           $clog2(F+1)-1:0] slots,
    input  logic [      F*$clog2(BUFFER)-1:0] resident,
    input  logic [  $clog2(ACCUMULATORS)-1:0] address,
    input  logic [    K*$clog2(WPB+1)-1:0] live,
    output logic [             F*K*WPB*A-1:0] after,    // accumulators behind each block
    output logic [                 F*K*WPB-1:0] clipped,

    // DRAIN: one lane of an accumulator address
    input  logic        [$clog2(ACCUMULATORS)-1:0] drain_address,
    input  logic        [         $clog2(WPB+1)-1:0] drain_lane,
    input  logic        [                     3:0] requantize_mode,
    input  logic        [                     2:0] rounding,
    input  logic signed [                     7:0] requantize_shift,
    input  logic signed [                    31:0] multiplier,
    input  logic signed [                    63:0] addend,
    input  logic signed [                    31:0] zero_point,
    input  logic signed [                    47:0] low,
    input  logic signed [                    47:0] high,
    output logic signed [                   A-1:0] accumulator,
    output logic signed [                    63:0] code,
    output logic                                   clamped
);

  import qpim_pkg::*;

  localparam int AT = $clog2(BUFFER);
  localparam int BLOCK = WPB * OPERAND;

  // MODE, RD

  logic [4:0] window_precision, window_shift;
  logic [1:0] window_encoding;
  wire  [4:0] first;

  always_ff @(posedge clk) begin
    if (mode) begin
      window_precision <= precision;
      window_shift <= shift;
      window_encoding <= encoding;
    end
  end

  qpim_gate #(
      .W(W),
      .K(K),
      .G(G)
  ) u_gate (
      .precision(window_precision),
      .shift(window_shift),
      .mask(mask),
      .first(first),
      .most(most)
  );

  qpim_steer #(
      .W(W),
      .WPB(WPB),
      .K(K)
  ) u_steer (
      .cells(cells),
      .count(count),
      .mask(mask),
      .first(first),
      .bus(bus)
  );

  for (genvar part = 0; part < K; part++) begin : g_part
    qpim_unpack #(
        .W(W),
        .WPB(WPB)
    ) u_unpack (
        .bus(bus),
        .count(count),
        .part(2'(part)),
        .precision(window_precision),
        .shift(window_shift),
        .first(first),
        .encoding(window_encoding),
        .operands(operands[part*BLOCK+:BLOCK])
    );
  end

  // LOAD, zero points

  logic [BLOCK-1:0] buffer[BUFFER];
  logic signed [ZERO-1:0] streamed_zero_register;
  logic [F*WPB*ZERO-1:0] resident_zero_registers;

  always_ff @(posedge clk) begin
    for (int part = 0; part < K; part++) begin
      if (load && 3'(part) < count) begin
        buffer[load_address+AT'(part)] <= operands[part*BLOCK+:BLOCK];
      end
    end
    if (zeros) begin
      streamed_zero_register <= streamed_zero;
      resident_zero_registers <= resident_zeros;
    end
  end

  // STREAM

  logic [WPB*A-1:0] accumulators[ACCUMULATORS];

  for (genvar slot = 0; slot < F; slot++) begin : g_slot
    wire [K*BLOCK-1:0] met;

    for (genvar part = 0; part < K; part++) begin : g_met
      assign met[part*BLOCK+:BLOCK] = buffer[resident[slot*AT+:AT]+AT'(part)];
    end

    qpim_lanes #(
        .WPB(WPB),
        .K(K),
        .A(A)
    ) u_lanes (
        .per_lane(per_lane),
        .saturate(saturate),
        .count(count),
        .live(live),
        .streamed(operands),
        .streamed_zero(streamed_zero_register),
        .resident(met),
        .resident_zeros(resident_zero_registers[slot*WPB*ZERO+:WPB*ZERO]),
        .value(accumulators[address+$bits(address)'(slot)]),
        .after(after[slot*K*WPB*A+:K*WPB*A]),
        .clipped(clipped[slot*K*WPB+:K*WPB])
    );
  end

  always_ff @(posedge clk) begin
    if (start) accumulators[start_address] <= start_value;
    for (int slot = 0; slot < F; slot++) begin
      if (stream && $bits(slots)'(slot) < slots) begin
        accumulators[address+$bits(address)'(slot)] <= after[(slot*K+K-1)*WPB*A+:WPB*A];
      end
    end
  end

  // DRAIN

  wire [WPB*A-1:0] drained = accumulators[drain_address];
  assign accumulator = drained[drain_lane*A+:A];

  qpim_requantize #(
      .A(A)
  ) u_requantize (
      .accumulator(accumulator),
      .mode(requantize_mode),
      .rounding(rounding),
      .shift(requantize_shift),
      .multiplier(multiplier),
      .addend(addend),
      .zero_point(zero_point),
      .low(low),
      .high(high),
      .code(code),
      .clamped(clamped)
  );

endmodule
