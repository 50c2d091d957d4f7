#include "io/npy_header.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/io/support.h"

namespace gpst {
namespace {

std::string with_dictionary(std::string_view dictionary, int major = 1) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(major);
  out += '\0';
  if (major == 1) {
    append_le(out, static_cast<uint16_t>(dictionary.size()));
  } else {
    append_le(out, static_cast<uint32_t>(dictionary.size()));
  }
  return out + std::string(dictionary);
}

NpyHeader parse(std::string_view text) { return parse_npy_header(as_byte_span(text), "here"); }

void expect_refused(std::string_view text, std::string_view words) {
  const std::string message = input_error_of([&] { parse(text); });
  expect_contains(message, words);
  EXPECT_TRUE(message.starts_with("here: ")) << message;
}

constexpr std::string_view kDictionary =
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";

TEST(NpyHeader, ReadsTheThreeVersions) {
  for (const int major : {1, 2, 3}) {
    const std::string text = with_dictionary(kDictionary, major);
    const NpyHeader header = parse(text);
    EXPECT_EQ(header.dtype, DType::f64);
    EXPECT_EQ(header.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(header.header_bytes, text.size());
    EXPECT_EQ(header.data_bytes(), 48u);
  }
  expect_refused(with_dictionary(kDictionary, 4), "npy version 4.0");
}

TEST(NpyHeader, ReadsWhatItWrites) {
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{}, {7}, {0}, {2, 3}, {50000, 256, 256, 3}}) {
    for (const DType dtype : {DType::f16, DType::f32, DType::u8, DType::i64, DType::boolean}) {
      const std::string text = format_npy_header(dtype, shape);
      EXPECT_EQ(text.size() % 64, 0u);
      EXPECT_EQ(text.back(), '\n');
      EXPECT_EQ(parse(text).dtype, dtype);
      EXPECT_EQ(parse(text).shape, shape);
    }
  }
  EXPECT_THROW(format_npy_header(DType::bf16, {1}), std::invalid_argument);
}

TEST(NpyHeader, AcceptsOtherSpellings) {
  const auto shape = [](std::string_view text) {
    return parse(with_dictionary("{\"shape\":(" + std::string(text) +
                                 "),\"fortran_order\":False , 'descr': '<u1'} \n"))
        .shape;
  };
  EXPECT_EQ(shape(""), (std::vector<int64_t>{}));
  EXPECT_EQ(shape("5,"), (std::vector<int64_t>{5}));
  EXPECT_EQ(shape("5L, 6L"), (std::vector<int64_t>{5, 6}));
  EXPECT_EQ(parse(with_dictionary("{'descr':'|u1','fortran_order':True,'shape':(9,)}")).shape[0],
            9);
}

TEST(NpyHeader, RefusesWhatItCannotOrMustNotRead) {
  const auto with = [](std::string_view descr, std::string_view order, std::string_view shape) {
    return with_dictionary("{'descr': " + std::string(descr) + ", 'fortran_order': " +
                           std::string(order) + ", 'shape': " + std::string(shape) + ", }");
  };
  expect_refused(with("'|O'", "False", "(2,)"), "pickle");
  expect_refused(with("'<f4'", "True", "(2, 3)"), "Fortran order");
  expect_refused(with("'>f4'", "False", "(2, 3)"), "big-endian");
  expect_refused(with("'<U5'", "False", "(2,)"), "element type '<U5'");
  expect_refused(with("[('a', '<f4')]", "False", "(2,)"), "structured");
  expect_refused(with("'<f4'", "False", "(4294967296, 4294967296)"), "too large");
  expect_refused(with("'<f4'", "False", "(-1,)"), "expected a size");
  expect_refused(with("'<f4'", "False", "(99999999999999999999,)"), "expected a size");
  expect_refused(with("'<f4'", "Maybe", "(1,)"), "True or False");
}

TEST(NpyHeader, RefusesMalformedText) {
  expect_refused("", "not an npy array");
  expect_refused("PK\x03\x04 and some more bytes", "not an npy array");
  expect_refused(with_dictionary("{}"), "are needed");
  expect_refused(with_dictionary("{'descr': '<f4"), "closing quote");
  expect_refused(with_dictionary("{'descr': '<f4', 'descr': '<f4'}"), "unexpected key 'descr'");
  expect_refused(with_dictionary("{'x': 1}"), "unexpected key 'x'");
  expect_refused(with_dictionary(std::string(kDictionary) + " junk"), "after the dictionary");
  expect_refused(with_dictionary("(1, 2)"), "expected '{'");
  expect_refused(with_dictionary(kDictionary).substr(0, 30), "cut off");
  std::string huge = with_dictionary(kDictionary, 2);
  huge[11] = '\x7f';
  expect_refused(huge, "at most");
}

}  // namespace
}  // namespace gpst
