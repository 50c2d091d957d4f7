#include "layout_gen/layout_store.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/weights.h"

namespace gpst {
namespace {

class LayoutStoreTest : public ::testing::Test {
 protected:
  ~LayoutStoreTest() override { std::filesystem::remove(path_); }

  // Layout i is filled with i.
  static at::Tensor numbered(int64_t count) {
    return at::arange(count, at::kFloat).view({count, 1, 1}).expand({count, 3, 5}).contiguous();
  }
  static double number(const Layout& layout) { return layout.values()[0][0][0].item<double>(); }

  std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) / "layout_store_test.safetensors";
};

TEST_F(LayoutStoreTest, TakesTheLayoutsOfAClassFromTheEnd) {
  const std::vector<int64_t> labels{2, 0, 2, 2, 0};
  write_layout_store(path_, numbered(5), labels, 4);
  const LayoutStore store = LayoutStore::open(path_);
  EXPECT_EQ(store.classes(), 4);
  EXPECT_EQ(store.tokens(), 3);
  EXPECT_EQ(store.count(2), 3);
  EXPECT_EQ(store.count(1), 0);
  EXPECT_EQ(number(store.layout(2, 0)), 3);
  EXPECT_EQ(number(store.layout(2, 1)), 2);
  EXPECT_EQ(number(store.layout(2, 2)), 0);
  EXPECT_EQ(number(store.layout(2, 3)), 3);  // and again
  EXPECT_EQ(number(store.layout(0, 0)), 4);
  EXPECT_EQ(store.layout(0, 0).values().sizes(), at::IntArrayRef({1, 3, 5}));
}

TEST_F(LayoutStoreTest, KeepsHalfPrecision) {
  const std::vector<int64_t> labels{0, 0};
  write_layout_store(path_, numbered(2) + 0.5, labels, 1, StoreType::float16);
  EXPECT_EQ(number(LayoutStore::open(path_).layout(0, 0)), 1.5);
}

TEST_F(LayoutStoreTest, RefusesAClassWithoutLayouts) {
  const std::vector<int64_t> labels{0};
  write_layout_store(path_, numbered(1), labels, 2);
  const LayoutStore store = LayoutStore::open(path_);
  EXPECT_THROW(store.layout(1, 0), InputError);
  EXPECT_THROW(store.layout(7, 0), InputError);
  EXPECT_THROW(store.layout(-1, 0), InputError);
}

TEST_F(LayoutStoreTest, RefusesToWriteALabelOutOfRange) {
  const std::vector<int64_t> labels{2};
  EXPECT_THROW(write_layout_store(path_, numbered(1), labels, 2), InputError);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(LayoutStoreTest, RefusesOtherFiles) {
  const auto offsets = [](std::vector<int64_t> values) { return at::tensor(values, at::kLong); };
  save_tensors(path_, {{"layouts", numbered(2)}, {"class_offsets", offsets({0, 1})}});
  EXPECT_THROW(LayoutStore::open(path_), InputError);  // one layout belongs to no class
  save_tensors(path_, {{"layouts", numbered(2)}, {"class_offsets", offsets({0, 3, 2})}});
  EXPECT_THROW(LayoutStore::open(path_), InputError);
  save_tensors(path_, {{"layouts", at::ones({2, 3})}, {"class_offsets", offsets({0, 2})}});
  EXPECT_THROW(LayoutStore::open(path_), InputError);
  save_tensors(path_, {{"tokens", numbered(2)}});
  EXPECT_THROW(LayoutStore::open(path_), InputError);
}

}  // namespace
}  // namespace gpst
