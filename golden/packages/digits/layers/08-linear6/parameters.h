/* Parameters of one layer, named as in layer.txt and filters.txt. */
#include <stdint.h>
#define QPIM_WORD_BITS INT64_C(16)
#define QPIM_WPB INT64_C(16)
#define QPIM_VAULTS INT64_C(2)
#define QPIM_BANKS INT64_C(8)
#define QPIM_ROWS INT64_C(65536)
#define QPIM_COLUMNS INT64_C(8)
#define QPIM_MAX_BLOCKS INT64_C(2)
#define QPIM_GRANULARITY INT64_C(1)
#define QPIM_NEXT INT64_C(0)
#define QPIM_SLOTS INT64_C(1)
#define QPIM_ACC_BITS INT64_C(24)
#define QPIM_POLICY INT64_C(0)
#define QPIM_PER_LANE INT64_C(0)
#define QPIM_STREAMS_WEIGHTS INT64_C(1)
#define QPIM_FILTERS INT64_C(10)
#define QPIM_MODE INT64_C(0)
#define QPIM_ROUNDING INT64_C(0)
#define QPIM_LOW INT64_C(0)
#define QPIM_HIGH INT64_C(0)
#define QPIM_THRESHOLDS INT64_C(0)
#define QPIM_OUTPUT_BITS INT64_C(24)
#define QPIM_W_LO INT64_C(0)
#define QPIM_W_BITS INT64_C(10)
#define QPIM_W_CODE INT64_C(1)
#define QPIM_W_MASK INT64_C(1023)
#define QPIM_A_LO INT64_C(0)
#define QPIM_A_BITS INT64_C(6)
#define QPIM_A_CODE INT64_C(0)
#define QPIM_A_MASK INT64_C(63)
#define QPIM_A_ZERO INT64_C(0)
static const int64_t qpim_bias[10] = {INT64_C(633), INT64_C(-662), INT64_C(-1894), INT64_C(-434), INT64_C(-1176), INT64_C(-1003), INT64_C(560), INT64_C(796), INT64_C(650), INT64_C(1431)};
static const int32_t qpim_w_zero[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const int32_t qpim_multiplier[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const int8_t qpim_shift[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const int64_t qpim_addend[10] = {INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0)};
static const uint64_t qpim_scale[10] = {UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)};
static const int32_t qpim_offset[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const int32_t qpim_zero_point[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
