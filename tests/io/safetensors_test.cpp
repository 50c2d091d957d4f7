#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <stdexcept>

#include "io/half.h"
#include "tests/io/support.h"

namespace gpst {
namespace {

template <class T>
std::span<const std::byte> raw(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

using SafetensorsTest = IoTest;

TEST_F(SafetensorsTest, GivesBackTensorsAndMetadata) {
  const std::vector<float> weights{1.5f, -2, 3, 4, 5, 6};
  const std::vector<int64_t> steps{-7};
  write_safetensors(path("a.safetensors"),
                    {{{"weights", DType::f32, {2, 3}}, raw(weights)},
                     {{"step", DType::i64, {}}, raw(steps)},
                     {{"none", DType::f16, {0, 4}}, {}}},
                    {{"format", "pt"}, {"name", "Grüße"}});
  const SafetensorsFile file = SafetensorsFile::open(path("a.safetensors"));
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.get("weights").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(to_float32(file.get("weights")), weights);
  EXPECT_EQ(file.get("step").elements(), 1);
  EXPECT_EQ(to_int64(file.get("step")), steps);
  EXPECT_EQ(file.get("none").elements(), 0);
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}, {"name", "Grüße"}}));
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST_F(SafetensorsTest, DataStartsAtAMultipleOfEight) {
  for (int length = 1; length < 20; ++length) {
    const std::vector<double> values{1, 2};
    write_safetensors(path("a"), {{{std::string(length, 'n'), DType::f64, {2}}, raw(values)}});
    const auto header = load_le<uint64_t>(as_byte_span(content_of(path("a"))), 0);
    EXPECT_EQ(header % 8, 0u) << length;
  }
}

TEST_F(SafetensorsTest, MissingTensorNamesTheNearest) {
  write_safetensors(path("a"), {{{"blocks.0.weight", DType::u8, {0}}, {}}});
  const SafetensorsFile file = SafetensorsFile::open(path("a"));
  const std::string message = input_error_of([&] { file.get("blocks.0.wieght"); });
  expect_contains(message, path("a"));
  expect_contains(message, "'blocks.0.wieght'");
  expect_contains(message, "blocks.0.weight");
}

TEST_F(SafetensorsTest, ViewsOutliveTheFileObjectThatWasCopied) {
  const std::vector<float> values{42};
  write_safetensors(path("a"), {{{"x", DType::f32, {1}}, raw(values)}});
  auto first = std::make_unique<SafetensorsFile>(SafetensorsFile::open(path("a")));
  const SafetensorsFile copy = *first;
  first.reset();
  EXPECT_EQ(to_float32(copy.get("x")), values);
}

TEST_F(SafetensorsTest, HalfPrecisionIsConvertedExactly) {
  std::vector<uint16_t> patterns(0x7C00);  // every finite float16 of positive sign
  for (size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<uint16_t>(i);
  write_safetensors(path("a"), {{{"f16", DType::f16, {0x7C00}}, raw(patterns)},
                                {{"bf16", DType::bf16, {0x7C00}}, raw(patterns)}});
  const SafetensorsFile file = SafetensorsFile::open(path("a"));
  const std::vector<float> f16 = to_float32(file.get("f16"));
  const std::vector<float> bf16 = to_float32(file.get("bf16"));
  for (size_t i = 0; i < patterns.size(); ++i) {
    ASSERT_EQ(f16[i], float16_to_float(patterns[i]));
    ASSERT_EQ(bf16[i], bfloat16_to_float(patterns[i]));
  }
}

TEST_F(SafetensorsTest, ConversionsRefuseTheOtherKindOfType) {
  const std::vector<uint64_t> large{~uint64_t{0}};
  const std::vector<float> floats{1};
  write_safetensors(path("a"), {{{"large", DType::u64, {1}}, raw(large)},
                                {{"floats", DType::f32, {1}}, raw(floats)}});
  const SafetensorsFile file = SafetensorsFile::open(path("a"));
  expect_contains(input_error_of([&] { to_float32(file.get("large")); }), "U64");
  expect_contains(input_error_of([&] { to_int64(file.get("floats")); }), "F32");
  expect_contains(input_error_of([&] { to_int64(file.get("large")); }), "18446744073709551615");
}

TEST_F(SafetensorsTest, RandomTensorsSurviveWritingInPieces) {
  std::mt19937 random(1);
  constexpr DType kTypes[] = {DType::f64, DType::f32, DType::f16, DType::bf16,   DType::i64,
                              DType::i8,  DType::u8,  DType::u16, DType::boolean};
  for (int round = 0; round < 50; ++round) {
    std::vector<TensorSpec> specs(random() % 6);
    std::vector<std::vector<std::byte>> data;
    for (size_t i = 0; i < specs.size(); ++i) {
      specs[i] = {"tensor " + std::to_string(i) + "\"\\\n", kTypes[random() % 9], {}};
      size_t bytes = dtype_size(specs[i].dtype);
      for (size_t axes = random() % 4; axes > 0; --axes) {
        specs[i].shape.push_back(random() % 5);
        bytes *= static_cast<size_t>(specs[i].shape.back());
      }
      data.emplace_back(bytes);
      for (std::byte& byte : data.back()) byte = static_cast<std::byte>(random());
    }
    SafetensorsWriter writer(path("a"), specs, {{"round", std::to_string(round)}});
    for (size_t i = 0; i < specs.size(); ++i) {
      const size_t cut = data[i].empty() ? 0 : random() % data[i].size();
      writer.write(specs[i].name, std::span(data[i]).first(cut));
      writer.write(specs[i].name, std::span(data[i]).subspan(cut));
    }
    writer.commit();

    const SafetensorsFile file = SafetensorsFile::open(path("a"));
    ASSERT_EQ(file.tensors().size(), specs.size());
    for (size_t i = 0; i < specs.size(); ++i) {
      const TensorView& view = file.get(specs[i].name);
      ASSERT_EQ(view.dtype, specs[i].dtype);
      ASSERT_EQ(view.shape, specs[i].shape);
      ASSERT_TRUE(std::equal(view.bytes.begin(), view.bytes.end(), data[i].begin(), data[i].end()));
    }
  }
}

TEST_F(SafetensorsTest, WriterRefusesWrongOrderAndSizes) {
  const std::vector<float> two{1, 2};
  SafetensorsWriter writer(path("a"), {{"x", DType::f32, {2}}, {"y", DType::f32, {1}}});
  EXPECT_THROW(writer.write("y", raw(two)), std::logic_error);
  writer.write("x", raw(two));
  EXPECT_THROW(writer.write("x", raw(two)), std::logic_error);
  EXPECT_THROW(writer.write("y", raw(two)), std::logic_error);
  EXPECT_THROW(writer.commit(), std::logic_error);
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(SafetensorsTest, WriterRefusesNamesUsedTwiceAndHugeShapes) {
  EXPECT_THROW(SafetensorsWriter(path("a"), {{"x", DType::f32, {1}}, {"x", DType::f32, {1}}}),
               std::invalid_argument);
  EXPECT_THROW(SafetensorsWriter(path("a"), {{"x", DType::f32, {int64_t{1} << 62, 4}}}),
               std::invalid_argument);
  EXPECT_THROW(SafetensorsWriter(path("a"), {}, {{"bad", "\xff"}}), InputError);
}

TEST_F(SafetensorsTest, WithoutCommitNothingIsLeft) {
  { SafetensorsWriter writer(path("a"), {{"x", DType::f32, {1}}}); }
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(path("a")).parent_path()));
}

}  // namespace
}  // namespace gpst
