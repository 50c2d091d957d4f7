#include <gtest/gtest.h>

#include <map>
#include <string>

#include "io/safetensors.h"
#include "tests/support/golden.h"

namespace gpst {
namespace {

const std::map<std::string, DType> kInventoryTypes{
    {"bool", DType::boolean}, {"uint8", DType::u8},    {"int32", DType::i32},
    {"int64", DType::i64},    {"float16", DType::f16}, {"bfloat16", DType::bf16},
    {"float32", DType::f32},  {"float64", DType::f64}};

// inventory.json: file -> tensor -> [type, shape], written by the program that made the data.
TEST(SafetensorsGolden, EveryFileHoldsWhatTheInventorySays) {
  const nlohmann::json inventory = golden_json("inventory.json");
  ASSERT_FALSE(inventory.empty());
  for (const auto& [name, tensors] : inventory.items()) {
    const SafetensorsFile file = open_golden(name);
    ASSERT_EQ(file.tensors().size(), tensors.size()) << name;
    for (const auto& [key, entry] : tensors.items()) {
      const TensorView& tensor = file.get(key);
      EXPECT_EQ(tensor.dtype, kInventoryTypes.at(entry[0])) << name << ' ' << key;
      EXPECT_EQ(tensor.shape, entry[1].get<std::vector<int64_t>>()) << name << ' ' << key;
    }
  }
}

}  // namespace
}  // namespace gpst
