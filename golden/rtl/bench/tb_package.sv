// Replays golden packages (golden/README.md) on qpim_vault and compares everything it computes.
//
//   +package=DIR   folder that the folders of the list are relative to
//   +replay=FILE   list of replays, DIR/replay.txt unless given: one vault of one run per line
//
// Compared per replay: gating masks and blocks per read, every bus image, operands in the PE
// buffer, every addition to an accumulator, every drained accumulator and output, every written
// block, and the banks afterwards. The bench plays the DRAM cells and the controller. Outputs of
// modes that the RTL does not have are taken from the package, and the line says so.
//
// It prints a line per replay that begins with `PASS` or `FAIL`; of a failing one first where it
// diverges. The last line counts both, and the simulator's exit status is not 0 if any failed.
module tb_package;

  import qpim_pkg::*;

  // what the packages of a list have in common; layer.txt is checked against it
  parameter int W = 16;
  parameter int WPB = 4;
  parameter int K = 2;
  parameter int G = 1;
  parameter int F = 1;
  parameter int A = 48;
  parameter int BANKS = 2;
  parameter int COLUMNS = 4;
  parameter int WORDS = 2048;  // of a bank that are kept; addresses beyond are refused

  localparam int BUFFER = 4096;
  localparam int ACCUMULATORS = 65536;
  localparam int AT = $clog2(BUFFER);
  localparam int LIVE = $clog2(WPB + 1);

  // commands.txt: `op` and `phase`
  localparam logic [3:0] MODE = 4'd0;
  localparam logic [3:0] RD = 4'd2;
  localparam logic [3:0] WR = 4'd3;
  localparam logic [3:0] LOAD = 4'd0;
  localparam logic [3:0] STREAM = 4'd1;

  // ---------------------------------------------------------------- the vault

  logic clk = 0;
  logic mode = 0, load = 0, zeros = 0, start = 0, stream = 0, per_lane, saturate;
  logic [4:0] precision, shift;
  logic [1:0] encoding;
  logic [K*WPB*W-1:0] block_cells;
  logic [2:0] count, most;
  logic [W-1:0] mask;
  logic [WPB*W-1:0] bus;
  logic [K*WPB*OPERAND-1:0] operands;
  logic [AT-1:0] load_address;
  logic signed [ZERO-1:0] streamed_zero;
  logic [F*WPB*ZERO-1:0] resident_zeros;
  logic [$clog2(ACCUMULATORS)-1:0] start_address, address, drain_address;
  logic [WPB*A-1:0] start_value;
  logic [$clog2(F+1)-1:0] slots;
  logic [F*AT-1:0] resident;
  logic [K*LIVE-1:0] live;
  logic [F*K*WPB*A-1:0] after;
  logic [F*K*WPB-1:0] clipped;
  logic [LIVE-1:0] drain_lane;
  logic [3:0] requantize_mode;
  logic [2:0] rounding;
  logic signed [7:0] requantize_shift;
  logic signed [31:0] multiplier, zero_point;
  logic signed [47:0] low, high;
  logic signed [A-1:0] accumulator;
  logic signed [63:0] addend, code;
  logic clamped;

  qpim_vault #(
      .W(W), .WPB(WPB), .K(K), .G(G), .F(F), .A(A), .BUFFER(BUFFER), .ACCUMULATORS(ACCUMULATORS)
  ) u_vault (
      .cells(block_cells),
      .*
  );

  task automatic tick;
    #1 clk = 1;
    #1 clk = 0;
  endtask

  // ---------------------------------------------------------------- files

  string package_folder, vault_folder, layer_folder, where;
  int commands, buses, buffers, starts, macs, adds, drains;  // files
  int bus_line, buffer_line, add_line, drain_line;             // last one read of each
  int command;                                                 // number of the record
  int scanned;

  bit failed;
  int compared_reads, compared_loads, compared_adds, compared_drains, compared_words;
  bit knows_mode;  // whether the RTL has the layer's requantization

  // a file behind its header line
  function automatic int opened(string path);
    int letter;
    opened = $fopen(path, "r");
    if (opened == 0) $fatal(1, "%s cannot be read", path);
    letter = 0;
    while (letter != "\n" && letter >= 0) letter = $fgetc(opened);
  endfunction

  task automatic malformed(string what);
    $fatal(1, "%s/%s, command %0d: malformed record of %s", package_folder, vault_folder, command,
           what);
  endtask

  // nothing may be left of a file once all commands were carried out
  task automatic finished(int file, string what);
    string left;
    if (!failed && $fscanf(file, "%s", left) == 1) malformed(what);
  endtask

  // report the first difference of a replay, with the line of the file that says otherwise
  task automatic differs(string file, int line, string what);
    if (!failed)
      $display("  %0s/%0s/%0s:%0d: command %0d: %0s", package_folder, vault_folder, file, line,
               command, what);
    failed = 1;
  endtask

  `include "layer.svh"
  `include "cells.svh"
  `include "load.svh"
  `include "stream.svh"
  `include "drain.svh"

  // ---------------------------------------------------------------- commands

  logic [31:0] cycle;
  logic [3:0] op, phase, blocks, window_code;
  logic [7:0] bank, window_lo, window_bits;
  logic [23:0] row;
  logic [11:0] column;
  logic [15:0] expected_mask;
  logic [W-1:0] expected_bus[WPB];

  task automatic read_bus;
    logic [31:0] of_command;
    scanned = $fscanf(buses, "%h", of_command);
    for (int word = 0; word < WPB; word++) scanned += $fscanf(buses, "%h", expected_bus[word]);
    if (scanned != WPB + 1 || of_command != command) malformed("bus.txt");
    bus_line++;
  endtask

  task automatic compare_mask;
    if (mask !== expected_mask[W-1:0])
      differs("commands.txt", command + 2, $sformatf("gating mask must be %h, got %h",
              expected_mask[W-1:0], mask));
  endtask

  task automatic do_mode;
    precision = window_bits[4:0];
    shift = window_lo[4:0];
    encoding = window_code[1:0];
    mode = 1;
    tick;
    mode = 0;
    compare_mask;
    if (most !== blocks[2:0])
      differs("commands.txt", command + 2, $sformatf(
              "blocks per read must be at most %0d, got %0d", blocks, most));
  endtask

  task automatic do_read;
    int at;
    block_cells = 'x;
    for (int part = 0; part < blocks; part++) begin
      at = place(bank, row, column + part);
      for (int word = 0; word < WPB; word++) block_cells[(part*WPB+word)*W+:W] = cells[at+word];
    end
    count = blocks[2:0];
    #1 read_bus;
    for (int word = 0; word < WPB; word++) begin
      if (bus[word*W+:W] !== expected_bus[word])
        differs("bus.txt", bus_line, $sformatf("word %0d of the bus must be %h, got %h", word,
                expected_bus[word], bus[word*W+:W]));
    end
    compare_mask;
    compared_reads++;
    if (phase == LOAD) do_load;
    if (phase == STREAM) do_stream;
  endtask

  task automatic do_write;
    int at;
    logic [W-1:0] word_;
    at = place(bank, row, column);
    read_bus;
    for (int word = 0; word < WPB; word++) begin
      word_ = knows_mode ? staged[at+word] : expected_bus[word];
      if (word_ !== expected_bus[word])
        differs("bus.txt", bus_line, $sformatf("word %0d written must be %h, got %h", word,
                expected_bus[word], word_));
      cells[at+word] = word_;
    end
  endtask

  // ---------------------------------------------------------------- a replay

  task automatic replay(bit is_layer);
    string verdict, outputs;
    where = {package_folder, "/", vault_folder};
    failed = 0;
    knows_mode = 0;
    command = 0;
    mac_number = 0;
    bus_line = 1;
    buffer_line = 1;
    add_line = 1;
    drain_line = 1;
    compared_reads = 0;
    compared_loads = 0;
    compared_adds = 0;
    compared_drains = 0;
    compared_words = 0;
    commands = opened({where, "/commands.txt"});
    buses = opened({where, "/bus.txt"});
    if (is_layer) begin
      read_layer;
      read_filters;
      buffers = opened({where, "/buffer.txt"});
      starts = opened({where, "/starts.txt"});
      macs = opened({where, "/macs.txt"});
      adds = opened({where, "/adds.txt"});
      drains = opened({where, "/drains.txt"});
      next_mac;
    end
    fill_cells;
    do_commands;
    finished(commands, "commands.txt");
    finished(buses, "bus.txt");
    if (is_layer) begin
      if (!failed && mac_valid) malformed("macs.txt");
      finished(macs, "macs.txt");
      finished(buffers, "buffer.txt");
      finished(starts, "starts.txt");
      finished(adds, "adds.txt");
      finished(drains, "drains.txt");
    end
    compare_cells;
    $fclose(commands);
    $fclose(buses);
    if (is_layer) begin
      $fclose(buffers);
      $fclose(starts);
      $fclose(macs);
      $fclose(adds);
      $fclose(drains);
    end
    verdict = "PASS";
    if (failed) verdict = "FAIL";
    if (!is_layer) outputs = "none";
    else if (knows_mode) outputs = "compared";
    else outputs = $sformatf("mode-%0d-is-not-in-RTL", requantize_mode);
    $display("%0s %0s reads=%0d loads=%0d adds=%0d drains=%0d words=%0d outputs=%0s", verdict,
             vault_folder, compared_reads, compared_loads, compared_adds, compared_drains,
             compared_words, outputs);
  endtask

  task automatic do_commands;
    while (!failed && $fscanf(commands, "%h %h %h %h %h %h %h %h %h %h %h", cycle, op, phase, bank, row,
                   column, blocks, expected_mask, window_lo, window_bits, window_code) == 11) begin
      if (bank >= BANKS || blocks > K && op == RD) malformed("commands.txt");
      case (op)
        MODE: do_mode;
        RD: do_read;
        WR: do_write;
        default: ;  // rows and refresh move no data lines
      endcase
      command++;
    end
  endtask

  string list_path;
  int list, is_layer, passed, failures;

  initial begin
    if (!$value$plusargs("package=%s", package_folder)) $fatal(1, "+package=DIR is missing");
    if (!$value$plusargs("replay=%s", list_path)) list_path = {package_folder, "/replay.txt"};
    list = $fopen(list_path, "r");
    if (list == 0) $fatal(1, "%s cannot be read", list_path);
    while ($fscanf(list, "%s %s %d", vault_folder, layer_folder, is_layer) == 3) begin
      replay(is_layer[0]);
      if (failed) failures++;
      else passed++;
    end
    $display("%0d replays passed, %0d failed", passed, failures);
    if (failures > 0 || passed == 0) $fatal(1, "replays differ from their packages");
    $finish;
  end

endmodule
