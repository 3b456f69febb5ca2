// LOAD: buffer.txt.

logic [WPB*ZERO-1:0] zeros_of[BUFFER];  // zero points of the words of every buffered block

task automatic do_load;
  logic [31:0] of_command;
  logic [3:0] part_;
  logic [15:0] at;
  logic signed [19:0] zero, expected, got;
  for (int part = 0; part < blocks; part++) begin
    scanned = $fscanf(buffers, "%h %h %h", of_command, part_, at);
    if (scanned != 3 || of_command != command || part_ != part || at >= BUFFER)
      malformed("buffer.txt");
    buffer_line++;
    if (part == 0) load_address = at[AT-1:0];
    for (int word = 0; word < WPB; word++) begin
      scanned = $fscanf(buffers, "%h %h", zero, expected);
      if (scanned != 2) malformed("buffer.txt");
      zeros_of[at][word*ZERO+:ZERO] = zero[ZERO-1:0];
      got = 20'($signed(operands[(part*WPB+word)*OPERAND+:OPERAND])) - zero;
      if (got !== expected)
        differs("buffer.txt", buffer_line, $sformatf(
                "operand %0d of block %0d minus its zero point must be %0d, got %0d", word, part,
                expected, got));
    end
    compared_loads++;
  end
  load = 1;
  tick;
  load = 0;
endtask
