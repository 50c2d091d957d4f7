// Damages good files in every place that steers a reader. A reader may accept the result or throw
// an InputError; a crash, a hang or any other exception fails. Best run under sanitizers.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "io/npz.h"
#include "io/safetensors.h"
#include "io/tar.h"
#include "tests/io/support.h"
#include "tests/io/tar_builder.h"
#include "tests/io/zip_builder.h"

namespace gpst {
namespace {

using Reader = std::function<void(const std::string& path)>;

class MutationTest : public IoTest {
 protected:
  struct Outcome {
    int accepted = 0;
    int refused = 0;
  };

  void try_one(const std::string& content, const Reader& read) {
    const std::string file = put("mutated", content);
    try {
      read(file);
      ++outcome_.accepted;
    } catch (const InputError& error) {
      ++outcome_.refused;
      EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
    }
  }

  // Every byte in [begin, end) changed in several ways, and the file cut at every length.
  void mutate(const std::string& good, size_t begin, size_t end, const Reader& read) {
    ASSERT_NO_THROW(read(put("good", good)));
    for (size_t i = begin; i < end; ++i) {
      const auto byte = static_cast<unsigned char>(good[i]);
      for (const int changed : {byte ^ 1, byte ^ 0x80, 0, 0xFF, int{'9'}}) {
        if (changed == byte) continue;
        std::string copy = good;
        copy[i] = static_cast<char>(changed);
        try_one(copy, read);
      }
    }
    const int refused_before = outcome_.refused;
    for (size_t size = 0; size < good.size(); size += size < end ? 1 : 61) {
      try_one(good.substr(0, size), read);
    }
    EXPECT_GT(outcome_.refused, refused_before);
    EXPECT_GT(outcome_.refused, outcome_.accepted);
  }

  Outcome outcome_;
};

void read_safetensors(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  for (const TensorView& tensor : file.tensors()) {
    if (dtype_name(tensor.dtype).find('F') != std::string_view::npos) to_float32(tensor);
  }
}

void read_npz(const std::string& path) {
  const NpzReader reader = NpzReader::open(path);
  for (const std::string& name : reader.names()) to_float64(reader.read(name));
}

void read_tar(const std::string& path) {
  const TarReader reader(path);
  size_t sum = 0;
  for (const TarEntry& entry : reader.entries()) {
    for (const std::byte byte : reader.read(entry)) sum += std::to_integer<size_t>(byte);
  }
  EXPECT_GE(sum, 0u);
}

TEST_F(MutationTest, Safetensors) {
  const std::vector<std::byte> data(24);
  write_safetensors(path("good"),
                    {{{"a.weight", DType::f32, {2, 2}}, std::span(data).first(16)},
                     {{"b", DType::bf16, {4}}, std::span(data).first(8)}},
                    {{"key", "value"}});
  const std::string good = content_of(path("good"));
  mutate(good, 0, good.size() - 24, read_safetensors);
}

TEST_F(MutationTest, StoredNpz) {
  const std::vector<std::byte> data(24);
  NpzWriter writer(path("good"), {.zip64_from = 0});
  writer.add("x", DType::f32, {2, 3}, data);
  writer.commit();
  const std::string good = content_of(path("good"));
  mutate(good, 0, good.size(), read_npz);
}

TEST_F(MutationTest, DeflatedNpz) {
  std::string content = format_npy_header(DType::u8, {300});
  for (int i = 0; i < 300; ++i) content += static_cast<char>(i * i % 17);
  const std::string good =
      build_zip({{.name = "x.npy", .content = content, .deflate = true}, {.name = "empty.txt"}});
  mutate(good, 0, good.size(), read_npz);
}

// Where a tar header has something to say, as [begin, end).
constexpr std::pair<size_t, size_t> kTarFields[] = {{0, 12}, {124, 160}, {256, 266}, {344, 350}};

TEST_F(MutationTest, Tar) {
  const std::string good =
      tar_member({.name = "g", .content = pax_record("comment", "c"), .type = 'g'}) +
      tar_member({.name = "p", .content = pax_record("path", "long/name"), .type = 'x'}) +
      tar_member({.name = "x", .content = "data"}) +
      tar_member({.name = "l", .content = "gnu long name", .type = 'L'}) +
      tar_member({.name = "y", .content = "more", .base256_size = true}) + tar_end();
  ASSERT_NO_THROW(read_tar(put("good", good)));
  const auto damage = [&](size_t block, size_t offset, bool is_header) {
    for (const char changed : {'\0', '9', '\xff', '-', ' '}) {
      std::string copy = good;
      copy[block + offset] = changed;
      std::string repaired = copy.substr(block, 512);
      if (is_header) set_tar_checksum(repaired);  // so that the damage gets past it
      try_one(copy.replace(block, 512, repaired), read_tar);
    }
  };
  for (size_t block = 0; block + 1024 < good.size(); block += 512) {
    const bool is_header = good.substr(block + 257, 5) == "ustar";
    for (const auto& [begin, end] : kTarFields) {
      for (size_t i = begin; i < end; ++i) damage(block, i, is_header);
    }
  }
  for (size_t size = 0; size < good.size(); size += 37) try_one(good.substr(0, size), read_tar);
  EXPECT_GT(outcome_.accepted, 0);
  EXPECT_GT(outcome_.refused, 0);
}

}  // namespace
}  // namespace gpst
