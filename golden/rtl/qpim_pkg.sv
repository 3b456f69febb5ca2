// Names of the small choices that a layer makes (docs/semantics.md, 3.1, 8, 8.1), numbered as the
// files of golden packages number them (golden/README.md).
package qpim_pkg;

  // encodings of a field (3.1)
  localparam logic [1:0] UNSIGNED = 2'd0;
  localparam logic [1:0] SIGNED = 2'd1;
  localparam logic [1:0] BIPOLAR = 2'd2;

  // roundings (8.1)
  localparam logic [2:0] FLOOR = 3'd0;
  localparam logic [2:0] TOWARD_ZERO = 3'd1;
  localparam logic [2:0] HALF_UP = 3'd2;
  localparam logic [2:0] HALF_EVEN = 3'd3;
  localparam logic [2:0] HALF_AWAY = 3'd4;

  // requantization modes that this model has (8, 8.2, 8.3, 8.4)
  localparam logic [3:0] NONE = 4'd0;
  localparam logic [3:0] SHIFT = 4'd1;
  localparam logic [3:0] SCALE_BIAS_SHIFT = 4'd2;
  localparam logic [3:0] Q31_DOUBLE = 4'd3;

  // widths that hold whatever the operands and their zero points are (3.4)
  localparam int OPERAND = 17;  // an extended field: 16 bits of either sign
  localparam int ZERO = 18;     // a zero point, and an operand minus its zero point
  localparam int PRODUCT = 35;

endpackage
