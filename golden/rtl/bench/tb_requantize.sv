// Replays a file of requantization cases: one accumulator and its code per line.
//
//   +cases=FILE   lines of eleven hexadecimal fields, two's complement at the widths below:
//                 mode rounding shift multiplier addend zero_point low high accumulator code clamped
//
// The last line printed is `PASS` or `FAIL` with the numbers of cases and differences.
module tb_requantize;

  localparam int A = 64;
  localparam int FIELDS = 11;

  logic signed [A-1:0] accumulator;
  logic [3:0] mode, rounding;
  logic signed [7:0] shift;
  logic signed [31:0] multiplier, zero_point;
  logic signed [47:0] low, high;
  logic signed [63:0] addend, expected, code;
  logic expected_clamped, clamped;

  qpim_requantize #(
      .A(A)
  ) u_requantize (
      .accumulator(accumulator),
      .mode(mode),
      .rounding(rounding[2:0]),
      .shift(shift),
      .multiplier(multiplier),
      .addend(addend),
      .zero_point(zero_point),
      .low(low),
      .high(high),
      .code(code),
      .clamped(clamped)
  );

  string path;
  int file, cases, differences;

  initial begin
    if (!$value$plusargs("cases=%s", path)) $fatal(1, "+cases=FILE is missing");
    file = $fopen(path, "r");
    if (file == 0) $fatal(1, "%s cannot be read", path);
    while ($fscanf(file, "%h %h %h %h %h %h %h %h %h %h %h", mode, rounding, shift, multiplier,
                   addend, zero_point, low, high, accumulator, expected, expected_clamped) == FIELDS) begin
      #1 cases++;
      if (code !== expected || clamped !== expected_clamped) begin
        if (differences == 0)
          $display("%s:%0d: code %0d clamped %b, got %0d %b", path, cases, expected,
                   expected_clamped, code, clamped);
        differences++;
      end
    end
    $display("%s requantize: %0d cases, %0d differences",
             differences == 0 && cases > 0 ? "PASS" : "FAIL", cases, differences);
    $finish;
  end

endmodule
