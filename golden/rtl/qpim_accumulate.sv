// One addition to an accumulator (docs/semantics.md, 7): it wraps, or clips to the format.
module qpim_accumulate #(
    parameter int A = 48,  // bits of the accumulator, 8..64
    parameter int X = 37   // bits of what is added
) (
    input  logic signed [A-1:0] value,
    input  logic signed [X-1:0] addend,
    input  logic                saturate,  // otherwise wrap
    output logic signed [A-1:0] next,
    output logic                clipped
);

  localparam int EXACT = (A > X ? A : X) + 1;
  localparam logic [A-1:0] MOST_POSITIVE = {1'b0, {A - 1{1'b1}}};
  localparam logic [A-1:0] MOST_NEGATIVE = {1'b1, {A - 1{1'b0}}};

  wire signed [EXACT-1:0] exact = EXACT'(value) + EXACT'(addend);
  // it fits if all bits from the accumulator's sign on are equal
  wire [EXACT-A:0] head = exact[EXACT-1:A-1];
  wire fits = &head | ~|head;
  wire negative = exact[EXACT-1];

  assign clipped = saturate & ~fits;
  assign next = clipped ? (negative ? MOST_NEGATIVE : MOST_POSITIVE) : exact[A-1:0];

endmodule
