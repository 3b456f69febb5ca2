// STREAM: macs.txt, starts.txt and adds.txt.

// the record ahead in macs.txt; `mac_number` is its number
logic [31:0] mac_command, mac_accumulator, mac_pixel;
logic [3:0] mac_part, mac_first, mac_last;
logic [7:0] mac_slot, mac_live;
logic [15:0] mac_resident, mac_image;
logic [23:0] mac_filter;
logic signed [19:0] mac_zero;
bit mac_valid;
int mac_number;

bit starts_here[F], drains_here[F];

task automatic next_mac;
  scanned = $fscanf(macs, "%h %h %h %h %h %h %h %h %h %h %h %h", mac_command, mac_part,
      mac_resident, mac_accumulator, mac_slot, mac_first, mac_last, mac_live, mac_zero,
      mac_image, mac_filter, mac_pixel);
  mac_valid = scanned == 12;
endtask

task automatic do_stream;
  int first_mac;
  first_mac = mac_number;
  gather_macs;
  if (mac_number - first_mac != blocks * slots) malformed("macs.txt");
  for (int slot = 0; slot < slots; slot++) if (starts_here[slot]) do_start(slot);
  zeros = 1;
  tick;
  zeros = 0;
  #1 compare_adds(first_mac);
  stream = 1;
  tick;
  stream = 0;
  for (int slot = 0; slot < slots; slot++) if (drains_here[slot]) do_drain(slot);
endtask

// one step of the vault from the MACs of this read: part by part, slot by slot
task automatic gather_macs;
  slots = '0;
  for (int slot = 0; slot < F; slot++) begin
    starts_here[slot] = 0;
    drains_here[slot] = 0;
  end
  while (mac_valid && mac_command == command) begin
    if (mac_slot >= F || mac_part >= blocks || mac_resident >= BUFFER ||
        mac_accumulator >= ACCUMULATORS) malformed("macs.txt");
    if (mac_part == 0) begin
      if (mac_slot == 0) address = mac_accumulator[$clog2(ACCUMULATORS)-1:0];
      slots = slots + 1'b1;
      resident[mac_slot*AT+:AT] = mac_resident[AT-1:0];
      resident_zeros[mac_slot*WPB*ZERO+:WPB*ZERO] = zeros_of[mac_resident];
      streamed_zero = mac_zero[ZERO-1:0];
    end
    if (resident[mac_slot*AT+:AT] + mac_part != mac_resident ||
        address + mac_slot != mac_accumulator) malformed("macs.txt");
    live[mac_part*LIVE+:LIVE] = mac_live[LIVE-1:0];
    if (mac_first[0]) starts_here[mac_slot] = 1;
    if (mac_last[0]) drains_here[mac_slot] = 1;
    mac_number++;
    next_mac;
  end
  if (slots == 0) malformed("macs.txt");
endtask

task automatic do_start(int slot);
  logic [31:0] of_accumulator;
  logic [7:0] lane_;
  logic [23:0] filter;
  logic [A-1:0] bias;
  int lanes;
  lanes = per_lane ? live[LIVE-1:0] : 1;
  start_value = '0;
  for (int lane = 0; lane < lanes; lane++) begin
    scanned = $fscanf(starts, "%h %h %h %h", of_accumulator, lane_, filter, bias);
    if (scanned != 4 || lane_ != lane || of_accumulator != address + slot)
      malformed("starts.txt");
    start_value[lane*A+:A] = bias;
  end
  start_address = address + slot;
  start = 1;
  tick;
  start = 0;
endtask

task automatic compare_adds(int first_mac);
  for (int part = 0; part < blocks; part++) begin
    for (int slot = 0; slot < slots; slot++) begin
      for (int lane = 0; lane < (per_lane ? live[part*LIVE+:LIVE] : 1); lane++) begin
        compare_add(first_mac + part * slots + slot, slot * K + part, lane);
      end
    end
  end
endtask

task automatic compare_add(int number, int array, int lane);
  logic [31:0] of_mac;
  logic [7:0] lane_;
  logic signed [47:0] amount;
  logic signed [A-1:0] expected, got;
  logic [3:0] expected_clipped;
  scanned = $fscanf(adds, "%h %h %h %h %h", of_mac, lane_, amount, expected, expected_clipped);
  if (scanned != 5 || of_mac != number || lane_ != lane) malformed("adds.txt");
  add_line++;
  got = after[(array*WPB+lane)*A+:A];
  if (got !== expected)
    differs("adds.txt", add_line, $sformatf(
            "accumulator of lane %0d must be %0d behind adding %0d, got %0d", lane, expected,
            amount, got));
  if (clipped[array*WPB+lane] !== expected_clipped[0])
    differs("adds.txt", add_line, $sformatf("clipped of lane %0d must be %b, got %b", lane,
            expected_clipped[0], clipped[array*WPB+lane]));
  compared_adds++;
endtask
