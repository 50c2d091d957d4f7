#include "layout_gen/layout_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "nn/weights.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

constexpr const char* kLayouts = "layouts";
constexpr const char* kOffsets = "class_offsets";

[[noreturn]] void refuse(const SafetensorsFile& file, const std::string& reason) {
  throw InputError(fmt::format("{}: not a layout store: {}", file.path(), reason));
}

void check_layouts(const SafetensorsFile& file, const TensorView& layouts) {
  const bool floating = layouts.dtype == DType::f16 || layouts.dtype == DType::f32;
  if (!floating || layouts.shape.size() != 3 || layouts.shape[2] != kGeometry) {
    refuse(file, fmt::format("'{}' is {} [{}], expected f16 or f32 [N,l,5]", kLayouts,
                             dtype_name(layouts.dtype), fmt::join(layouts.shape, ",")));
  }
}

std::vector<int64_t> checked_offsets(const SafetensorsFile& file, int64_t rows) {
  const TensorView& view = file.get(kOffsets);
  if (view.dtype != DType::i64 || view.shape.size() != 1 || view.elements() < 2) {
    refuse(file, fmt::format("'{}' must be int64 [K+1] with K >= 1", kOffsets));
  }
  std::vector<int64_t> offsets = to_int64(view);
  if (offsets.front() != 0 || offsets.back() != rows || !std::ranges::is_sorted(offsets)) {
    refuse(file, fmt::format("'{}' must rise from 0 to the {} layouts", kOffsets, rows));
  }
  return offsets;
}

// Rows sorted by class, those of a class in their order.
std::vector<int64_t> sorted_rows(std::span<const int64_t> labels) {
  std::vector<int64_t> rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, {}, [&](int64_t row) { return labels[static_cast<size_t>(row)]; });
  return rows;
}

std::vector<int64_t> offsets_of(std::span<const int64_t> labels, int64_t classes) {
  std::vector<int64_t> offsets(static_cast<size_t>(classes) + 1);
  for (const int64_t label : labels) {
    if (label < 0 || label >= classes) {
      throw InputError(fmt::format("layout store: class {} is outside 0..{}", label, classes - 1));
    }
    ++offsets[static_cast<size_t>(label) + 1];
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

}  // namespace

LayoutStore::LayoutStore(SafetensorsFile file) : file_(std::move(file)) {
  const TensorView& layouts = file_.get(kLayouts);
  check_layouts(file_, layouts);
  tokens_ = layouts.shape[1];
  offsets_ = checked_offsets(file_, layouts.shape[0]);
}

LayoutStore LayoutStore::open(const std::filesystem::path& path) {
  return LayoutStore(SafetensorsFile::open(path));
}

int64_t LayoutStore::count(int64_t label) const {
  if (label < 0 || label >= classes()) return 0;
  return offsets_[static_cast<size_t>(label) + 1] - offsets_[static_cast<size_t>(label)];
}

Layout LayoutStore::layout(int64_t label, int64_t j) const {
  const int64_t available = count(label);
  if (available == 0) {
    throw InputError(fmt::format("{}: no layouts of class {} (the store has classes 0..{})",
                                 file_.path(), label, classes() - 1));
  }
  const int64_t row = offsets_[static_cast<size_t>(label)] + available - 1 - j % available;
  TensorView view = file_.get(kLayouts);
  const size_t bytes = view.bytes.size() / static_cast<size_t>(view.shape[0]);
  view.bytes = view.bytes.subspan(static_cast<size_t>(row) * bytes, bytes);
  view.shape[0] = 1;
  return Layout(to_tensor_f32(view));  // [1,l,5]
}

void write_layout_store(const std::filesystem::path& path, const at::Tensor& layouts,
                        std::span<const int64_t> labels, int64_t classes, StoreType type) {
  if (layouts.dim() != 3 || layouts.size(2) != kGeometry ||
      layouts.size(0) != static_cast<int64_t>(labels.size())) {
    throw InputError(
        fmt::format("layout store: expected layouts [N,l,5] for {} labels", labels.size()));
  }
  const at::Tensor offsets = at::tensor(offsets_of(labels, classes), at::kLong);
  const at::Tensor order = at::tensor(sorted_rows(labels), at::kLong);
  const at::ScalarType stored = type == StoreType::float16 ? at::kHalf : at::kFloat;
  save_tensors(path, {{kLayouts, layouts.index_select(0, order).to(stored)}, {kOffsets, offsets}});
}

}  // namespace gpst
