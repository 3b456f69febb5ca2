// Constants of a layer: layer.txt and filters.txt.

logic [7:0] word_bits, wpb, vaults, banks, granularity, layer_slots, acc_bits, output_bits;
logic [23:0] rows, filter_count;
logic [11:0] columns;
logic [3:0] max_blocks, next_rule, policy, streams_weights, layer_lanes, layer_rounding;
logic [15:0] thresholds;
logic [7:0] w_lo, w_bits, a_lo, a_bits;
logic [3:0] w_code, a_code;
logic [15:0] w_mask, a_mask;
logic signed [19:0] a_zero;

localparam int MOST_FILTERS = 4096;
logic signed [31:0] filter_multiplier[MOST_FILTERS];
logic signed [7:0] filter_shift[MOST_FILTERS];
logic signed [63:0] filter_addend[MOST_FILTERS];
logic signed [31:0] filter_zero_point[MOST_FILTERS];

task automatic read_layer;
  int file;
  file = opened({package_folder, "/", layer_folder, "/layer.txt"});
  scanned = $fscanf(file, "%h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h",
      word_bits, wpb, vaults, banks, rows, columns, max_blocks, granularity, next_rule,
      layer_slots, acc_bits, policy, layer_lanes, streams_weights, filter_count,
      requantize_mode, layer_rounding, low, high, thresholds, output_bits);
  scanned += $fscanf(file, "%h %h %h %h %h %h %h %h %h",
      w_lo, w_bits, w_code, w_mask, a_lo, a_bits, a_code, a_mask, a_zero);
  if (scanned != 30) malformed("layer.txt");
  $fclose(file);
  if (word_bits != W || wpb != WPB || max_blocks != K || granularity != G || layer_slots != F ||
      acc_bits != A || banks != BANKS || columns != COLUMNS)
    $fatal(1, "%s/%s: compiled for other parameters than layer.txt has", package_folder,
           layer_folder);
  if (filter_count > MOST_FILTERS) $fatal(1, "at most %0d filters", MOST_FILTERS);
  saturate = policy == 4'd1;
  per_lane = layer_lanes == 4'd1;
  rounding = layer_rounding[2:0];
  knows_mode = requantize_mode == NONE || requantize_mode == SHIFT ||
      requantize_mode == SCALE_BIAS_SHIFT || requantize_mode == Q31_DOUBLE;
endtask

task automatic read_filters;
  int file;
  logic [23:0] filter;
  logic [A-1:0] bias;
  logic signed [19:0] w_zero;
  logic [31:0] of_multiplier, offset, of_zero_point;
  logic [7:0] of_shift;
  logic [63:0] of_addend, scale;
  file = opened({package_folder, "/", layer_folder, "/filters.txt"});
  for (int i = 0; i < filter_count; i++) begin
    scanned = $fscanf(file, "%h %h %h %h %h %h %h %h %h", filter, bias, w_zero, of_multiplier,
                      of_shift, of_addend, scale, offset, of_zero_point);
    if (scanned != 9 || filter != i) malformed("filters.txt");
    filter_multiplier[i] = of_multiplier;
    filter_shift[i] = of_shift;
    filter_addend[i] = of_addend;
    filter_zero_point[i] = of_zero_point;
  end
  $fclose(file);
endtask
