#include "io/npz_layout.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "io/bytes.h"
#include "io/crc32.h"
#include "tests/io/support.h"

namespace gpst {
namespace {

using NpzLayoutTest = IoTest;

TEST_F(NpzLayoutTest, PutTogetherItIsWhatTheWriterWrites) {
  const std::string x(10, 'x'), y(8 * 25, 'y');
  for (const uint64_t zip64_from : {uint64_t{0}, uint64_t{200}, uint64_t{1} << 40}) {
    const NpzLayout layout({{"x", DType::u8, {5, 2}}, {"y", DType::i64, {25}}}, "a comment",
                           {.zip64_from = zip64_from});
    const std::array<uint32_t, 2> crcs{crc32_of(as_byte_span(x)), crc32_of(as_byte_span(y))};
    std::string file(static_cast<size_t>(layout.tail_offset()), '\0');
    const auto put_at = [&](int64_t offset, const std::string& text) {
      file.replace(static_cast<size_t>(offset), text.size(), text);
    };
    for (const size_t array : {0, 1})
      put_at(layout.head_offset(array), layout.head(array, crcs[array]));
    put_at(layout.data_offset(0), x);
    put_at(layout.data_offset(1), y);
    EXPECT_EQ(layout.data_bytes(1), 200);

    NpzWriter writer(path("a.npz"), {.zip64_from = zip64_from});
    writer.set_comment("a comment");
    writer.add("x", DType::u8, {5, 2}, as_byte_span(x));
    writer.add("y", DType::i64, {25}, as_byte_span(y));
    writer.commit();
    EXPECT_EQ(file + layout.tail(crcs), content_of(path("a.npz"))) << zip64_from;
  }
}

TEST(Crc32, OfPiecesIsThatOfTheWhole) {
  const std::string a = "123456", b = "789";
  EXPECT_EQ(crc32_of(as_byte_span(a + b)), 0xCBF43926u);  // the usual test vector
  EXPECT_EQ(join_crc32(crc32_of(as_byte_span(a)), crc32_of(as_byte_span(b)), 3), 0xCBF43926u);
  EXPECT_EQ(crc32_of({}), 0u);
}

// Whether python3 with numpy is there.
bool has_numpy() { return std::system("python3 -c 'import numpy' >/dev/null 2>&1") == 0; }

int numpy(const std::string& program) {
  return std::system(("python3 -c \"import numpy, sys\n" + program + "\"").c_str());
}

TEST_F(NpzLayoutTest, NumpyReadsAllForms) {
  if (!has_numpy()) GTEST_SKIP() << "python3 has no numpy";
  for (const uint64_t zip64_from : {uint64_t{0}, uint64_t{1} << 40}) {
    NpzWriter writer(path("a.npz"), {.zip64_from = zip64_from});
    writer.set_comment("a comment");
    writer.add("arr_0", DType::u8, {2, 2}, as_byte_span("abcd"));
    writer.commit();
    EXPECT_EQ(numpy("a = numpy.load('" + path("a.npz") +
                    "')['arr_0']\nsys.exit(a.tolist() != [[97, 98], [99, 100]])"),
              0);
  }
}

// More than 4 GiB of zeros with one byte that is none: streamed, read again row by row.
TEST_F(NpzLayoutTest, ArraysAbove4GiB_slow) {
  constexpr int64_t kRows = 5000, kRow = int64_t{1} << 20;
  {
    NpzWriter writer(path("big.npz"));
    writer.begin_array("arr_0", DType::u8, {kRows, kRow});
    std::vector<std::byte> row(kRow);
    for (int64_t i = 0; i < kRows; ++i) {
      row[7] = std::byte(i == 4999 ? 9 : 0);
      writer.write(row);
    }
    writer.end_array();
    writer.add("arr_1", DType::u8, {2}, as_byte_span("ab"));
    writer.commit();
  }
  const NpzReader npz = NpzReader::open(path("big.npz"));
  EXPECT_EQ(npz.read("arr_1").bytes, to_bytes("ab"));
  NpyRowReader rows = npz.rows("arr_0");
  std::vector<std::byte> row(kRow);
  for (int64_t i = 0; i < kRows; ++i) ASSERT_EQ(rows.read_rows(row), 1);  // CRC at the end
  EXPECT_EQ(row[7], std::byte{9});
  if (has_numpy()) {
    EXPECT_EQ(numpy("a = numpy.load('" + path("big.npz") +
                    "')\nsys.exit(a['arr_0'][-1, 7] != 9 or a['arr_1'].tolist() != [97, 98])"),
              0);
  }
}

}  // namespace
}  // namespace gpst
