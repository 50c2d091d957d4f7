// What the reader refuses, and with which words.
#include <gtest/gtest.h>

#include "io/safetensors.h"
#include "tests/io/support.h"

namespace gpst {
namespace {

std::string with_header(std::string_view json, size_t data_bytes = 0) {
  std::string file;
  append_le(file, static_cast<uint64_t>(json.size()));
  return file + std::string(json) + std::string(data_bytes, 'd');
}

class SafetensorsStrictTest : public IoTest {
 protected:
  void expect_refused(std::string_view content, std::string_view words) const {
    const std::string file = put("model.safetensors", content);
    const std::string message = input_error_of([&] { SafetensorsFile::open(file); });
    expect_contains(message, words);
    expect_contains(message, file);
  }
};

constexpr std::string_view kGood = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

TEST_F(SafetensorsStrictTest, TheBaseOfTheseTestsIsGood) {
  EXPECT_EQ(SafetensorsFile::open(put("a", with_header(kGood, 8))).tensors().size(), 1u);
  EXPECT_TRUE(SafetensorsFile::open(put("b", with_header("{}"))).tensors().empty());
  EXPECT_EQ(SafetensorsFile::open(put("c", with_header("{}     "))).metadata().size(), 0u);
}

TEST_F(SafetensorsStrictTest, OtherFilesAreNamed) {
  expect_refused("", "the file is empty");
  expect_refused("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "git lfs pull");
  expect_refused(std::string("PK\x03\x04") + std::string(26, '\0') + "archive/data.pkl",
                 "PyTorch pickle");
  expect_refused(std::string("PK\x03\x04") + std::string(26, '\0') + "arr_0.npy", "zip archive");
  expect_refused("\x80\x02}q\x01(X\x05", "PyTorch pickle");
  expect_refused("\n <!DOCTYPE html><html><body>Log in</body></html>", "HTML page");
  expect_refused("\x1f\x8b\x08 and so on, compressed", "gunzip");
  expect_refused("GGUF\x03 and so on", "GGUF");
  expect_refused("short", "5 bytes");
  expect_refused("just some text that is longer than ten bytes", "not a safetensors file");
}

TEST_F(SafetensorsStrictTest, CutFilesSayHowMuchIsMissing) {
  const std::string whole = with_header(kGood, 8);
  expect_refused(whole.substr(0, whole.size() - 3), "expected " + std::to_string(whole.size()) +
                                                        " bytes, found " +
                                                        std::to_string(whole.size() - 3));
  expect_refused(whole.substr(0, 30), "cut off inside the header");
}

TEST_F(SafetensorsStrictTest, HeaderLengthIsBounded) {
  std::string file;
  append_le(file, uint64_t{100'000'001});
  expect_refused(file + "{}", "at most 100000000");
  file.clear();
  append_le(file, ~uint64_t{0});
  expect_refused(file + "{}", "at most 100000000");
}

TEST_F(SafetensorsStrictTest, HeaderMustBeUtf8Json) {
  expect_refused(with_header("{\"x\": "), "not UTF-8 JSON");
  expect_refused(with_header("{} {}"), "not UTF-8 JSON");
  expect_refused(with_header("{\"__metadata__\":{\"a\":\"\xff\"}}"), "not UTF-8 JSON");
  expect_refused(with_header("{\"__metadata__\":{\"a\":\"\xed\xa0\x80\"}}"), "not UTF-8 JSON");
  expect_refused(with_header("[1, 2, 3]"), "does not start with '{'");
  expect_refused(with_header(" {}"), "does not start with '{'");
  expect_refused(with_header("{}" + std::string(6, '\0')), "not UTF-8 JSON");
}

TEST_F(SafetensorsStrictTest, NamesOccurOnce) {
  expect_refused(with_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                             R"("x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                             8),
                 "'x' occurs twice");
  expect_refused(with_header(R"({"__metadata__":{"a":"1","a":"2"}})"), "'a' occurs twice");
  expect_refused(with_header(R"({"__metadata__":{},"__metadata__":{}})"), "occurs twice");
  expect_refused(
      with_header(R"({"x":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
      "'dtype' occurs twice");
  expect_refused(
      with_header(R"({"x":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", 1),
      "'shape' occurs twice");
}

TEST_F(SafetensorsStrictTest, FieldsHaveTheirTypes) {
  const auto refused = [&](std::string_view tensor, std::string_view words) {
    expect_refused(with_header("{\"x\":" + std::string(tensor) + "}", 8), words);
  };
  refused(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})", "unknown dtype 'F31'");
  refused(R"({"dtype":4,"shape":[2],"data_offsets":[0,8]})", "unexpected the number 4 in 'dtype'");
  refused(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", "the number -2");
  refused(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", "'2.0'");
  refused(R"({"dtype":"F32","shape":[1e400],"data_offsets":[0,8]})", "");
  refused(R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})", "unexpected a list in 'shape'");
  refused(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})", "'shape'");
  refused(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})", "two data_offsets");
  refused(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", "'data_offsets'");
  refused(R"({"dtype":"F32","shape":[2]})", "needs dtype, shape and two data_offsets");
  refused(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":[]})", "'extra'");
  refused(R"({"dtype":null,"shape":[2],"data_offsets":[0,8]})", "null");
  refused(R"({"dtype":true,"shape":[2],"data_offsets":[0,8]})", "true");
  refused(R"({"dtype":{},"shape":[2],"data_offsets":[0,8]})", "an object");
  refused(R"([])", "expected an object for 'x', found a list");
  refused(R"("F32")", "expected an object for 'x'");
  expect_refused(with_header(R"({"__metadata__":{"a":1}})"), "expected text for the metadata key");
  expect_refused(with_header(R"({"__metadata__":[]})"), "__metadata__");
}

TEST_F(SafetensorsStrictTest, ShapeProductsDoNotOverflow) {
  const auto refused = [&](std::string_view shape, std::string_view words) {
    expect_refused(with_header("{\"x\":{\"dtype\":\"F32\",\"shape\":" + std::string(shape) +
                                   ",\"data_offsets\":[0,8]}}",
                               8),
                   words);
  };
  refused("[4294967296,4294967296]", "too large");
  refused("[4611686018427387904]", "too large");            // the bytes overflow
  refused("[4294967296,4294967296,0]", "too large");        // though empty
  refused("[9223372036854775808]", "9223372036854775808");  // 2^63
  refused("[99999999999999999999]", "99999999999999999999");
  refused("[6148914691236517206,3]", "too large");  // 2 modulo 2^64
}

TEST_F(SafetensorsStrictTest, OffsetsTileTheData) {
  const auto two = [](std::string_view first, std::string_view second) {
    return with_header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + std::string(first) +
            "},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + std::string(second) +
            "}}",
        8);
  };
  EXPECT_EQ(SafetensorsFile::open(put("a", two("[4,8]", "[0,4]"))).tensors()[0].name, "b");
  expect_refused(two("[0,4]", "[0,4]"), "neither overlap nor leave gaps");
  expect_refused(two("[0,4]", "[2,6]"), "neither overlap nor leave gaps");
  expect_refused(two("[1,5]", "[5,9]"), "'a' starts at byte 1");
  expect_refused(two("[0,4]", "[5,9]"), "'b' starts at byte 5");
  expect_refused(two("[0,4]", "[4,9]"), "data_offsets are [4, 9]");
  expect_refused(two("[0,4]", "[8,4]"), "data_offsets are [8, 4]");
  expect_refused(two("[0,4]", "[18446744073709551615,3]"), "18446744073709551615");
  expect_refused(with_header(kGood, 9), "1 bytes after the last tensor");
}

TEST_F(SafetensorsStrictTest, NamesCannotWriteToTheTerminal) {
  const std::string file = put("a", with_header(R"({"\u001b[2J":1})"));
  const std::string message = input_error_of([&] { SafetensorsFile::open(file); });
  expect_contains(message, "'\\x1b[2J'");
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

TEST_F(SafetensorsStrictTest, AbsentFileIsAnIoError) {
  EXPECT_THROW(SafetensorsFile::open(path("absent")), IoError);
}

}  // namespace
}  // namespace gpst
