// DRAIN: drains.txt.

task automatic do_drain(int slot);
  for (int lane = 0; lane < (per_lane ? live[LIVE-1:0] : 1); lane++) do_drain_lane(slot, lane);
endtask

task automatic do_drain_lane(int slot, int lane);
  logic [31:0] of_accumulator, pixel;
  logic [7:0] lane_, out_bank, word;
  logic [15:0] image_;
  logic [23:0] filter, out_row;
  logic signed [A-1:0] expected;
  logic signed [63:0] expected_code;
  logic [3:0] expected_clamped, overflowed;
  logic [11:0] out_column;
  scanned = $fscanf(drains, "%h %h %h %h %h %h %h %h %h %h %h %h %h", of_accumulator, lane_,
      image_, filter, pixel, expected, expected_code, expected_clamped, overflowed, out_bank,
      out_row, out_column, word);
  if (scanned != 13 || of_accumulator != address + slot || lane_ != lane ||
      filter >= filter_count) malformed("drains.txt");
  drain_line++;
  drain_address = address + slot;
  drain_lane = lane[LIVE-1:0];
  multiplier = filter_multiplier[filter];
  requantize_shift = filter_shift[filter];
  addend = filter_addend[filter];
  zero_point = filter_zero_point[filter];
  #1;
  if (accumulator !== expected)
    differs("drains.txt", drain_line, $sformatf(
            "accumulator of filter %0d, pixel %0d must be %0d, got %0d", filter, pixel, expected,
            accumulator));
  if (knows_mode) begin
    if (code !== expected_code || clamped !== expected_clamped[0])
      differs("drains.txt", drain_line, $sformatf(
              "code of %0d (filter %0d, pixel %0d) must be %0d clamped %b, got %0d %b",
              accumulator, filter, pixel, expected_code, expected_clamped[0], code, clamped));
    stage(out_bank, out_row, out_column, word);
  end
  compared_drains++;
endtask

// an output wider than a word takes the same word of the blocks that follow, low word first
task automatic stage(int out_bank, int out_row, int out_column, int word);
  int block;
  block = (out_row * BANKS + out_bank) * COLUMNS + out_column;
  for (int part = 0; part * W < output_bits; part++) begin
    staged[place((block / COLUMNS) % BANKS, block / COLUMNS / BANKS, block % COLUMNS)+word] =
        W'(code >>> part * W);
    block++;
  end
endtask
