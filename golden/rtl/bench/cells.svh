// The DRAM cells of the banks, and output words that wait for their WR.

logic [W-1:0] cells[BANKS*WORDS];
logic [W-1:0] image[WORDS];        // of one bank, as $readmemh brings it
logic [W-1:0] staged[BANKS*WORDS];  // output words that wait for their WR

function automatic int place(int bank, int row, int column);
  place = (row * COLUMNS + column) * WPB;
  if (place + WPB > WORDS) $fatal(1, "row %0d is beyond the %0d words of a bank", row, WORDS);
  place += bank * WORDS;
endfunction

// a bank's image; all x if the package has none, since nothing was written
task automatic read_image(int bank, string when_);
  string path;
  int file;
  path = $sformatf("%s/%s/bank%02d.%s.hex", package_folder, vault_folder, bank, when_);
  for (int i = 0; i < WORDS; i++) image[i] = 'x;
  file = $fopen(path, "r");
  if (file != 0) begin
    $fclose(file);
    $readmemh(path, image, 0, WORDS - 1);
  end
endtask

task automatic fill_cells;
  for (int bank = 0; bank < BANKS; bank++) begin
    read_image(bank, "before");
    for (int i = 0; i < WORDS; i++) begin
      cells[bank*WORDS+i] = image[i];
      staged[bank*WORDS+i] = '0;
    end
  end
endtask

task automatic compare_cells;
  for (int bank = 0; bank < BANKS; bank++) begin
    read_image(bank, "after");
    for (int i = 0; i < WORDS; i++) begin
      if (cells[bank*WORDS+i] !== image[i])
        differs($sformatf("bank%02d.after.hex", bank), 0, $sformatf(
                "word %h must hold %h at the end, got %h", i, image[i], cells[bank*WORDS+i]));
      if (image[i] !== {W{1'bx}}) compared_words++;
    end
  end
endtask
