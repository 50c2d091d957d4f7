#include "io/npz.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

#include "tests/io/support.h"
#include "tests/io/zip_builder.h"

namespace gpst {
namespace {

template <class T>
std::span<const std::byte> raw(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

std::string npy(DType dtype, const std::vector<int64_t>& shape, std::string_view data) {
  return format_npy_header(dtype, shape) + std::string(data);
}

using NpzTest = IoTest;

TEST_F(NpzTest, GivesBackArrays) {
  const std::vector<double> mu{0.5, -1, 2};
  const std::vector<uint8_t> pictures{1, 2, 3, 4, 5, 6};
  NpzWriter writer(path("a.npz"));
  writer.add("mu", DType::f64, {3}, raw(mu));
  writer.begin_array("arr_0", DType::u8, {2, 1, 1, 3});
  writer.write(raw(pictures).first(4));
  writer.write(raw(pictures).subspan(4));
  writer.end_array();
  writer.commit();

  const NpzReader reader = NpzReader::open(path("a.npz"));
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"mu", "arr_0"}));
  EXPECT_TRUE(reader.contains("mu"));
  EXPECT_FALSE(reader.contains("sigma"));
  EXPECT_EQ(reader.header("arr_0").shape, (std::vector<int64_t>{2, 1, 1, 3}));
  EXPECT_EQ(to_float64(reader.read("mu")), mu);
  EXPECT_EQ(reader.read("arr_0").bytes, to_bytes("\1\2\3\4\5\6"));
  const std::string message = input_error_of([&] { reader.read("sigma"); });
  expect_contains(message, "'sigma'");
  expect_contains(message, "mu, arr_0");
}

TEST_F(NpzTest, TheArchiveCarriesAComment) {
  const std::vector<float> x{1, 2};
  for (const uint64_t zip64_from : {uint64_t{0}, uint64_t{1} << 40}) {
    NpzWriter writer(path("a.npz"), {.zip64_from = zip64_from});
    writer.set_comment("{\"n\": 2}");
    writer.add("x", DType::f32, {2}, raw(x));
    EXPECT_THROW(writer.set_comment(std::string(65536, 'a')), std::logic_error);
    writer.commit();
    const NpzReader reader = NpzReader::open(path("a.npz"));
    EXPECT_EQ(reader.comment(), "{\"n\": 2}");
    EXPECT_EQ(reader.read("x").bytes, std::vector(raw(x).begin(), raw(x).end()));
  }
  NpzWriter silent(path("b.npz"));
  silent.commit();
  EXPECT_EQ(NpzReader::open(path("b.npz")).comment(), "");
}

TEST_F(NpzTest, Zip64FormIsReadLikeThePlainOne) {
  // Thresholds below, between and above the sizes and offsets of this archive.
  for (const uint64_t zip64_from : {uint64_t{0}, uint64_t{1}, uint64_t{150}, uint64_t{1} << 40}) {
    const std::vector<float> x{1, 2};
    const std::vector<float> y(100, 3.0f);
    NpzWriter writer(path("a.npz"), {.zip64_from = zip64_from});
    writer.add("x", DType::f32, {2}, raw(x));
    writer.add("y", DType::f32, {10, 10}, raw(y));
    writer.commit();
    const NpzReader reader = NpzReader::open(path("a.npz"));
    EXPECT_EQ(reader.read("x").bytes, std::vector(raw(x).begin(), raw(x).end()));
    EXPECT_EQ(reader.read("y").bytes, std::vector(raw(y).begin(), raw(y).end()));
  }
}

TEST_F(NpzTest, RandomArraysSurvive) {
  std::mt19937 random(2);
  constexpr DType kTypes[] = {DType::f64, DType::f32, DType::f16, DType::i32, DType::u8};
  for (int round = 0; round < 30; ++round) {
    std::vector<NpyArray> arrays(random() % 5);
    NpzWriter writer(path("a.npz"), {.zip64_from = random() % 2000});
    for (size_t i = 0; i < arrays.size(); ++i) {
      NpyHeader& header = arrays[i].header;
      header.dtype = kTypes[random() % 5];
      for (size_t axes = random() % 4; axes > 0; --axes) header.shape.push_back(random() % 6);
      arrays[i].bytes.resize(header.data_bytes());
      for (std::byte& byte : arrays[i].bytes) byte = static_cast<std::byte>(random());
      writer.add(std::to_string(i), header.dtype, header.shape, arrays[i].bytes);
    }
    writer.commit();
    const NpzReader reader = NpzReader::open(path("a.npz"));
    ASSERT_EQ(reader.names().size(), arrays.size());
    for (size_t i = 0; i < arrays.size(); ++i) {
      const NpyArray array = reader.read(std::to_string(i));
      ASSERT_EQ(array.header.dtype, arrays[i].header.dtype);
      ASSERT_EQ(array.header.shape, arrays[i].header.shape);
      ASSERT_EQ(array.bytes, arrays[i].bytes);
    }
  }
}

TEST_F(NpzTest, RowsAreStreamedFromStoredAndDeflatedArrays) {
  std::mt19937 random(3);
  std::string data(7 * 12, '\0');
  for (char& c : data) c = static_cast<char>(random() % 4);
  for (const bool deflate : {false, true}) {
    const ZipMember member{
        .name = "arr_0.npy", .content = npy(DType::u8, {7, 2, 2, 3}, data), .deflate = deflate};
    const NpzReader reader = NpzReader::open(put("a.npz", build_zip({member})));
    NpyRowReader rows = reader.rows("arr_0");
    ASSERT_EQ(rows.rows(), 7);
    ASSERT_EQ(rows.row_bytes(), 12u);
    std::vector<std::byte> all;
    std::vector<std::byte> piece(3 * 12 + 5);  // three whole rows
    while (const int64_t count = rows.read_rows(piece)) {
      ASSERT_LE(count, 3);
      all.insert(all.end(), piece.begin(), piece.begin() + count * 12);
    }
    EXPECT_EQ(all, to_bytes(data));
    EXPECT_EQ(rows.rows_left(), 0);
  }
}

// Made by numpy's savez and savez_compressed: arr_0 uint8 [4,3,2,3] random, mu = arange(5) / 4,
// labels = arange(4) as int32, half = float16 1.5 without axes.
TEST_F(NpzTest, ReadsWhatNumpyWrites) {
  const std::string folder = GPST_SOURCE_DIR "/tests/io/data/";
  const NpzReader stored = NpzReader::open(folder + "numpy_stored.npz");
  const NpzReader deflated = NpzReader::open(folder + "numpy_deflated.npz");
  for (const NpzReader* reader : {&stored, &deflated}) {
    EXPECT_EQ(reader->names(), (std::vector<std::string>{"arr_0", "mu", "labels", "half"}));
    EXPECT_EQ(reader->header("arr_0").shape, (std::vector<int64_t>{4, 3, 2, 3}));
    EXPECT_EQ(to_float64(reader->read("mu")), (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
    EXPECT_EQ(to_float64(reader->read("labels")), (std::vector<double>{0, 1, 2, 3}));
    EXPECT_EQ(to_float64(reader->read("half")), std::vector<double>{1.5});
  }
  EXPECT_EQ(stored.read("arr_0").bytes, deflated.read("arr_0").bytes);
  EXPECT_EQ(stored.rows("arr_0").row_bytes(), 18u);
}

TEST_F(NpzTest, RowsWithoutBytesAreCounted) {
  const ZipMember member{.name = "arr_0.npy", .content = npy(DType::u8, {4, 0}, "")};
  NpyRowReader rows = NpzReader::open(put("a.npz", build_zip({member}))).rows("arr_0");
  EXPECT_EQ(rows.read_rows({}), 4);
  EXPECT_EQ(rows.read_rows({}), 0);
}

TEST_F(NpzTest, OtherMembersDoNotDisturb) {
  const std::string file =
      put("a.npz", build_zip({{.name = "readme.txt", .content = "text"},
                              {.name = "objects.npy",
                               .content = "\x93NUMPY\x01" + std::string(1, '\0') + "junk"},
                              {.name = "x.npy", .content = npy(DType::u8, {2}, "ab")}}));
  const NpzReader reader = NpzReader::open(file);
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"objects", "x"}));
  EXPECT_EQ(reader.read("x").bytes, to_bytes("ab"));
}

TEST_F(NpzTest, ConvertsEveryTypeToDouble) {
  const auto values = [](DType dtype, std::string_view bytes) {
    return to_float64({{dtype, {1}, 0}, to_bytes(bytes)});
  };
  EXPECT_EQ(values(DType::i8, "\xff"), std::vector<double>{-1});
  EXPECT_EQ(values(DType::u8, "\xff"), std::vector<double>{255});
  EXPECT_EQ(values(DType::i16, "\xfe\xff"), std::vector<double>{-2});
  EXPECT_EQ(values(DType::u16, "\xfe\xff"), std::vector<double>{65534});
  EXPECT_EQ(values(DType::i32, "\xfd\xff\xff\xff"), std::vector<double>{-3});
  EXPECT_EQ(values(DType::u32, "\xff\xff\xff\xff"), std::vector<double>{4294967295.0});
  EXPECT_EQ(values(DType::i64, "\xfc\xff\xff\xff\xff\xff\xff\xff"), std::vector<double>{-4});
  EXPECT_EQ(values(DType::u64, "\xff\xff\xff\xff\xff\xff\xff\xff"), std::vector<double>{0x1p64});
  EXPECT_EQ(values(DType::boolean, "\x01"), std::vector<double>{1});
  EXPECT_EQ(values(DType::f16, std::string_view("\x00\x3e", 2)), std::vector<double>{1.5});
  EXPECT_EQ(values(DType::f32, std::string_view("\x00\x00\x20\x40", 4)), std::vector<double>{2.5});
}

TEST_F(NpzTest, WriterRefusesWrongSizesAndNamesUsedTwice) {
  const std::vector<float> x{1, 2};
  NpzWriter writer(path("a.npz"));
  writer.begin_array("x", DType::f32, {2});
  writer.write(raw(x).first(4));
  EXPECT_THROW(writer.end_array(), std::logic_error);
  EXPECT_THROW(writer.write(raw(x)), std::logic_error);
  EXPECT_THROW(writer.begin_array("y", DType::f32, {2}), std::logic_error);
  EXPECT_THROW(writer.commit(), std::logic_error);
  writer.write(raw(x).subspan(4));
  writer.end_array();
  EXPECT_THROW(writer.write(raw(x)), std::logic_error);
  EXPECT_THROW(writer.begin_array("x", DType::f32, {2}), std::logic_error);
  EXPECT_FALSE(std::filesystem::exists(path("a.npz")));
}

// Broken archives: what is refused, and with which words.
class NpzStrictTest : public IoTest {
 protected:
  void expect_refused(std::string_view archive, std::string_view words) const {
    const std::string file = put("bad.npz", archive);
    const std::string message = input_error_of([&] { NpzReader::open(file).read("x"); });
    expect_contains(message, words);
    expect_contains(message, file);
  }

  static ZipMember good(bool deflate) {
    return {.name = "x.npy",
            .content = npy(DType::u8, {200}, std::string(200, 'a')),
            .deflate = deflate};
  }
};

TEST_F(NpzStrictTest, OtherFilesAreNamed) {
  expect_refused("", "the file is empty");
  expect_refused("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull");
  expect_refused("\x93NUMPY\x01", ".npy array");
  expect_refused("<html>not found</html>", "HTML page");
  expect_refused("nothing known", "not a zip archive");
}

TEST_F(NpzStrictTest, CutArchivesAreRefused) {
  for (const bool deflate : {false, true}) {
    const std::string whole = build_zip({good(deflate)});
    for (size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size), "");
    expect_refused(whole.substr(0, whole.size() - 1), "truncated");
    expect_refused(whole + "x", "truncated");
    expect_refused("x" + whole, "bytes were lost or put in front");
  }
}

TEST_F(NpzStrictTest, EncryptedAndUnknownCompressionAreRefused) {
  ZipMember member = good(false);
  member.flags = zip::kFlagEncrypted;
  expect_refused(build_zip({member}), "encrypted");
  member = good(true);
  member.method_override = 12;
  expect_refused(build_zip({member}), "compression method 12");
}

TEST_F(NpzStrictTest, ChecksumsAndSizesAreVerified) {
  for (const bool deflate : {false, true}) {
    ZipMember member = good(deflate);
    member.crc_change = 1;
    expect_refused(build_zip({member}), "wrong checksum");
    member = good(deflate);
    member.size_change = 1;
    expect_refused(build_zip({member}), deflate ? "found 201" : "stored with");
    member.size_change = -1;
    expect_refused(build_zip({member}), deflate ? "found 199" : "stored with");
    member.size_change = 1 << 30;
    expect_refused(build_zip({member}), deflate ? "cannot come out of" : "stored with");
  }
}

TEST_F(NpzStrictTest, ContentMustBeExactlyTheAnnouncedArray) {
  ZipMember member = good(true);
  member.content += "more";
  expect_refused(build_zip({member}), "needs 200 bytes of data, found 204");
  member.content.resize(member.content.size() - 5);
  expect_refused(build_zip({member}), "needs 200 bytes of data, found 199");
  member.content = member.content.substr(0, 40);
  expect_refused(build_zip({member}), "cut off");
  member.content = "";
  expect_refused(build_zip({member}), "not an npy array");
}

TEST_F(NpzStrictTest, ObjectArraysAreRefused) {
  std::string content = format_npy_header(DType::u8, {1}) + "x";
  content.replace(content.find("|u1"), 3, "|O'");
  content.replace(content.find("|O''"), 4, "|O' ");
  expect_refused(build_zip({{.name = "x.npy", .content = content}}), "object array is a pickle");
}

TEST_F(NpzStrictTest, NamesOccurOnce) {
  expect_refused(build_zip({good(false), good(true)}), "two members are called 'x.npy'");
}

}  // namespace
}  // namespace gpst
