// Layouts of pictures, by class, in a safetensors file (formats.md): `layouts` [N,l,5] float16 or
// float32 sorted by class, `class_offsets` int64 [K+1].
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "io/safetensors.h"
#include "tokenizer/layout.h"

namespace gpst {

class LayoutStore {
 public:
  // Maps the file; rows are read when asked for. InputError when it is not a layout store.
  static LayoutStore open(const std::filesystem::path& path);

  int64_t classes() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t tokens() const { return tokens_; }
  int64_t count(int64_t label) const;  // layouts of a class

  // The layout of the j-th picture of a class: row count - 1 - (j mod count), as the published
  // program takes them from the end of its lists. [1,l,5] float32. InputError for a class that the
  // store does not have.
  Layout layout(int64_t label, int64_t j) const;

 private:
  explicit LayoutStore(SafetensorsFile file);

  SafetensorsFile file_;
  std::vector<int64_t> offsets_;
  int64_t tokens_ = 0;
};

// Writes a store. Rows of a class keep their order. InputError on a label outside [0, classes).
enum class StoreType { float16, float32 };
void write_layout_store(const std::filesystem::path& path, const at::Tensor& layouts /* [N,l,5] */,
                        std::span<const int64_t> labels /* [N] */, int64_t classes,
                        StoreType type = StoreType::float32);

}  // namespace gpst
